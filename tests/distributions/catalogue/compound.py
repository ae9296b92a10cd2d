"""Rows of overdispersed, waiting, zero-inflated, hurdle, ordinal and multinomial families."""

import numpy as np
from mpmath import exp, log, log1p, loggamma, mpf
from scipy import stats
from scipy.special import gammaln

import lightppl.distributions as dist
from tests.distributions.catalogue.continuous import log_beta
from tests.distributions.catalogue.discrete import expit, log_choose, times_log
from tests.distributions.catalogue.row import Row


def negative_binomial(x, r, p):
    return loggamma(r + x) - loggamma(r) - loggamma(x + 1) + r * log(1 - p) + times_log(x, p)


def poisson(x, rate):
    return times_log(x, rate) - rate - loggamma(x + 1)


def inflated(x, gate, log_prob):
    return log((gate if x == 0 else 0) + (1 - gate) * exp(log_prob(x)))


def hurdle(x, gate, log_prob):
    return log(gate) if x == 0 else log(1 - gate) + log_prob(x) - log(1 - exp(log_prob(mpf(0))))


COUNTS = tuple(range(400))
OUTSIDE = [-1, 0.5, np.nan]

SCALAR = [
    Row(
        "DiscreteUniform",
        dist.DiscreteUniform,
        [({"low": -2, "high": 7}, [-2, 0, 7]), ({"low": 3, "high": 3}, [3])],
        lambda x, low, high: -log(high - low + 1),
        scipy=lambda low, high: stats.randint(low, high + 1),
        domain=tuple(range(-2, 8)),
        outside=[-3, 8, 0.5],
        invalid={"high": -5},
        discrete_params=("low", "high"),
        skip={"cdf": "the cdf is a step function"},
    ),
    Row(
        "GeometricProbs",
        lambda **params: dist.Geometric(**params),
        [
            ({"probs": 0.3}, [0, 1, 20]),
            ({"probs": 1e-8}, [0, 1, 10**8]),
            ({"probs": 1.0}, [0]),
        ],
        lambda x, probs: times_log(x, 1 - probs) + log(probs),
        scipy=lambda probs: stats.geom(probs, loc=-1),
        domain=COUNTS,
        outside=OUTSIDE,
        invalid={"probs": 1.5},
    ),
    Row(
        "GeometricLogits",
        dist.GeometricLogits,
        [
            ({"logits": 0.3}, [0, 1, 20]),
            ({"logits": -20.0}, [0, 1, 10**8]),
            ({"logits": 700.0}, [0, 3]),
        ],
        lambda x, logits: log(expit(logits)) - x * log1p(exp(logits)),
        scipy=lambda logits: stats.geom(float(expit(logits)), loc=-1),
        domain=COUNTS,
        outside=OUTSIDE,
        invalid={"logits": np.nan},
    ),
    Row(
        "BetaBinomial",
        dist.BetaBinomial,
        [
            ({"concentration1": 2.3, "concentration0": 1.7, "total_count": 10}, [0, 1, 9, 10]),
            ({"concentration1": 1e8, "concentration0": 3e8, "total_count": 10}, [0, 1, 9, 10]),
            ({"concentration1": 1e12, "concentration0": 5.0, "total_count": 50}, [0, 1, 49, 50]),
            ({"concentration1": 1e-8, "concentration0": 3e-8, "total_count": 10}, [0, 1, 9, 10]),
            ({"concentration1": 0.5, "concentration0": 0.5, "total_count": 10**6}, [0, 1, 10**6]),
        ],
        lambda x, concentration1, concentration0, total_count: (
            log_choose(total_count, x)
            + log_beta(x + concentration1, total_count - x + concentration0)
            - log_beta(concentration1, concentration0)
        ),
        scipy=lambda concentration1, concentration0, total_count: stats.betabinom(
            total_count, concentration1, concentration0
        ),
        domain=tuple(range(11)),
        outside=[-1, 11, 0.5],
        invalid={"concentration1": 0.0, "total_count": -1},
        discrete_params=("total_count",),
    ),
    Row(
        "GammaPoisson",
        dist.GammaPoisson,
        [
            ({"concentration": 2.3, "rate": 0.7}, [0, 1, 20]),
            ({"concentration": 1e10, "rate": 1e10}, [0, 1, 20]),
            ({"concentration": 1e-6, "rate": 1e-3}, [0, 1, 10**6]),
        ],
        lambda x, concentration, rate: negative_binomial(x, concentration, 1 / (1 + rate)),
        scipy=lambda concentration, rate: stats.nbinom(concentration, rate / (1 + rate)),
        domain=COUNTS,
        outside=OUTSIDE,
        invalid={"concentration": 0.0, "rate": -1.0},
    ),
    Row(
        "NegativeBinomialProbs",
        lambda **params: dist.NegativeBinomial(**params),
        [
            ({"total_count": 3.5, "probs": 0.4}, [0, 1, 20]),
            ({"total_count": 1e8, "probs": 1e-8}, [0, 1, 20]),
            ({"total_count": 1e-3, "probs": 1 - 1e-9}, [0, 1, 10**6]),
        ],
        lambda x, total_count, probs: negative_binomial(x, total_count, probs),
        scipy=lambda total_count, probs: stats.nbinom(total_count, 1 - probs),
        domain=COUNTS,
        outside=OUTSIDE,
        invalid={"total_count": 0.0, "probs": 1.5},
    ),
    Row(
        "NegativeBinomialLogits",
        dist.NegativeBinomialLogits,
        [
            ({"total_count": 3.5, "logits": -0.4}, [0, 1, 20]),
            ({"total_count": 1e8, "logits": -18.0}, [0, 1, 20]),
            ({"total_count": 1e-3, "logits": 20.0}, [0, 1, 10**6]),
        ],
        lambda x, total_count, logits: negative_binomial(x, total_count, expit(logits)),
        scipy=lambda total_count, logits: stats.nbinom(total_count, float(expit(-logits))),
        domain=COUNTS,
        outside=OUTSIDE,
        invalid={"logits": np.inf},
    ),
    Row(
        "NegativeBinomial2",
        dist.NegativeBinomial2,
        [
            ({"mean": 3.5, "concentration": 2.4}, [0, 1, 20]),
            ({"mean": 5.0, "concentration": 1e10}, [0, 1, 20]),
            ({"mean": 5.0, "concentration": 1e5}, [0, 1, 20]),
            ({"mean": 1e-9, "concentration": 1e-4}, [0, 1, 20]),
            ({"mean": 0.0, "concentration": 1.0}, [0]),
        ],
        lambda x, mean, concentration: negative_binomial(
            x, concentration, mean / (mean + concentration)
        ),
        scipy=lambda mean, concentration: stats.nbinom(
            concentration, concentration / (mean + concentration)
        ),
        domain=COUNTS,
        outside=OUTSIDE,
        invalid={"mean": -1.0, "concentration": 0.0},
    ),
    Row(
        "BetaNegativeBinomial",
        dist.BetaNegativeBinomial,
        [
            ({"concentration1": 1.7, "concentration0": 6.3, "n": 3.0}, [0, 1, 20]),
            ({"concentration1": 1e5, "concentration0": 1e6, "n": 3.0}, [0, 1, 20]),
            ({"concentration1": 5.0, "concentration0": 0.01, "n": 0.1}, [0, 1, 10**6]),
        ],
        lambda x, concentration1, concentration0, n: (
            loggamma(n + x)
            - loggamma(x + 1)
            - loggamma(n)
            + log_beta(concentration1 + x, concentration0 + n)
            - log_beta(concentration1, concentration0)
        ),
        scipy=lambda concentration1, concentration0, n: stats.betanbinom(
            n, concentration0, concentration1
        ),
        domain=tuple(range(20000)),
        outside=OUTSIDE,
        invalid={"concentration1": 0.0, "n": -1.0},
    ),
    Row(
        "OrderedLogistic",
        dist.OrderedLogistic,
        [
            ({"predictor": 0.3, "cutpoints": np.array([-1.0, 0.2, 1.5])}, [0, 1, 2, 3]),
            ({"predictor": 0.0, "cutpoints": np.array([-600.0, -599.0, 500.0])}, [0, 1, 2, 3]),
            ({"predictor": 1.0, "cutpoints": np.array([0.0, 1e-9])}, [0, 1, 2]),
            ({"predictor": 50.0, "cutpoints": np.array([0.0])}, [0, 1]),
        ],
        lambda x, predictor, cutpoints: ordered(int(x), predictor, cutpoints),
        exact=False,
        domain=tuple(range(4)),
        outside=[-1, 4, 0.5],
        invalid={"cutpoints": np.array([1.0, 0.0])},
        event_dims={"cutpoints": 1},
        skip={"moments": "categories have no mean"},
    ),
    Row(
        "ZeroInflatedPoisson",
        dist.ZeroInflatedPoisson,
        [
            ({"gate": 0.3, "rate": 2.5}, [0, 1, 20]),
            ({"gate": 1e-10, "rate": 1e-5}, [0, 1, 20]),
            ({"gate": 1 - 1e-10, "rate": 1e4}, [0, 9000, 10000]),
        ],
        lambda x, gate, rate: inflated(x, gate, lambda k: poisson(k, rate)),
        domain=COUNTS,
        outside=OUTSIDE,
        invalid={"gate": 1.1, "rate": -1.0},
    ),
    Row(
        "ZeroInflatedNegativeBinomial2(logits)",
        dist.ZeroInflatedNegativeBinomial2,
        [
            ({"mean": 2.5, "concentration": 1.5, "gate_logits": 0.4}, [0, 1, 20]),
            ({"mean": 2.5, "concentration": 1e8, "gate_logits": -40.0}, [0, 1, 20]),
        ],
        lambda x, mean, concentration, gate_logits: inflated(
            x,
            expit(gate_logits),
            lambda k: negative_binomial(k, concentration, mean / (mean + concentration)),
        ),
        domain=COUNTS,
        outside=OUTSIDE,
        invalid={"gate_logits": np.nan, "mean": -1.0},
    ),
    Row(
        "HurdlePoisson",
        dist.HurdlePoisson,
        [
            ({"gate": 0.3, "rate": 2.5}, [0, 1, 20]),
            ({"gate": 1e-10, "rate": 1e-5}, [0, 1, 20]),
            ({"gate": 1 - 1e-10, "rate": 1e4}, [0, 9000, 10000]),
        ],
        lambda x, gate, rate: hurdle(x, gate, lambda k: poisson(k, rate)),
        domain=COUNTS,
        outside=OUTSIDE,
        invalid={"gate": 1.1, "rate": -1.0},
    ),
    Row(
        "HurdleNegativeBinomial2",
        dist.HurdleNegativeBinomial2,
        [
            ({"gate": 0.3, "mean": 2.5, "concentration": 1.5}, [0, 1, 20]),
            ({"gate": 0.3, "mean": 1e-6, "concentration": 1e8}, [0, 1, 3]),
        ],
        lambda x, gate, mean, concentration: hurdle(
            x, gate, lambda k: negative_binomial(k, concentration, mean / (mean + concentration))
        ),
        domain=COUNTS,
        outside=OUTSIDE,
        invalid={"gate": -0.1, "mean": -1.0},
    ),
    Row(
        "HurdleLogits(Binomial)",
        lambda gate_logits, probs, validate_args=None: dist.HurdleDistribution(
            dist.Binomial(5, probs=probs, validate_args=validate_args), gate_logits=gate_logits
        ),
        [({"gate_logits": 0.3, "probs": 0.4}, [0, 1, 5])],
        lambda x, gate_logits, probs: hurdle(
            x,
            expit(gate_logits),
            lambda k: log_choose(mpf(5), k) + k * log(probs) + (5 - k) * log(1 - probs),
        ),
        domain=tuple(range(6)),
        outside=[-1, 6, 0.5],
    ),
]


