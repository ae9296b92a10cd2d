"""The state of a Hamiltonian sampler, and what its warmup has learnt, under NumPyro's names."""

from typing import NamedTuple

import numpy as np


class AdaptState(NamedTuple):
    """What warmup has learnt, and what it needs to go on.

    Attributes
    ----------
    step_size : float
    inverse_mass_matrix : dict of tuple of str to array
        A vector for coordinates with a diagonal mass matrix, a matrix for a dense block, and for
        all coordinates together where directions are looked for (`adaptation` of `NUTS`): from 200
        dimensions on a `LowRank` instead of a matrix.
    metric_misfit : float
        Fisher divergence of the density from this matrix, a coordinate: 0 for a normal density,
        above about 2 if no matrix fits; NaN if warmup did not find it out.
    low_rank : LowRank or None
        The matrix as it was found, if it has directions; who goes on uses it.
    warmup : object
        What makes it possible to go on in the middle of warmup.
    """

    step_size: object
    inverse_mass_matrix: object
    metric_misfit: object = np.nan
    low_rank: object = None
    warmup: object = None

    @property
    def mass_matrix_sqrt(self):
        """L with L L^T = M, of the form of the inverse mass matrix."""
        return self._roots(0)

    @property
    def mass_matrix_sqrt_inv(self):
        """The inverse of L."""
        return self._roots(1)

    def _roots(self, which):
        # loops of one's own ask for these, and load the parts that they are made of anyway
        from lightppl.infer.building_blocks.mass import mass_matrix_roots

        if np.ndim(self.step_size) == 0:
            whole = {key: _matrix(x) for key, x in self.inverse_mass_matrix.items()}
            return mass_matrix_roots(whole)[which]
        parts = self.inverse_mass_matrix.items()
        by_chain = [
            mass_matrix_roots({key: _matrix(x[c]) for key, x in parts})[which]
            for c in range(len(self.step_size))
        ]
        return {key: np.stack([roots[key] for roots in by_chain]) for key in by_chain[0]}


class HMCState(NamedTuple):
    """State of a Hamiltonian sampler.

    Attributes
    ----------
    i : int
        Number of transitions so far.
    z, z_grad : dict of str to array
        Unconstrained values of latent sites, and the gradient of the potential energy.
    potential_energy, energy : float
    r : dict of str to array
        Momentum.
    trajectory_length : float or None
    num_steps : int
        Leapfrog steps of the last transition.
    accept_prob, mean_accept_prob : float
    diverging : bool
    adapt_state : AdaptState
    rng_key : Key
    """

    i: object
    z: object
    z_grad: object
    potential_energy: object
    energy: object
    r: object
    trajectory_length: object
    num_steps: object
    accept_prob: object
    mean_accept_prob: object
    diverging: object
    adapt_state: object
    rng_key: object


def _matrix(x):
    """Return a part of an inverse mass matrix as an array, also if it is kept as directions."""
    return x.as_matrix() if hasattr(x, "as_matrix") else x
