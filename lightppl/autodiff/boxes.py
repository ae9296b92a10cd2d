"""The traced array: autograd's box, taught NumPy's protocols and to refuse what cannot be recorded.

A traced array holds a plain array (or, while autograd itself is recorded, another traced array) and
a node that remembers where it came from.  What a node class is decides what a trace is for:
autograd's own differentiates; the compiler's writes a graph.  A node class with
``forbids_concrete`` True turns every question about a value - ``if x > 0``, ``float(x)`` - into a
`ControlFlowError`.
"""

import math
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import NamedTuple

import numpy as np
from autograd.extend import (
    VJPNode, defvjp, defvjp_argnum, defvjp_argnums, primitive, register_notrace,
)
from autograd.numpy.numpy_boxes import ArrayBox

from lightppl.autodiff.derivatives import primitive_of_ufunc, results_of_ufunc
from lightppl.autodiff.dispatch import FUNCTIONS, call_function, getitem, reduce_ufunc
from lightppl.autodiff.functions.scipy_special import BY_NAME
from lightppl.autodiff.functions.table import unsupported, written_into
from lightppl.autodiff.operation import (
    A_TRACED_VALUE, is_recorded, plain_value, refuse_complex, refuse_masked,
)
from lightppl.errors import ControlFlowError, ModelError, TracingError
from lightppl.user_line import at_user_line
from lightppl.when_used import module_when_used

remedies = module_when_used("lightppl.autodiff.remedies")
library_remedies = module_when_used("lightppl.autodiff.library_remedies")

_MASKED_ARRAYS = str(Path(np.__file__).parent / "ma" / "core")
_gradient_losses = ContextVar("lightppl_gradient_losses", default=None)


