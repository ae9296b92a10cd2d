"""The logarithm of the beta function and its slope, vectorisable, accurate for large arguments.

References: Didonato, Morris (1992), "Algorithm 708", sec. 5.4; for the slope see
`lightppl.autodiff.digamma_rise`.
"""

from lightppl.compiler.runtime.floating_point import divide, select
from lightppl.compiler.runtime.gamma_function import lgamma
from lightppl.compiler.runtime.logarithm import log, log1p
from lightppl.compiler.runtime.symbolic import scalar_function

_STIRLING_FROM = 10.0
_NUM_SHIFTS = 8
_DIGAMMA_TAIL = (
    1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0, -691.0 / 32760.0, 1.0 / 12.0,
)


@scalar_function
def betaln(a, b):
    """Return ``log |B(a, b)|``; Stirling's formula is for positive arguments alone."""
    small, large = select(a < b, a, b), select(a < b, b, a)
    base = select(large < _STIRLING_FROM, _STIRLING_FROM, large)
    step = select(small < 0.0, 0.0, small)
    total = step + base
    drop = (
        (0.5 - base) * log1p(divide(step, base))
        + step * (1.0 - log(total))
        + _stirling_correction(base)
        - _stirling_correction(total)
    )
    plain = lgamma(large) - lgamma(small + large)
    return lgamma(small) + select((large >= _STIRLING_FROM) & (small >= 0.0), drop, plain)


@scalar_function
def _stirling_correction(x):
    """Return log gamma(x) minus Stirling's formula, for x >= 10 (Abramowitz, Stegun 6.1.41)."""
    r = divide(1.0, x)
    s = r * r
    series = 1.0 / 1188.0 - s * (691.0 / 360360.0 - s * (1.0 / 156.0))
    return r * (
        1.0 / 12.0 - s * (1.0 / 360.0 - s * (1.0 / 1260.0 - s * (1.0 / 1680.0 - s * series)))
    )


@scalar_function
def digamma_rise(x, d):
    """Return ``digamma(x + d) - digamma(x)`` for positive x and d not negative.

    Parameters
    ----------
    x, d : float64

    Returns
    -------
    float64

    Examples
    --------
    >>> digamma_rise(1e20, 1.0)
    1e-20
    """
    is_small = x < _NUM_SHIFTS
    small = select(is_small, x, 1.0 * _NUM_SHIFTS)
    near = 0.0
    for shift in range(_NUM_SHIFTS):
        near = near + divide(1.0, small + shift) * divide(d, (small + shift) + d)
    base = select(is_small, x + _NUM_SHIFTS, x)
    r, s = divide(1.0, base), divide(1.0, base + d)
    gap = d * r * s
    w, v = r * r, s * s
    remainder, quotient = _DIGAMMA_TAIL[-1], 0.0
    for coefficient in _DIGAMMA_TAIL[-2::-1]:
        quotient = quotient * v + remainder
        remainder = remainder * w + coefficient
    quotient = quotient * v + remainder
    far = log1p(d * r) + gap * (0.5 + (r + s) * quotient)
    return select(is_small, near, 0.0) + far
