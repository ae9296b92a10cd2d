"""The exact transition matrix of the update of a subsample's indices, with no Monte Carlo.

The real kernel runs as plain Python with a generator that gives out each sequence of choices in
turn; the number that accepts or rejects is small, and then large, so that both branches are seen.

Run as a program it prints errors of detailed balance, without and with planted faults.
"""

import itertools
import json
import sys
from typing import NamedTuple

import numpy as np

from lightppl.kernels import subsampled
from lightppl.kernels.adaptation.hamiltonian import first_state
from lightppl.kernels.target import Target

Q = np.array([0.3, -0.8])


class Work(NamedTuple):
    points: np.ndarray
    plates: np.ndarray
    held_before: np.ndarray
    new_grad: np.ndarray


class Options(NamedTuple):
    num_blocks: int


class Script:
    """Gives numbers of a list, as a generator's uniforms."""

    def __init__(self, numbers):
        self.numbers = list(numbers)

    def random(self):
        return self.numbers.pop(0)


def potential(q, grad, float_data, int_data, workspace):
    """Some energy of a position and four indices, with its gradient."""
    u = workspace[:4]
    slope = np.array([np.sum(np.sin(1.0 + u)), u[0] - 0.3 * u[1] * u[3]])
    grad[:] = slope + 2.0 * q * (1.0 + u[2])
    return slope @ q + (1.0 + u[2]) * (q @ q) - 0.2 * u[0] * u[2]


def energy(held):
    return potential(Q, np.zeros(2), None, None, held)


def update(held, plates, num_blocks, numbers):
    """Return what is held after an update, and the probability that was reported."""
    H = len(held)
    work = Work(np.zeros((1, 8)), *subsampled.make_arrays(plates, H, 2))
    work.points[0, :2] = Q
    target = Target(potential, np.zeros(0), np.zeros(0, np.int64), np.array([*held, 7.0]))
    U = potential(Q, work.points[0, 6:], None, None, target.workspace)
    state, script = first_state(1.0)._replace(U=U), Script(numbers)
    state, (accept_prob,) = subsampled.update_indices(
        target, work, Options(num_blocks), state, script
    )
    grad = np.zeros(2)
    assert not script.numbers and target.workspace[H] == 7.0
    assert state.U == potential(Q, grad, None, None, target.workspace)
    assert np.array_equal(work.points[0, 6:], grad)
    return tuple(target.workspace[:H]), accept_prob


def scripts(plates, num_blocks):
    """Yield the uniforms of each proposal, equally probable for one choice of blocks, and that."""
    blocks = [(k + 0.5) / num_blocks for k in range(num_blocks)]
    for chosen in itertools.product(blocks, repeat=len(plates)):
        parts = []
        for u, (size, _, count) in zip(chosen, plates):
            k = int(u * num_blocks)
            length = (k + 1) * count // num_blocks - k * count // num_blocks
            drawn = [[(i + 0.5) / size for i in range(size)]] * length
            parts.append([(u, *x) for x in itertools.product(*drawn)])
        found = [sum(x, ()) for x in itertools.product(*parts)]
        for numbers in found:
            yield numbers, 1.0 / (len(found) * len(blocks) ** len(plates))


def balance_error(plates, num_blocks):
    """Return the largest difference of flow there and back, and whether all states are reached."""
    sizes = [size for size, _, count in plates for _ in range(count)]
    states = list(itertools.product(*(map(float, range(size)) for size in sizes)))
    index = {state: k for k, state in enumerate(states)}
    P = np.zeros((len(states), len(states)))
    for state in states:
        for numbers, probability in scripts(plates, num_blocks):
            end, accept_prob = update(state, plates, num_blocks, (*numbers, 0.0))
            kept, _ = update(state, plates, num_blocks, (*numbers, 1.0))
            P[index[state], index[end]] += probability * accept_prob
            P[index[state], index[kept]] += probability * (1.0 - accept_prob)
    weights = np.exp([-energy(np.array(state)) for state in states])
    flow = weights[:, None] / weights.sum() * P
    is_connected = bool(np.all(np.linalg.matrix_power(P, 16) > 0.0))
    return float(np.abs(flow - flow.T).max()), float(np.abs(P.sum(axis=1) - 1).max()), is_connected


CASES = {
    "one plate, one block": ([(3, 0, 4)], 1),
    "one plate, three blocks": ([(3, 0, 4)], 3),
    "one plate, as many blocks as indices": ([(3, 0, 4)], 4),
    "two plates": ([(2, 0, 1), (3, 1, 3)], 1),
}


def main():
    """Print errors by case, and those that faults cause."""
    found = {name: balance_error(*case) for name, case in CASES.items()}
    faults, right = {}, subsampled.metropolis_prob
    for name, wrong in (
        ("sign", lambda delta: right(-delta)),
        ("a little", lambda delta: right(1.001 * delta)),
    ):
        subsampled.metropolis_prob = wrong
        faults[name] = balance_error(*CASES["one plate, three blocks"])[0]
    json.dump({"found": found, "faults": faults}, sys.stdout)


if __name__ == "__main__":
    main()
