"""Special functions for models: SciPy's ufuncs, and what SciPy offers no hook for.

SciPy's ufuncs (``gammaln``, ``ndtr``, ...) work on traced arrays as they are.  The other functions
here are compositions of NumPy ufuncs, or operations of our own.  Derivatives of SciPy's stand in
`lightppl.autodiff.special_functions`.
"""

import math

import numpy as np
from lightppl.autodiff.beta import betaln  # noqa: F401  a name of this module
from lightppl.autodiff.operation import Operation, as_array, is_traced, refuse_masked
from lightppl.autodiff.polygamma import _polygamma_operation, polygamma, trigamma  # noqa: F401
from lightppl.autodiff.structural import convert, from_the_end
from lightppl.scipy_functions import SciPyFunction
from lightppl.user_line import at_user_line

beta = SciPyFunction("beta")
betainc = SciPyFunction("betainc")
digamma = SciPyFunction("digamma")
erf = SciPyFunction("erf")
erfc = SciPyFunction("erfc")
erfcinv = SciPyFunction("erfcinv")
erfcx = SciPyFunction("erfcx")
erfinv = SciPyFunction("erfinv")
gamma = SciPyFunction("gamma")
gammainc = SciPyFunction("gammainc")
gammaincc = SciPyFunction("gammaincc")
gammaln = SciPyFunction("gammaln")
i0 = SciPyFunction("i0")
i0e = SciPyFunction("i0e")
i1 = SciPyFunction("i1")
i1e = SciPyFunction("i1e")
ive = SciPyFunction("ive")
kve = SciPyFunction("kve")
log_expit = SciPyFunction("log_expit")
log_ndtr = SciPyFunction("log_ndtr")
logit = SciPyFunction("logit")
ndtr = SciPyFunction("ndtr")
ndtri = SciPyFunction("ndtri")
xlog1py = SciPyFunction("xlog1py")
xlogy = SciPyFunction("xlogy")
logaddexp = np.logaddexp


def _expit(x):
    """Logistic models are so common that they should not wait for `scipy.special`."""
    e = np.exp(-np.abs(x))
    return np.where(np.greater_equal(x, 0.0), 1.0, e) / (1.0 + e)


expit = Operation("expit", _expit, (lambda ans, x: lambda g: g * ans * expit(-x),))
"""``1 / (1 + exp(-x))``.  Its derivative is written without ``1 - ans``, which is 0 from 37 on."""

softplus = Operation(
    "softplus",
    lambda x: np.logaddexp(0.0, x),
    (lambda ans, x: lambda g: g * expit(x),),
)
"""``log(1 + exp(x))``, without overflow."""


def _inverse_mills_ratio(x):
    with np.errstate(divide="ignore"):
        return math.sqrt(2.0 / math.pi) / erfcx(-math.sqrt(0.5) * np.asarray(x, np.float64))


inverse_mills_ratio = Operation(
    "inverse_mills_ratio",
    _inverse_mills_ratio,
    (lambda ans, x: lambda g: -g * ans * (x + ans),),
)
"""Density of the standard normal distribution over `ndtr`: the derivative of `log_ndtr`, also where
both underflow."""


