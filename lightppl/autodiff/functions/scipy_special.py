"""Ufuncs of `scipy.special` that are compositions of others; by name, so that SciPy loads late."""

import numpy as np

from lightppl.autodiff import special
from lightppl.autodiff.operation import is_traced


def _iv(v, z):
    return special.ive(v, z) * np.exp(np.abs(z))


def _kv(v, z):
    return special.kve(v, z) * np.exp(-z)


def _rel_entr(x, y):
    return np.where(np.greater(x, 0), special.xlogy(x, _safe_ratio(x, y)), 0.0)


def _safe_ratio(x, y):
    return np.where(np.greater(x, 0), x, 1.0) / y


def _binom(n, k):
    n = n if is_traced(n) else np.asarray(n, dtype=np.float64)
    return np.exp(-special.betaln(1.0 + n - k, 1.0 + k) - np.log1p(n))


def _poch(z, m):
    return np.exp(special.gammaln(z + m) - special.gammaln(z))


def _boxcox(x, lmbda):
    is_log = np.abs(lmbda) < 1e-19
    safe = np.where(is_log, 1.0, lmbda)
    return np.where(is_log, np.log(x), np.expm1(safe * np.log(x)) / safe)


def _inv_boxcox(y, lmbda):
    is_log = np.equal(lmbda, 0)
    safe = np.where(is_log, 1.0, lmbda)
    return np.where(is_log, np.exp(y), np.exp(np.log1p(safe * y) / safe))


def _huber(delta, r):
    size = np.abs(r)
    return np.where(size <= delta, 0.5 * r * r, delta * (size - 0.5 * delta))


def _pseudo_huber(delta, r):
    ratio = r / delta
    return delta * delta * ratio * ratio / (np.sqrt(1.0 + ratio * ratio) + 1.0)


def _stdtr(df, t):
    """Student's distribution function by the incomplete beta function; A & S 26.7.1."""
    tail = 0.5 * special.betainc(0.5 * df, 0.5, df / (df + t * t))
    return np.where(np.greater(t, 0), 1.0 - tail, tail)


def _fdtr(dfn, dfd, x):
    return special.betainc(0.5 * dfn, 0.5 * dfd, dfn * x / (dfd + dfn * x))


def _bdtr(k, n, p):
    k = np.floor(k)
    return special.betainc(n - k, k + 1.0, 1.0 - p)


BY_NAME = {
    "expm1": np.expm1,
    "log1p": np.log1p,
    "cbrt": np.cbrt,
    "exp2": np.exp2,
    "exp10": lambda x: np.exp(np.log(10.0) * x),
    "entr": lambda x: -special.xlogy(x, x),
    "rel_entr": _rel_entr,
    "kl_div": lambda x, y: _rel_entr(x, y) - x + y,
    "iv": _iv,
    "kv": _kv,
    "k0": lambda x: _kv(0.0, x),
    "k1": lambda x: _kv(1.0, x),
    "k0e": lambda x: special.kve(0.0, x),
    "k1e": lambda x: special.kve(1.0, x),
    "rgamma": lambda z: 1.0 / special.gamma(z),
    "poch": _poch,
    "binom": _binom,
    "boxcox": _boxcox,
    "boxcox1p": lambda x, lmbda: _boxcox(1.0 + x, lmbda),
    "inv_boxcox": _inv_boxcox,
    "huber": _huber,
    "pseudo_huber": _pseudo_huber,
    "stdtr": _stdtr,
    "fdtr": _fdtr,
    "bdtr": _bdtr,
    "chdtr": lambda v, x: special.gammainc(0.5 * v, 0.5 * x),
    "chdtrc": lambda v, x: special.gammaincc(0.5 * v, 0.5 * x),
    "gdtr": lambda a, b, x: special.gammainc(b, a * x),
    "pdtr": lambda k, m: special.gammaincc(np.floor(k) + 1.0, m),
}
"""Name of a ufunc -> its meaning on traced arrays."""
