"""Predictive: draws of all sites of a model given draws of some, vectorised over the draws.

The model is recorded once, as a graph whose inputs are the given draws and whose random
statements are nodes; the graph is then evaluated for all draws at once.  A model that cannot be
recorded is run once a draw, with the same result in distribution.
"""

import numpy as np

from lightppl.arguments import (
    check_by_name, check_callable, check_count, check_flag, check_names, check_numbers,
)
from lightppl.density import map_over_draws
from lightppl.errors import LightPPLWarning, ModelError, ShapeError, SiteNameError
from lightppl.handlers import seed, substitute, trace
from lightppl.language import unused_sites
from lightppl.random import as_generator
from lightppl.user_line import warn


class Predictive:
    """Draw from the prior or posterior predictive distribution of a model.

    Parameters
    ----------
    model : callable
    posterior_samples : dict of str to array, optional
        Draws by site, with `batch_ndims` leading axes.
    guide : callable, optional
        Draws the latent sites instead of `posterior_samples`.
    params : dict of str to array, optional
        Values of parameters of model and guide.
    num_samples : int, optional
        Number of draws without `posterior_samples`.
    return_sites : list of str, optional
        By default every sample site that was not given, and every deterministic site.
    infer_discrete : bool
        Not yet supported.
    parallel : bool
        Accepted for compatibility; draws are always vectorised where the model allows it.
    batch_ndims : int, optional
        Number of leading axes of `posterior_samples`; 1 by default, 0 for a single draw, 2 for
        draws grouped by chain.  Draws from the prior get as many, all but the last of size one.
    condition_deterministic : bool
        Whether deterministic sites among `posterior_samples` keep the values given there.  By
        default they are computed again from the arguments of the call, which may be new data.
    exclude_deterministic : bool, optional
        The opposite of `condition_deterministic`, under an earlier name.

    Raises
    ------
    ModelError
        If neither draws nor `num_samples` are given, or the draws differ in number.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> def model():
    ...     x = lp.sample("x", dist.Normal(0.0, 1.0))
    ...     lp.sample("y", dist.Normal(x, 0.1))
    >>> draws = Predictive(model, num_samples=5)(0)
    >>> sorted(draws), draws["y"].shape
    (['x', 'y'], (5,))
    """

    def __init__(
        self,
        model,
        posterior_samples=None,
        *,
        guide=None,
        params=None,
        num_samples=None,
        return_sites=None,
        infer_discrete=False,
        parallel=False,
        batch_ndims=None,
        condition_deterministic=None,
        exclude_deterministic=None,
    ):
        self.posterior_samples = _check_draws(posterior_samples)
        if not self.posterior_samples and num_samples is None:
            raise ModelError("Predictive needs posterior_samples, or num_samples of the prior.")
        if condition_deterministic is not None and exclude_deterministic is not None:
            raise ModelError(
                "Predictive takes condition_deterministic or exclude_deterministic, its opposite "
                "under an earlier name; found both."
            )
        if check_flag(infer_discrete, "infer_discrete"):
            raise ModelError(
                "infer_discrete=True needs inference over discrete sites, which Predictive does "
                "not do. Pass draws of the discrete sites in posterior_samples."
            )
        self.model = check_callable(model, "model")
        self.guide = None if guide is None else check_callable(guide, "guide")
        self.params = {} if params is None else check_by_name(params, "params")
        if return_sites is not None:
            return_sites = check_names(return_sites, "return_sites")
        self.return_sites = return_sites
        self.condition_deterministic = False
        if condition_deterministic is not None:
            self.condition_deterministic = check_flag(
                condition_deterministic, "condition_deterministic"
            )
        if exclude_deterministic is not None:
            self.condition_deterministic = not check_flag(
                exclude_deterministic, "exclude_deterministic"
            )
        self.infer_discrete, self.parallel = infer_discrete, check_flag(parallel, "parallel")
        self.batch_ndims = 1 if batch_ndims is None else check_count(batch_ndims, "batch_ndims")
        if num_samples is not None:
            num_samples = check_count(num_samples, "num_samples", least=1)
        self.batch_shape = self._batch_shape(num_samples)
        self.num_samples = int(np.prod(self.batch_shape, dtype=np.int64))

    @property
    def exclude_deterministic(self):
        """Whether deterministic sites are computed again."""
        return not self.condition_deterministic

    def __call__(self, rng_key, *args, **kwargs):
        """Return draws by site name, each with the leading axes of the given draws.

        Parameters
        ----------
        rng_key : None, int, SeedSequence, Generator or Key
        *args, **kwargs
            Arguments of the model; they may differ from those of the fit.

        Returns
        -------
        dict of str to array
        """
        rng = as_generator(rng_key)
        count = self.num_samples
        given = {
            name: np.reshape(value, (count,) + np.shape(value)[self.batch_ndims :])
            for name, value in self.posterior_samples.items()
        }
        kept = ("sample", "param", "deterministic")[: 3 if self.condition_deterministic else 2]
        if self.guide is not None:
            drawn = _draw_sites(
                self.guide, args, kwargs, rng, given, self.params, count, None, {}, kept
            )
            given = {**given, **drawn}
        outputs = _draw_sites(
            self.model, args, kwargs, rng, given, self.params, count, self.return_sites, given, kept
        )
        return {name: x.reshape(self.batch_shape + x.shape[1:]) for name, x in outputs.items()}

    def _batch_shape(self, num_samples):
        shapes = {
            name: np.shape(value)[: self.batch_ndims]
            for name, value in self.posterior_samples.items()
        }
        if len(set(shapes.values())) > 1:
            raise ShapeError(
                "posterior_samples differ in their number of draws: "
                + ", ".join(f"{name!r} has {shape}" for name, shape in shapes.items())
                + f". All need the same first {self.batch_ndims} axes."
            )
        if not shapes:
            return (1,) * (self.batch_ndims - 1) + (int(num_samples),)
        name, shape = next(iter(shapes.items()))
        if len(shape) < self.batch_ndims:
            raise ShapeError(
                f"posterior_samples of {name!r} have shape {shape}, fewer axes than "
                f"batch_ndims={self.batch_ndims}."
            )
        count = int(np.prod(shape, dtype=np.int64))
        if num_samples not in (None, count):
            warn(
                f"num_samples={num_samples} is not used: posterior_samples hold {count} draws.",
                LightPPLWarning,
            )
        return shape


