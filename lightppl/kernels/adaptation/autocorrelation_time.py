"""How many draws of a chain are worth one independent draw, from a short run of it.

The sum of autocorrelations is cut by Geyer's initial positive sequence: sums of neighbouring pairs
are positive for a reversible chain, so the first that is not is noise.

Legend: ``n`` draws; ``D`` dimension; ``tau`` integrated autocorrelation time.

Reference: Geyer (1992), "Practical Markov chain Monte Carlo", Statistical Science 7(4), sec. 3.3.
"""

import numpy as np


def autocorrelation_times(q):
    """Return the integrated autocorrelation time of each coordinate.

    Parameters
    ----------
    q : (n, D) float64
        Draws, one after the other; n is at least 4.

    Returns
    -------
    (D,) float64
        In draws; NaN for a coordinate that did not move or whose draws are not finite.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(2000, 1))
    >>> for i in range(1, 2000):
    ...     x[i] = 0.8 * x[i - 1] + 0.6 * x[i]
    >>> bool(abs(autocorrelation_times(x)[0] - (1 + 0.8) / (1 - 0.8)) < 2)
    True
    """
    n = len(q)
    with np.errstate(all="ignore"):
        centred = q - q.mean(axis=0)
        spectrum = np.fft.rfft(centred, 2 * n, axis=0)
        products = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, axis=0)[:n]
        rho = products / products[0]
    pairs = rho[: n - n % 2].reshape(n // 2, 2, -1).sum(axis=1)
    is_kept = np.logical_and.accumulate(pairs > 0.0, axis=0)
    tau = 2.0 * np.sum(np.where(is_kept, pairs, 0.0), axis=0) - 1.0
    return np.where(products[0] > 0.0, np.maximum(tau, 1.0 / n), np.nan)  # NaN compares false
