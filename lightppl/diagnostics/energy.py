"""Energy of Hamiltonian samplers: does resampling the momentum reach all energies of the posterior?

Reference: Betancourt (2016), "Diagnosing suboptimal cotangent disintegrations in Hamiltonian Monte
Carlo", sec. 3.
"""

import numpy as np

from lightppl.arguments import check_numbers


def bfmi(energy):
    """Return the energy Bayesian fraction of missing information of each chain.

    Parameters
    ----------
    energy : (C, N) array
        Total energy H = U + K of each draw.

    Returns
    -------
    (C,) float64 array
        About 1 for a normal posterior; below 0.3 the sampler explores the tails slowly.

    References
    ----------
    Betancourt (2016), eq. (1).

    Examples
    --------
    >>> energy = np.random.default_rng(0).standard_normal((2, 1000))
    >>> bool(np.all(bfmi(energy) > 1.5))
    True
    """
    energy = np.atleast_2d(check_numbers(energy, "energy", finite=False).astype(np.float64))
    changes = np.sum(np.diff(energy, axis=-1) ** 2, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return changes / np.sum((energy - energy.mean(axis=-1, keepdims=True)) ** 2, axis=-1)
