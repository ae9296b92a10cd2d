"""Operations added by users: a value, its derivative, a scalar kernel for compiled code."""

import hashlib
import inspect
from types import CodeType

import numpy as np

from lightppl.autodiff.functions.table import implements
from lightppl.autodiff.operation import Operation
from lightppl.autodiff.structural import sum_to_shape
from lightppl.compiler.graph.elementwise import ELEMENTWISE, Elementwise, call_source
from lightppl.compiler.runtime.registered import UserKernel

_COST = 50
"""Assumed cost of an element, in multiplications: it is not computed twice."""


def register_primitive(value, derivative=None, kernel=None, *, pullback=None, name=None):
    """Make a numeric function of one's own usable in models, with gradients, also compiled.

    Parameters
    ----------
    value : callable
        ``value(*arrays)`` on plain arrays.  A NumPy or SciPy ufunc, or a function of NumPy, works
        in models under its own name from now on; for any other function, models call what is
        returned.
    derivative : callable or tuple of callable or None, optional
        For functions of elements: ``derivative(result, *arrays)`` gives the partial derivatives, of
        the shape of the result; a tuple of them, one per argument, where there are several.  None
        stands for a derivative of zero.  Written with NumPy functions, so that it can be recorded.
    kernel : callable, optional
        One element: floats in, a float out; a plain function, or one for Numba. Arithmetic,
        branches, loops and functions of `math` become part of the model's machine code; anything
        else that Numba knows is compiled by it and called.
        It may use constants and functions of its module, but no variables of an enclosing function.
        Without it, a model that calls the function runs eagerly.
    pullback : callable, optional
        Instead of `derivative`, for functions of whole arrays: ``pullback(g, result, *arrays)``
        gives the gradients of ``sum(g * result)`` with respect to all arrays, as a tuple.
    name : str, optional
        For graphs and messages; by default the name of `value`.

    Returns
    -------
    callable
        The function, for plain and traced arrays.

    Raises
    ------
    ValueError
        If both `derivative` and `pullback`, or `kernel` and `pullback`, are given, or if the kernel
        uses variables of an enclosing function.

    Notes
    -----
    Compiled models are kept on disk under a name that changes with the kernel's source.  A change
    of a function that the kernel calls, in another file, goes unnoticed: call
    `lightppl.cache_clear`.

    Examples
    --------
    >>> log_cosh = register_primitive(
    ...     lambda x: np.log(np.cosh(x)),
    ...     derivative=lambda result, x: np.tanh(x),
    ...     name="log_cosh",
    ... )
    >>> float(log_cosh(0.0))
    0.0
    """
    if pullback is not None and (derivative is not None or kernel is not None):
        raise ValueError("pullback= is for functions of whole arrays: no derivative=, no kernel=.")
    name = name or getattr(value, "__name__", "primitive")
    name = "".join(c if c.isalnum() else "_" for c in name).strip("_")
    op = f"registered_{name}"
    if kernel is not None:
        op = f"{op}_{_digest_of(kernel)}"
        _register_kernel(op, value, kernel)
    operation = Operation(
        op, value, _elementwise_derivatives(derivative), kernel, _joint_derivative(pullback)
    )
    if isinstance(value, np.ufunc) or hasattr(value, "_implementation"):
        implements(value)(operation)
    return operation


def _elementwise_derivatives(derivative):
    given = derivative if isinstance(derivative, tuple) else (derivative,)

    def of_argument(k):
        if k >= len(given) or given[k] is None:
            return lambda ans, *args: lambda g: np.zeros(np.shape(args[k]))
        return lambda ans, *args: lambda g: sum_to_shape(g * given[k](ans, *args),
            np.shape(args[k]))

    return of_argument


def _joint_derivative(pullback):
    if pullback is None:
        return None

    def joint(positions, ans, args, kwargs):
        def vjp(g):
            gradients = pullback(g, ans, *args)
            return [gradients[k] for k in positions]

        return vjp

    return joint


def _register_kernel(op, value, kernel):
    arity = len(inspect.signature(_plain(kernel)).parameters)
    ELEMENTWISE[op] = Elementwise(value, call_source(op, arity), cost=_COST, module="registered")
    UserKernel(op, _plain(kernel))


def _plain(kernel):
    return getattr(kernel, "py_func", kernel)


def _digest_of(kernel):
    """A short name for what a kernel is made of: its source and, if there is one, its file."""
    plain = _plain(kernel)
    if plain.__closure__ or plain.__defaults__:
        raise ValueError(
            f"The kernel {plain.__qualname__} uses variables of an enclosing function, or default "
            "arguments; compiled models on disk would not notice when they change. Use constants "
            "of its module."
        )
    digest = hashlib.sha256(plain.__code__.co_code + _constants_of(plain.__code__).encode())
    digest.update(" ".join(plain.__code__.co_names).encode())
    try:
        digest.update(inspect.getsource(inspect.getmodule(plain) or plain).encode())
    except (OSError, TypeError):  # typed at a prompt
        digest.update(plain.__qualname__.encode())
    return digest.hexdigest()[:12]


def _constants_of(code):
    """Text of the constants of a function, without the addresses of functions inside it."""
    return repr([
        (x.co_code, x.co_names, _constants_of(x)) if isinstance(x, CodeType) else x
        for x in code.co_consts
    ])
