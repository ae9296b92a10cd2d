"""The logarithm of the beta function, accurate for large arguments.

SciPy's ``betaln`` subtracts log gammas and loses digits once an argument passes some ten thousand;
count models meet such arguments whenever overdispersion is small.

Reference: Didonato, Morris (1992), "Algorithm 708", sec. 5.4: split off Stirling's formula so
that the large parts cancel by hand.
"""

import numpy as np

from lightppl.autodiff.digamma_rise import digamma_rise
from lightppl.autodiff.operation import Operation
from lightppl.autodiff.structural import sum_to_shape
from lightppl.scipy_functions import SciPyFunction

gammaln = SciPyFunction("gammaln")
_STIRLING_FROM = 10.0


def _log_beta(a, b):
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    small, large = np.minimum(a, b), np.maximum(a, b)
    # log gamma(large) - log gamma(small + large), Stirling's series term by term
    base = np.maximum(large, _STIRLING_FROM)
    step = np.maximum(small, 0.0)
    total = step + base
    drop = (
        (0.5 - base) * np.log1p(step / base)
        + step * (1.0 - np.log(total))
        + stirling_correction(base)
        - stirling_correction(total)
    )
    plain = gammaln(large) - gammaln(small + large)
    return gammaln(small) + np.where((large >= _STIRLING_FROM) & (small >= 0.0), drop, plain)


def stirling_correction(x):
    """Return log gamma(x) minus Stirling's formula, for x >= 10 (Abramowitz, Stegun 6.1.41)."""
    r = 1.0 / x
    s = r * r
    series = 1 / 1188 - s * (691 / 360360 - s / 156)
    return r * (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s * series))))


betaln = Operation(
    "betaln",
    _log_beta,
    (
        lambda ans, a, b: lambda g: sum_to_shape(-g * digamma_rise(a, b), np.shape(a)),
        lambda ans, a, b: lambda g: sum_to_shape(-g * digamma_rise(b, a), np.shape(b)),
    ),
)
"""``log |B(a, b)|``."""
