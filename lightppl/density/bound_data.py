"""Data are bound once.

A density is a function of its latent values alone.  When it is made, every array among the
arguments of the model is copied, and every other array that the model meets (of its module, of an
enclosing function, made on the way) is copied as it is when an operation first uses it.  What
anybody does to an array afterwards, the model included, is not seen by the density and cannot harm
it, whatever the size of the array.  ``set_data`` of a density binds other data.

The model runs on the copies, which are read-only; each run of a model that writes into its
arguments gets copies of its own.  So values of deterministic sites, which are found by running the
model again, belong to the same arguments.  What the model reads from elsewhere at that time is read
as it then is; so are arrays inside objects that are neither arrays, nor containers, nor
dataclasses, nor data frames, nor distributions.
"""

import copy
import dataclasses
import functools
import re
import traceback
import types

import numpy as np

from lightppl.autodiff import is_traced
from lightppl.autodiff.frozen import freeze, has_same_content, is_frozen
from lightppl.autodiff.operation import is_masked_array
from lightppl.distributions import Distribution
from lightppl.distributions.constraints import Constraint
from lightppl.distributions.transforms import Transform
from lightppl.errors import ModelError


def bound(value):
    """Return an argument of a model with copies of the arrays in it.

    Plain arrays become frozen ones; Python floats become NumPy's, so that they count as data.

    Parameters
    ----------
    value : object
        Containers, dataclasses and distributions are gone through.

    Examples
    --------
    >>> kept = bound({"x": np.zeros(2), "scale": 2.0})
    >>> kept["x"].flags.writeable, type(kept["scale"]) is np.float64
    (False, True)
    """
    return _map_leaves(_bound_leaf, value)


def is_refused_write(error):
    """Return whether an exception says that something tried to write into a read-only array."""
    return re.search("read-?only|writeable|writable", str(error)) is not None


def refuse_masked_product(error):
    """Raise a `ModelError` if an exception comes from NumPy's product of a masked array.

    NumPy computes ``X @ b`` without the mask of X, and then fails to lay that mask on the result.
    """
    if not isinstance(error, ValueError) or "where mask" not in str(error):
        return
    frames = traceback.extract_tb(error.__traceback__)
    frame = [x for x in frames if not x.filename.startswith(_NUMPY)][-1]
    raise ModelError(
        f"A masked array was multiplied as a matrix at {frame.filename}:{frame.lineno}, which "
        "NumPy does without its mask. Masked arrays can be observed, with sample(..., obs=x); "
        "elsewhere say what stands for the masked elements, with x.filled(value)."
    ) from error


_NUMPY = np.__path__[0]


def on_copies(model):
    """Return a model that gets copies of its own of frozen arguments, in each run.

    Parameters
    ----------
    model : callable
    """

    @functools.wraps(model, updated=())
    def run(*args, **kwargs):
        args, kwargs = _map_leaves(_writable_leaf, (args, kwargs))
        return model(*args, **kwargs)

    return run


def is_same_data(known, given):
    """Return whether bound arguments certainly hold what some arguments hold now.

    Parameters
    ----------
    known : object
        Made by `bound`.
    given : object

    Examples
    --------
    >>> x = np.zeros(2)
    >>> known = bound((x, "name"))
    >>> before = is_same_data(known, (x, "name"))
    >>> x += 1.0
    >>> before, is_same_data(known, (x, "name"))
    (True, False)
    """
    if isinstance(given, float) and isinstance(known, float):
        return has_same_content(np.float64(known), np.float64(given))
    if isinstance(given, np.ndarray) and isinstance(known, np.ndarray):
        return _is_same_array(known, given)
    if type(known) is not type(given):
        return False
    if isinstance(given, _IMMUTABLE):
        return bool(known == given)
    if isinstance(given, _IDENTIFIED):
        return known is given
    names, parts = _parts_of(known)
    given_names, given_parts = _parts_of(given)
    if names is None:
        return hasattr(given, "equals") and bool(known.equals(given))
    return names == given_names and all(map(is_same_data, parts, given_parts))


_IMMUTABLE = (type(None), bool, int, complex, str, bytes, np.generic)
_IDENTIFIED = (type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType, np.ufunc)


def _is_same_array(known, given):
    if (known.dtype, known.shape) != (given.dtype, given.shape) or given.dtype.hasobject:
        return False
    if is_masked_array(known) or is_masked_array(given):
        if not np.array_equal(np.ma.getmaskarray(known), np.ma.getmaskarray(given)):
            return False
    return has_same_content(np.asarray(known), np.asarray(given))


def _bound_leaf(value):
    if type(value) is float:
        return np.float64(value)
    if type(value) in (np.ndarray, np.memmap) and not value.dtype.hasobject:
        return value if is_frozen(value) else freeze(np.asarray(value))
    is_array = hasattr(value, "__array__") and not isinstance(value, np.generic)
    return value.copy() if is_array and hasattr(value, "copy") and not is_traced(value) else value


def _writable_leaf(value):
    return value.copy() if isinstance(value, np.ndarray) and is_frozen(value) else value


def _map_leaves(function, value):
    """Return a value of the same structure, with ``function(leaf)`` for each leaf."""
    names, parts = _parts_of(value)
    if names is None:
        return function(value)
    parts = [_map_leaves(function, x) for x in parts]
    if type(value) in (list, tuple):
        return type(value)(parts)
    if isinstance(value, tuple):
        return value._make(parts)
    other = copy.copy(value)
    if isinstance(value, dict):
        other.update(zip(names, parts))
        return other
    for name, part in zip(names, parts):
        object.__setattr__(other, name, part)
    return other


def _parts_of(value):
    """Return names and values of the parts of a container, or None and None."""
    if isinstance(value, dict):
        return list(value), list(value.values())
    if type(value) in (list, tuple) or hasattr(value, "_make"):
        return range(len(value)), list(value)
    if isinstance(value, (Distribution, Transform, Constraint)):
        return list(vars(value)), list(vars(value).values())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value) if hasattr(value, field.name)]
        return names, [getattr(value, name) for name in names]
    return None, None
