"""Derivatives of ufuncs, one line of mathematics each.

autograd has many of these; they stand here again where its form costs more when it is compiled (``1
/ cosh(x)**2`` for ``1 - tanh(x)**2``), and because importing `autograd.scipy` would import all of
`scipy.stats`.  Importing this module registers them.

References: Abramowitz & Stegun (1964), chapters 6, 7, 9; for the shape derivatives of the
incomplete gamma and beta functions see `lightppl.autodiff.shape_derivatives`.
"""

import autograd.numpy  # noqa: F401  registers the ufuncs of NumPy with autograd
import numpy as np
from autograd.extend import VJPNode, defvjp, primitive, register_notrace
from autograd.tracer import trace_primitives_map

from lightppl.autodiff import special
from lightppl.autodiff.digamma_rise import digamma_rise
from lightppl.autodiff.operation import is_traced
from lightppl.scipy_functions import SciPyFunction
from lightppl.autodiff.shape_derivatives import (
    betainc_da, betainc_db, gammainc_da, ive_dv, kve_dv,
)
from lightppl.autodiff.special import digamma, expit, trigamma
from lightppl.autodiff.structural import sum_to_shape

_SQRT_2PI = float(np.sqrt(2.0 * np.pi))
_TWO_OVER_SQRT_PI = float(2.0 / np.sqrt(np.pi))


def unary(function, derivative):
    """Register ``derivative(ans, x)``, the factor that multiplies `g`."""
    _define(function, lambda ans, x: lambda g: g * derivative(ans, x))


def nary(function, *vjps):
    """Register one ``vjp(g, ans, *args)`` per argument; broadcasting is undone here."""
    _define(function, *(_undo_broadcast(vjp, k) for k, vjp in enumerate(vjps)))


def primitive_of_ufunc(ufunc):
    """Return the autograd primitive of a ufunc, or None if it has no derivative.

    Derivatives of SciPy's functions are registered here, when one is first met.
    """
    vjps = _of_scipy.pop(ufunc.__name__, None)
    if vjps is not None:
        defvjp(_primitive(ufunc), *vjps)
        _has_derivative.add(ufunc)
    return trace_primitives_map[ufunc] if ufunc in _has_derivative else None


def _define(function, *vjps):
    if not isinstance(function, SciPyFunction):
        defvjp(_primitive(function), *vjps)
        _has_derivative.add(function)
        return
    _of_scipy[function.__name__] = vjps


_of_scipy = {}
_has_derivative = set()


def constant(*ufuncs):
    """Register ufuncs whose derivative is zero."""
    for ufunc in ufuncs:
        register_notrace(VJPNode, _primitive(ufunc))
        _has_derivative.add(ufunc)


def _primitive(ufunc):
    return trace_primitives_map.get(ufunc) or primitive(ufunc)


def _undo_broadcast(vjp, k):
    if vjp is None:
        return None
    return lambda ans, *args: lambda g: sum_to_shape(vjp(g, ans, *args), np.shape(args[k]))


def _power_dx(g, ans, x, y):
    if not is_traced(y) and np.ndim(y) == 0:
        if y == 2:
            return g * (2 * x)
        if y == 1:
            return g
        if y == 0.5:
            return g * 0.5 / ans
        if y == -1:
            return -g * ans * ans
    return g * y * x ** np.where(np.equal(y, 0), 1.0, y - 1)


def _power_dy(g, ans, x, y):
    return g * np.where(np.equal(ans, 0), 0.0, ans * np.log(np.where(np.greater(x, 0), x, 1.0)))


def _share(x, y):
    return np.where(x > y, 1.0, np.where(np.equal(x, y), 0.5, 0.0))


