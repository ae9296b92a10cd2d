"""Data that a function indexes by what is traced: a step of a loop, as in ``y[t]``, a held value.

NumPy asks a traced index for its number, so a plain array cannot be indexed by one.  The arrays
that a function reads from the function around it, from its module or from its defaults are known,
though: it is run with arrays in their place that understand a traced index.  What it makes itself,
or reaches in another way, as an attribute of an object, it has to `lightppl.special.take`.
"""

import copy
from functools import partial
from types import CellType, FunctionType

import numpy as np

from lightppl.autodiff.indexing import getitem
from lightppl.autodiff.operation import is_traced
from lightppl.language.stack import Messenger


class TracedIndexed(np.ndarray):
    """A plain array that can be indexed by traced integers; what is computed from it is plain."""

    __array_priority__ = -1.0

    def __array_wrap__(self, array, context=None, return_scalar=False):
        plain = np.asarray(array)
        return plain[()] if return_scalar else plain

    def __getitem__(self, idx):
        items = idx if isinstance(idx, tuple) else (idx,)
        if any(is_traced(item) for item in items):
            return getitem(np.asarray(self), idx)
        return super().__getitem__(idx)


def indexable(value):
    """Return a function, or arrays, like `value` that can be indexed by traced integers.

    Parameters
    ----------
    value : callable, array, or dict, list or tuple of them
        Python functions are rebuilt, with those that they use and the arrays that they read;
        anything else is returned as it is.

    Examples
    --------
    >>> y = np.arange(3.0)
    >>> type(indexable(lambda: y)()).__name__
    'TracedIndexed'
    """
    return _replaced(value, {})


def _replaced(value, known):
    """Return `value` with plain arrays replaced; `known` holds what was replaced, by identity."""
    if id(value) in known:
        return known[id(value)][1]
    if type(value) is np.ndarray and value.ndim:
        found = value.view(TracedIndexed)
    elif type(value) is dict:
        found = {key: _replaced(part, known) for key, part in value.items()}
    elif type(value) in (list, tuple):
        found = type(value)(_replaced(part, known) for part in value)
    elif type(value) is FunctionType and not str(value.__module__).startswith(_LIBRARIES):
        return _rebuilt_function(value, known)
    elif type(value) is partial:
        found = partial(*_replaced((value.func, *value.args), known), **value.keywords)
    elif isinstance(value, Messenger) and value.fn is not None:
        found = copy.copy(value)
        found.fn = _replaced(value.fn, known)
    else:
        return value
    known[id(value)] = (value, found)  # keeps the value, whose identity is the key
    return found


def _rebuilt_function(f, known):
    names = dict(f.__globals__)
    cells = tuple(CellType() for _ in f.__closure__ or ())
    rebuilt = FunctionType(f.__code__, names, f.__name__, None, cells)
    known[id(f)] = (f, rebuilt)  # before what it uses, which may be itself
    for cell, old in zip(cells, f.__closure__ or ()):
        if not _is_empty(old):
            cell.cell_contents = _replaced(old.cell_contents, known)
    for name in _names_in(f.__code__):
        if name in names:
            names[name] = _replaced(names[name], known)
    rebuilt.__defaults__ = _replaced(f.__defaults__, known)
    rebuilt.__kwdefaults__ = _replaced(f.__kwdefaults__, known)
    return rebuilt


def _names_in(code):
    """Return the names that a function and those inside of it may read from the module."""
    inner = [name for c in code.co_consts if hasattr(c, "co_names") for name in _names_in(c)]
    return {*code.co_names, *inner}


def _is_empty(cell):
    try:
        cell.cell_contents
    except ValueError:
        return True
    return False


_LIBRARIES = ("lightppl", "numpy", "scipy", "autograd")