class TracedArray(ArrayBox):
    """An array that is being traced; behaves like a NumPy array without assignment."""

    __slots__ = []
    is_traced_array = True
    __pandas_priority__ = 5000  # more than a column of pandas, which leaves arithmetic to the other

    def call_operation(self, operation, args, kwargs):
        """Record a call of an `Operation` in which this array takes part."""
        refuse_masked(*args)
        return primitive_of(operation)(*args, **kwargs)

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if kwargs.get("out") is not None:
            raise written_into(f"np.{ufunc.__name__}")
        refuse_masked(*inputs)
        refuse_complex(*inputs)
        if method != "__call__":
            return reduce_ufunc(ufunc, method, *inputs, **kwargs)
        if ufunc in FUNCTIONS:
            return call_function(ufunc, inputs, kwargs)
        if kwargs:
            raise unsupported(
                f"{ufunc.__name__} with {', '.join(kwargs)} has no derivative for a traced value"
            )
        same = BY_NAME.get(ufunc.__name__, ufunc)
        if same is not ufunc:
            return same(*inputs)
        if ufunc.nout > 1:
            return results_of_ufunc(ufunc, inputs)
        return primitive_of_ufunc(ufunc)(*inputs, called_by_autograd_dispatcher=True)

    def __array_function__(self, func, types, args, kwargs):
        return call_function(func, args, kwargs)

    def __array__(self, *args, **kwargs):
        if sys._getframe(1).f_code.co_filename.startswith(_MASKED_ARRAYS):
            raise ModelError(
                f"A traced value met a masked array{at_user_line()}, which would lose its mask or "
                "the gradient. Masked arrays can be observed, with sample(..., obs=x); elsewhere "
                "use x.filled(value), or np.where."
            )
        remedy = remedies.remedy_for_array()
        raise TracingError(
            f"{remedy.what}{at_user_line()} would make a plain array of {A_TRACED_VALUE}, and lose "
            f"its gradient. Instead, {remedy.sentence}."
        )

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        remedy = library_remedies.METHODS_WITHOUT_MEANING.get(name, "use the functions of NumPy")
        raise AttributeError(
            f"{A_TRACED_VALUE.capitalize()} has no attribute {name!r}{at_user_line()}. Instead, "
            f"{remedy}."
        )

    def __getitem__(self, idx):
        return getitem(self, idx)

    def take_from(self, array, axis):
        """Return the elements of a plain array at this array of integers."""
        refuse_masked(array)
        return getitem(array, (slice(None),) * (axis % array.ndim) + (self,))

    def __setitem__(self, idx, value):
        remedy = remedies.remedy_for_array()
        raise TracingError(
            f"{remedy.what}{at_user_line()} assigns to {A_TRACED_VALUE}, which cannot be recorded. "
            f"Instead, {remedy.sentence}."
        )

    def __iter__(self):
        if self.ndim == 0:
            raise TypeError("iteration over a 0-d array")
        return (self[k] for k in range(len(self)))

    def __bool__(self):
        if is_recorded(self):
            raise _asked(remedies.remedy_for_truth())
        return bool(plain_value(self))

    def __float__(self):
        return float(_leave_trace(self, "float(x)"))

    def __int__(self):
        return int(_leave_trace(self, "int(x)"))

    def __index__(self):
        return int(_leave_trace(self, "A Python index or count"))

    def __round__(self, ndigits=0):
        return np.round(self, ndigits)

    def item(self):
        """Return the Python number of an array of one element; ends the trace."""
        return _leave_trace(self, "x.item()", "use the array itself").item()

    def tolist(self):
        """Return nested Python lists; ends the trace."""
        return _leave_trace(self, "x.tolist()", "use the array itself").tolist()

    def copy(self):
        """Return the array itself: traced arrays are immutable."""
        return self

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def astype(self, dtype, **kwargs):
        """Return the array converted to float64, int64 or bool."""
        return call_function(np.astype, (self, dtype), {})

    def reshape(self, *shape, **kwargs):
        """Return the array with another shape."""
        return np.reshape(self, shape[0] if len(shape) == 1 else shape, **kwargs)

    def transpose(self, *axes):
        """Return the array with permuted axes."""
        if len(axes) == 1 and not isinstance(axes[0], (int, np.integer)):
            axes = axes[0]
        return np.transpose(self, axes or None)

    def dot(self, other):
        """Return the dot product with `other`."""
        return np.dot(self, other)

    size = property(lambda self: math.prod(self.shape))
    T = property(lambda self: np.transpose(self))
    mT = property(lambda self: np.matrix_transpose(self))
    real = property(lambda self: self)

    def __pos__(self):
        return self

    def __and__(self, other):
        return np.bitwise_and(self, other)

    def __rand__(self, other):
        return np.bitwise_and(other, self)

    def __or__(self, other):
        return np.bitwise_or(self, other)

    def __ror__(self, other):
        return np.bitwise_or(other, self)

    def __xor__(self, other):
        return np.bitwise_xor(self, other)

    def __invert__(self):
        return np.invert(self)

    def __floordiv__(self, other):
        return np.floor_divide(self, other)

    def __rfloordiv__(self, other):
        return np.floor_divide(other, self)

    def __divmod__(self, other):
        return np.divmod(self, other)

    def __rdivmod__(self, other):
        return np.divmod(other, self)

    def __matmul__(self, other):
        return np.matmul(self, other)

    def __rmatmul__(self, other):
        return np.matmul(other, self)

    def __hash__(self):
        return id(self)

    def __repr__(self):
        return f"<traced array of shape {self.shape}>"

    __str__ = __repr__

    def __format__(self, spec):
        return repr(self)


def _method(name):
    function = getattr(np, name)

    def method(self, *args, **kwargs):
        return function(self, *args, **kwargs)

    method.__name__ = name
    method.__doc__ = f"As `numpy.{name}` of this array."
    return method


for _name in (
    "sum prod max min mean var std any all argmax argmin argsort cumsum cumprod ravel squeeze "
    "swapaxes repeat take clip diagonal trace round searchsorted compress conjugate conj "
    "argpartition"
).split():
    setattr(TracedArray, _name, _method(_name))
