"""Updates of discrete elements in plain Python: slow twins of the kernels that make them."""

import math

import numpy as np

from tests.reference.leapfrog import leapfrog


def proposal(weights, current, modified, u):
    """Return which value is proposed given weights of all, and its acceptance ratio (Liu, 1996)."""
    p = np.array(weights) / np.sum(weights)
    allowed = [k for k in range(len(p)) if not (modified and k == current)]
    total, rest = sum(p[k] for k in allowed), u
    if total == 0.0:
        return current, 1.0
    for k in allowed:
        rest -= p[k] / total
        if p[k] > 0 and rest < 0:
            break
    return k, (1 - p[current]) / (1 - p[k]) if modified else 1.0


def uniform_proposal(count, current, modified, u):
    """Return which of the values the random walk proposes."""
    others = [k for k in range(count) if not (modified and k == current)]
    return others[int(u * len(others))] if others else current


def shuffled(count, rng):
    """Return a random order (Fisher and Yates)."""
    order = list(range(count))
    for k in range(count - 1, 0, -1):
        other = int(rng.random() * (k + 1))
        order[k], order[other] = order[other], order[k]
    return order


def sweep(energy, held, groups, values, random_walk, modified, rng):
    """Update each element once, in place; ``energy(held)`` is that of everything.

    Elements of a group draw their numbers one kind after another, because kernels evaluate the
    energies of all of them at once.
    """
    for b in shuffled(len(groups), rng):
        group = groups[b]
        states = [(e, values[e].tolist().index(held[e])) for e in group]
        if random_walk:
            chosen = [
                uniform_proposal(len(values[e]), current, modified, rng.random())
                for e, current in states
            ]
            for (e, current), k in zip(states, chosen):
                ratio = math.exp(_energy_at(energy, held, e, values[e][current]) - _energy_at(
                    energy, held, e, values[e][k]
                ))
                if rng.random() < ratio:
                    held[e] = values[e][k]
            continue
        for e, current in states:
            energies = np.array([_energy_at(energy, held, e, x) for x in values[e]])
            k, ratio = proposal(np.exp(min(energies) - energies), current, modified, rng.random())
            if ratio >= 1 or rng.random() < ratio:
                held[e] = values[e][k]


def _energy_at(energy, held, e, value):
    changed = held.copy()
    changed[e] = value
    return energy(changed)


def mixed_transition(q, p, held, energy, gradient, elements, values, step_size, time, count, rng):
    """Return (q, held, accept_prob) of one transition of mixed HMC with a unit metric.

    The discrete proposals are draws from the conditional distribution, in `elements`' order of the
    kernel; ``energy(q, held)`` is that of everything.
    """
    E = len(elements)
    order, gaps = shuffled(E, rng), np.zeros(E)
    for k in range(E):
        gaps[k] = -math.log1p(-rng.random())
        rng.random()  # a kinetic energy, which a draw from the conditional does not need
    lags = [gaps[k % E] * (0.5 if k in (0, count) else 1.0) for k in range(count + 1)]
    lags = np.array(lags) * time / sum(lags)
    new_q, new_p, new_held = q.copy(), p.copy(), held.copy()
    error, kinetic = 0.0, lambda p: 0.5 * p @ p
    for k, lag in enumerate(lags):
        num_steps, before = math.ceil(lag / step_size), energy(new_q, new_held) + kinetic(new_p)
        for _ in range(num_steps):
            new_q, new_p = leapfrog(
                new_q, new_p, lambda x: gradient(x, new_held), np.eye(len(q)), lag / num_steps
            )
        error += energy(new_q, new_held) + kinetic(new_p) - before
        if k < count:
            e = elements[order[k % E]]
            energies = np.array(
                [_energy_at(lambda h: energy(new_q, h), new_held, e, x) for x in values[e]]
            )
            chosen, _ = proposal(np.exp(min(energies) - energies), None, False, rng.random())
            new_held[e] = values[e][chosen]
    accept_prob = min(1.0, math.exp(-error))
    return (*((new_q, new_held) if rng.random() < accept_prob else (q, held)), accept_prob)
