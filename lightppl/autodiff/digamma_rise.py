"""Differences of the digamma function, without cancellation.

Gradients of count models hold ``digamma(x + d) - digamma(x)`` with an x that grows without bound
as overdispersion vanishes.  The difference falls as ``d / x``; the digammas do not, and their
rounding errors, times x, would be all that is left of the gradient.
"""

import numpy as np

from lightppl.autodiff.operation import Operation
from lightppl.autodiff.polygamma import trigamma
from lightppl.autodiff.structural import sum_to_shape

NUM_SHIFTS = 8
TAIL = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)
"""Coefficients of ``log(x) - 1 / (2 x) - digamma(x)`` in powers of ``1 / x**2``; Abramowitz, Stegun
6.3.18."""


def _digamma_rise(x, d):
    x, d = np.asarray(x, dtype=np.float64), np.asarray(d, dtype=np.float64)
    # digamma(x + 1) = digamma(x) + 1 / x carries small x into the range of the series
    is_small = x < NUM_SHIFTS
    near = 0.0
    small = np.where(is_small, x, NUM_SHIFTS)
    for shift in range(NUM_SHIFTS):
        near = near + (1.0 / (small + shift)) * (d / (small + shift + d))
    base = np.where(is_small, x + NUM_SHIFTS, x)
    r, s = 1.0 / base, 1.0 / (base + d)
    gap = d * r * s
    # the series at 1/r^2 less that at 1/s^2: synthetic division of the polynomial by w - v
    w, v = r * r, s * s
    remainder, quotient = 0.0, 0.0
    for coefficient in reversed(TAIL):
        quotient = quotient * v + remainder
        remainder = remainder * w + coefficient
    # TAIL starts at the first power
    quotient = quotient * v + remainder
    far = np.log1p(d * r) + gap * (0.5 + (r + s) * quotient)
    return np.where(is_small, near, 0.0) + far


digamma_rise = Operation(
    "digamma_rise",
    _digamma_rise,
    (
        lambda ans, x, d: lambda g: sum_to_shape(g * (trigamma(x + d) - trigamma(x)), np.shape(x)),
        lambda ans, x, d: lambda g: sum_to_shape(g * trigamma(x + d), np.shape(d)),
    ),
)
"""``digamma(x + d) - digamma(x)`` for ``x > 0`` and ``d >= 0``, to all digits."""
