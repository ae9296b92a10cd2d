"""Simulated data of the forms of `forms.py`: one npz file a form, read by every library.

The arrays of a file are the arguments of the model, by name and in this order.
"""

import numpy as np
from gradient_data import simulate as simulate_model


def simulate(name):
    """Return the arguments of a form, a dict of arrays; the same at every call."""
    made = _SIMULATORS[name]
    return simulate_model(made) if isinstance(made, str) else made(np.random.default_rng(21))


def _sorted_groups(rng):
    data = simulate_model("hierarchical 10^5")
    order = np.argsort(data["group"], kind="stable")
    return {name: x[order] for name, x in data.items()}


def _varying_slopes(rng):
    group = rng.integers(0, 200, 20_000)
    X = np.column_stack([np.ones(20_000), rng.standard_normal((20_000, 2))])
    beta = rng.standard_normal((200, 3)) * [1.0, 0.5, 0.3]
    noise = 0.6 * rng.standard_normal(20_000)
    return {"group": group, "X": X, "y": np.sum(X * beta[group], axis=1) + noise}


def _ordered_logistic(rng):
    X = rng.standard_normal((10_000, 5))
    latent = X @ (0.5 * rng.standard_normal(5)) + rng.logistic(size=10_000)
    return {"X": X, "y": np.searchsorted([-2.0, -0.5, 0.7, 2.0], latent)}


def _hidden_markov(K):
    def make(rng):
        state, y = 0, np.empty(1000)
        for t in range(1000):
            state = state if rng.random() < 0.9 else rng.integers(0, K)
            y[t] = 12.0 * state / K - 6.0 + 0.8 * rng.standard_normal()
        return {"y": y}

    return make


def _item_response(is_sorted):
    def make(rng):
        y = simulate_model("IRT 500 x 50")["y"]
        person, item = np.indices(y.shape).reshape(2, -1)
        order = np.arange(y.size) if is_sorted else rng.permutation(y.size)
        return {"person": person[order], "item": item[order], "y": y.ravel()[order]}

    return make


_SIMULATORS = {
    "eight schools, Python loop": "eight schools",
    "linear, factor": "linear 10^3 x 5",
    "linear, loop over columns": "linear 10^3 x 5",
    "logistic, einsum": "logistic 10^4 x 50",
    "Poisson, factor": "Poisson 10^5 x 10",
    "hierarchical, sorted rows": _sorted_groups,
    "hierarchical, factor": "hierarchical 10^5",
    "varying slopes, einsum": _varying_slopes,
    "ordered logistic": _ordered_logistic,
    "GP, factor": "GP 200",
    "GARCH, sum in the carry": "GARCH 500",
    "HMM 2, logsumexp": _hidden_markov(2),
    "HMM 4, logsumexp": _hidden_markov(4),
    "HMM 16, logsumexp": _hidden_markov(16),
    "mixture, logsumexp": "mixture 5 x 10^4",
    "IRT long, sorted rows": _item_response(is_sorted=True),
    "IRT long, random rows": _item_response(is_sorted=False),
}

NAMES = tuple(_SIMULATORS)
"""The forms, in the order of the table."""
