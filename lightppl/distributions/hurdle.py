"""Hurdle models: zeros have a process of their own, and the rest is never zero.

Legend: ``gate`` is the probability of a zero.

References
----------
Mullahy (1986), "Specification and testing of some modified count data models".
"""

import numpy as np

from lightppl.distributions import constraints
from lightppl.distributions.compound_counts import NegativeBinomial2
from lightppl.distributions.counts import Poisson
from lightppl.distributions.log_probability import log_between, log_complement
from lightppl.distributions.positive import Gamma, LogNormal
from lightppl.distributions.two_tails import TwoTails
from lightppl.distributions.unwrapping import family_of
from lightppl.distributions.zero_inflated import Gated
from lightppl.errors import ModelError


class _Hurdle(TwoTails, Gated):
    _has_atoms = True

    def _check_base(self, base_dist):
        support = base_dist.support
        if not base_dist.is_discrete and not isinstance(support, constraints.GreaterThan):
            raise ModelError(
                f"{type(self).__name__} expects counts or positive numbers, found "
                f"{type(base_dist).__name__} with support {support!r}."
            )

    @property
    def support(self):
        # a continuous base gains the value 0
        return self.base_dist.support if self.base_dist.is_discrete else constraints.nonnegative

    @property
    def _log_positive(self):
        """Log probability that the base is not zero."""
        return log_complement(self._log_zero) if self.base_dist.is_discrete else 0.0

    @property
    def _log_zero(self):
        """Log probability that a base of counts is zero."""
        family = family_of(self.base_dist)
        if hasattr(family, "_log_zero"):  # exact where zero is almost certain
            return family._log_zero()
        return self.base_dist.log_density(np.zeros((), dtype=np.int64))

    def _draw(self, rng, shape):
        closed = np.less(rng.random(size=shape), self.gate)
        return np.where(closed, 0, draw_positive(self.base_dist, rng, shape))

    def _log_density(self, value):
        log_closed, log_open = self._log_gates
        is_zero = np.equal(value, 0)
        safe = np.where(is_zero, 1, value)
        log_base = log_open + self.base_dist.log_density(safe) - self._log_positive
        return np.where(is_zero, log_closed, log_base)

    def _log_tails(self, value):
        log_closed, log_open = self._log_gates
        scale = log_open - self._log_positive
        log_cdf, log_survival = self.base_dist.log_cdf(value), self.base_dist.log_survival(value)
        upto = log_cdf
        if self.base_dist.is_discrete:
            upto = log_between(self._log_zero, log_cdf, self._log_positive, log_survival)
        is_negative = np.less(value, 0.0)
        return (
            np.where(is_negative, scale + log_cdf, np.logaddexp(log_closed, scale + upto)),
            np.where(is_negative, log_complement(scale + log_cdf), scale + log_survival),
        )

    @property
    def mean(self):
        return (1.0 - self.gate) * self.base_dist.mean * np.exp(-self._log_positive)

    @property
    def variance(self):
        open_weight = (1.0 - self.gate) * np.exp(-self._log_positive)
        mean = self.base_dist.mean
        return open_weight * (self.base_dist.variance + mean * mean) - (open_weight * mean) ** 2


def draw_positive(distribution, rng, shape):
    """Return draws given that they are not zero.

    Families that know how (``_draw_positive``) do it exactly at once; the others draw again until
    all draws are positive, which cannot be recorded.

    Parameters
    ----------
    distribution : Distribution
    rng : Generator
    shape : tuple of int
    """
    if not distribution.is_discrete:
        return distribution._draw_inside(rng, shape)
    family = family_of(distribution)
    if hasattr(family, "_draw_positive"):
        return family._draw_positive(rng, shape)
    draws = distribution._draw_inside(rng, shape)
    while np.any(np.equal(draws, 0)):
        draws = np.where(np.equal(draws, 0), distribution._draw_inside(rng, shape), draws)
    return draws


