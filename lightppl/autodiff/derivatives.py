"""Derivatives of ufuncs, one line of mathematics each.

autograd has many of these; they stand here again where its form costs more when it is compiled (``1
/ cosh(x)**2`` for ``1 - tanh(x)**2``) or fails at ends and zeros, and because importing
`autograd.scipy` would import all of `scipy.stats`.  Importing this module registers those of NumPy;
SciPy's stand in the table `lightppl.autodiff.special_functions`.
"""

import autograd.numpy  # noqa: F401  registers the ufuncs of NumPy with autograd
import numpy as np
from autograd.extend import VJPNode, defvjp, primitive, register_notrace
from autograd.tracer import trace_primitives_map

from lightppl.autodiff.functions.table import unsupported
from lightppl.autodiff.operation import Operation, at_user_line, is_traced
from lightppl.autodiff.special import weight_of_first
from lightppl.autodiff.special_functions import PUBLIC_NAMES, ROWS, SEVERAL_RESULTS, UNKNOWN
from lightppl.autodiff.structural import sum_to_shape
from lightppl.errors import UnsupportedOperationError


def unary(function, derivative):
    """Register ``derivative(ans, x)``, the factor that multiplies `g`."""
    _define(function, lambda ans, x: lambda g: g * derivative(ans, x))


def nary(function, *vjps):
    """Register one ``vjp(g, ans, *args)`` per argument; broadcasting is undone here."""
    _define(function, *(_undo_broadcast(vjp, k) for k, vjp in enumerate(vjps)))


def primitive_of_ufunc(ufunc):
    """Return the autograd primitive of a ufunc with one result.

    A ufunc of which no derivative is known can be evaluated on traced values; that it cannot be
    differentiated is said when its derivative is asked for.  Derivatives of SciPy's functions are
    registered here, when one is first met.
    """
    if ufunc not in _has_derivative:
        _require_real(ufunc)
        name = PUBLIC_NAMES.get(ufunc.__name__, ufunc.__name__)
        partials = ROWS[name].partials if name in ROWS else (UNKNOWN,) * ufunc.nin
        _define(ufunc, *vjps_of(partials, name))
    return trace_primitives_map[ufunc]


def results_of_ufunc(ufunc, inputs):
    """Return the results of a ufunc with several of them, each traced by itself."""
    name = ufunc.__name__
    if ufunc not in _operations:
        _require_real(ufunc)
        unknown = (UNKNOWN,) * ufunc.nin
        rows = SEVERAL_RESULTS.get(name)
        _operations[ufunc] = tuple(
            Operation(
                f"{name}_{k}",
                lambda *args, k=k: ufunc(*args)[k],
                vjps_of(rows[k].partials if rows else unknown, name),
            )
            for k in range(ufunc.nout)
        )
    return tuple(operation(*inputs) for operation in _operations[ufunc])


def vjps_of(partials, name):
    """Return what autograd needs for the partial derivatives of an elementwise function.

    Parameters
    ----------
    partials : tuple
        As in `lightppl.autodiff.special_functions.table`.
    name : str
        For the error that says that a derivative is not known.
    """
    return tuple(
        _refusal(name, k) if partial is UNKNOWN else _undo_broadcast(_times(partial), k)
        for k, partial in enumerate(partials)
    )


def _times(partial):
    return partial and (lambda g, ans, *args: g * partial(ans, *args))


def _refusal(name, k):
    """A derivative that says, when it is asked for, that it is not known."""

    def vjp_maker(ans, *args):
        message = (
            f"No derivative of {name} by its argument {k + 1} is known{at_user_line()}. Keep that "
            "argument constant, use lightppl.special.stop_gradient, or give a derivative with "
            "lightppl.register_primitive."
        )

        def refuse(g):
            raise UnsupportedOperationError(message)

        return refuse

    return vjp_maker


def _require_real(ufunc):
    if not any(set(kinds) <= set("ld->") for kinds in ufunc.types):
        raise unsupported(f"{ufunc.__name__}, whose numbers are not real, cannot be traced")


def _define(function, *vjps):
    defvjp(_primitive(function), *vjps)
    _has_derivative.add(function)


_has_derivative = set()
_operations = {}


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
    is_flat = np.equal(y, 0)
    return g * np.where(is_flat, 0.0, y * np.where(is_flat, 1.0, x) ** (y - 1))


def _power_dy(g, ans, x, y):
    is_flat = np.logical_or(np.equal(ans, 0), np.less_equal(x, 0))
    return g * np.where(is_flat, 0.0, ans * np.log(np.where(is_flat, 1.0, x)))


