"""Rows of counts and categories."""

import numpy as np
from mpmath import exp, log, loggamma, mpf
from scipy import stats

import lightppl.distributions as dist
from tests.distributions.catalogue.row import Row


def times_log(a, b):
    return a * log(b) if a else mpf(0)


def log_choose(n, k):
    return loggamma(n + 1) - loggamma(k + 1) - loggamma(n - k + 1)


def bernoulli(x, probs):
    return log(probs) if x == 1 else log(1 - probs)


def binomial(x, probs, total_count):
    return log_choose(total_count, x) + times_log(x, probs) + times_log(total_count - x, 1 - probs)


def expit(x):
    return 1 / (1 + exp(-x))


ROWS = [
    Row(
        "BernoulliProbs",
        dist.Bernoulli,
        [({"probs": 0.3}, [0, 1]), ({"probs": 1e-12}, [0, 1]), ({"probs": 1 - 1e-12}, [0, 1])],
        bernoulli,
        scipy=lambda probs: stats.bernoulli(probs),
        domain=tuple(range(2)),
        outside=[-1, 2, 0.5],
        invalid={"probs": 1.5},
    ),
    Row(
        "BernoulliLogits",
        dist.BernoulliLogits,
        [({"logits": 0.3}, [0, 1]), ({"logits": -700.0}, [0, 1]), ({"logits": 1e4}, [0, 1])],
        lambda x, logits: (logits * x) - log(1 + exp(logits)),
        scipy=lambda logits: stats.bernoulli(1 / (1 + np.exp(-logits))),
        domain=tuple(range(2)),
        outside=[-1, 2, 0.5],
        invalid={"logits": np.nan},
    ),
    Row(
        "BinomialProbs",
        dist.BinomialProbs,
        [
            ({"probs": 0.3, "total_count": 10}, [0, 1, 9, 10]),
            ({"probs": 1e-6, "total_count": 100000}, [0, 1, 50000, 100000]),
            ({"probs": 1e-6, "total_count": 10**6}, [0, 1, 5]),
            ({"probs": 0.5, "total_count": 0}, [0]),
        ],
        binomial,
        scipy=lambda probs, total_count: stats.binom(total_count, probs),
        domain=tuple(range(11)),
        outside=[-1, 11, 0.5],
        invalid={"probs": -0.1, "total_count": -1},
        discrete_params=("total_count",),
    ),
    Row(
        "BinomialLogits",
        lambda **params: dist.Binomial(**params),
        [
            ({"logits": 0.3, "total_count": 10}, [0, 1, 9, 10]),
            ({"logits": -40.0, "total_count": 1000}, [0, 1, 500, 1000]),
            ({"logits": 40.0, "total_count": 1000}, [0, 1, 500, 1000]),
        ],
        lambda x, logits, total_count: binomial(x, expit(logits), total_count),
        scipy=lambda logits, total_count: stats.binom(total_count, 1 / (1 + np.exp(-logits))),
        domain=tuple(range(11)),
        outside=[-1, 11, 0.5],
        invalid={"logits": np.inf},
        discrete_params=("total_count",),
    ),
    Row(
        "Poisson",
        dist.Poisson,
        [
            ({"rate": 3.2}, [0, 1, 5, 30]),
            ({"rate": 1e-10}, [0, 1, 5]),
            ({"rate": 1e4}, [0, 9900, 10000, 20000]),
        ],
        lambda x, rate: x * log(rate) - rate - loggamma(x + 1),
        scipy=lambda rate: stats.poisson(rate),
        domain=tuple(range(60)),
        outside=[-1, 0.5, np.nan],
        invalid={"rate": -1.0},
    ),
    Row(
        "CategoricalProbs",
        dist.CategoricalProbs,
        [
            ({"probs": np.array([0.1, 0.3, 0.6])}, [0, 1, 2]),
            ({"probs": np.array([1e-300, 1.0 - 1e-12, 1e-12])}, [0, 1, 2]),
        ],
        lambda x, probs: np.log(probs[x]),
        exact=False,
        domain=tuple(range(3)),
        outside=[-1, 3, 0.5],
        invalid={"probs": np.array([0.5, 0.6])},
        event_dims={"probs": 1},
        skip={"moments": "categories have no mean"},
    ),
    Row(
        "CategoricalLogits",
        lambda **params: dist.Categorical(**params),
        [
            ({"logits": np.array([0.1, -0.3, 0.6])}, [0, 1, 2]),
            ({"logits": np.array([-800.0, 0.0, 900.0])}, [0, 1, 2]),
        ],
        lambda x, logits: logits[x] - np.logaddexp.reduce(logits),
        exact=False,
        domain=tuple(range(3)),
        outside=[-1, 3, 0.5],
        invalid={"logits": np.array([0.5, np.nan])},
        event_dims={"logits": 1},
        skip={"moments": "categories have no mean"},
    ),
]