class HurdleProbs(_Hurdle):
    """Zeros with a given probability, else a draw that is not zero.

    Parameters
    ----------
    base_dist : Distribution
        Of counts, of which the zeros are cut off, or of positive numbers.
    gate : array_like
        Probability of zero.
    """

    arg_constraints = {"gate": constraints.unit_interval}

    def __init__(self, base_dist, gate, *, validate_args=None):
        super().__init__(base_dist, gate=gate, validate_args=validate_args)


class HurdleLogits(_Hurdle):
    """Zeros with given log odds, else a draw that is not zero.

    Parameters
    ----------
    base_dist : Distribution
        Of counts, of which the zeros are cut off, or of positive numbers.
    gate_logits : array_like
        Log odds of zero.
    """

    arg_constraints = {"gate_logits": constraints.real}

    def __init__(self, base_dist, gate_logits, *, validate_args=None):
        super().__init__(base_dist, gate_logits=gate_logits, validate_args=validate_args)


def HurdleDistribution(base_dist, *, gate=None, gate_logits=None, validate_args=None):
    """Return a hurdle distribution.

    Parameters
    ----------
    base_dist : Distribution
        Of counts, of which the zeros are cut off, or of positive numbers.
    gate, gate_logits : array_like, optional
        Probability or log odds of zero; give exactly one.

    Returns
    -------
    HurdleProbs or HurdleLogits

    Examples
    --------
    >>> d = HurdleDistribution(Poisson(1.0), gate=0.25)
    >>> bool(np.isclose(d.log_prob(0), np.log(0.25)))
    True
    """
    if gate_logits is None:
        return HurdleProbs(base_dist, gate, validate_args=validate_args)
    if gate is not None:
        raise ModelError("HurdleDistribution got both of gate and gate_logits; give one.")
    return HurdleLogits(base_dist, gate_logits, validate_args=validate_args)


class HurdlePoisson(HurdleProbs):
    """Zeros with a given probability, else positive Poisson counts.

    Parameters
    ----------
    gate : array_like
    rate : array_like
    """

    arg_constraints = {"gate": constraints.unit_interval, "rate": constraints.positive}

    def __init__(self, gate, rate=1.0, *, validate_args=None):
        base = Poisson(rate, validate_args=validate_args)
        self.rate = base.rate
        super().__init__(base, gate, validate_args=validate_args)


def HurdleNegativeBinomial2(gate, mean, concentration, *, validate_args=None):
    """Return zeros with a given probability, else positive overdispersed counts.

    Parameters
    ----------
    gate : array_like
    mean, concentration : array_like
        As in `NegativeBinomial2`.
    """
    base = NegativeBinomial2(mean, concentration, validate_args=validate_args)
    return HurdleProbs(base, gate, validate_args=validate_args)


class HurdleGamma(HurdleProbs):
    """Zeros with a given probability, else gamma draws.

    Parameters
    ----------
    gate : array_like
    concentration, rate : array_like
        As in `Gamma`.
    """

    arg_constraints = {
        "gate": constraints.unit_interval,
        "concentration": constraints.positive,
        "rate": constraints.positive,
    }

    def __init__(self, gate, concentration, rate=1.0, *, validate_args=None):
        base = Gamma(concentration, rate, validate_args=validate_args)
        self.concentration, self.rate = base.concentration, base.rate
        super().__init__(base, gate, validate_args=validate_args)


class HurdleLogNormal(HurdleProbs):
    """Zeros with a given probability, else log-normal draws.

    Parameters
    ----------
    gate : array_like
    loc, scale : array_like
        As in `LogNormal`.
    """

    arg_constraints = {
        "gate": constraints.unit_interval,
        "loc": constraints.real,
        "scale": constraints.positive,
    }

    def __init__(self, gate, loc=0.0, scale=1.0, *, validate_args=None):
        base = LogNormal(loc, scale, validate_args=validate_args)
        self.loc, self.scale = base.loc, base.scale
        super().__init__(base, gate, validate_args=validate_args)
