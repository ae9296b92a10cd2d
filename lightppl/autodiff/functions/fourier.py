"""Discrete Fourier transforms.

Two operations do all the work: `rfft` of real arrays,
    and its inverse; real and imaginary parts stand
side by side on a new axis before the last.  Each is the other's derivative, up to weights: the
transposed transform counts the frequencies 0 and n/2 once and all others, which stand for two,
    twice.
"""

import numpy as np

from lightppl.autodiff.complex_array import FUNCTIONS_OF_COMPLEX, ComplexArray, as_complex
from lightppl.autodiff.functions.table import implements, unsupported
from lightppl.autodiff.operation import Operation, is_traced


def _rfft_value(x, *, n):
    spectrum = np.fft.rfft(x, n)
    return np.stack([spectrum.real, spectrum.imag], axis=-2)


def _irfft_value(parts, *, n):
    return np.fft.irfft(parts[..., 0, :] + 1j * parts[..., 1, :], n)


def _weights(n):
    """How many frequencies of the full spectrum each of the half stands for."""
    weights = np.full(n // 2 + 1, 2.0)
    weights[0] = 1.0
    if n % 2 == 0:
        weights[-1] = 1.0
    return weights


rfft_parts = Operation(
    "rfft", _rfft_value, (lambda ans, x, *, n: lambda g: irfft_parts(g * (n / _weights(n)), n=n),)
)
irfft_parts = Operation(
    "irfft", _irfft_value, (lambda ans, x, *, n: lambda g: rfft_parts(g, n=n) * (_weights(n) / n),)
)


@implements(np.fft.rfft)
def _rfft(a, n=None, axis=-1, norm=None):
    a, n = _resized(np.moveaxis(a, axis, -1), n)
    parts = rfft_parts(a, n=n)
    result = ComplexArray(parts[..., 0, :], parts[..., 1, :])
    return _scaled(np.moveaxis(result, -1, axis), n, norm, False)


@implements(np.fft.irfft)
def _irfft(a, n=None, axis=-1, norm=None):
    z = np.moveaxis(as_complex(a), axis, -1)
    n = 2 * (z.shape[-1] - 1) if n is None else int(n)
    m = n // 2 + 1
    real, _ = _resized(z.real, m)
    imag, _ = _resized(z.imag, m)
    result = irfft_parts(np.stack([real, imag], axis=-2), n=n)
    return _scaled(np.moveaxis(result, -1, axis), n, norm, True)


@implements(np.fft.fft)
def _fft(a, n=None, axis=-1, norm=None):
    z = as_complex(a)
    of_real, of_imag = (_full_spectrum(x, n, axis) for x in (z.real, z.imag))
    result = ComplexArray(of_real.real - of_imag.imag, of_real.imag + of_imag.real)
    return _scaled(result, z.shape[axis] if n is None else n, norm, False)


@implements(np.fft.ifft)
def _ifft(a, n=None, axis=-1, norm=None):
    z = as_complex(a)
    n = z.shape[axis] if n is None else n
    result = _fft(z.conj(), n, axis).conj()
    return _scaled(ComplexArray(result.real / n, result.imag / n), n, norm, True)


def _full_spectrum(x, n, axis):
    """The transform of a real array at all frequencies."""
    x, n = _resized(np.moveaxis(x, axis, -1), n)
    if not is_traced(x):
        return as_complex(np.moveaxis(np.fft.fft(x), -1, axis))
    parts = rfft_parts(x, n=n)
    mirrored = parts[..., 1 : (n + 1) // 2][..., ::-1]
    real = np.concatenate([parts[..., 0, :], mirrored[..., 0, :]], axis=-1)
    imag = np.concatenate([parts[..., 1, :], -mirrored[..., 1, :]], axis=-1)
    return np.moveaxis(ComplexArray(real, imag), -1, axis)


def _resized(x, n):
    """The array cut or padded with zeros to length `n` along its last axis, and that length."""
    size = np.shape(x)[-1]
    n = size if n is None else int(n)
    if n <= size:
        return x[..., :n], n
    zeros = np.zeros(np.shape(x)[:-1] + (n - size,))
    return np.concatenate([x, zeros], axis=-1), n


def _scaled(x, n, norm, is_inverse):
    """Apply NumPy's conventions of scaling; transforms above scale the inverse by ``1 / n``."""
    if norm in (None, "backward"):
        return x
    if norm not in ("ortho", "forward"):
        raise unsupported(f"A Fourier transform with norm={norm!r}")
    scale = n ** (-0.5 if norm == "ortho" else -1.0)
    return x * (1.0 / scale if is_inverse else scale)


def _over_axes(transform, default):
    def over_axes(a, s=None, axes=default, norm=None):
        axes = range(np.ndim(a)) if axes is None else axes
        sizes = [None] * len(axes) if s is None else s
        for size, axis in zip(sizes, axes):
            a = transform(a, size, axis, norm)
        return a

    return over_axes


_fft2 = implements(np.fft.fft2)(_over_axes(_fft, (-2, -1)))
_fftn = implements(np.fft.fftn)(_over_axes(_fft, None))
_ifft2 = implements(np.fft.ifft2)(_over_axes(_ifft, (-2, -1)))
_ifftn = implements(np.fft.ifftn)(_over_axes(_ifft, None))


@implements(np.fft.rfft2)
def _rfft2(a, s=None, axes=(-2, -1), norm=None):
    sizes = (None,) * len(axes) if s is None else tuple(s)
    half = _rfft(a, sizes[-1], axes[-1], norm)
    return _fftn(half, sizes[:-1], axes[:-1], norm)


@implements(np.fft.irfft2)
def _irfft2(a, s=None, axes=(-2, -1), norm=None):
    sizes = (None,) * len(axes) if s is None else tuple(s)
    return _irfft(_ifftn(a, sizes[:-1], axes[:-1], norm), sizes[-1], axes[-1], norm)


@implements(np.fft.fftshift)
def _fftshift(x, axes=None):
    axes = _axes_of(x, axes)
    return np.roll(x, [np.shape(x)[k] // 2 for k in axes], axes)


@implements(np.fft.ifftshift)
def _ifftshift(x, axes=None):
    axes = _axes_of(x, axes)
    return np.roll(x, [-(np.shape(x)[k] // 2) for k in axes], axes)


def _axes_of(x, axes):
    if axes is None:
        return tuple(range(np.ndim(x)))
    return (axes,) if isinstance(axes, (int, np.integer)) else tuple(axes)


FUNCTIONS_OF_COMPLEX.update({
    np.fft.fft: _fft, np.fft.ifft: _ifft, np.fft.irfft: _irfft, np.fft.fft2: _fft2,
    np.fft.ifft2: _ifft2, np.fft.fftn: _fftn, np.fft.ifftn: _ifftn, np.fft.irfft2: _irfft2,
    np.fft.fftshift: _fftshift, np.fft.ifftshift: _ifftshift,
})
