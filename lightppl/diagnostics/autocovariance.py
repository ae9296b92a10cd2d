"""Autocovariance of chains through the fast Fourier transform.

Reference: Geyer (2011), "Introduction to Markov chain Monte Carlo", sec. 1.10.
"""

import numpy as np

from lightppl.arguments import check_axis, check_flag, check_numbers


def autocovariance(x, axis=0, bias=True):
    """Return the autocovariance of series at all lags.

    Parameters
    ----------
    x : array
    axis : int
        The axis of draws.
    bias : bool
        Divide lag t by N (True, smaller error) or by N - t.

    Returns
    -------
    array of the shape of `x`
        Lag t stands where draw t stood.

    Examples
    --------
    >>> autocovariance(np.array([1.0, -1.0, 1.0, -1.0])).tolist()
    [1.0, -0.75, 0.5, -0.25]
    """
    x = check_numbers(x, "x", finite=False)
    axis, bias = check_axis(axis, "axis", x.ndim), check_flag(bias, "bias")
    x = np.moveaxis(x.astype(np.float64), axis, -1)
    sums = lagged_products(x)
    num_draws = x.shape[-1]
    counts = num_draws if bias else num_draws - np.arange(num_draws)
    return np.moveaxis(sums / counts, -1, axis)


def autocorrelation(x, axis=0, bias=True):
    """Return the autocorrelation of series at all lags: autocovariance over its value at lag 0.

    Parameters
    ----------
    x : array
    axis : int
        The axis of draws.
    bias : bool
        Divide lag t by N (True, smaller error) or by N - t.

    Returns
    -------
    array of the shape of `x`
        NaN for a constant series.

    Examples
    --------
    >>> autocorrelation(np.array([1.0, -1.0, 1.0, -1.0])).tolist()
    [1.0, -0.75, 0.5, -0.25]
    """
    covariance = np.moveaxis(autocovariance(x, axis, bias), axis, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.moveaxis(covariance / covariance[0], 0, axis)


def lagged_products(x):
    """Return sum_n (x_n - mean)(x_{n+t} - mean) for every lag t, along the last axis."""
    num_draws = x.shape[-1]
    power = _power_spectrum(x)
    return np.fft.irfft(power, _padded_length(num_draws))[..., :num_draws]


def mean_autocovariance(rows):
    """Return the biased autocovariance averaged over chains, with a single inverse transform.

    Parameters
    ----------
    rows : (R, C, N) float64 array

    Returns
    -------
    (R, N) float64 array
    """
    num_draws = rows.shape[2]
    power = _power_spectrum(rows).mean(axis=1)  # the transform is linear: average first
    return np.fft.irfft(power, _padded_length(num_draws))[:, :num_draws] / num_draws


def _power_spectrum(x):
    centered = x - x.mean(axis=-1, keepdims=True)
    spectrum = np.fft.rfft(centered, _padded_length(x.shape[-1]))
    return spectrum.real**2 + spectrum.imag**2


def _padded_length(num_draws):
    """Return a length of at least 2 N, so that no lag wraps around, that transforms fast."""
    smallest = max(2, 2 * num_draws)
    odd_parts = (1, 3, 5)
    return min(part << max(0, int(np.ceil(np.log2(smallest / part)))) for part in odd_parts)
