"""WALNUTS, the within-orbit adaptive leapfrog no-U-turn sampler: NUTS with steps to fit the place.

The points of an orbit lie one *macro step* of fixed time h apart, and each macro step is made of as
many leapfrog *micro steps* as the energy asks for:

1. From the end of the orbit the smallest of 1, 2, 4, ... micro steps is taken with which the energy
   stays within a tolerance delta (`macro_step`).
2. The macro step is irreversible if fewer micro steps would do from its far end, backwards in time.
3. Doubling, U-turns and the pick of a point are those of NUTS (`trajectory`), with macro steps for
   leaves.  A subtree fails if it turns, if one of its macro steps is irreversible, or if for one no
   allowed number of micro steps suffices.

Why this leaves the target invariant.  Let l(z, s) be the number that step 1 takes at z in the
direction s of time, and let z_i and z_(i+1) of an orbit be joined by a macro step of l_i micro
steps.  Started at z_i with given directions, the orbit comes out with probability

    prod_{j >= i} [l(z_j, +) = l_j]  prod_{j < i} [l(z_(j+1), -) = l_j],

so the weight of a point within its orbit is exp(-H(z_i)) times this product of zeros and ones: the
general weight, a product of probabilities of numbers of micro steps there and back, for a choice
that is not random.  All macro steps of an orbit that was not refused are reversible, so the product
is one for all of its points or for none, and exp(-H) remains, as in NUTS.  Whether the next subtree
fails is a matter of the orbit's ends, and so the same for each of its points.  Leapfrog steps keep
volume, whatever their number.

Deviations from the paper: it also randomises the number of micro steps (R2P), which softens zeros
and ones at the price of macro steps that are finer than need be, and lets orbits go on beyond an
irreversible step through points of weight zero.  Refusing the subtree instead was as good a
sampler in our measurements, R2P one half as good; the authors' own programs have taken the
same turn.

Legend: ``D`` dimension; ``z`` phase point; ``U`` potential energy; ``H`` total energy; ``h`` time
of a macro step; ``delta`` its tolerance of energy; ``l`` number of its micro steps.

References: Bou-Rabee, Carpenter, Kleppe and Liu (2025), "The within-orbit adaptive leapfrog
no-U-turn sampler", arXiv:2506.18746; Bou-Rabee, Carpenter and Marsden (2024), "GIST: Gibbs
self-tuning for locally adaptive Hamiltonian Monte Carlo", arXiv:2404.15253, for why weights are so.
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels import phase_point
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
from lightppl.kernels.adaptation.welford import Moments, make_moments
from lightppl.kernels.adaptation.windows import SAMPLING
from lightppl.kernels.algorithm import Algorithm
from lightppl.kernels.macro_step import Stepping, take_macro_step
from lightppl.kernels.metric import Metric, draw_momentum, kinetic_energy
from lightppl.kernels.nuts import draw_directions
from lightppl.kernels.phase_point import copy_into, point_at
from lightppl.kernels.trajectory import (
    CANDIDATE,
    LEFT,
    RIGHT,
    SAMPLE,
    SUBTREE,
    Tree,
    is_turning_after_doubling,
    make_tree,
    start_trajectory,
    weight_of,
)
from lightppl.kernels.uturn import is_turning_at_leaf


class Options(NamedTuple):
    """What the user chose.

    Parameters
    ----------
    max_depth_of_warmup, max_depth : int
        Largest number of doublings during warmup and after it, at most 50.
    max_error : float
        Tolerance of energy within a macro step.
    max_halvings : int
        A macro step has at most ``2**max_halvings`` micro steps.
    warmup : WarmupOptions
    """

    max_depth_of_warmup: int
    max_depth: int
    max_error: float
    max_halvings: int
    warmup: WarmupOptions


class Work(NamedTuple):
    """Arrays that are overwritten.

    Parameters
    ----------
    points : (5, 4 D) float64
    spans : (1 + max_depth, 5, D) float64
        Both as `make_orbit` makes them; the sample is the state of the chain.
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
        Mean Metropolis acceptance probability, in [0, 1], of macro steps made in one micro step.
    num_steps : float
        Micro steps that were made in all: gradients.
    num_macro_steps : float
    max_halvings : float
        Of the finest macro step of the orbit.
    tree_depth : float
        Completed doublings.
    diverging : float
        1.0 if a macro step failed with the largest number of micro steps, else 0.0.
    step_size : float
        Of a macro step.
    """

    potential_energy: float
    energy: float
    accept_prob: float
    num_steps: float
    num_macro_steps: float
    max_halvings: float
    tree_depth: float
    diverging: float
    step_size: float


class SuborbitInfo(NamedTuple):
    """What is known of a finished or failed subtree of macro steps."""

    is_valid: bool
    diverging: bool
    U: float
    H: float
    weight: float
    sum_accept_prob: float
    most_halvings: int
    num_macro_steps: int
    num_steps: int


class OrbitInfo(NamedTuple):
    """What is known of a finished orbit.

    Parameters
    ----------
    U, H : float
        Energies of the pick.
    accept_prob : float
        Mean Metropolis acceptance probability of all macro steps, each made in one micro step.
    num_steps : int
        Micro steps that were made in all: gradients.
    num_doublings, num_macro_steps, most_halvings : int
    diverging : bool
    """

    U: float
    H: float
    accept_prob: float
    num_steps: int
    num_doublings: int
    num_macro_steps: int
    most_halvings: int
    diverging: bool


def make_orbit(q, max_depth):
    """Return a `Tree` whose sample is at `q` (D,), with the point that macro steps need."""
    points, spans = make_tree(q, max_depth)
    return Tree(np.vstack([points, np.zeros((1, phase_point.NUM_VECTORS * len(q)))]), spans)


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
    return Work(*make_orbit(q, max_depth), metric, moments)


@kernel(inline="always")
def transition(target, work, options, state, rng, phase):
    """Refresh the momentum and move the sample along an orbit of macro steps, in place.

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
    Bou-Rabee et al. (2025), the transition step.
    """
    sample = point_at(work.points, SAMPLE)
    draw_momentum(work.metric, rng, sample.p, sample.v)
    max_depth = options.max_depth if phase == SAMPLING else options.max_depth_of_warmup
    directions = draw_directions(rng, max_depth)
    orbit = Tree(work.points, work.spans)
    stepping = Stepping(state.step_size, options.max_error, options.max_halvings)
    found = sample_orbit(
        orbit, target, work.metric, rng, stepping, max_depth, directions, state.U
    )
    info = Info(
        found.U,
        found.H,
        found.accept_prob,
        float(found.num_steps),
        float(found.num_macro_steps),
        float(found.most_halvings),
        float(found.num_doublings),
        1.0 if found.diverging else 0.0,
        state.step_size,
    )
    return moved(state, found.U), info


@kernel(small=True)
def sample_orbit(orbit, target, metric, rng, stepping, max_depth, directions, U0):
    """Grow an orbit of macro steps around the sample and replace it by a pick from that orbit.

    Parameters
    ----------
    orbit : Tree
        From `make_orbit`.  The sample has position, gradient and a fresh momentum; everything is
        overwritten.
    target : Target
    metric : Metric
    rng : numpy.random.Generator
        Gives one uniform per macro step and per completed subtree.
    stepping : Stepping
    max_depth : int
        Largest number of doublings.
    directions : int
        Binary digit k tells the direction of doubling k; 1 is forward in time.
    U0 : float
        Potential energy of the initial point.

    Returns
    -------
    OrbitInfo

    References
    ----------
    Bou-Rabee et al. (2025), the transition step; biased progressive sampling as in Betancourt
    (2017), appendix A.3.2.
    """
    sample = point_at(orbit.points, SAMPLE)
    H0 = U0 + kinetic_energy(sample.p, sample.v)
    start_trajectory(orbit, metric)
    U, H, weight = U0, H0, 1.0
    H_left, H_right = H0, H0
    num_doublings, num_macro_steps, num_steps, most_halvings = 0, 0, 0, 0
    sum_accept_prob, diverging = 0.0, False
    for depth in range(max_depth):
        forward = (directions >> depth) & 1 == 1
        H_end = H_right if forward else H_left
        subtree, H_end = build_suborbit(
            orbit, target, metric, rng, stepping, depth, forward, H0, H_end
        )
        num_steps += subtree.num_steps
        num_macro_steps += subtree.num_macro_steps
        most_halvings = max(most_halvings, subtree.most_halvings)
        sum_accept_prob += subtree.sum_accept_prob
        diverging = subtree.diverging
        if not subtree.is_valid:
            break
        if rng.random() < subtree.weight / weight:
            copy_into(orbit.points[SAMPLE], orbit.points[CANDIDATE])
            U, H = subtree.U, subtree.H
        weight += subtree.weight
        num_doublings += 1
        if is_turning_after_doubling(orbit, forward):
            break
        if forward:
            H_right = H_end
        else:
            H_left = H_end
    accept_prob = sum_accept_prob / max(num_macro_steps, 1)
    return OrbitInfo(
        U, H, accept_prob, num_steps, num_doublings, num_macro_steps, most_halvings, diverging
    )


@kernel(small=True)
def build_suborbit(orbit, target, metric, rng, stepping, depth, forward, H0, H):
    """Make 2^depth macro steps from one end of the orbit and pick a candidate among their ends.

    Parameters
    ----------
    orbit : Tree
        The end that moves, the stack, the candidate and the spare point are overwritten.
    target : Target
    metric : Metric
    rng : numpy.random.Generator
    stepping : Stepping
    depth : int
    forward : bool
    H0, H : float
        Total energy of the initial point, and of the end.

    Returns
    -------
    info : SuborbitInfo
    H : float
        Total energy of the new end.

    References
    ----------
    Bou-Rabee et al. (2025), the extension of an orbit; Betancourt (2017), appendix A.3.1, for
    sampling in a stream.
    """
    end = RIGHT if forward else LEFT
    z = point_at(orbit.points, end)
    U_candidate, H_candidate, sum_weight, sum_accept_prob = np.inf, np.inf, 0.0, 0.0
    num_steps, most_halvings, num_leaves = 0, 0, 1 << depth
    for leaf in range(num_leaves):
        step = take_macro_step(orbit.points, end, target, metric, stepping, forward, H)
        H = step.H
        num_steps += step.num_steps
        most_halvings = max(most_halvings, step.halvings)
        sum_accept_prob += step.accept_prob
        failed = step.diverging or not step.is_reversible
        if failed or is_turning_at_leaf(orbit.spans, SUBTREE, leaf, z):
            return SuborbitInfo(
                False, step.diverging, U_candidate, H_candidate, sum_weight, sum_accept_prob,
                most_halvings, leaf + 1, num_steps,
            ), H  # fmt: skip
        weight = weight_of(H - H0)
        sum_weight += weight
        # If all weights so far underflow this is 0 / 0, which chooses nothing, as it should.
        if rng.random() < weight / sum_weight:
            copy_into(orbit.points[CANDIDATE], orbit.points[end])
            U_candidate, H_candidate = step.U, H
    return SuborbitInfo(
        True, False, U_candidate, H_candidate, sum_weight, sum_accept_prob, most_halvings,
        num_leaves, num_steps,
    ), H  # fmt: skip


ALGORITHM = Algorithm(
    "walnuts", "the WALNUTS sampler (about 3 s)", Options, HamiltonianState, Work, Info,
    start, prepare, transition, adapt, finish, learn, scratch=("spans",),
)  # fmt: skip