# --- arithmetic
nary(np.add, lambda g, ans, x, y: g, lambda g, ans, x, y: g)
nary(np.subtract, lambda g, ans, x, y: g, lambda g, ans, x, y: -g)
nary(np.multiply, lambda g, ans, x, y: g * y, lambda g, ans, x, y: g * x)
nary(np.divide, lambda g, ans, x, y: g / y, lambda g, ans, x, y: -g * ans / y)
nary(np.power, _power_dx, _power_dy)
nary(np.float_power, _power_dx, _power_dy)
nary(np.maximum, lambda g, ans, x, y: g * _share(x, y), lambda g, ans, x, y: g * _share(y, x))
nary(np.minimum, lambda g, ans, x, y: g * _share(y, x), lambda g, ans, x, y: g * _share(x, y))
nary(np.fmax, lambda g, ans, x, y: g * _share(x, y), lambda g, ans, x, y: g * _share(y, x))
nary(np.fmin, lambda g, ans, x, y: g * _share(y, x), lambda g, ans, x, y: g * _share(x, y))
nary(np.remainder, lambda g, ans, x, y: g, lambda g, ans, x, y: -g * np.floor(x / y))
nary(np.fmod, lambda g, ans, x, y: g, lambda g, ans, x, y: -g * np.trunc(x / y))
nary(np.hypot, lambda g, ans, x, y: g * x / ans, lambda g, ans, x, y: g * y / ans)
nary(
    np.arctan2,
    lambda g, ans, y, x: g * x / (x**2 + y**2),
    lambda g, ans, y, x: -g * y / (x**2 + y**2),
)
nary(
    np.logaddexp,
    lambda g, ans, x, y: g * expit(x - y),
    lambda g, ans, x, y: g * expit(y - x),
)
nary(
    np.logaddexp2,
    lambda g, ans, x, y: g * expit(np.log(2.0) * (x - y)),
    lambda g, ans, x, y: g * expit(np.log(2.0) * (y - x)),
)
nary(np.copysign, lambda g, ans, x, y: g * np.sign(x) * np.sign(ans), None)
constant(
    np.floor, np.ceil, np.rint, np.trunc, np.sign, np.floor_divide, np.isnan, np.isinf, np.isfinite,
    np.signbit, np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal,
    np.logical_and, np.logical_or, np.logical_not, np.logical_xor,
    np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert, np.heaviside,
)

# --- elementary functions
unary(np.negative, lambda ans, x: -1.0)
unary(np.positive, lambda ans, x: 1.0)
unary(np.absolute, lambda ans, x: np.sign(x))
unary(np.fabs, lambda ans, x: np.sign(x))
unary(np.reciprocal, lambda ans, x: -ans * ans)
unary(np.square, lambda ans, x: 2 * x)
unary(np.sqrt, lambda ans, x: 0.5 / ans)
unary(np.cbrt, lambda ans, x: 1.0 / (3.0 * ans * ans))
unary(np.exp, lambda ans, x: ans)
unary(np.exp2, lambda ans, x: ans * np.log(2.0))
unary(np.expm1, lambda ans, x: ans + 1)
unary(np.log, lambda ans, x: 1 / x)
unary(np.log2, lambda ans, x: 1.0 / (x * np.log(2.0)))
unary(np.log10, lambda ans, x: 1.0 / (x * np.log(10.0)))
unary(np.log1p, lambda ans, x: 1 / (1 + x))
unary(np.sin, lambda ans, x: np.cos(x))
unary(np.cos, lambda ans, x: -np.sin(x))
unary(np.tan, lambda ans, x: 1 + ans * ans)
unary(np.arcsin, lambda ans, x: 1 / np.sqrt(1 - x * x))
unary(np.arccos, lambda ans, x: -1 / np.sqrt(1 - x * x))
unary(np.arctan, lambda ans, x: 1 / (1 + x * x))
unary(np.sinh, lambda ans, x: np.cosh(x))
unary(np.cosh, lambda ans, x: np.sinh(x))
unary(np.tanh, lambda ans, x: 1 - ans * ans)
unary(np.arcsinh, lambda ans, x: 1 / np.sqrt(x * x + 1))
unary(np.arccosh, lambda ans, x: 1 / np.sqrt(x * x - 1))
unary(np.arctanh, lambda ans, x: 1 / (1 - x * x))
unary(np.deg2rad, lambda ans, x: np.pi / 180.0)
unary(np.rad2deg, lambda ans, x: 180.0 / np.pi)
unary(np.radians, lambda ans, x: np.pi / 180.0)
unary(np.degrees, lambda ans, x: 180.0 / np.pi)

