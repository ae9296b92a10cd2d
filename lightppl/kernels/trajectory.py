"""A NUTS trajectory: doubling in random directions, and a multinomial pick among its points.

1. The trajectory begins as one point and doubles: a new subtree of as many points is integrated
   from its left or right end.
2. Within the new subtree each point is weighted by exp(H0 - H) and one candidate is kept in a
   stream: point n replaces it with probability weight_n / (sum of weights up to n).
3. If the subtree neither diverges nor turns, its candidate replaces the sample with probability
   min(1, weight of subtree / weight of old trajectory): biased progressive sampling.
4. Doubling ends when the whole turns, when a subtree fails, or at the largest depth.

Legend: ``D`` dimension; ``z`` phase point; ``U`` potential energy; ``H`` total energy; ``H0``
that of the initial point; ``delta_H = H - H0``; ``weight`` a sum of exp(-delta_H).

References: Betancourt (2017), "A conceptual introduction to Hamiltonian Monte Carlo", appendix A;
Hoffman and Gelman (2014), "The no-U-turn sampler".
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels import phase_point, uturn
from lightppl.kernels.integrators import leapfrog
from lightppl.kernels.kinetic import kinetic_energy_of
from lightppl.kernels.metric import is_diagonal, set_velocity
from lightppl.kernels.phase_point import copy_into, point_at
from lightppl.kernels.uturn import (
    is_turning_at_leaf,
    join_spans,
    reverse_span,
    set_span_to_point,
    span_at,
)

NUM_POINTS = 4
SAMPLE, LEFT, RIGHT, CANDIDATE = range(NUM_POINTS)
"""Points of a tree: the pick so far, both ends, and the pick of the subtree being built."""

WHOLE, SUBTREE = 0, 1
"""Spans of a tree: the whole trajectory from left to right; bottom of the stack of the subtree."""

DIVERGENCE_THRESHOLD = 1000.0
"""Energy error beyond which a trajectory is called divergent, as in Stan."""

LARGEST_LOG_WEIGHT = 500.0

QUIET = 0.002
"""A step that changes the energy by less has, for all one can tell, no error."""


class Tree(NamedTuple):
    """Vectors of a growing trajectory.

    Parameters
    ----------
    points : (4, 4 D) float64
        At ``SAMPLE`` the pick so far, on entry the initial point; at ``LEFT`` and ``RIGHT`` the
        ends, where integration goes on; at ``CANDIDATE`` the pick of the subtree being built.
    spans : (1 + max_depth, 5, D) float64
        At ``WHOLE`` the trajectory from left to right; from ``SUBTREE`` on a stack.
    """

    points: np.ndarray
    spans: np.ndarray


class SubtreeInfo(NamedTuple):
    """What is known of a finished or failed subtree.

    ``num_quiet`` counts steps that hardly changed the energy; the first step of a subtree is not
    looked at, because the energy before it is not known here.
    """

    is_valid: bool
    diverging: bool
    potential_energy: float
    energy: float
    weight: float
    sum_accept_prob: float
    num_steps: int
    num_quiet: int


class TrajectoryInfo(NamedTuple):
    """What is known of a finished trajectory.

    Parameters
    ----------
    U, H : float
        Of the sample.
    accept_prob : float
        Mean Metropolis acceptance probability, in [0, 1].
    num_steps : int
        Leapfrog steps.
    num_doublings : int
        Completed ones.
    diverging : bool
    quiet_share : float
        The part of the steps, in [0, 1], that hardly changed the energy.
    """

    U: float
    H: float
    accept_prob: float
    num_steps: int
    num_doublings: int
    diverging: bool
    quiet_share: float


def make_tree(q, max_depth):
    """Return a tree whose sample is at position `q` (D,) and that can double `max_depth` times."""
    points = np.zeros((NUM_POINTS, phase_point.NUM_VECTORS * len(q)))
    points[SAMPLE, : len(q)] = q
    return Tree(points, np.zeros((1 + max(max_depth, 1), uturn.NUM_VECTORS, len(q))))


@kernel(small=True)
def sample_trajectory(tree, target, metric, rng, step_size, max_depth, directions, U0):
    """Grow a trajectory around the sample and replace it by a pick from that trajectory.

    Parameters
    ----------
    tree : Tree
        The sample has position, gradient and a fresh momentum; everything is overwritten.
    target : Target
    metric : Metric
    rng : numpy.random.Generator
        Gives one uniform per leapfrog step and per completed subtree.
    step_size : float
    max_depth : int
        Largest number of doublings.
    directions : int
        Binary digit k tells the direction of doubling k; 1 is forward in time.
    U0 : float
        Potential energy of the initial point.

    Returns
    -------
    TrajectoryInfo

    References
    ----------
    Betancourt (2017), appendix A.3 and A.4.
    """
    sample = point_at(tree.points, SAMPLE)
    H0 = U0 + kinetic_energy_of(target, sample.p, sample.v)
    start_trajectory(tree, metric)
    U, H, weight = U0, H0, 1.0
    num_doublings, num_steps, num_quiet, sum_accept_prob, diverging = 0, 0, 0, 0.0, False
    for depth in range(max_depth):
        forward = (directions >> depth) & 1 == 1
        subtree = build_subtree(tree, target, metric, rng, step_size, depth, forward, H0)
        num_steps += subtree.num_steps
        num_quiet += subtree.num_quiet
        sum_accept_prob += subtree.sum_accept_prob
        diverging = subtree.diverging
        if not subtree.is_valid:
            break
        if rng.random() < subtree.weight / weight:
            copy_into(tree.points[SAMPLE], tree.points[CANDIDATE])
            U, H = subtree.potential_energy, subtree.energy
        weight += subtree.weight
        num_doublings += 1
        if is_turning_after_doubling(tree, forward):
            break
    accept_prob, quiet_share = sum_accept_prob / max(num_steps, 1), num_quiet / max(num_steps, 1)
    return TrajectoryInfo(U, H, accept_prob, num_steps, num_doublings, diverging, quiet_share)


@kernel(inline="always")
def start_trajectory(tree, metric):
    """Make the trajectory of one point, the sample."""
    copy_into(tree.points[LEFT], tree.points[SAMPLE])
    copy_into(tree.points[RIGHT], tree.points[SAMPLE])
    sample = point_at(tree.points, SAMPLE)
    if not is_diagonal(metric):
        set_velocity(metric, sample.grad, metric.accelerations[0])
        copy_into(metric.accelerations[1], metric.accelerations[0])
    set_span_to_point(span_at(tree.spans, WHOLE), sample.p, sample.v)


@kernel(inline="always")
def is_turning_after_doubling(tree, forward):
    """Join the finished subtree to the trajectory and return whether the union turns."""
    whole = span_at(tree.spans, WHOLE)
    whole = whole if forward else reverse_span(whole)
    subtree = span_at(tree.spans, SUBTREE)
    return join_spans(whole, subtree)


@kernel(small=True)
def build_subtree(tree, target, metric, rng, step_size, depth, forward, H0):
    """Integrate 2^depth points from one end of the trajectory and pick a candidate among them.

    Parameters
    ----------
    tree : Tree
        The end that moves, the stack and the candidate are overwritten.
    target : Target
    metric : Metric
    rng : numpy.random.Generator
    step_size : float
        Positive.
    depth : int
    forward : bool
    H0 : float

    Returns
    -------
    SubtreeInfo

    References
    ----------
    Betancourt (2017), appendix A.3.1, sampling within a subtree in a stream.
    """
    end = RIGHT if forward else LEFT
    z, a = point_at(tree.points, end), metric.accelerations[1 if forward else 0]
    signed_step = step_size if forward else -step_size
    U_candidate, H_candidate, sum_weight, sum_accept_prob = np.inf, np.inf, 0.0, 0.0
    num_leaves, num_quiet, H_before = 1 << depth, 0, np.inf
    for leaf in range(num_leaves):
        U, K = leapfrog(z, a, target, metric, signed_step)
        H = U + K
        delta_H = H - H0
        diverging = is_divergent(delta_H)
        weight = 0.0 if diverging else weight_of(delta_H)
        sum_accept_prob += min(weight, 1.0)
        num_quiet += 1 if abs(H - H_before) < QUIET else 0
        H_before = H
        if diverging or is_turning_at_leaf(tree.spans, SUBTREE, leaf, z):
            return SubtreeInfo(
                False, diverging, U_candidate, H_candidate, sum_weight, sum_accept_prob, leaf + 1,
                num_quiet,
            )  # fmt: skip
        sum_weight += weight
        # If all weights so far underflow this is 0 / 0, which chooses nothing, as it should.
        if rng.random() < weight / sum_weight:
            copy_into(tree.points[CANDIDATE], tree.points[end])
            U_candidate, H_candidate = U, H
    return SubtreeInfo(
        True, False, U_candidate, H_candidate, sum_weight, sum_accept_prob, num_leaves, num_quiet
    )


@kernel(small=True)
def is_divergent(delta_H):
    """Return whether an energy error, possibly NaN or infinite, means that integration failed."""
    return not -np.inf < delta_H <= DIVERGENCE_THRESHOLD  # NaN compares false


@kernel(small=True)
def metropolis_prob(delta_H):
    """Return min(1, exp(-delta_H)), and 0 for NaN."""
    if delta_H <= 0.0:
        return 1.0
    return np.exp(-delta_H) if delta_H < np.inf else 0.0


@kernel(small=True)
def weight_of(delta_H):
    """Return exp(-delta_H), the weight of a point, kept from overflowing.

    Stan adds logarithms instead.  A point whose energy is lower than that of the start by more than
    500 is met in the first steps of warmup only: the target puts exp(-500) of its mass on starts
    from which that can happen.
    """
    return np.exp(min(-delta_H, LARGEST_LOG_WEIGHT))
