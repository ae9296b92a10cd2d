"""Quantiles of probabilities near the smallest float and below, by Newton's method.

Draws of a distribution that is truncated far out need them.  The logarithm of a tail is nearly a
straight line there, in the value or in its logarithm, so that few steps suffice.
"""

import numpy as np

from lightppl.autodiff.incomplete import log_betainc, log_gammainc, log_gammaincc
from lightppl.autodiff.special import betaln, gammaln

_FAR = -300.0
_MOST_STEPS = 100


def with_far_quantiles(log_q, near, far, *parameters):
    """Return ``near(q, *parameters)``, and ``far(log_q, *parameters)`` where q is below exp(-300).

    Parameters
    ----------
    log_q : array
        Not traced.
    near, far : callable
    *parameters : array

    Returns
    -------
    array
    """
    log_q, *parameters = np.broadcast_arrays(np.asarray(log_q, dtype=np.float64), *parameters)
    is_far = log_q < _FAR
    result = np.asarray(near(np.exp(log_q), *parameters))
    if np.any(is_far):
        result = result.copy()
        result[is_far] = far(log_q[is_far], *(p[is_far] for p in parameters))
    return result


def gamma_lower(log_q, a):
    """Return x with ``log P(a, x) = log_q``.

    Parameters
    ----------
    log_q, a : array
    """

    def tail(t):
        value = log_gammainc(a, np.exp(t))
        return value, np.exp(a * t - np.exp(t) - gammaln(a) - value)

    return np.exp(newton(tail, log_q, (log_q + gammaln(a + 1.0)) / a))


def gamma_upper(log_q, a):
    """Return x with ``log Q(a, x) = log_q``.

    Parameters
    ----------
    log_q, a : array
    """

    def tail(x):
        value = log_gammaincc(a, x)
        return value, -np.exp((a - 1.0) * np.log(x) - x - gammaln(a) - value)

    return newton(tail, log_q, np.maximum(-log_q, a))


def beta_lower(log_q, a, b):
    """Return x with ``log I(a, b, x) = log_q``.

    Parameters
    ----------
    log_q, a, b : array
    """

    def tail(t):
        x, y = np.exp(t), -np.expm1(t)
        value = log_betainc(a, b, x, y)
        return value, np.exp(a * t + (b - 1.0) * np.log(y) - betaln(a, b) - value)

    log_start = (log_q + np.log(a) + betaln(a, b)) / a
    return np.exp(newton(tail, log_q, np.minimum(log_start, -1e-3)))


def newton(tail, target, start):
    """Return where the first of ``tail(x)`` is `target`; the second is its slope.

    Parameters
    ----------
    tail : callable
    target, start : array
    """
    x = start
    for _ in range(_MOST_STEPS):
        value, slope = tail(x)
        step = (value - target) / slope
        x = x - step
        if not np.any(np.abs(step) > 1e-14 * np.abs(x)):
            break
    return x