TracedArray.flatten = TracedArray.ravel


def _arithmetic(name):
    inherited = getattr(TracedArray, name)

    def method(self, other):
        return inherited(self, _plain_operand(other))

    method.__name__ = name
    method.__doc__ = inherited.__doc__
    return method


def _plain_operand(other):
    """Return a column of a data frame, and its like, as the plain array that it holds."""
    refuse_complex(other)
    if type(other) is np.ndarray or isinstance(other, (TracedArray, np.generic)):
        return other
    if not hasattr(other, "__array__"):
        return other
    refuse_masked(other)
    return np.asarray(other)


for _name in ("add", "sub", "mul", "truediv", "pow", "mod"):
    for _side in ("__{}__", "__r{}__"):
        setattr(TracedArray, _side.format(_name), _arithmetic(_side.format(_name)))

TracedArray.__eq__ = lambda self, other: False if other is None else np.equal(self, other)
TracedArray.__ne__ = lambda self, other: True if other is None else np.not_equal(self, other)

for _type in (np.ndarray, float, int, bool, *(np.dtype(code).type for code in "?bBhHiIlLqQefd")):
    TracedArray.register(_type)

_primitives = {}
operation_names = {}
"""autograd primitive -> name of the operation in graphs."""


def primitive_of(operation):
    """Return the autograd primitive of an `Operation`, made at first use."""
    found = _primitives.get(operation)
    if found is None:
        found = _primitives[operation] = _new_primitive(operation.value)
        operation_names[found] = operation.name
        if operation.joint_derivative is not None:
            defvjp_argnums(found, operation.joint_derivative)
        else:
            _define_derivatives(found, operation.derivatives)
    return found


def name_of_primitive(fun):
    """Return the name of the operation or ufunc behind an autograd primitive.

    Any other function has the name of its module before its own: that a user's primitive is called
    ``square`` does not make it a square.
    """
    if fun in operation_names:
        return operation_names[fun]
    name = getattr(fun, "__name__", str(fun))
    is_ufunc = isinstance(getattr(fun, "fun", None), np.ufunc)
    return name if is_ufunc else f"{getattr(fun, '__module__', None)}.{name}"


def _new_primitive(value):
    # autograd remembers one primitive a function: np.sin itself must keep its own
    return primitive(lambda *args, **kwargs: value(*args, **kwargs))


def _define_derivatives(fun, derivatives):
    if callable(derivatives):
        defvjp_argnum(fun, lambda k, ans, args, kwargs: derivatives(k)(ans, *args, **kwargs))
    elif all(derivative is None for derivative in derivatives):
        register_notrace(VJPNode, fun)
    else:
        defvjp(fun, *derivatives)


class GradientLoss(NamedTuple):
    """A place where a traced value became a Python number.

    Attributes
    ----------
    place : str
        The expression and its line.
    remedy : str
        What to do instead, such as "use np.exp(x)".
    """

    place: str
    remedy: str


@contextmanager
def watch_gradient_losses():
    """Collect the places where a traced value became a Python number, and so lost its gradient.

    Yields
    ------
    list of GradientLoss
        Filled while the block runs.
    """
    losses = []
    token = _gradient_losses.set(losses)
    try:
        yield losses
    finally:
        _gradient_losses.reset(token)


def _leave_trace(x, what, sentence=None):
    losses = _gradient_losses.get()
    if losses is None and not is_recorded(x):
        return plain_value(x)
    if sentence is None:
        remedy = remedies.remedy_for_number(what)
    else:
        remedy = remedies.Remedy(f"`{what}`", sentence)
    if is_recorded(x):
        raise _asked(remedy)
    losses.append(GradientLoss(f"{remedy.what}{at_user_line()}", remedy.sentence))
    return plain_value(x)


def _asked(remedy):
    return ControlFlowError(
        f"{remedy.what}{at_user_line()} asks for the number behind {A_TRACED_VALUE}. To compile "
        f"the model, {remedy.sentence}."
    )
