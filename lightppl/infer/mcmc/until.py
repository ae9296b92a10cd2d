"""When a run has enough draws: `ESS` and `RHat`, for ``MCMC.run(..., until=ESS(400))``.

A rule looks at draws alone, at numbers of draws that are fixed beforehand.  So the same key gives
the same draws and the same end, however fast each chain is, and whether the run was broken off and
resumed or not.

The public path is `lightppl.infer.until`, a module of its own, because the name ``ESS`` of
`lightppl.infer` belongs to NumPyro's ensemble slice sampler.

Legend: ``C`` chains, ``N`` draws of a chain.
"""

import numpy as np

from lightppl.arguments import check_number, shown
from lightppl.diagnostics.chains import MIN_DRAWS, ROUNDING
from lightppl.diagnostics.ess import ess_bulk, ess_tail
from lightppl.diagnostics.rhat import rhat
from lightppl.errors import ArgumentError
from lightppl.infer.mcmc.samples import by_name
from lightppl.records import record

LOOK_EVERY = 50
"""Draws of each chain between two looks, at least."""

LOOK_GROWTH = 10
"""There are about so many looks while the number of draws grows by a factor e, so that what looking
costs stays in proportion to what drawing costs."""


@record
class ESS:
    """Enough draws: bulk and tail effective sample size of every element of every site.

    Parameters
    ----------
    least : float
        Of all chains together; above 0.  400 is what R-hat and the quantiles of a summary need.

    References
    ----------
    Vehtari, Gelman, Simpson, Carpenter, Bürkner (2021), "Rank-normalization, folding, and
    localization", Bayesian Analysis 16(2), sec. 4.3 and 5.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.infer import MCMC, NUTS
    >>> from lightppl.infer.until import ESS
    >>> def model():
    ...     lp.sample("x", dist.Normal(0.0, 1.0))
    >>> mcmc = MCMC(NUTS(model), num_warmup=200, num_samples=5000, progress_bar=False)
    >>> mcmc.run(0, until=ESS(200))
    >>> 200 <= len(mcmc.get_samples()["x"]) < 2000
    True
    """

    least: float

    def __post_init__(self):
        check_number(self.least, "the effective sample size of ESS", above=0)

    def measure(self, x):
        """Return the smaller of bulk and tail ESS of draws (C, N, *shape), by element."""
        return np.minimum(ess_bulk(x), ess_tail(x))

    def distance(self, values):
        """Return how far each value is from being enough; 0 or less if it is."""
        return self.least - values

    def describe(self, name, value):
        """Return a clause that says what is missing."""
        return f"the effective sample size of {name!r} is {value:.0f}, less than {self.least:g}"


@record
class RHat:
    """Enough draws: split R-hat of every element of every site.

    Parameters
    ----------
    most : float
        Above 1, for example 1.01.

    References
    ----------
    Vehtari et al. (2021), sec. 4.

    Examples
    --------
    >>> float(RHat(1.01).measure(np.random.default_rng(0).standard_normal((4, 500)))) < 1.01
    True
    """

    most: float

    def __post_init__(self):
        check_number(self.most, "the largest R-hat of RHat", above=1)

    def measure(self, x):
        """Return R-hat of draws (C, N, *shape), by element."""
        return rhat(x)

    def distance(self, values):
        """Return how far each value is from being small enough; 0 or less if it is."""
        return values - self.most

    def describe(self, name, value):
        """Return a clause that says what is missing."""
        return f"R-hat of {name!r} is {value:.3f}, more than {self.most:g}"


def check_until(until):
    """Return the rules of an ``until=``, a tuple, after checking them.

    Parameters
    ----------
    until : ESS, RHat, a list or tuple of them, or None

    Raises
    ------
    ArgumentError
        If it is something else.
    """
    rules = () if until is None else until if isinstance(until, (list, tuple)) else (until,)
    if not all(isinstance(rule, (ESS, RHat)) for rule in rules):
        raise ArgumentError(
            "until must be ESS(400), RHat(1.01) or a list of such rules from lightppl.infer.until, "
            f"found {shown(until)}. An argument of the model of this name is passed by position."
        )
    return tuple(rules)


def looks(num_rows):
    """Return the numbers of draws at which rules are looked at, below `num_rows`.

    Examples
    --------
    >>> looks(300)
    [50, 100, 150, 200, 250]
    """
    found, rows = [], LOOK_EVERY
    while rows < num_rows:
        found.append(rows)
        rows += max(LOOK_EVERY, rows // LOOK_GROWTH)
    return found


class Looking:
    """Looks at draws again and again, first where something was missing the last time.

    Parameters
    ----------
    rules : tuple of ESS and RHat

    Attributes
    ----------
    missing : str or None
        What the last look found missing.
    """

    def __init__(self, rules):
        self.rules, self.missing = rules, None
        self._last = None

    def is_enough(self, samples):
        """Return whether all rules are met by a structure of (C, N, ...) arrays of draws."""
        sites = {
            name: np.asarray(x, np.float64)
            for name, x in by_name(samples).items()
            if x.dtype.kind in "biuf"
        }
        first = [self._last] if self._last in sites else []
        for name in dict.fromkeys((*first, *sites)):
            self.missing = _missing(self.rules, name, sites[name])
            if self.missing is not None:
                self._last = name
                return False
        if all(_is_constant(x).all() for x in sites.values()):
            self.missing = "no draw differs from another"
        return self.missing is None


def _missing(rules, name, x):
    """Return what a site lacks, or None."""
    if x.shape[1] < MIN_DRAWS:
        return f"{name!r} has {x.shape[1]} draws"
    x = x.reshape(*x.shape[:2], -1)
    x = x[:, :, ~_is_constant(x)]
    if not np.all(np.isfinite(x)):
        return f"draws of {name!r} are not finite"
    for rule in rules:
        values = np.atleast_1d(rule.measure(x)) if x.shape[2] else np.zeros(0)
        distances = rule.distance(values)
        if not np.all(distances <= 0):  # NaN, of chains that are stuck, is not enough
            worst = np.argmax(np.where(np.isnan(distances), np.inf, distances))
            return rule.describe(name, values[worst])
    return None


def _is_constant(x):
    """Return which elements of draws (C, N, *shape) never change, such as zeros of a matrix."""
    low, high = x.min(axis=(0, 1)), x.max(axis=(0, 1))
    with np.errstate(invalid="ignore"):  # of what is not finite
        return (high == low) | (high - low <= ROUNDING * np.maximum(np.abs(low), np.abs(high)))