def _check_draws(posterior_samples):
    if posterior_samples is None:
        return {}
    return {
        name: check_numbers(x, f"posterior_samples of site {name!r}", finite=False)
        for name, x in check_by_name(posterior_samples, "posterior_samples").items()
    }


def _draw_sites(model, args, kwargs, rng, given, params, count, return_sites, known, kept):
    """Return draws of the sites of a model, (count, ...) each."""
    sites = sites_of(model, args, kwargs, {**params, **{n: x[0] for n, x in given.items()}})
    given = {
        name: value
        for name, value in given.items()
        if name in sites and sites[name].type in kept
    }
    if return_sites is not None:
        return_sites = set(return_sites)

    def run(values, generator):
        with unused_sites("ignore"), trace() as tr, substitute(data={**params, **values}):
            seed(model, generator)(*args, **kwargs)
        return {name: site.value for name, site in tr.items() if is_returned(name, site)}

    def is_returned(name, site):
        if return_sites is not None:
            return name in return_sites
        if site.type == "deterministic":
            return True
        return site.type == "sample" and name not in known and not _is_factor(site)

    outputs = map_over_draws(run, given, count, rng)
    # a site that exists only sometimes may have been met in one of the two only
    _require_sites(return_sites, {**sites, **outputs})
    return outputs


def _is_factor(site):
    return type(site.fn).__name__ == "Unit"


def _require_sites(return_sites, sites):
    unknown = [name for name in return_sites or () if name not in sites]
    if unknown:
        raise SiteNameError(
            f"return_sites names {', '.join(map(repr, unknown))}, but the sites of the model are "
            f"{', '.join(map(repr, sites)) or 'none'}. Check the spelling."
        )


def sites_of(model, args, kwargs, values):
    """Return the sites of one run of a model.

    Parameters
    ----------
    model : callable
    args : tuple
    kwargs : dict
    values : dict of str to array
        For sample sites and parameters, which then need not be drawn.

    Returns
    -------
    Trace
    """

    def value_of(site):
        is_given = site.type in ("sample", "param") and not site.is_observed
        return values.get(site.name) if is_given else None

    with trace() as tr, substitute(substitute_fn=value_of):
        seed(model, 0)(*args, **kwargs)
    return tr


