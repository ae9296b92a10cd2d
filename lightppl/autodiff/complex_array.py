"""Complex arrays in traced programs: two real arrays that behave as one.

Only the real line is traced.  Discrete Fourier transforms of traced values give a `ComplexArray`,
    on
which the arithmetic a spectrum needs works; ``real``, ``imag``,
    ``np.abs`` and inverse transforms lead
back to real arrays.
"""

import numpy as np

from lightppl.autodiff.functions.table import unsupported


class ComplexArray(np.lib.mixins.NDArrayOperatorsMixin):
    """A complex array as a real and an imaginary part of one shape.

    Parameters
    ----------
    real, imag : array or traced array
    """

    __slots__ = ("real", "imag")

    def __init__(self, real, imag):
        self.real = real
        self.imag = imag

    shape = property(lambda self: np.shape(self.real))
    ndim = property(lambda self: np.ndim(self.real))
    size = property(lambda self: int(np.prod(self.shape)))
    dtype = np.dtype(np.complex128)

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, idx):
        return ComplexArray(self.real[idx], self.imag[idx])

    def __repr__(self):
        return f"<traced complex array of shape {self.shape}>"

    def conj(self):
        """Return the complex conjugate."""
        return ComplexArray(self.real, -self.imag)

    conjugate = conj

    def __abs__(self):
        return np.sqrt(self.real**2 + self.imag**2)

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        rule = _UFUNCS.get(ufunc)
        if rule is None or method != "__call__" or kwargs:
            raise unsupported(f"np.{ufunc.__name__} of a traced complex array")
        return rule(*(as_complex(x) for x in inputs))

    def __array_function__(self, func, types, args, kwargs):
        rule = FUNCTIONS_OF_COMPLEX.get(func)
        if rule is None and func in _PER_PART:
            return _per_part(func, args, kwargs)
        if rule is None:
            raise unsupported(f"np.{func.__name__} of a traced complex array")
        return rule(*args, **kwargs)

    def __array__(self, *args, **kwargs):
        raise unsupported("Conversion of a traced complex array to a plain one")


def as_complex(x):
    """Return any number or array as a `ComplexArray`."""
    if isinstance(x, ComplexArray):
        return x
    if getattr(x, "dtype", None) is not None and x.dtype.kind != "c":
        return ComplexArray(x, np.zeros(np.shape(x)))
    x = np.asarray(x)
    return ComplexArray(x.real, x.imag)


def _multiply(a, b):
    return ComplexArray(a.real * b.real - a.imag * b.imag, a.real * b.imag + a.imag * b.real)


def _divide(a, b):
    scale = b.real**2 + b.imag**2
    product = _multiply(a, b.conj())
    return ComplexArray(product.real / scale, product.imag / scale)


def _exp(a):
    scale = np.exp(a.real)
    return ComplexArray(scale * np.cos(a.imag), scale * np.sin(a.imag))


def _power(a, b):
    exponent = b.real
    if np.ndim(exponent) or exponent != int(exponent) or not 1 <= exponent <= 8:
        raise unsupported("A power of a traced complex array other than 1 to 8")
    result = a
    for _ in range(int(exponent) - 1):
        result = _multiply(result, a)
    return result


def _angle(z, deg=False):
    angle = np.arctan2(z.imag, z.real)
    return angle * (180.0 / np.pi) if deg else angle


_UFUNCS = {
    np.add: lambda a, b: ComplexArray(a.real + b.real, a.imag + b.imag),
    np.subtract: lambda a, b: ComplexArray(a.real - b.real, a.imag - b.imag),
    np.multiply: _multiply,
    np.divide: _divide,
    np.power: _power,
    np.square: lambda a: _multiply(a, a),
    np.negative: lambda a: ComplexArray(-a.real, -a.imag),
    np.positive: lambda a: a,
    np.conjugate: lambda a: a.conj(),
    np.absolute: abs,
    np.exp: _exp,
}

FUNCTIONS_OF_COMPLEX = {
    np.real: lambda val: val.real,
    np.imag: lambda val: val.imag,
    np.angle: _angle,
    np.shape: lambda a: a.shape,
    np.ndim: lambda a: a.ndim,
    np.size: lambda a: a.size,
    np.iscomplexobj: lambda x: True,
}
"""NumPy functions of complex arrays; transforms are added in `functions.fourier`."""

_PER_PART = {
    np.sum, np.mean, np.reshape, np.ravel, np.transpose, np.swapaxes, np.moveaxis, np.expand_dims,
    np.squeeze, np.broadcast_to, np.flip, np.roll, np.take, np.cumsum,
}


def _per_part(func, args, kwargs):
    z, *rest = args
    return ComplexArray(func(z.real, *rest, **kwargs), func(z.imag, *rest, **kwargs))
