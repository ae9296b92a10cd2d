"""A NUTS trajectory from functions of the user's own, one call a leapfrog step.

It doubles as the compiled sampler does, and takes random numbers in the same order, so from the
same generator both grow the same trajectory and pick the same point of it.

Legend: ``H`` total energy, ``H0`` that of the initial point; ``rho`` a sum of momenta; ``v``
velocity; ``weight`` a sum of exp(H0 - H).

References
----------
Betancourt (2017), "A conceptual introduction to Hamiltonian Monte Carlo", appendix A;
Hoffman and Gelman (2014), "The no-U-turn sampler".
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lightppl.arguments import check_count, check_number
from lightppl.infer.building_blocks.integrator import IntegratorState
from lightppl.infer.building_blocks.mass import velocity_of
from lightppl.infer.building_blocks.vectors import flatten, unflatten
from lightppl.kernels.trajectory import LARGEST_LOG_WEIGHT
from lightppl.random import as_generator


class TreeInfo(NamedTuple):
    """A finished trajectory and the point picked from it.

    Attributes
    ----------
    z_left, r_left, z_left_grad : structures of arrays
        Position, momentum and gradient at the left end; ``z_right ...`` likewise.
    z_proposal : structure of arrays
        The pick.
    z_proposal_pe : float
        Its potential energy.
    z_proposal_grad : structure of arrays
    z_proposal_energy : float
        Its total energy.
    depth : int
        Doublings begun.
    weight : float
        Logarithm of the sum of weights.
    r_sum : structure of arrays
        Sum of all momenta.
    turning, diverging : bool
        What ended the trajectory, if not the largest depth.
    sum_accept_probs : float
        Sum of min(1, exp(H0 - H)) over the points after the first.
    num_proposals : int
        Their number: leapfrog steps.
    """

    z_left: object
    r_left: object
    z_left_grad: object
    z_right: object
    r_right: object
    z_right_grad: object
    z_proposal: object
    z_proposal_pe: object
    z_proposal_grad: object
    z_proposal_energy: object
    depth: object
    weight: object
    r_sum: object
    turning: object
    diverging: object
    sum_accept_probs: object
    num_proposals: object


class Stretch(NamedTuple):
    """What the criterion needs of a stretch of trajectory, in the order of integration."""

    p_first: np.ndarray
    v_first: np.ndarray
    p_last: np.ndarray
    v_last: np.ndarray
    rho: np.ndarray

    def reversed(self):
        """Return the same stretch with its ends exchanged."""
        return Stretch(self.p_last, self.v_last, self.p_first, self.v_first, self.rho)


@dataclass
class Growth:
    """What changes while a subtree grows, leaf by leaf."""

    end: IntegratorState
    pick: object = None
    pick_energy: float = np.inf
    weight: float = 0.0
    sum_accept_probs: float = 0.0
    num_proposals: int = 0
    turning: bool = False
    diverging: bool = False


def build_tree(
    verlet_update,
    kinetic_fn,
    verlet_state,
    inverse_mass_matrix,
    step_size,
    rng_key,
    max_delta_energy=1000.0,
    max_tree_depth=10,
):
    """Return a NUTS trajectory from a point with a fresh momentum.

    Parameters
    ----------
    verlet_update : callable
        ``(step_size, inverse_mass_matrix, state)``, of `velocity_verlet`.
    kinetic_fn : callable
        ``(inverse_mass_matrix, r) -> float``.
    verlet_state : IntegratorState
    inverse_mass_matrix : array or dict
    step_size : float
        Positive.
    rng_key : key
    max_delta_energy : float
        Energy error beyond which the trajectory is called divergent.
    max_tree_depth : int or (int, int)
        Largest number of doublings; of a pair the first one.

    Returns
    -------
    TreeInfo

    References
    ----------
    Betancourt (2017), appendix A.3 and A.4, with the extra checks between subtrees that Stan has
    had since 2.21.

    Examples
    --------
    >>> from lightppl.infer.hmc_util import euclidean_kinetic_energy, velocity_verlet
    >>> start, move = velocity_verlet(lambda z: 0.5 * np.sum(z**2), euclidean_kinetic_energy)
    >>> state = start(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    >>> tree = build_tree(move, euclidean_kinetic_energy, state, np.ones(2), 0.5, rng_key=0)
    >>> tree.turning, tree.num_proposals >= 7
    (True, True)
    """
    step_size = check_number(step_size, "step_size", above=0)
    if isinstance(max_tree_depth, (tuple, list)):
        max_tree_depth = max_tree_depth[0]
    max_tree_depth = check_count(max_tree_depth, "max_tree_depth", least=1, most=50)
    rng = as_generator(rng_key)
    directions = int(rng.random() * (1 << max_tree_depth))

    def energy_of(state):
        return state.potential_energy + kinetic_fn(inverse_mass_matrix, state.r)

    def stretch_at(state):
        p = flatten(state.r)
        v = flatten(velocity_of(kinetic_fn, inverse_mass_matrix, state.r))
        return Stretch(p, v, p, v, p)

    def grow_leaf(growth, signed_step):
        """Integrate one step and let the new point compete to be the pick of its subtree."""
        growth.end = verlet_update(signed_step, inverse_mass_matrix, growth.end)
        energy = energy_of(growth.end)
        delta_H = energy - H0
        growth.num_proposals += 1
        growth.diverging = not -np.inf < delta_H <= max_delta_energy  # NaN compares false
        if growth.diverging:
            return stretch_at(growth.end)
        weight = float(np.exp(min(-delta_H, LARGEST_LOG_WEIGHT)))
        growth.sum_accept_probs += min(weight, 1.0)
        growth.weight += weight
        if growth.weight > 0 and rng.random() < weight / growth.weight:
            growth.pick, growth.pick_energy = growth.end, energy
        return stretch_at(growth.end)

    def grow(growth, signed_step, depth):
        """Integrate 2^depth points, or fewer if a stretch of them turns or diverges."""
        if depth == 0:
            return grow_leaf(growth, signed_step)
        one = grow(growth, signed_step, depth - 1)
        if growth.turning or growth.diverging:
            return one
        two = grow(growth, signed_step, depth - 1)
        growth.turning = growth.turning or (not growth.diverging and is_turning(one, two))
        return joined(one, two)

    H0 = energy_of(verlet_state)
    left = right = pick = verlet_state
    pick_energy, weight, sum_accept_probs, num_proposals = H0, 1.0, 0.0, 0
    whole, depth, turning, diverging = stretch_at(verlet_state), 0, False, False
    while depth < max_tree_depth and not (turning or diverging):
        forward = (directions >> depth) & 1 == 1
        growth = Growth(right if forward else left)
        new = grow(growth, step_size if forward else -step_size, depth)
        left, right = (left, growth.end) if forward else (growth.end, right)
        depth += 1
        sum_accept_probs += growth.sum_accept_probs
        num_proposals += growth.num_proposals
        diverging, turning = growth.diverging, growth.turning
        old = whole if forward else whole.reversed()
        if not (turning or diverging):
            # biased progressive sampling: Betancourt (2017), appendix A.3.2
            if rng.random() < growth.weight / weight:
                pick, pick_energy = growth.pick, growth.pick_energy
            turning = is_turning(old, new)
        whole = joined(old, new) if forward else joined(old, new).reversed()
        weight += growth.weight
    return TreeInfo(
        left.z, left.r, left.z_grad, right.z, right.r, right.z_grad,
        pick.z, pick.potential_energy, pick.z_grad, pick_energy,
        depth, float(np.log(weight)), unflatten(whole.rho, verlet_state.r), turning, diverging,
        sum_accept_probs, num_proposals,
    )  # fmt: skip


def joined(one, two):
    """Return the union of two adjacent stretches, `two` integrated after `one`."""
    return Stretch(one.p_first, one.v_first, two.p_last, two.v_last, one.rho + two.rho)


def is_turning(one, two):
    """Return whether the union of two adjacent stretches turns.

    References
    ----------
    Betancourt (2017), appendix A.4.2; the checks of the last two lines as in Stan 2.21 and later.
    """
    rho, rho_first, rho_last = one.rho + two.rho, one.rho + two.p_first, one.p_last + two.rho
    products = (
        one.v_first @ rho, two.v_last @ rho,
        one.v_first @ rho_first, two.v_first @ rho_first,
        one.v_last @ rho_last, two.v_last @ rho_last,
    )  # fmt: skip
    return not all(product > 0 for product in products)  # NaN compares false, and is a turn
