"""The exact transition matrix of the WALNUTS kernel along one orbit, with no Monte Carlo.

As `nuts_transition_matrix`: the real kernels run as plain Python and every decision is taken both
ways.  The points are joined by macro steps, of which some are irreversible: the flow between two
points must be balanced all the same, whether the orbits that connect them stay within the list
or not.

Run as a program it prints a table of detailed balance errors, without and with planted faults.
"""

import json
import sys

import numpy as np

from lightppl.kernels import walnuts
from lightppl.kernels.macro_step import Stepping
from lightppl.kernels.metric import make_metric, set_acceleration, set_velocity
from lightppl.kernels.phase_point import point_at
from lightppl.kernels.target import Target
from lightppl.kernels.trajectory import LEFT, RIGHT, SAMPLE
from tests.kernels.random_metric import KINDS, random_metric
from tests.reference.nuts_transition_matrix import (
    BranchingGenerator,
    anharmonic,
    balance_error,
    slightly_wrong,
)

MAX_DEPTH = 3


def narrowing(q, grad, *_):
    """U = q0^2 / 2 + exp(-q0) q1^2 / 2 + q0 / 2: a funnel."""
    precision = np.exp(-q[0])
    grad[0] = q[0] - precision * q[1] ** 2 / 2 + 0.5
    grad[1] = precision * q[1]
    return q[0] ** 2 / 2 + precision * q[1] ** 2 / 2 + q[0] / 2


def orbit_points(potential, q, p, stepping, metric, num_points):
    """Return positions, momenta and energies of macro steps from (q, p), and what they were."""
    target = _target_of(potential)
    orbit = walnuts.make_orbit(q, MAX_DEPTH)
    z = point_at(orbit.points, RIGHT)
    z.q[:], z.p[:] = q, p
    set_velocity(metric, z.p, z.v)
    H = potential(z.q, z.grad) + 0.5 * z.p @ z.v
    set_acceleration(metric, z.grad, metric.accelerations[RIGHT - LEFT])
    points, steps = [(q.copy(), p.copy(), H)], []
    while len(points) < num_points:
        step = walnuts.take_macro_step(orbit.points, RIGHT, target, metric, stepping, True, H)
        H = step.H
        steps.append(step)
        points.append((z.q.copy(), z.p.copy(), H))
    return points, steps


def transition_matrix(potential, points, stepping, metric):
    """Return T[i, j], the probability of ending at point j when starting at point i."""
    positions = np.array([q for q, _, _ in points])
    T = np.zeros((len(points), len(points)))
    for i, (q, p, _) in enumerate(points):
        for directions in range(2**MAX_DEPTH):
            for end, probability in _outcomes(potential, q, p, stepping, directions, metric):
                distance = np.abs(positions - end).max(axis=1)
                j = int(np.argmin(distance))
                if distance[j] < 1e-9:
                    T[i, j] += probability / 2**MAX_DEPTH
    return T


def _target_of(potential):
    return Target(potential, np.zeros(0), np.zeros(0, np.int64), np.zeros(1))


def _outcomes(potential, q, p, stepping, directions, metric):
    rng = BranchingGenerator()
    is_left = True
    while is_left:
        orbit = walnuts.make_orbit(q, MAX_DEPTH)
        sample = point_at(orbit.points, SAMPLE)
        sample.p[:] = p
        set_velocity(metric, sample.p, sample.v)
        U = potential(sample.q, sample.grad)
        walnuts.sample_orbit(
            orbit, _target_of(potential), metric, rng, stepping, MAX_DEPTH, directions, U
        )
        yield sample.q.copy(), rng.probability
        is_left = rng.next_script()


def cases():
    """Yield name, potential, start, stepping, metric: coarse, refined, partly irreversible."""
    q, p = np.array([0.8, -0.3]), np.array([0.6, 1.1])
    for step_size, max_error in ((0.3, 1.0), (0.8, 0.2), (1.6, 0.4)):
        stepping = Stepping(step_size, max_error, 6)
        yield f"anharmonic {step_size} {max_error}", anharmonic, q, p, stepping, make_metric(2)
    for kind in KINDS:
        metric = random_metric(np.random.default_rng(5), 2, kind)
        yield f"anharmonic {kind}", anharmonic, q, p, Stepping(0.9, 0.2, 6), metric
    q, p = np.array([1.0, 0.9]), np.array([-1.3, 0.4])
    for step_size, max_error in ((0.3, 0.03), (0.5, 0.1), (0.9, 0.2)):
        stepping = Stepping(step_size, max_error, 6)
        yield f"narrowing {step_size} {max_error}", narrowing, q, p, stepping, make_metric(2)


def measure(name, planted=None, num_points=8):
    """Return the balance error of a case with the kernels as they are at this moment."""
    case = next(case for case in cases() if case[0] == name)
    _, potential, q, p, stepping, metric = case
    points, steps = orbit_points(potential, q, p, stepping, metric, num_points)
    T = transition_matrix(planted or potential, points, stepping, metric)
    return balance_error(T, points), steps


def main(faulty="anharmonic 0.8 0.2"):
    """Print {case: balance error}, what the orbits were like, and what planted faults cause."""
    errors, halvings, irreversible, faults = {}, {}, {}, {}
    for name, *_ in cases():
        errors[name], steps = measure(name)
        halvings[name] = [step.halvings for step in steps]
        irreversible[name] = sum(not step.is_reversible for step in steps)
    faults["energy"] = measure(faulty, slightly_wrong)[0]
    right = walnuts.weight_of
    walnuts.weight_of = lambda delta_H: 1.001 * right(delta_H)
    faults["weight"] = measure(faulty)[0]
    walnuts.weight_of = right
    right = walnuts.take_macro_step
    walnuts.take_macro_step = lambda *given: right(*given)._replace(is_reversible=True)
    faults["no way back"] = measure(faulty)[0]

    def lenient(points, end, target, metric, stepping, forward, H0):
        if not forward:
            stepping = stepping._replace(max_error=2.0 * stepping.max_error)
        return right(points, end, target, metric, stepping, forward, H0)

    walnuts.take_macro_step = lenient
    faults["tolerance depends on direction"] = measure(faulty)[0]
    walnuts.take_macro_step = right
    report = {
        "errors": errors, "halvings": halvings, "irreversible": irreversible, "faults": faults
    }
    json.dump(report, sys.stdout)


if __name__ == "__main__":
    main()
