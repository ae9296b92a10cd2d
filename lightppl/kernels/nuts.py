"""The no-U-turn sampler: Hamiltonian Monte Carlo that finds the length of each trajectory.

Legend: ``D`` dimension; ``U`` potential energy; ``H`` total energy.

References: Hoffman and Gelman (2014), "The no-U-turn sampler", algorithm 6; Betancourt (2017), "A
conceptual introduction to Hamiltonian Monte Carlo", for multinomial sampling and the generalised
criterion.
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels.adaptation.hamiltonian import (
    HamiltonianState,
    WarmupOptions,
    adapt,
    finish,
    learn,
    moved,
    prepare,
    start,
)
from lightppl.kernels.adaptation.heating import heat_momentum
from lightppl.kernels.adaptation.welford import Moments, make_moments
from lightppl.kernels.adaptation.windows import SAMPLING
from lightppl.kernels.algorithm import Algorithm
from lightppl.kernels.kinetic import refresh_momentum
from lightppl.kernels.metric import Metric
from lightppl.kernels.phase_point import point_at
from lightppl.kernels.trajectory import SAMPLE, Tree, make_tree, sample_trajectory


class Options(NamedTuple):
    """What the user chose.

    Parameters
    ----------
    max_depth_of_warmup, max_depth : int
        Largest number of doublings during warmup and after it, at most 50.
    warmup : WarmupOptions
    """

    max_depth_of_warmup: int
    max_depth: int
    warmup: WarmupOptions


class Work(NamedTuple):
    """Arrays that are overwritten.

    Parameters
    ----------
    points : (4, 4 D) float64
    spans : (1 + max_depth, 5, D) float64
        Both as in `Tree`; its sample is the state of the chain, with position and gradient.
    metric : Metric
    moments : Moments
    """

    points: np.ndarray
    spans: np.ndarray
    metric: Metric
    moments: Moments


class Info(NamedTuple):
    """What a transition reports.

    Parameters
    ----------
    potential_energy, energy : float
        U and H of the new state.
    accept_prob : float
        Mean Metropolis acceptance probability over the trajectory, in [0, 1].
    num_steps : float
        Leapfrog steps.
    tree_depth : float
        Completed doublings.
    diverging : float
        1.0 if the energy error was beyond all bounds, else 0.0.
    step_size : float
    quiet_share : float
        The part of the steps, in [0, 1], that hardly changed the energy.
    """

    potential_energy: float
    energy: float
    accept_prob: float
    num_steps: float
    tree_depth: float
    diverging: float
    step_size: float
    quiet_share: float


def make_work(q, metric, max_depth, moments=None):
    """Return the arrays of a chain that begins at `q` (D,), with a metric of its own.

    Parameters
    ----------
    q : (D,) float64
    metric : Metric
    max_depth : int
        Largest number of doublings ever.
    moments : Moments, optional
    """
    moments = make_moments(metric) if moments is None else moments
    return Work(*make_tree(q, max_depth), metric, moments)


@kernel(inline="always")
def transition(target, work, options, state, rng, phase):
    """Refresh the momentum and move the sample along a NUTS trajectory, in place.

    Parameters
    ----------
    target : Target
    work : Work
        Its points and spans are overwritten.
    options : Options
    state : HamiltonianState
    rng : numpy.random.Generator
    phase : int

    Returns
    -------
    state : HamiltonianState
    info : Info

    References
    ----------
    Betancourt (2017), appendix A.
    """
    sample = point_at(work.points, SAMPLE)
    refresh_momentum(target, work.metric, rng, sample.p, sample.v)
    heat_momentum(target, sample, phase)
    max_depth = options.max_depth if phase == SAMPLING else options.max_depth_of_warmup
    directions = draw_directions(rng, max_depth)
    tree = Tree(work.points, work.spans)
    found = sample_trajectory(
        tree, target, work.metric, rng, state.step_size, max_depth, directions, state.U
    )
    info = Info(
        found.U,
        found.H,
        found.accept_prob,
        float(found.num_steps),
        float(found.num_doublings),
        1.0 if found.diverging else 0.0,
        state.step_size,
        found.quiet_share,
    )
    return moved(state, found.U), info


@kernel
def adapt_step(options, work, state, info, phase):
    """Return the state after one warmup iteration.

    Parameters
    ----------
    options : Options
    work : Work
        Its moments are overwritten in slow windows.
    state : HamiltonianState
    info : Info
        Of this iteration.
    phase : int

    Returns
    -------
    HamiltonianState
    """
    seen = Info(
        info.potential_energy,
        info.energy,
        accuracy_of(options, info),
        info.num_steps,
        info.tree_depth,
        info.diverging,
        info.step_size,
        info.quiet_share,
    )
    return adapt(options, work, state, seen, phase)


@kernel
def accuracy_of(options, info):
    """Return the acceptance probability, in [0, 1], that the step size is blamed for.

    Where a density jumps, or is rough, acceptance is as bad at small steps as at large ones.  Dual
    averaging, which looks at nothing else, then shrinks the step size by orders of magnitude, and a
    chain that makes as many steps as it may hardly moves again.  So in a trajectory of the largest
    length the share of steps that kept the energy counts, if it is more than was accepted.  Neither
    Stan nor NumPyro does this.  Smooth densities do not notice: by the time so many steps keep the
    energy so well, all of them are accepted.

    Parameters
    ----------
    options : Options
    info : Info
    """
    is_longest = info.tree_depth >= options.max_depth_of_warmup
    if is_longest and info.quiet_share > info.accept_prob:
        return info.quiet_share
    return info.accept_prob


@kernel(inline="always")
def draw_directions(rng, max_depth):
    """Return an integer whose first `max_depth` binary digits are independent fair coins."""
    return int(rng.random() * (1 << max_depth))


ALGORITHM = Algorithm(
    "nuts", "the NUTS sampler (about 3 s)", Options, HamiltonianState, Work, Info,
    start, prepare, transition, adapt_step, finish, learn, scratch=("spans",),
)  # fmt: skip
