"""Quantiles of the standard normal distribution, without importing `scipy.special`.

A rational start and Halley's method on the error function.

References
----------
Abramowitz & Stegun (1964), "Handbook of Mathematical Functions", eq. 26.2.23 (the start).
"""

import math

import numpy as np

from lightppl.jit import kernel

_SQRT_2 = math.sqrt(2.0)
_SQRT_2PI = math.sqrt(2.0 * math.pi)


def normal_quantiles(probabilities):
    """Return the standard normal quantiles of probabilities in (0, 1).

    Parameters
    ----------
    probabilities : (N,) float64

    Returns
    -------
    (N,) float64

    References
    ----------
    Abramowitz & Stegun (1964), eq. 26.2.23; Halley's iteration, correct to a few ulp.
    """
    quantiles = np.ascontiguousarray(probabilities, dtype=np.float64).copy()
    _replace_by_quantiles(quantiles)
    return quantiles


@kernel(entry=True)
def _replace_by_quantiles(x):
    for i in range(x.size):
        x[i] = _normal_quantile(x[i])


@kernel
def _normal_quantile(p):
    tail = min(p, 1.0 - p)
    t = math.sqrt(-2.0 * math.log(tail))
    top = 2.515517 + t * (0.802853 + t * 0.010328)
    bottom = 1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308))
    x = top / bottom - t  # eq. 26.2.23, for the lower tail
    for _ in range(2):
        error = (0.5 * math.erfc(-x / _SQRT_2) - tail) * _SQRT_2PI * math.exp(0.5 * x * x)
        x -= error / (1.0 + 0.5 * x * error)  # Halley
    return x if p < 0.5 else -x
