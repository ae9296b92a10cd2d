"""Facts that do not depend on values: shapes, types, arrays of constants."""

import numpy as np

from lightppl.autodiff import structural
from lightppl.autodiff.functions.table import implements, unsupported, written_into
from lightppl.autodiff.operation import plain_value


@implements(np.shape)
def _shape(a):
    return np.shape(plain_value(a))


@implements(np.ndim)
def _ndim(a):
    return np.ndim(plain_value(a))


@implements(np.size)
def _size(a, axis=None):
    return np.size(plain_value(a), axis)


@implements(np.result_type)
def _result_type(*args):
    return np.result_type(*(plain_value(a) for a in args))


@implements(np.iscomplexobj)
def _iscomplexobj(x):
    return False


@implements(np.isrealobj)
def _isrealobj(x):
    return True


@implements(np.zeros_like)
def _zeros_like(a, dtype=None, shape=None):
    return np.zeros(np.shape(a) if shape is None else shape, dtype or a.dtype)


@implements(np.ones_like)
def _ones_like(a, dtype=None, shape=None):
    return np.ones(np.shape(a) if shape is None else shape, dtype or a.dtype)


@implements(np.empty_like)
def _empty_like(prototype, dtype=None, shape=None):
    return np.empty(np.shape(prototype) if shape is None else shape, dtype or prototype.dtype)


@implements(np.full_like)
def _full_like(a, fill_value, dtype=None, shape=None):
    shape = np.shape(a) if shape is None else shape
    return np.astype(np.broadcast_to(fill_value, shape), dtype or a.dtype)


@implements(np.copyto, np.put, np.place, np.putmask, np.fill_diagonal)
def _write(*args, **kwargs):
    raise written_into("A function")


@implements(np.copy, np.real, np.real_if_close, np.conjugate, np.positive)
def _identity(a):
    return a


@implements(np.imag)
def _imag(val):
    return np.zeros(np.shape(val))


@implements(np.astype)
def _astype(x, dtype):
    kind = np.dtype(dtype).kind
    if kind not in _KINDS:
        raise unsupported(
            f"A traced value cannot have dtype {np.dtype(dtype)}", "use real numbers"
        )
    return structural.convert(x, _KINDS[kind])


_KINDS = {"f": "float64", "i": "int64", "u": "int64", "b": "bool"}
