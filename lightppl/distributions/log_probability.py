"""Probabilities by their logarithms: complements and differences that keep their digits.

In the tails a probability underflows, or differs from one by less than rounding; its logarithm and
the logarithm of its complement do not.  Everything here has finite gradients where the probability
itself is 0 or 1.
"""

import numpy as np

from lightppl.autodiff.special import log1mexp, softplus

_NEGLIGIBLE = -40.0
"""A logarithm below which ``1 - exp(-p)`` is p to all digits."""


def safe_log(x):
    """Return ``log(x)`` for ``x >= 0``, with gradient zero where it is ``-inf``.

    Parameters
    ----------
    x : array

    Examples
    --------
    >>> safe_log(np.array([0.0, 1.0]))
    array([-inf,   0.])
    """
    positive = np.greater(x, 0.0)
    return np.where(positive, np.log(np.where(positive, x, 1.0)), -np.inf)


def safe_log1p(x):
    """Return ``log(1 + x)`` for ``x >= -1``, with gradient zero where it is ``-inf``.

    Parameters
    ----------
    x : array
    """
    above = np.greater(x, -1.0)
    return np.where(above, np.log1p(np.where(above, x, 0.0)), -np.inf)


def log_complement(log_p):
    """Return ``log(1 - exp(log_p))`` for ``log_p <= 0``.

    Parameters
    ----------
    log_p : array

    Examples
    --------
    >>> log_complement(np.array([0.0, -np.log(2.0), -np.inf])).round(6)
    array([     -inf, -0.693147,  0.      ])
    """
    inner = np.logical_and(np.less(log_p, 0.0), np.greater(log_p, -np.inf))
    inside = log1mexp(-np.where(inner, log_p, -1.0))
    return np.where(inner, inside, np.where(np.less(log_p, 0.0), 0.0, -np.inf))


def log_share(part, rest):
    """Return ``log(part / (part + rest))`` of numbers that are not negative.

    Parameters
    ----------
    part, rest : array

    Examples
    --------
    >>> float(log_share(1.0, 1e-20))
    -1e-20
    """
    whole = part + rest
    is_small = np.less(part, rest)
    small = safe_log(np.where(is_small, part, 1.0) / whole)
    return np.where(is_small, small, np.log1p(-np.where(is_small, 0.0, rest) / whole))


def from_smaller(log_p, log_complement_of_p):
    """Return `log_p`, taken from its complement where that is smaller.

    Parameters
    ----------
    log_p, log_complement_of_p : array
        Of a probability and of one minus it, each to all digits where it is small.
    """
    is_small = np.less(log_p, log_complement_of_p)
    other = log_complement(np.where(is_small, -1.0, log_complement_of_p))
    return np.where(is_small, log_p, other)


def log_of_event(log_hazard):
    """Return ``log(1 - exp(-exp(log_hazard)))``: the probability of an event by its hazard.

    Parameters
    ----------
    log_hazard : array
        Logarithm of the hazard accumulated so far.

    Examples
    --------
    >>> float(log_of_event(np.array(-1000.0)))
    -1000.0
    """
    small = np.less(log_hazard, _NEGLIGIBLE)
    moderate = np.minimum(np.where(small, 0.0, log_hazard), 700.0)
    return np.where(small, log_hazard, log1mexp(np.exp(moderate)))


def log_minus_log_complement(log_p):
    """Return ``log(-log(1 - exp(log_p)))``, the log hazard: the inverse of `log_of_event`.

    Parameters
    ----------
    log_p : array
        Less than 0.

    Examples
    --------
    >>> float(log_minus_log_complement(np.array(-1000.0)))
    -1000.0
    """
    small = np.less(log_p, _NEGLIGIBLE)
    return np.where(small, log_p, np.log(-log1mexp(-np.where(small, -1.0, log_p))))


def log_softplus(x):
    """Return ``log(log(1 + exp(x)))``, which is x far below zero.

    Parameters
    ----------
    x : array
    """
    small = np.less(x, _NEGLIGIBLE)
    return np.where(small, x, np.log(softplus(np.where(small, 0.0, x))))


def log_expm1(x):
    """Return ``log(exp(x) - 1)`` for positive x: the inverse of softplus.

    Parameters
    ----------
    x : array
    """
    return x + log1mexp(x)


def log_expm1_of_exp(y):
    """Return ``log(exp(exp(y)) - 1)``, which is y far below zero.

    Parameters
    ----------
    y : array
    """
    small = np.less(y, _NEGLIGIBLE)
    return np.where(small, y, log_expm1(np.exp(np.where(small, 0.0, y))))


def log_ratio(x, y):
    """Return ``log(x / y)`` for positive numbers, exact where they are close or far apart.

    Parameters
    ----------
    x, y : array
    """
    close = np.logical_and(np.less(x, 2.0 * y), np.less(y, 2.0 * x))
    near = np.log1p(np.where(close, x - y, 0.0) / y)
    return np.where(close, near, np.log(x) - np.log(y))


def log_between(log_below, log_upto, log_beyond, log_above):
    """Return ``log(F(b) - F(a))`` from whichever tail is nearer.

    Parameters
    ----------
    log_below, log_upto : array
        ``log F(a)`` and ``log F(b)``, with ``a <= b``.
    log_beyond, log_above : array
        ``log (1 - F(a))`` and ``log (1 - F(b))``.

    Examples
    --------
    >>> float(np.exp(log_between(-np.inf, np.log(0.25), 0.0, np.log(0.75))))
    0.25
    """
    use_lower = np.less(log_upto, log_beyond)
    large = np.where(use_lower, log_upto, log_beyond)
    small = np.where(use_lower, log_below, log_above)
    # an end without probability beyond it takes nothing away
    is_whole = np.equal(small, -np.inf)
    gap = large - np.where(is_whole, 0.0, small)
    is_open = np.logical_and(np.greater(gap, 0.0), np.logical_not(is_whole))
    partly = large + log1mexp(np.where(is_open, gap, 1.0))
    return np.where(is_whole, large, np.where(is_open, partly, -np.inf))


def log_mass_between(distribution, low, high):
    """Return the log probability that a distribution gives to ``(low, high]``.

    Parameters
    ----------
    distribution : Distribution
        Univariate.
    low, high : array
        With ``low <= high``.
    """
    return log_between(
        distribution.log_cdf(low),
        distribution.log_cdf(high),
        distribution.log_survival(low),
        distribution.log_survival(high),
    )