def _log1mexp(x):
    x = np.asarray(x, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(x < np.log(2.0), np.log(-np.expm1(-x)), np.log1p(-np.exp(-x)))


log1mexp = Operation(
    "log1mexp", _log1mexp, (lambda ans, x: lambda g: g / np.expm1(np.minimum(x, 700.0)),)
)
"""``log(1 - exp(-x))`` for ``x > 0``; Maechler (2012), "Accurately computing log(1 -
exp(-|a|))"."""

log_bessel_i0 = Operation(
    "log_bessel_i0",
    lambda x: np.log(i0e(x)) + np.abs(x),
    (lambda ans, x: lambda g: g * (i1e(x) / i0e(x)),),
)
"""Logarithm of the modified Bessel function of order 0, without overflow."""


def weight_of_first(x, y):
    """Return ``exp(x) / (exp(x) + exp(y))``, also where both are the same infinity."""
    if _is_zero(x) or _is_zero(y):
        return expit(x - y)
    is_equal = np.equal(x, y)
    return np.where(is_equal, 0.5, expit(x - np.where(is_equal, 0.0, y)))


def _is_zero(x):
    return not is_traced(x) and np.ndim(x) == 0 and x == 0


def _logcumsumexp_vjp(ans, x, *, axis):
    """A result is the `logaddexp` of an element and the result before it."""
    head = (slice(None),) * axis
    before, added = ans[head + (slice(None, -1),)], x[head + (slice(1, None),)]
    first = np.ones(tuple(1 if k == axis else n for k, n in enumerate(np.shape(x))))
    own = np.concatenate([first, weight_of_first(added, before)], axis=axis)
    passed_on = np.concatenate([first, weight_of_first(before, added)], axis=axis)
    return lambda g: own * from_the_end(g, passed_on, axis)


logcumsumexp = Operation(
    "logcumsumexp", lambda x, *, axis: np.logaddexp.accumulate(x, axis), (_logcumsumexp_vjp,)
)
"""Logarithm of running sums of exponentials along an axis, without overflow."""


def logsumexp(a, axis=None, b=None, keepdims=False, return_sign=False):
    """Return ``log(sum(b * exp(a)))`` along `axis`, without overflow.

    Parameters
    ----------
    a : array_like
    axis : int or tuple of int, optional
    b : array_like, optional
        Weights; a zero weight drops its term.
    keepdims : bool
    return_sign : bool
        Return the logarithm of the magnitude, and the sign, of the sum.

    Returns
    -------
    array, or two
        ``-inf``, with a gradient of zero, where every term is ``-inf``.

    Examples
    --------
    >>> round(float(logsumexp([0.0, 0.0])), 6)
    0.693147
    """
    a = as_array(a)
    if b is not None:
        a = np.where(np.not_equal(b, 0), a, -np.inf)
    peak = np.max(a, axis=axis, keepdims=True)
    peak = stop_gradient(np.where(np.isfinite(peak), peak, 0.0))
    terms = np.exp(a - peak)
    total = np.sum(terms if b is None else b * terms, axis=axis, keepdims=True)
    sign = np.sign(total)
    total = np.abs(total) if return_sign else total
    is_empty = np.equal(total, 0)
    result = np.where(is_empty, -np.inf, np.log(np.where(is_empty, 1.0, total)) + peak)
    if not keepdims:
        result, sign = np.squeeze(result, axis=axis), np.squeeze(sign, axis=axis)
    return (result, sign) if return_sign else result


def softmax(x, axis=None):
    """Return ``exp(x) / sum(exp(x))`` along `axis`.

    Parameters
    ----------
    x : array_like
    axis : int or tuple of int, optional
        All axes by default, as in SciPy.
    """
    x = convert(as_array(x), "float64")
    terms = np.exp(x - stop_gradient(np.max(x, axis=axis, keepdims=True)))
    return terms / np.sum(terms, axis=axis, keepdims=True)


def log_softmax(x, axis=None):
    """Return ``log(softmax(x))`` along `axis`, without underflow.

    Parameters
    ----------
    x : array_like
    axis : int or tuple of int, optional
    """
    return x - logsumexp(x, axis=axis, keepdims=True)


def multigammaln(a, d):
    """Return the logarithm of the multivariate gamma function of order `d`.

    Parameters
    ----------
    a : array_like
        Greater than ``(d - 1) / 2``.
    d : int
    """
    a = as_array(a)
    offsets = 0.5 * np.arange(d)
    constant = 0.25 * d * (d - 1) * np.log(np.pi)
    return constant + np.sum(gammaln(np.expand_dims(a, -1) - offsets), axis=-1)


def _set_at(x, idx, value):
    result = np.array(x, dtype=np.result_type(x, value))
    result[idx] = value
    return result


def set_at(x, idx, value):
    """Return a copy of `x` with ``x[idx]`` replaced by `value`: assignment for traced arrays.

    Parameters
    ----------
    x : array
    idx : index
        Anything that indexes an array; of traced indices only one integer, of the first axis.
    value : array_like
        Broadcasts to ``x[idx]``.

    Examples
    --------
    >>> set_at(np.zeros(3), 1, 5.0)
    array([0., 5., 0.])
    """
    if is_traced(idx) and np.ndim(idx) == 0 and np.ndim(x):
        size = np.shape(x)[0]
        is_there = np.equal(np.arange(size), np.where(idx < 0, idx + size, idx))
        return np.where(np.reshape(is_there, (size,) + (1,) * (np.ndim(x) - 1)), value, x)
    if not (is_traced(x) or is_traced(value)):
        return _set_at(x, idx, value)
    size = int(np.prod(np.shape(x)))
    cells = np.arange(size).reshape(np.shape(x))[idx]
    source = np.arange(size)
    source[cells] = size + np.arange(cells.size).reshape(cells.shape)
    flat = np.concatenate(
        [np.reshape(x, (-1,)), np.reshape(np.broadcast_to(value, cells.shape), (-1,))]
    )
    return np.reshape(flat[source], np.shape(x))


def take(x, index, axis=0, mode="raise"):
    """Return elements of `x` at integers of `index`, either of which may be traced.

    A plain array cannot be indexed by a traced one, because NumPy asks the index for its value.

    Parameters
    ----------
    x : array
    index : int array
    axis : int
    mode : {"raise", "clip", "wrap"}
        What an index out of range means: an error, the nearest element, or counting on from the
        other end.  A traced index cannot raise an error and is clipped.

    Raises
    ------
    IndexError
        For a plain index out of range in mode "raise".

    Examples
    --------
    >>> take(np.array([1.0, 2.0, 4.0]), np.array([2, 0]))
    array([4., 1.])
    """
    size = np.shape(x)[axis]
    if mode == "clip":
        index = np.clip(index, 0, size - 1)
    elif mode == "wrap":
        index = np.remainder(index, size)
    if is_traced(index) and not is_traced(x):
        refuse_masked(x)
        return index.take_from(np.asarray(x), axis)
    try:
        return np.take(x, index, axis=axis)
    except IndexError as error:
        raise IndexError(
            f"{error}{at_user_line()}. If such elements do not count, as in np.where(t < T, "
            'take(y, t), z), use take(..., mode="clip").'
        ) from None


stop_gradient = Operation("stop_gradient", lambda x: x, (None,))
"""The identity, with derivative zero."""
