"""The exact transition matrix of the NUTS kernel along one trajectory, with no Monte Carlo.

The real kernels run as plain Python (``NUMBA_DISABLE_JIT=1``) with a generator whose uniforms are
never drawn: a comparison ``u < prob`` takes both branches, one after the other, with their
probabilities.  Directions are enumerated too.  What comes out is the probability of moving from any
point of a trajectory to any other, for a fixed momentum.

Run as a program it prints a table of detailed balance errors, without and with planted faults.
"""

import json
import math
import sys

import numpy as np

from lightppl.kernels import trajectory
from lightppl.kernels.integrators import leapfrog
from lightppl.kernels.metric import make_metric, set_acceleration, set_velocity
from lightppl.kernels.phase_point import PhasePoint, point_at
from lightppl.kernels.target import Target
from tests.kernels.random_metric import KINDS, random_metric


class BranchingGenerator:
    """Stands for a generator of uniforms and follows a script of decisions."""

    def __init__(self):
        self.script, self.position, self.probability = [], 0, 1.0

    def random(self):
        """Return something that decides ``u < prob``."""
        return self

    def __lt__(self, prob):
        prob = min(max(float(prob), 0.0), 1.0)
        if prob in (0.0, 1.0):
            return prob == 1.0
        if self.position == len(self.script):
            self.script.append(True)
        decision = self.script[self.position]
        self.position += 1
        self.probability *= prob if decision else 1.0 - prob
        return decision

    def next_script(self):
        """Turn the last undecided branch; return False when all have been taken."""
        self.position, self.probability = 0, 1.0
        while self.script and not self.script[-1]:
            self.script.pop()
        if self.script:
            self.script[-1] = False
        return bool(self.script)


def trajectory_points(potential, q, p, step_size, num_points, metric):
    """Return positions, momenta and energies of `num_points` leapfrog steps from (q, p)."""
    target = Target(potential, np.zeros(0), np.zeros(0, np.int64), np.zeros(1))
    z = PhasePoint(q.copy(), p.copy(), np.zeros(len(q)), np.zeros(len(q)))
    set_velocity(metric, z.p, z.v)
    U = potential(z.q, z.grad, None, None, None)
    a = metric.accelerations[0]
    set_acceleration(metric, z.grad, a)
    points = []
    for _ in range(num_points):
        points.append((z.q.copy(), z.p.copy(), U + 0.5 * z.p @ z.v))
        U, _ = leapfrog(z, a, target, metric, step_size)
    return points


def transition_matrix(potential, points, step_size, max_depth, metric):
    """Return T[i, j], the probability of ending at point j when starting at point i.

    Rows sum to less than one when a trajectory reaches beyond the given points.
    """
    target = Target(potential, np.zeros(0), np.zeros(0, np.int64), np.zeros(1))
    positions = np.array([q for q, _, _ in points])
    T = np.zeros((len(points), len(points)))
    for i, (q, p, _) in enumerate(points):
        for directions in range(2**max_depth):
            ends = _outcomes(target, q, p, step_size, max_depth, directions, metric)
            for end, probability in ends:
                distance = np.abs(positions - end).max(axis=1)
                j = int(np.argmin(distance))
                if distance[j] < 1e-9:
                    T[i, j] += probability / 2**max_depth
    return T


def _outcomes(target, q, p, step_size, max_depth, directions, metric):
    rng, size = BranchingGenerator(), len(q)
    is_left = True
    while is_left:
        tree = trajectory.make_tree(q, max_depth)
        sample = point_at(tree.points, trajectory.SAMPLE)
        sample.p[:] = p
        set_velocity(metric, sample.p, sample.v)
        U = target.address(sample.q, sample.grad, None, None, None)
        trajectory.sample_trajectory(
            tree, target, metric, rng, step_size, max_depth, directions, U
        )
        yield sample.q[:size].copy(), rng.probability
        is_left = rng.next_script()


def balance_error(T, points):
    """Return the largest |pi_i T_ij - pi_j T_ji| relative to the largest probability."""
    energy = np.array([H for _, _, H in points])
    flow = np.exp(energy.min() - energy)[:, None] * T
    return float(np.abs(flow - flow.T).max())


def anharmonic(q, grad, *_):
    """U = (q0^4 + q1^4) / 4 + q0 q1 / 2."""
    grad[0] = q[0] ** 3 + q[1] / 2
    grad[1] = q[1] ** 3 + q[0] / 2
    return (q[0] ** 4 + q[1] ** 4) / 4 + q[0] * q[1] / 2


def slightly_wrong(q, grad, *_):
    """The same with an energy that is wrong by a thousandth."""
    return 1.001 * anharmonic(q, grad)


def harmonic(q, grad, *_):
    """U = q^2 / 2."""
    grad[:] = q
    return 0.5 * float(q @ q)


def cases():
    """Yield name, potential, start, step size, metric: straight, turning early and late, rough."""
    q, p = np.array([0.8, -0.3]), np.array([0.6, 1.1])
    for step_size in (0.1, 0.45, 0.8, 1.05):
        yield f"anharmonic {step_size}", anharmonic, q, p, step_size, make_metric(2)
    for kind in KINDS:
        metric = random_metric(np.random.default_rng(5), 2, kind)
        yield f"anharmonic {kind}", anharmonic, q, p, 0.6, metric
    for num_points in (5, 7, 11):
        step_size = 2 * math.sin(math.pi / num_points)
        q, p = np.array([0.7]), np.array([1.1])
        yield f"orbit of {num_points}", harmonic, q, p, step_size, make_metric(1)


def main(max_depth=3, num_points=8):
    """Print {case: balance error}, and the errors that three planted faults cause."""
    errors, escaped = {}, {}
    for name, potential, q, p, step_size, metric in cases():
        count = int(name.split()[-1]) if "orbit" in name else num_points
        points = trajectory_points(potential, q, p, step_size, count, metric)
        T = transition_matrix(potential, points, step_size, max_depth, metric)
        errors[name] = balance_error(T, points)
        if "orbit" in name:
            escaped[name] = float(np.abs(T.sum(axis=1) - 1.0).max())
    faults = {}
    straight = next(case for case in cases() if case[0] == "anharmonic 0.8")
    _, potential, q, p, step_size, metric = straight
    points = trajectory_points(potential, q, p, step_size, num_points, metric)
    T = transition_matrix(slightly_wrong, points, step_size, max_depth, metric)
    faults["energy"] = balance_error(T, points)
    right = trajectory.weight_of
    trajectory.weight_of = lambda delta_H: 1.001 * right(delta_H)
    T = transition_matrix(potential, points, step_size, max_depth, metric)
    faults["weight"] = balance_error(T, points)
    trajectory.weight_of = right
    right = trajectory.join_spans
    trajectory.join_spans = lambda one, two: right(one, two) and False
    orbit = next(case for case in cases() if case[0] == "orbit of 7")
    _, potential, q, p, step_size, metric = orbit
    points = trajectory_points(potential, q, p, step_size, 7, metric)
    T = transition_matrix(potential, points, step_size, max_depth, metric)
    faults["only subtrees checked for turns"] = balance_error(T, points)
    trajectory.join_spans = right
    json.dump({"errors": errors, "escaped": escaped, "faults": faults}, sys.stdout)


if __name__ == "__main__":
    main()
