"""One transition of AIES and of ESS in plain NumPy: the slow twins of `lightppl.kernels`.

They take their random numbers from a generator in the order in which the kernels do.  A *fault* is
a rule that is wrong on purpose.
"""

import numpy as np


def permuted(order, rng):
    """Return an order shuffled from its end."""
    order = list(order)
    for last in reversed(range(1, len(order))):
        other = int(rng.random() * (last + 1))
        order[last], order[other] = order[other], order[last]
    return order


def chosen(moves, rng):
    """Return one of [(move, probability)], by its place on the unit interval."""
    if len(moves) == 1:
        return moves[0][0]
    ends = np.cumsum([probability for _, probability in moves])
    return moves[int(np.searchsorted(ends, rng.random(), side="right"))][0]


def pair(others, rng):
    """Return two different ones."""
    first = int(rng.random() * len(others))
    second = int(rng.random() * (len(others) - 1))
    second = second + 1 if second >= first else second
    return others[first], others[second]


def halves(order):
    """Yield (those that move, those that stand still), for both halves."""
    one, other = order[: len(order) // 2], order[len(order) // 2 :]
    yield one, other
    yield other, one


def aies_transition(q, energy, moves, rng, order, must_shuffle, fault=None):
    """Return (positions, acceptance probabilities, order) of Goodman and Weare's ensemble.

    Parameters
    ----------
    q : (K, D)
    energy : callable
    moves : list of (("stretch", a) or ("difference", g0, sigma), probability)
    rng : Generator
    order : list of int
    must_shuffle : bool
    fault : {"volume", "lenient"}, optional
        The power of the stretch is D, or a rise of the energy counts a fifth less.
    """
    q, (K, D) = q.copy(), q.shape
    accept_probs = np.zeros(K)
    order = permuted(order, rng) if must_shuffle else order
    for active, others in halves(order):
        name, *numbers = chosen(moves, rng)
        for k in active:
            if name == "stretch":
                (a,) = numbers
                center = q[others[int(rng.random() * len(others))]]
                z = ((a - 1.0) * rng.random() + 1.0) ** 2 / a
                proposal = center + z * (q[k] - center)
                power = D if fault == "volume" else D - 1
                weight = z**power
            else:
                g0, sigma = numbers
                i, j = pair(others, rng)
                gamma = (g0 or 2.38 / np.sqrt(2 * D)) * (1.0 + sigma * rng.standard_normal())
                proposal, weight = q[k] + gamma * (q[i] - q[j]), 1.0
            rise = energy(proposal) - energy(q[k])
            ratio = weight * np.exp(-(0.8 * rise if fault == "lenient" else rise))
            accept_probs[k] = min(1.0, ratio)
            if rng.random() < accept_probs[k]:
                q[k] = proposal
    return q, accept_probs, order


def ess_transition(q, energy, moves, mu, rng, order, max_steps=10_000, fault=None):
    """Return (positions, expansions, contractions, order) of ensemble slice sampling.

    Parameters
    ----------
    q : (K, D)
    energy : callable
    moves : list of ((name, bandwidth or None), probability)
    mu : float
    rng : Generator
    order : list of int
    max_steps : int
    fault : {"height"}, optional
        Slices are a little too high.
    """
    q, (_, D) = q.copy(), q.shape
    num_expansions = num_contractions = 0
    order = permuted(order, rng)
    for active, others in halves(order):
        name, width = chosen(moves, rng)
        still = q[others]
        if name in ("gaussian", "kde"):
            root = np.linalg.cholesky(np.cov(still.T).reshape(D, D))
        for k in active:
            if name == "random":
                normals = rng.standard_normal(D)
                direction = normals / np.linalg.norm(normals)
            elif name == "gaussian":
                direction = root @ rng.standard_normal(D)
            elif name == "differential":
                i, j = pair(others, rng)
                direction = q[i] - q[j]
            else:
                noise = root @ rng.standard_normal(D)
                i, j = (others[int(rng.random() * len(others))] for _ in range(2))
                direction = q[i] - q[j] + np.sqrt(2) * bandwidth(width, len(others), D) * noise
            direction = 2 * mu * direction
            excess = -np.log(1.0 - rng.random())
            most = energy(q[k]) + (0.8 * excess if fault == "height" else excess)

            def is_inside(t, x=q[k], direction=direction, most=most):
                return energy(x + t * direction) <= most

            left = -rng.random()
            right = left + 1.0
            to_left = int(rng.random() * max_steps)
            to_right = max_steps - 1 - to_left
            while to_left and is_inside(left):
                left, to_left, num_expansions = left - 1, to_left - 1, num_expansions + 1
            while to_right and is_inside(right):
                right, to_right, num_expansions = right + 1, to_right - 1, num_expansions + 1
            while not is_inside(t := left + rng.random() * (right - left)):
                left, right = (t, right) if t < 0 else (left, t)
                num_contractions += 1
            q[k] = q[k] + t * direction
    return q, num_expansions, num_contractions, order


def bandwidth(width, num_walkers, size):
    """Return the bandwidth that a rule means."""
    if width == "scott":
        return num_walkers ** (-1 / (size + 4))
    if width == "silverman":
        return (num_walkers * (size + 2) / 4) ** (-1 / (size + 4))
    return width