# --- special functions
unary(special.expit, lambda ans, x: ans * (1 - ans))
unary(special.logit, lambda ans, x: 1 / (x * (1 - x)))
unary(special.log_expit, lambda ans, x: expit(-x))
unary(special.gammaln, lambda ans, x: digamma(x))
unary(special.gamma, lambda ans, x: ans * digamma(x))
unary(special.digamma, lambda ans, x: trigamma(x))
_of_scipy["psi"] = _of_scipy["digamma"]
unary(special.erf, lambda ans, x: _TWO_OVER_SQRT_PI * np.exp(-x * x))
unary(special.erfc, lambda ans, x: -_TWO_OVER_SQRT_PI * np.exp(-x * x))
unary(special.erfcx, lambda ans, x: 2 * x * ans - _TWO_OVER_SQRT_PI)
unary(special.erfinv, lambda ans, x: np.exp(ans * ans) / _TWO_OVER_SQRT_PI)
unary(special.erfcinv, lambda ans, x: -np.exp(ans * ans) / _TWO_OVER_SQRT_PI)
unary(special.ndtr, lambda ans, x: np.exp(-0.5 * x * x) / _SQRT_2PI)
unary(special.log_ndtr, lambda ans, x: np.exp(-0.5 * x * x - ans) / _SQRT_2PI)
unary(special.ndtri, lambda ans, x: np.exp(0.5 * ans * ans) * _SQRT_2PI)
unary(special.i0, lambda ans, x: special.i1(x))
unary(special.i0e, lambda ans, x: special.i1e(x) - np.sign(x) * ans)
unary(special.i1, lambda ans, x: special.i0(x) - ans / x)
unary(special.i1e, lambda ans, x: special.i0e(x) - ans * (np.sign(x) + 1.0 / x))
nary(
    special.xlogy,
    lambda g, ans, x, y: g * np.log(np.where(np.equal(y, 0), 1.0, y)),
    lambda g, ans, x, y: g * np.where(np.equal(x, 0), 0.0, x / y),
)
nary(
    special.xlog1py,
    lambda g, ans, x, y: g * np.log1p(np.where(np.equal(y, -1), 0.0, y)),
    lambda g, ans, x, y: g * np.where(np.equal(x, 0), 0.0, x / (1 + y)),
)
nary(
    special.beta,
    lambda g, ans, a, b: -g * ans * digamma_rise(a, b),
    lambda g, ans, a, b: -g * ans * digamma_rise(b, a),
)
nary(
    SciPyFunction("betaln"),
    lambda g, ans, a, b: -g * digamma_rise(a, b),
    lambda g, ans, a, b: -g * digamma_rise(b, a),
)
nary(
    special.gammainc,
    lambda g, ans, a, x: g * gammainc_da(a, x),
    lambda g, ans, a, x: g * np.exp((a - 1) * np.log(x) - x - special.gammaln(a)),
)
nary(
    special.gammaincc,
    lambda g, ans, a, x: -g * gammainc_da(a, x),
    lambda g, ans, a, x: -g * np.exp((a - 1) * np.log(x) - x - special.gammaln(a)),
)
nary(
    special.betainc,
    lambda g, ans, a, b, x: g * betainc_da(a, b, x),
    lambda g, ans, a, b, x: g * betainc_db(a, b, x),
    lambda g, ans, a, b, x: g
    * np.exp((a - 1) * np.log(x) + (b - 1) * np.log1p(-x) - special.betaln(a, b)),
)
nary(
    special.ive,
    lambda g, ans, v, x: g * ive_dv(v, x),
    lambda g, ans, v, x: g * (special.ive(v + 1, x) + ans * (v / x - np.sign(x))),
)
nary(
    special.kve,
    lambda g, ans, v, x: g * kve_dv(v, x),
    lambda g, ans, v, x: g * (ans * (v / x + 1) - special.kve(v + 1, x)),
)

