"""Fourier transforms: real functions of spectra."""

import numpy as np

from tests.autodiff.catalogue.row import real, row

_FILTER = np.exp(-0.3j * np.arange(4.0))


def _both(z):
    return np.real(z) + 2.0 * np.imag(z)


ROWS = [
    row("rfft", lambda x: _both(np.fft.rfft(x)), (real, 6)),
    row("rfft odd", lambda x: _both(np.fft.rfft(x)), (real, 2, 5)),
    row("rfft axis and length", lambda x: _both(np.fft.rfft(x, 8, axis=0)), (real, 6, 2)),
    row("rfft cut", lambda x: np.abs(np.fft.rfft(x, 4, norm="ortho")), (real, 6)),
    row("power spectrum", lambda x: np.abs(np.fft.rfft(x)) ** 2, (real, 2, 6)),
    row("filter", lambda x: np.fft.irfft(np.fft.rfft(x) * _FILTER, 6), (real, 6)),
    row("circular convolution",
        lambda x, y: np.fft.irfft(np.fft.rfft(x) * np.fft.rfft(y), 5), (real, 5), (real, 5)),
    row("irfft of real", lambda x: np.fft.irfft(x), (real, 4)),
    row("fft", lambda x: _both(np.fft.fft(x)), (real, 6)),
    row("fft odd", lambda x: _both(np.fft.fft(x, axis=0)), (real, 5, 2)),
    row("fft and back", lambda x: np.real(np.fft.ifft(np.fft.fft(x) ** 2 / 3.0)), (real, 4)),
    row("ifft", lambda x: _both(np.fft.ifft(x, norm="forward")), (real, 4)),
    row("fft2", lambda x: _both(np.fft.fft2(x)), (real, 3, 4)),
    row("rfft2 and back", lambda x: np.fft.irfft2(np.fft.rfft2(x) * 2.0, (3, 4)), (real, 3, 4)),
    row("fftshift", lambda x: np.fft.fftshift(np.abs(np.fft.fft(x))) + np.fft.ifftshift(x),
        (real, 5)),
    row("complex arithmetic", lambda x: _both(
        np.exp(0.1j * np.fft.rfft(x)) / (20.0 + np.conj(np.fft.rfft(x))) - np.sum(np.fft.rfft(x))),
        (real, 5)),
    row("angle", lambda x: np.angle(20.0 + np.fft.rfft(x)), (real, 5)),
]
