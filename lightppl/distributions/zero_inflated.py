"""Counts with extra zeros.

Legend: ``gate`` is the probability of an extra zero.

References
----------
Lambert (1992), "Zero-inflated Poisson regression, with an application to defects in manufacturing".
"""

import numpy as np

from lightppl.autodiff import as_array
from lightppl.autodiff.special import expit, log_expit
from lightppl.distributions import constraints
from lightppl.distributions.compound_counts import NegativeBinomial2
from lightppl.distributions.counts import Poisson
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.log_probability import safe_log, safe_log1p
from lightppl.distributions.two_tails import TwoTails
from lightppl.distributions.validation import broadcast_or_raise
from lightppl.errors import ModelError


class Gated(Distribution):
    """Base of zero-inflated and hurdle families: a univariate distribution behind a gate."""

    def __init__(self, base_dist, gate=None, gate_logits=None, *, validate_args=None):
        family = type(self).__name__
        if (gate is None) == (gate_logits is None):
            found = "neither" if gate is None else "both"
            raise ModelError(f"{family} got {found} of gate and gate_logits; give exactly one.")
        if base_dist.event_shape:
            raise ModelError(
                f"{family} expects a univariate distribution, found event shape "
                f"{base_dist.event_shape}."
            )
        self._check_base(base_dist)
        if gate is None:
            self.gate_logits = as_array(gate_logits)
        else:
            self._gate = as_array(gate)
        shape = np.shape(gate_logits if gate is None else gate)
        batch_shape = broadcast_or_raise(family, {"gate": shape, "base": base_dist.batch_shape})
        self.base_dist = base_dist.expand(batch_shape)
        super().__init__(batch_shape, validate_args=validate_args)

    def _check_base(self, base_dist):
        if not base_dist.is_discrete:
            raise ModelError(
                f"{type(self).__name__} expects a distribution of counts, found "
                f"{type(base_dist).__name__}."
            )

    def _parameter_constraints(self):
        if hasattr(self, "_gate"):
            return {"gate": constraints.unit_interval}
        return {"gate_logits": constraints.real}

    @property
    def gate(self):
        """Probability of a structural zero."""
        return self._gate if hasattr(self, "_gate") else expit(self.gate_logits)

    @property
    def _log_gates(self):
        """Log probabilities of a closed and of an open gate."""
        if hasattr(self, "_gate"):
            return safe_log(self._gate), safe_log1p(-self._gate)
        return log_expit(self.gate_logits), log_expit(-self.gate_logits)

    @property
    def support(self):
        return self.base_dist.support


class _ZeroInflated(TwoTails, Gated):
    def _draw(self, rng, shape):
        closed = np.less(rng.random(size=shape), self.gate)
        return np.where(closed, 0, self.base_dist._draw_inside(rng, shape))

    def _log_density(self, value):
        log_closed, log_open = self._log_gates
        log_open_base = log_open + self.base_dist.log_density(value)
        log_zero = np.logaddexp(log_closed, log_open_base)
        return np.where(np.equal(value, 0), log_zero, log_open_base)

    def _log_tails(self, value):
        log_closed, log_open = self._log_gates
        below = log_open + self.base_dist.log_cdf(value)
        above = log_open + self.base_dist.log_survival(value)
        is_negative = np.less(value, 0.0)
        return (
            np.where(is_negative, below, np.logaddexp(log_closed, below)),
            np.where(is_negative, np.logaddexp(log_closed, above), above),
        )

    @property
    def mean(self):
        return (1.0 - self.gate) * self.base_dist.mean

    @property
    def variance(self):
        gate, mean = self.gate, self.base_dist.mean
        return (1.0 - gate) * (self.base_dist.variance + gate * mean * mean)

    @property
    def has_enumerate_support(self):
        return self.base_dist.has_enumerate_support

    def enumerate_support(self, expand=True):
        return self.base_dist.enumerate_support(expand)


class ZeroInflatedProbs(_ZeroInflated):
    """Counts with extra zeros, given the probability of one.

    Parameters
    ----------
    base_dist : Distribution
        Of counts.
    gate : array_like
        Probability of an extra zero.
    """

    arg_constraints = {"gate": constraints.unit_interval}

    def __init__(self, base_dist, gate, *, validate_args=None):
        super().__init__(base_dist, gate=gate, validate_args=validate_args)


class ZeroInflatedLogits(_ZeroInflated):
    """Counts with extra zeros, given the log odds of one.

    Parameters
    ----------
    base_dist : Distribution
        Of counts.
    gate_logits : array_like
        Log odds of an extra zero.
    """

    arg_constraints = {"gate_logits": constraints.real}

    def __init__(self, base_dist, gate_logits, *, validate_args=None):
        super().__init__(base_dist, gate_logits=gate_logits, validate_args=validate_args)


def ZeroInflatedDistribution(base_dist, *, gate=None, gate_logits=None, validate_args=None):
    """Return a distribution of counts with extra zeros.

    Parameters
    ----------
    base_dist : Distribution
        Of counts.
    gate, gate_logits : array_like, optional
        Probability or log odds of an extra zero; give exactly one.

    Returns
    -------
    ZeroInflatedProbs or ZeroInflatedLogits

    Examples
    --------
    >>> d = ZeroInflatedDistribution(Poisson(1.0), gate=0.5)
    >>> bool(np.isclose(d.log_prob(0), np.log(0.5 + 0.5 * np.exp(-1.0))))
    True
    """
    if gate_logits is None:
        return ZeroInflatedProbs(base_dist, gate, validate_args=validate_args)
    if gate is not None:
        raise ModelError("ZeroInflatedDistribution got both of gate and gate_logits; give one.")
    return ZeroInflatedLogits(base_dist, gate_logits, validate_args=validate_args)


class ZeroInflatedPoisson(ZeroInflatedProbs):
    """Poisson counts with extra zeros.

    Parameters
    ----------
    gate : array_like
        Probability of an extra zero.
    rate : array_like
        Mean of the Poisson counts.
    """

    arg_constraints = {"gate": constraints.unit_interval, "rate": constraints.positive}

    def __init__(self, gate, rate=1.0, *, validate_args=None):
        base = Poisson(rate, validate_args=validate_args)
        self.rate = base.rate
        super().__init__(base, gate, validate_args=validate_args)


def ZeroInflatedNegativeBinomial2(
    mean, concentration, *, gate=None, gate_logits=None, validate_args=None
):
    """Return overdispersed counts with extra zeros.

    Parameters
    ----------
    mean, concentration : array_like
        As in `NegativeBinomial2`.
    gate, gate_logits : array_like, optional
        Probability or log odds of an extra zero; give exactly one.

    Returns
    -------
    ZeroInflatedProbs or ZeroInflatedLogits
    """
    base = NegativeBinomial2(mean, concentration, validate_args=validate_args)
    return ZeroInflatedDistribution(
        base, gate=gate, gate_logits=gate_logits, validate_args=validate_args
    )
