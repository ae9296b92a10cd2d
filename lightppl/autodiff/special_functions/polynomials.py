"""Classical orthogonal polynomials, by x and not by their degree.

Each derivative is a polynomial of the next family without a division, so it holds at the ends of
the interval too: DLMF 18.9(iii).
"""

from lightppl.autodiff.special_functions.table import UNKNOWN, row
from lightppl.scipy_functions import scipy_special as scipy


def _jacobi_slope(n, a, b, x):
    return 0.5 * (n + a + b + 1.0) * scipy.eval_jacobi(n - 1.0, a + 1.0, b + 1.0, x)


row("eval_legendre", UNKNOWN, lambda ans, n, x: _jacobi_slope(n, 0.0, 0.0, x))
row("eval_sh_legendre", UNKNOWN,
    lambda ans, n, x: 2.0 * _jacobi_slope(n, 0.0, 0.0, 2.0 * x - 1.0))
row("eval_chebyt", UNKNOWN, lambda ans, n, x: n * scipy.eval_chebyu(n - 1.0, x))
row("eval_sh_chebyt", UNKNOWN,
    lambda ans, n, x: 2.0 * n * scipy.eval_chebyu(n - 1.0, 2.0 * x - 1.0))
row("eval_chebyu", UNKNOWN, lambda ans, n, x: 2.0 * scipy.eval_gegenbauer(n - 1.0, 2.0, x))
row("eval_sh_chebyu", UNKNOWN,
    lambda ans, n, x: 4.0 * scipy.eval_gegenbauer(n - 1.0, 2.0, 2.0 * x - 1.0))
row("eval_chebyc", UNKNOWN, lambda ans, n, x: n * scipy.eval_chebys(n - 1.0, x))
row("eval_chebys", UNKNOWN, lambda ans, n, x: scipy.eval_gegenbauer(n - 1.0, 2.0, 0.5 * x))
row("eval_gegenbauer", UNKNOWN, UNKNOWN,
    lambda ans, n, a, x: 2.0 * a * scipy.eval_gegenbauer(n - 1.0, a + 1.0, x))
row("eval_jacobi", UNKNOWN, UNKNOWN, UNKNOWN, lambda ans, n, a, b, x: _jacobi_slope(n, a, b, x))
row("eval_sh_jacobi", UNKNOWN, UNKNOWN, UNKNOWN,
    lambda ans, n, p, q, x: 2.0 * _jacobi_slope(n, p - q, q - 1.0, 2.0 * x - 1.0)
    / scipy.binom(2.0 * n + p - 1.0, n))
row("eval_laguerre", UNKNOWN, lambda ans, n, x: -scipy.eval_genlaguerre(n - 1.0, 1.0, x))
row("eval_genlaguerre", UNKNOWN, UNKNOWN,
    lambda ans, n, a, x: -scipy.eval_genlaguerre(n - 1.0, a + 1.0, x))
row("eval_hermite", UNKNOWN, lambda ans, n, x: 2.0 * n * scipy.eval_hermite(_below(n), x),
    is_compiled=False)
row("eval_hermitenorm", UNKNOWN, lambda ans, n, x: n * scipy.eval_hermitenorm(_below(n), x),
    is_compiled=False)


def _below(n):
    """The degree below, or 0: SciPy's Hermite polynomials know integers from 0 alone."""
    return n - (n > 0)