def _share(x, y):
    return np.where(x > y, 1.0, np.where(np.equal(x, y), 0.5, 0.0))


def _hypot_slope(ans, x):
    """``x / ans``, also at the origin and at infinity."""
    is_all = np.equal(np.abs(x), ans)
    return np.where(is_all, np.sign(x), x / np.where(is_all, 1.0, ans))


def _angle_slope(x, y):
    """``x / (x**2 + y**2)`` without overflow, 0 at infinity and, where there is no angle, at 0."""
    size = np.hypot(x, y)
    is_flat = np.logical_or(np.equal(size, 0), np.isinf(size))
    size = np.where(is_flat, 1.0, size)
    return np.where(is_flat, 0.0, x / size / size)


# --- arithmetic
nary(np.add, lambda g, ans, x, y: g, lambda g, ans, x, y: g)
nary(np.subtract, lambda g, ans, x, y: g, lambda g, ans, x, y: -g)
nary(np.multiply, lambda g, ans, x, y: g * y, lambda g, ans, x, y: g * x)
nary(np.divide, lambda g, ans, x, y: g / y, lambda g, ans, x, y: -g * ans / y)
nary(np.power, _power_dx, _power_dy)
nary(np.maximum, lambda g, ans, x, y: g * _share(x, y), lambda g, ans, x, y: g * _share(y, x))
nary(np.minimum, lambda g, ans, x, y: g * _share(y, x), lambda g, ans, x, y: g * _share(x, y))
nary(np.remainder, lambda g, ans, x, y: g, lambda g, ans, x, y: -g * np.floor(x / y))
nary(np.fmod, lambda g, ans, x, y: g, lambda g, ans, x, y: -g * np.trunc(x / y))
nary(
    np.hypot,
    lambda g, ans, x, y: g * _hypot_slope(ans, x),
    lambda g, ans, x, y: g * _hypot_slope(ans, y),
)
nary(
    np.arctan2,
    lambda g, ans, y, x: g * _angle_slope(x, y),
    lambda g, ans, y, x: -g * _angle_slope(y, x),
)
nary(
    np.logaddexp,
    lambda g, ans, x, y: g * weight_of_first(x, y),
    lambda g, ans, x, y: g * weight_of_first(y, x),
)
constant(
    np.floor, np.ceil, np.rint, np.trunc, np.sign, np.floor_divide, np.isnan, np.isinf, np.isfinite,
    np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal,
    np.logical_and, np.logical_or, np.logical_not, np.logical_xor,
    np.bitwise_and, np.bitwise_or, np.bitwise_xor,
)

# --- elementary functions
unary(np.negative, lambda ans, x: -1.0)
unary(np.absolute, lambda ans, x: np.sign(x))
unary(np.fabs, lambda ans, x: np.sign(x))
unary(np.reciprocal, lambda ans, x: -ans * ans)
unary(np.square, lambda ans, x: 2 * x)
unary(np.sqrt, lambda ans, x: 0.5 / ans)
unary(np.cbrt, lambda ans, x: 1.0 / (3.0 * ans * ans))
unary(np.exp, lambda ans, x: ans)
unary(np.exp2, lambda ans, x: ans * np.log(2.0))
unary(np.expm1, lambda ans, x: np.exp(x))
unary(np.log, lambda ans, x: 1 / x)
unary(np.log2, lambda ans, x: 1.0 / (x * np.log(2.0)))
unary(np.log10, lambda ans, x: 1.0 / (x * np.log(10.0)))
unary(np.log1p, lambda ans, x: 1 / (1 + x))
unary(np.sin, lambda ans, x: np.cos(x))
unary(np.cos, lambda ans, x: -np.sin(x))
unary(np.tan, lambda ans, x: 1 + ans * ans)
unary(np.arcsin, lambda ans, x: 1 / np.sqrt((1 - x) * (1 + x)))
unary(np.arccos, lambda ans, x: -1 / np.sqrt((1 - x) * (1 + x)))
unary(np.arctan, lambda ans, x: 1 / (1 + x * x))
unary(np.sinh, lambda ans, x: np.cosh(x))
unary(np.cosh, lambda ans, x: np.sinh(x))
unary(np.tanh, lambda ans, x: 1 - ans * ans)
unary(np.arcsinh, lambda ans, x: 1 / np.hypot(x, 1.0))
unary(np.arccosh, lambda ans, x: 1 / (np.sqrt(x - 1) * np.sqrt(x + 1)))
unary(np.arctanh, lambda ans, x: 1 / ((1 - x) * (1 + x)))
