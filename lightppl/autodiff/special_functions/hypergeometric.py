"""Hypergeometric functions, by their last argument: DLMF 13.3.15, 13.3.22, 15.5.1."""

from lightppl.autodiff.special_functions.table import UNKNOWN, row
from lightppl.scipy_functions import scipy_special as scipy

row("hyp0f1", UNKNOWN, lambda ans, b, x: scipy.hyp0f1(b + 1.0, x) / b)
row("hyp1f1", UNKNOWN, UNKNOWN, lambda ans, a, b, x: a / b * scipy.hyp1f1(a + 1.0, b + 1.0, x))
row("hyperu", UNKNOWN, UNKNOWN, lambda ans, a, b, x: -a * scipy.hyperu(a + 1.0, b + 1.0, x))
row("hyp2f1", UNKNOWN, UNKNOWN, UNKNOWN,
    lambda ans, a, b, c, x: a * b / c * scipy.hyp2f1(a + 1.0, b + 1.0, c + 1.0, x))
row("lpmv", UNKNOWN, UNKNOWN,
    # DLMF 14.10.5
    lambda ans, m, v, x: ((v + m) * scipy.lpmv(m, v - 1.0, x) - v * x * ans) / (1.0 - x * x))
