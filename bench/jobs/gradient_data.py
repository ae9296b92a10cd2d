"""Simulated data of the ten models of `gradient.py`: one npz file a model, read by every library.

The arrays of a file are the arguments of the model, by name and in this order.
"""

import numpy as np
from data import SCHOOL_EFFECT, SCHOOL_ERROR


def simulate(name):
    """Return the arguments of a model, a dict of arrays; the same at every call."""
    return _SIMULATORS[name](np.random.default_rng(20))


def load(path):
    """Return what `simulate` returned when it was saved with ``numpy.savez``."""
    with np.load(path) as stored:
        return {name: stored[name] for name in stored.files}


def _eight_schools(rng):
    return {"error": SCHOOL_ERROR, "effect": SCHOOL_EFFECT}


def _linear(rng):
    X = rng.standard_normal((1000, 5))
    return {"X": X, "y": X @ rng.standard_normal(5) + 0.7 * rng.standard_normal(1000)}


def _logistic(rng):
    X = rng.standard_normal((10_000, 50))
    return {"X": X, "y": _bernoulli(rng, X @ (0.3 * rng.standard_normal(50)))}


def _poisson(rng):
    X = rng.standard_normal((100_000, 10))
    offset = np.log(rng.uniform(0.5, 4.0, 100_000))
    mean = np.exp(X @ (0.2 * rng.standard_normal(10)) + offset)
    return {"X": X, "offset": offset, "y": rng.poisson(mean)}


def _hierarchical(rng):
    group = rng.integers(0, 1000, 100_000)
    group[:1000] = np.arange(1000)
    x = rng.standard_normal(100_000)
    eta = (0.3 + 0.8 * rng.standard_normal(1000))[group] - 0.5 * x
    return {"group": group, "x": x, "y": _bernoulli(rng, eta)}


def _gaussian_process(rng):
    x = np.sort(rng.uniform(0, 10, 200))
    squared_distance = (x[:, None] - x) ** 2
    return {"squared_distance": squared_distance, "y": np.sin(x) + 0.3 * rng.standard_normal(200)}


def _garch(rng):
    y, variance = np.empty(500), 0.5
    for t in range(500):
        y[t] = 0.1 + np.sqrt(variance) * rng.standard_normal()
        variance = 0.1 + 0.2 * (y[t] - 0.1) ** 2 + 0.6 * variance
    return {"y": y}


def _hidden_markov(rng):
    state, y = 0, np.empty(1000)
    for t in range(1000):
        state = state if rng.random() < 0.9 else rng.integers(0, 4)
        y[t] = 2.0 * state - 3.0 + 0.8 * rng.standard_normal()
    return {"y": y}


def _mixture(rng):
    part = rng.choice(5, size=10_000, p=[0.1, 0.3, 0.2, 0.25, 0.15])
    return {"y": 2.5 * part - 5.0 + (0.5 + 0.1 * part) * rng.standard_normal(10_000)}


def _item_response(rng):
    ability, difficulty = rng.standard_normal((500, 1)), rng.standard_normal(50)
    return {"y": _bernoulli(rng, np.exp(0.3 * rng.standard_normal(50)) * (ability - difficulty))}


def _bernoulli(rng, eta):
    return (rng.random(eta.shape) < 1 / (1 + np.exp(-eta))).astype(np.int64)


_SIMULATORS = {
    "eight schools": _eight_schools,
    "linear 10^3 x 5": _linear,
    "logistic 10^4 x 50": _logistic,
    "Poisson 10^5 x 10": _poisson,
    "hierarchical 10^5": _hierarchical,
    "GP 200": _gaussian_process,
    "GARCH 500": _garch,
    "HMM 4 x 1000": _hidden_markov,
    "mixture 5 x 10^4": _mixture,
    "IRT 500 x 50": _item_response,
}

NAMES = tuple(_SIMULATORS)
"""The ten models, in the order of the table."""
