"""Functions of `autograd.numpy` and `autograd.scipy` on traced arrays.

They are functions of NumPy and SciPy wrapped by autograd, which hands a traced call to a node with
its arguments as they were given, by position or by name, and has derivatives of its own.  A node
asks here what such a call means: the same function on a traced array, whose operations have
derivatives and a compiled form here.
"""

from importlib import import_module

import numpy as np
from autograd.builtins import container_take
from autograd.numpy import numpy_wrapper
from autograd.tracer import new_box, trace_stack

from lightppl.autodiff.boxes import operation_names, primitive_of
from lightppl.autodiff.dispatch import FUNCTIONS, call_function
from lightppl.autodiff.operation import is_traced
from lightppl.autodiff.structural import reshape
from lightppl.records import record
from lightppl.when_used import module_when_used

library_remedies = module_when_used("lightppl.autodiff.library_remedies")


@record
class MeantCall:
    """What a node keeps of a call.

    Attributes
    ----------
    fun : callable
        An autograd primitive.
    args, kwargs, parent_argnums, parents
        As autograd gives them to a node.
    results : tuple of traced array, or None
        Results of a function that has several, each traced by itself; nothing else is kept then.
    """

    fun: object
    args: tuple
    kwargs: dict
    parent_argnums: tuple
    parents: tuple
    results: object = None


def meant_call(value, fun, args, kwargs, parent_argnums, parents):
    """Return what a node keeps of a call, which may be one of autograd's own functions.

    Parameters
    ----------
    value, fun, args, kwargs, parent_argnums, parents
        As autograd gives them to a node; a node with several results has them as ``results``.

    Returns
    -------
    MeantCall
        The call itself for a ufunc or an operation; else one that gives back, as its only argument,
        what the function gives for traced arrays.
    """
    level = trace_stack.top
    if fun is container_take:
        result = parents[0].results[args[1]]
    else:
        meaning = _meaning_of(fun)
        if meaning is None:
            return MeantCall(fun, args, kwargs, parent_argnums, parents)
        boxes = {k: new_box(args[k], level, node) for k, node in zip(parent_argnums, parents)}
        result = meaning(*(boxes.get(k, x) for k, x in enumerate(args)), **kwargs)
    if isinstance(result, (tuple, list)):
        return MeantCall(fun, args, kwargs, parent_argnums, parents, tuple(result))
    same, shape = primitive_of(reshape), {"shape": np.shape(value)}
    if is_traced(result) and result._trace == level:
        return MeantCall(same, (result._value,), shape, (0,), (result._node,))
    return MeantCall(same, (result,), shape, (), ())


def _meaning_of(fun):
    if fun in operation_names:
        return None
    if fun in _OF_AUTOGRAD:
        return _OF_AUTOGRAD[fun]
    function = getattr(fun, "fun", None)
    if isinstance(function, np.ufunc):
        return None
    if function in FUNCTIONS:
        return lambda *args, **kwargs: call_function(function, args, kwargs)
    return _of_scipy(function)


def _of_scipy(function):
    """Return the function of the same name of ours, or None."""
    package, _, name = (library_remedies.scipy_name(function) or "").rpartition(".")
    if package not in ("scipy.special", "scipy.linalg"):
        return None
    # the modules that models use are made of this folder
    return getattr(import_module(package.replace("scipy", "lightppl")), name, None)


def _array_of_one(args, kwargs, value):
    """``np.array(value)``; of what can be said besides, only ``ndmin`` changes a traced value."""
    missing = kwargs.get("ndmin", 0) - np.ndim(value)
    return np.reshape(value, (1,) * max(missing, 0) + np.shape(value))


_OF_AUTOGRAD = {
    numpy_wrapper.concatenate_args: lambda axis, *arrays: np.concatenate(arrays, axis),
    numpy_wrapper.array_from_args: lambda args, kwargs, *arrays: np.stack(arrays),
    numpy_wrapper._array_from_scalar_or_array: _array_of_one,
    numpy_wrapper.full: lambda shape, value, *args: np.broadcast_to(value, shape),
}
"""Primitives that autograd made for functions that take lists, and NumPy's without a hook."""