def ordered(k, predictor, cutpoints):
    cuts = [-mpf("inf")] + [mpf(c) for c in cutpoints] + [mpf("inf")]
    ends = [1 / (1 + exp(mpf(predictor) - c)) for c in cuts]
    return log(ends[k + 1] - ends[k])


def arrangements(x):
    return gammaln(x.sum() + 1.0) - gammaln(x + 1.0).sum()


P = np.array([0.2, 0.3, 0.5])
A = np.array([1.5, 2.0, 0.7])
COUNT_POINTS = [np.array([2, 3, 5]), np.array([10, 0, 0]), np.array([0, 1, 9])]


def binned(cdf_of, size):
    """Return a functional that smooths the first count by a uniform, and its cdf."""
    noise = np.random.default_rng(0)

    def cdf(u):
        k = np.floor(u)
        return cdf_of(k - 1) + (u - k) * (cdf_of(k) - cdf_of(k - 1))

    return (lambda x: x[:, 0] + noise.random(len(x)), cdf)


VECTOR = [
    Row(
        "MultinomialProbs",
        lambda **params: dist.Multinomial(**params),
        [
            ({"probs": P, "total_count": 10}, COUNT_POINTS),
            ({"probs": np.array([1e-300, 0.0, 1.0]), "total_count": 10}, [np.array([0, 0, 10])]),
        ],
        lambda x, probs, total_count: (
            arrangements(x) + sum(k * np.log(p) for k, p in zip(x, probs) if k)
        ),
        exact=False,
        outside=[np.array([1, 2, 3]), np.array([-1, 5, 6]), np.array([0.5, 0.5, 9.0])],
        invalid={"probs": np.array([0.5, 0.6, 0.1])},
        event_dims={"probs": 1},
        discrete_params=("total_count",),
        functionals={"first": binned(stats.binom(10, 0.2).cdf, 10)},
    ),
    Row(
        "MultinomialLogits",
        dist.MultinomialLogits,
        [
            ({"logits": np.log(P) + 3.0, "total_count": 10}, COUNT_POINTS),
            ({"logits": np.array([-600.0, 0.0, 500.0]), "total_count": 10}, COUNT_POINTS),
        ],
        lambda x, logits, total_count: arrangements(x) + x @ (logits - np.logaddexp.reduce(logits)),
        exact=False,
        outside=[np.array([1, 2, 3]), np.array([-1, 5, 6])],
        invalid={"logits": np.array([0.5, np.nan, 0.1])},
        event_dims={"logits": 1},
        discrete_params=("total_count",),
        functionals={"first": binned(stats.binom(10, 0.2).cdf, 10)},
    ),
    Row(
        "DirichletMultinomial",
        dist.DirichletMultinomial,
        [
            ({"concentration": A, "total_count": 10}, COUNT_POINTS),
            ({"concentration": np.array([1e7, 2e7, 3e7]), "total_count": 10}, COUNT_POINTS),
            ({"concentration": np.array([1e-5, 1e-5, 1.0]), "total_count": 10}, COUNT_POINTS),
        ],
        lambda x, concentration, total_count: float(dirichlet_multinomial(x, concentration)),
        exact=False,
        outside=[np.array([1, 2, 3]), np.array([-1, 5, 6])],
        invalid={"concentration": np.array([0.5, 0.0, 0.1])},
        event_dims={"concentration": 1},
        discrete_params=("total_count",),
        functionals={"first": binned(stats.betabinom(10, 1.5, 2.7).cdf, 10)},
    ),
    Row(
        "OneHotCategorical",
        dist.OneHotCategorical,
        [
            ({"probs": P}, [np.array([1, 0, 0]), np.array([0, 0, 1])]),
            ({"probs": np.array([1e-300, 0.0, 1.0])}, [np.array([1, 0, 0]), np.array([0, 0, 1])]),
        ],
        lambda x, probs: np.log(probs[np.argmax(x)]),
        exact=False,
        outside=[np.array([1, 1, 0]), np.array([0, 0, 0]), np.array([0.5, 0.5, 0.0])],
        invalid={"probs": np.array([0.5, 0.6, 0.1])},
        event_dims={"probs": 1},
        functionals={"first": binned(stats.bernoulli(0.2).cdf, 2)},
        skip={"enumeration": "values are vectors"},
    ),
]


def dirichlet_multinomial(x, concentration):
    a = [mpf(v) for v in concentration]
    n = [mpf(int(v)) for v in x]
    result = loggamma(sum(a)) + loggamma(sum(n) + 1) - loggamma(sum(n) + sum(a))
    return result + sum(loggamma(k + c) - loggamma(c) - loggamma(k + 1) for k, c in zip(n, a))
