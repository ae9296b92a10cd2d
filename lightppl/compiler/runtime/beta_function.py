"""The logarithm of the beta function, vectorisable and accurate for large arguments.

Reference: Didonato, Morris (1992), "Algorithm 708", sec. 5.4.
"""

from lightppl.compiler.runtime.floating_point import divide, select
from lightppl.compiler.runtime.gamma_function import lgamma
from lightppl.compiler.runtime.logarithm import log, log1p
from lightppl.compiler.runtime.symbolic import scalar_function

_STIRLING_FROM = 10.0


@scalar_function
def betaln(a, b):
    """Return ``log B(a, b)`` for positive arguments."""
    small, large = select(a < b, a, b), select(a < b, b, a)
    base = select(large < _STIRLING_FROM, _STIRLING_FROM, large)
    total = small + base
    drop = (
        (0.5 - base) * log1p(divide(small, base))
        + small * (1.0 - log(total))
        + _stirling_correction(base)
        - _stirling_correction(total)
    )
    plain = lgamma(large) - lgamma(small + large)
    return lgamma(small) + select(large >= _STIRLING_FROM, drop, plain)


@scalar_function
def _stirling_correction(x):
    """Return log gamma(x) minus Stirling's formula, for x >= 10 (Abramowitz, Stegun 6.1.41)."""
    r = divide(1.0, x)
    s = r * r
    series = 1.0 / 1188.0 - s * (691.0 / 360360.0 - s * (1.0 / 156.0))
    return r * (
        1.0 / 12.0 - s * (1.0 / 360.0 - s * (1.0 / 1260.0 - s * (1.0 / 1680.0 - s * series)))
    )
