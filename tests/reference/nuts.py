"""NUTS by recursion over explicit lists of points: the slow twin of `lightppl.kernels.trajectory`.

Written from the papers.  A trajectory is a list of points in order of time; a tree is such a list
of 2^k points whose two halves are trees.  Everything is recomputed from the lists.

References: Hoffman and Gelman (2014), algorithm 3 (doubling and its stopping rule); Betancourt
(2017), appendix A (multinomial and biased progressive sampling, generalised criterion); the
checks between subtrees as in Stan 2.21. """

from dataclasses import dataclass

import numpy as np

from tests.reference.leapfrog import leapfrog


@dataclass
class Point:
    """A point of a trajectory with its energies."""

    q: np.ndarray
    p: np.ndarray
    potential: float
    total: float


@dataclass
class Outcome:
    """What one transition gives."""

    point: Point
    num_steps: int
    depth: int
    accept_prob: float
    diverging: bool


class Hamiltonian:
    """U and K with a full inverse mass matrix."""

    def __init__(self, energy, gradient, inverse_mass):
        self.energy, self.gradient = energy, gradient
        self.inverse_mass = np.asarray(inverse_mass)

    def point(self, q, p):
        """Return the point (q, p)."""
        potential = self.energy(q)
        return Point(q, p, potential, potential + 0.5 * p @ self.inverse_mass @ p)

    def step(self, point, step_size):
        """Return the next point."""
        return self.point(
            *leapfrog(point.q, point.p, self.gradient, self.inverse_mass, step_size)
        )


def nuts_trajectory(hamiltonian, start, step_size, directions, uniforms, max_divergence=1000.0):
    """Return the `Outcome` for given directions (True is forward) and an iterator of uniforms."""
    trajectory, pick, depth = [start], start, 0
    visited, diverging = [], False
    for forward in directions:
        end = trajectory[-1] if forward else trajectory[0]
        signed_step = step_size if forward else -step_size
        visit = _Visit(hamiltonian, start.total, signed_step, max_divergence)
        subtree = visit.build(end, depth)
        visited += visit.points
        diverging = visit.diverging
        if subtree is None:
            break
        candidate = _pick_in_stream(subtree, start.total, uniforms)
        if next(uniforms) < min(1.0, _weight(subtree, start) / _weight(trajectory, start)):
            pick = candidate
        in_time = subtree if forward else subtree[::-1]
        halves = (trajectory, in_time) if forward else (in_time, trajectory)
        trajectory = halves[0] + halves[1]
        depth += 1
        if is_turning(*halves, hamiltonian.inverse_mass):
            break
    accept = np.mean([np.nan_to_num(min(1.0, np.exp(start.total - z.total))) for z in visited])
    return Outcome(pick, len(visited), depth, accept, diverging)


class _Visit:
    """Integrates a subtree and remembers all points on the way."""

    def __init__(self, hamiltonian, H0, step_size, max_divergence):
        self.hamiltonian, self.H0 = hamiltonian, H0
        self.step_size, self.max_divergence = step_size, max_divergence
        self.points, self.diverging = [], False

    def build(self, end, depth):
        """Return the points of a subtree in order of integration, or None if it fails."""
        if depth == 0:
            point = self.hamiltonian.step(end, self.step_size)
            self.points.append(point)
            self.diverging = not point.total - self.H0 <= self.max_divergence
            return None if self.diverging else [point]
        first = self.build(end, depth - 1)
        if first is None:
            return None
        second = self.build(first[-1], depth - 1)
        if second is None:
            return None
        halves = (first, second) if self.step_size > 0 else (second[::-1], first[::-1])
        if is_turning(*halves, self.hamiltonian.inverse_mass):
            return None
        return first + second


def is_turning(earlier, later, inverse_mass):
    """Return whether two adjacent lists of points, in order of time, make a U-turn together."""
    union = earlier + later
    stretches = [union, earlier + later[:1], earlier[-1:] + later]
    for stretch in stretches:
        rho = np.sum([z.p for z in stretch], axis=0)
        for end in (stretch[0], stretch[-1]):
            if not end.p @ inverse_mass @ rho > 0:
                return True
    return False


def _weight(points, start):
    return np.sum(np.exp([start.total - z.total for z in points]))


def _pick_in_stream(points, H0, uniforms):
    """Keep point n with probability weight_n / (weight_1 + ... + weight_n)."""
    weights = np.exp([H0 - z.total for z in points])
    pick = None
    for n, point in enumerate(points):
        if next(uniforms) < weights[n] / np.sum(weights[: n + 1]):
            pick = point
    return pick
