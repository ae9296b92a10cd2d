"""Energy conserving subsampling: blocks of the rows change from which a likelihood is estimated.

A density that depends on indices of a subsample is the joint density of position and indices, with
indices that are a priori uniform and independent: drawn with replacement.  Before each transition
of a Hamiltonian sampler, which moves the position given the indices, one block of the indices of
each plate is drawn anew, and all of that is accepted or rejected together.  The proposal does not
depend on the indices that it replaces, and the prior is uniform; so what decides is the ratio of
the densities, with neither a gradient nor a momentum.

The position has the marginal distribution of this joint one: what it is, the density decides.

Legend: ``D`` dimension; ``H`` number of held values, all of them indices; ``P`` plates; ``U``
potential energy.

References: Dang, Quiroz, Kohn, Tran and Villani (2019), "Hamiltonian Monte Carlo with energy
conserving subsampling", algorithm 1; Tran, Kohn, Quiroz and Villani (2016), "The block
pseudo-marginal sampler", sec. 2.
"""

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels import hmc, nuts, walnuts
from lightppl.kernels.adaptation.hamiltonian import moved
from lightppl.kernels.interleaved import interleaved
from lightppl.kernels.phase_point import copy_into, point_at
from lightppl.kernels.target import evaluate_potential
from lightppl.kernels.trajectory import metropolis_prob


def make_arrays(plates, num_held, size):
    """Return the further fields of `Work`: plates, indices before, gradient.

    Parameters
    ----------
    plates : sequence of (int, int, int)
        Of each plate its size, where its indices begin among what is held, and their number.
    num_held, size : int
        H and D.

    Returns
    -------
    plates : (P, 3) int64
    held_before : (H,) float64
    grad : (D,) float64
        The last two are scratch.
    """
    return np.array(plates, np.int64).reshape(-1, 3), np.zeros(num_held), np.zeros(size)


@kernel
def update_indices(target, work, options, state, rng):
    """Propose one block of the indices of each plate, and accept or reject, in place.

    Parameters
    ----------
    target : Target
        The head of its workspace is overwritten.
    work : Work
        Its gradient is overwritten with that at the new indices.
    options : Options
    state : HamiltonianState
    rng : numpy.random.Generator

    Returns
    -------
    state : HamiltonianState
    info : (float,)
        The acceptance probability.

    References
    ----------
    Dang et al. (2019), algorithm 1, step 1.
    """
    z, held = point_at(work.points, 0), target.workspace
    H = work.held_before.size
    copy_into(work.held_before, held[:H])
    for p in range(work.plates.shape[0]):
        propose_block(held, work.plates[p], options.num_blocks, rng)
    U = evaluate_potential(target, z.q, work.new_grad)
    accept_prob = metropolis_prob(U - state.U)
    if rng.random() < accept_prob:
        copy_into(z.grad, work.new_grad)
        return moved(state, U), (accept_prob,)
    copy_into(held[:H], work.held_before)
    return state, (accept_prob,)


@kernel
def propose_block(held, plate, num_blocks, rng):
    """Draw one block of the indices of a plate anew, uniformly with replacement, in place.

    Parameters
    ----------
    held : (H or more,) float64
        Overwritten.
    plate : (3,) int64
        Its size, where its indices begin, and their number.
    num_blocks : int
        As equal as they can be, between 1 and the number of indices.
    rng : numpy.random.Generator
    """
    size, begin, count = plate[0], plate[1], plate[2]
    k = int(rng.random() * num_blocks)
    for j in range(begin + k * count // num_blocks, begin + (k + 1) * count // num_blocks):
        held[j] = float(int(rng.random() * size))


def _with_indices(inner):
    return interleaved(
        inner,
        update_indices,
        name="subsampled",
        title="the sampler with subsampling",
        module=__name__,
        options=("num_blocks",),
        work=("plates", "held_before", "new_grad"),
        scratch=("held_before", "new_grad"),
        info=("index_accept_prob",),
    )


ALGORITHMS = {
    module.ALGORITHM.name: _with_indices(module.ALGORITHM) for module in (hmc, nuts, walnuts)
}
"""By the name of the algorithm that moves the position."""
