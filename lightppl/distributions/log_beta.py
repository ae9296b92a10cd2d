"""Logarithms of binomial and multiset coefficients, accurate for large arguments."""

import numpy as np

from lightppl.autodiff.special import betaln

def log_choose(n, k):
    """Return the logarithm of the binomial coefficient "n choose k".

    Parameters
    ----------
    n, k : array_like
        With ``0 <= k <= n``.

    Examples
    --------
    >>> round(float(np.exp(log_choose(5, 2))), 9)
    10.0
    """
    return -np.log1p(n) - betaln(k + 1.0, n - k + 1.0)


def log_multichoose(x, k):
    """Return ``log(Gamma(x + k) / (Gamma(x) k!))``: multisets of size k, for real `x`.

    Compound counts are products of these, and each factor is moderate where gamma functions are
    not.

    Parameters
    ----------
    x : array_like
        Positive.
    k : array_like
        Not negative.

    Examples
    --------
    >>> round(float(np.exp(log_multichoose(3.0, 2))), 9)
    6.0
    """
    return -np.log(x + k) - betaln(x, k + 1.0)
