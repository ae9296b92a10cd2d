"""The exact probabilities of the HMC kernel between two ends of a trajectory, with no Monte Carlo.

As `nuts_transition_matrix`: the real kernels run as plain Python, and the comparison that accepts
or rejects takes both branches.  A trajectory from (q, p) ends at (q', p'); started at (q', -p') it
must end at (q, -p), and the flows there and back must be equal.

Run as a program it prints a table of detailed balance errors, without and with planted faults.
"""

import json
import sys

import numpy as np

from lightppl.kernels import hmc
from lightppl.kernels.adaptation.hamiltonian import first_state
from lightppl.kernels.adaptation.windows import SAMPLING
from lightppl.kernels.metric import as_dense, set_velocity
from lightppl.kernels.target import Target
from tests.kernels.random_metric import KINDS, random_metric
from tests.reference.nuts_transition_matrix import BranchingGenerator, anharmonic, slightly_wrong


def outcomes(potential, metric, q, p, step_size, num_steps):
    """Yield (q, p, U), where a transition from (q, p) ends, and with which probability."""
    target = Target(potential, np.zeros(0), np.zeros(0, np.int64), np.zeros(1))
    rng, options = BranchingGenerator(), hmc.Options(num_steps, 0.0, None)
    is_left = True
    while is_left:
        work = hmc.make_work(q, metric)
        z = hmc.point_at(work.points, hmc.SAMPLE)
        state = first_state(step_size)._replace(U=potential(z.q, z.grad))
        hmc.refresh_momentum = lambda _, metric, rng, momentum, v: _given(metric, p, momentum, v)
        state, _ = hmc.transition(target, work, options, state, rng, SAMPLING)
        yield (z.q.copy(), z.p.copy(), state.U), rng.probability
        is_left = rng.next_script()


def balance_error(potential, metric, q, p, step_size, num_steps):
    """Return how much flow there and flow back differ, and how far the way back misses."""
    true_energy = lambda q, p: (  # noqa: E731
        anharmonic(q, np.zeros(len(q))) + 0.5 * p @ as_dense(metric) @ p
    )
    given = potential, metric, q, p, step_size, num_steps
    (there, forward) = next((end, x) for end, x in outcomes(*given) if np.any(end[0] != q))
    turned = potential, metric, there[0], -there[1], step_size, num_steps
    (back, backward) = next((end, x) for end, x in outcomes(*turned) if np.any(end[0] != there[0]))
    H, H_there = true_energy(q, p), true_energy(there[0], there[1])
    scale = np.exp(-min(H, H_there))
    error = abs(np.exp(-H) * forward - np.exp(-H_there) * backward) / scale
    return float(error), float(np.abs(back[0] - q).max())


def _given(metric, p, momentum, v):
    momentum[:] = p
    set_velocity(metric, momentum, v)
    return 0.5 * (momentum @ v)


def main():
    """Print {case: balance error}, {case: error of the way back} and what faults cause."""
    errors, missed, faults = {}, {}, {}
    q, p = np.array([0.8, -0.3]), np.array([0.6, 1.1])
    for kind in KINDS:
        metric = random_metric(np.random.default_rng(5), 2, kind)
        for step_size, num_steps in ((0.2, 3), (0.5, 7), (0.9, 2)):
            name = f"{kind} {step_size} {num_steps}"
            errors[name], missed[name] = balance_error(
                anharmonic, metric, q, p, step_size, num_steps
            )
        faults[f"energy, {kind}"] = balance_error(slightly_wrong, metric, q, p, 0.5, 7)[0]
    right = hmc.metropolis_prob
    hmc.metropolis_prob = lambda delta_H: min(1.0, 1.001 * right(delta_H))
    metric = random_metric(np.random.default_rng(5), 2, "dense")
    faults["acceptance"] = balance_error(anharmonic, metric, q, p, 0.9, 2)[0]
    hmc.metropolis_prob = right
    json.dump({"errors": errors, "missed": missed, "faults": faults}, sys.stdout)


if __name__ == "__main__":
    main()
