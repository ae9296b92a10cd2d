"""WALNUTS over explicit lists of points: the slow twin of `lightppl.kernels.walnuts`.

Written from the paper.  An orbit is a list of points in order of time together with the number of
micro steps of each link.  The weight of a point is computed as the paper states it, from the
probabilities that each link would have been made as it was: forward from all points before it is
made, backward from all points after; here these probabilities are zero or one.

Reference: Bou-Rabee, Carpenter, Kleppe and Liu (2025), arXiv:2506.18746; doubling and its stopping
rule as in `tests.reference.nuts`.
"""

from dataclasses import dataclass, field

import numpy as np

from tests.reference.nuts import Point, is_turning


@dataclass
class Outcome:
    """What one transition gives."""

    point: Point
    depth: int
    num_macro_steps: int
    num_steps: int
    most_halvings: int
    accept_prob: float
    diverging: bool
    num_irreversible: int


@dataclass
class Orbit:
    """Points in order of time, and the halvings of the link before each point but the first."""

    points: list
    links: list = field(default_factory=list)


class Steps:
    """Macro steps of a Hamiltonian, and how many micro steps all of them took."""

    def __init__(self, hamiltonian, time, max_error, max_halvings):
        self.hamiltonian, self.time = hamiltonian, time
        self.max_error, self.max_halvings = max_error, max_halvings
        self.num_steps = 0

    def path(self, start, direction, halvings):
        """Return the points visited by 2^halvings micro steps, and whether all energies agree."""
        visited = [start]
        for _ in range(2**halvings):
            visited.append(
                self.hamiltonian.step(visited[-1], direction * self.time / 2**halvings)
            )
            self.num_steps += 1
            energies = [point.total for point in visited]
            if not np.ptp(energies) <= self.max_error:
                return visited, False
        return visited, True

    def halvings_at(self, start, direction):
        """Return the smallest number of halvings that passes, or None."""
        for halvings in range(self.max_halvings + 1):
            if self.path(start, direction, halvings)[1]:
                return halvings
        return None

    def link_probability(self, start, direction, halvings):
        """Return the probability, zero or one, that a macro step from here has these halvings."""
        return float(self.halvings_at(start, direction) == halvings)

    def macro_step(self, start, direction):
        """Return the far end, the halvings, the acceptance of one micro step, and whether back."""
        coarse = self.path(start, direction, 0)[0][-1]
        self.num_steps -= 1  # made again by the search
        accept = np.nan_to_num(min(1.0, np.exp(start.total - coarse.total)))
        halvings = self.halvings_at(start, direction)
        if halvings is None:
            return None, self.max_halvings, accept, False
        num_steps = self.num_steps
        end = self.path(start, direction, halvings)[0][-1]
        self.num_steps = num_steps
        returns = not any(
            self.path(end, -direction, fewer)[1] for fewer in reversed(range(halvings))
        )
        num_steps = self.num_steps
        assert self.link_probability(end, -direction, halvings) == float(returns)
        self.num_steps = num_steps
        return end, halvings, accept, returns


def walnuts_orbit(
    hamiltonian, start, time, max_error, max_halvings, directions, uniforms
):
    """Return the `Outcome` for given directions (True is forward) and an iterator of uniforms."""
    steps = Steps(hamiltonian, time, max_error, max_halvings)
    orbit, pick, depth = Orbit([start]), start, 0
    visit = None
    accepts, most_halvings, num_irreversible = [], 0, 0
    for forward in directions:
        visit = _Visit(steps, 1 if forward else -1)
        subtree = visit.build(orbit.points[-1 if forward else 0], depth)
        accepts += visit.accepts
        most_halvings = max([most_halvings, *visit.halvings])
        num_irreversible += visit.num_irreversible
        if subtree is None:
            break
        candidate = _pick_in_stream(subtree, start.total, uniforms)
        if next(uniforms) < min(1.0, _weight(subtree, start) / _weight(orbit.points, start)):
            pick = candidate
        halves = (orbit.points, subtree) if forward else (subtree[::-1], orbit.points)
        links = (
            orbit.links + visit.halvings if forward else visit.halvings[::-1] + orbit.links
        )
        orbit = Orbit(halves[0] + halves[1], links)
        _check_weights(orbit, steps)
        depth += 1
        if is_turning(*halves, hamiltonian.inverse_mass):
            break
    return Outcome(
        pick, depth, len(accepts), steps.num_steps, most_halvings, float(np.mean(accepts)),
        visit.diverging, num_irreversible,
    )  # fmt: skip


class _Visit:
    """Makes a subtree of macro steps and remembers what happened on the way."""

    def __init__(self, steps, direction):
        self.steps, self.direction = steps, direction
        self.accepts, self.halvings = [], []
        self.diverging, self.num_irreversible = False, 0

    def build(self, end, depth):
        """Return the points of a subtree in order of integration, or None if it fails."""
        if depth == 0:
            point, halvings, accept, returns = self.steps.macro_step(end, self.direction)
            self.accepts.append(accept)
            self.halvings.append(halvings)
            self.diverging = point is None
            self.num_irreversible += point is not None and not returns
            return [point] if returns else None
        first = self.build(end, depth - 1)
        second = None if first is None else self.build(first[-1], depth - 1)
        if second is None:
            return None
        halves = (first, second) if self.direction > 0 else (second[::-1], first[::-1])
        return None if is_turning(*halves, self.steps.hamiltonian.inverse_mass) else first + second


def _check_weights(orbit, steps):
    """Check that the general weights of an orbit are proportional to exp(-H), from every point."""
    num_steps = steps.num_steps
    ahead = [
        steps.link_probability(point, 1, halvings)
        for point, halvings in zip(orbit.points, orbit.links)
    ]
    behind = [
        steps.link_probability(point, -1, halvings)
        for point, halvings in zip(orbit.points[1:], orbit.links)
    ]
    made = [np.prod(ahead[i:]) * np.prod(behind[:i]) for i in range(len(orbit.points))]
    assert made == [1.0] * len(made), made
    steps.num_steps = num_steps


def _weight(points, start):
    return np.sum(np.exp([start.total - point.total for point in points]))


def _pick_in_stream(points, H0, uniforms):
    """Keep point n with probability weight_n / (weight_1 + ... + weight_n)."""
    weights = np.exp([H0 - point.total for point in points])
    pick = None
    for n, point in enumerate(points):
        if next(uniforms) < weights[n] / np.sum(weights[: n + 1]):
            pick = point
    return pick
