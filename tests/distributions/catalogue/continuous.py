"""Rows of the continuous univariate families: formulas from the definitions, in 40 digits."""

import numpy as np
from mpmath import log, loggamma, pi
from scipy import stats

import lightppl.distributions as dist
from tests.distributions.catalogue.row import Row

INF = np.inf


def log_beta(a, b):
    return loggamma(a) + loggamma(b) - loggamma(a + b)


def normal(x, loc, scale):
    return -(((x - loc) / scale) ** 2) / 2 - log(scale) - log(2 * pi) / 2


LOC_SCALE = [
    ({"loc": 0.7, "scale": 1.3}, [-3.0, 0.0, 0.7, 2.5]),
    ({"loc": 0.0, "scale": 1e-8}, [0.0, 1e-9, -3e-8, 1.0]),
    ({"loc": -1e6, "scale": 1e8}, [0.0, 1e9, -1e9]),
    ({"loc": 0.0, "scale": 1.0}, [1e-300, 40.0, -1e5, 1e100]),
]

REAL_LINE = [
    Row(
        "Normal",
        dist.Normal,
        LOC_SCALE,
        normal,
        scipy=lambda loc, scale: stats.norm(loc, scale),
        domain=(-INF, 0.7, INF),
        outside=[np.nan, INF],
        invalid={"scale": -1.0, "loc": np.nan},
    ),
    Row(
        "Cauchy",
        dist.Cauchy,
        LOC_SCALE,
        lambda x, loc, scale: -log(pi * scale * (1 + ((x - loc) / scale) ** 2)),
        scipy=lambda loc, scale: stats.cauchy(loc, scale),
        domain=(-INF, 0.7, INF),
        outside=[np.nan, -INF],
        invalid={"scale": 0.0},
    ),
    Row(
        "Laplace",
        dist.Laplace,
        LOC_SCALE,
        lambda x, loc, scale: -abs(x - loc) / scale - log(2 * scale),
        scipy=lambda loc, scale: stats.laplace(loc, scale),
        domain=(-INF, 0.7, INF),
        outside=[np.nan],
        invalid={"scale": -1.0},
    ),
    Row(
        "StudentT",
        dist.StudentT,
        [
            ({"df": 5.5, "loc": 0.7, "scale": 1.3}, [-3.0, 0.0, 0.7, 2.5]),
            ({"df": 1e-3, "loc": 0.0, "scale": 1.0}, [0.0, 1.0, 1e5]),
            ({"df": 1e5, "loc": 0.0, "scale": 1.0}, [0.0, 1.0, 30.0]),
            ({"df": 1e9, "loc": 0.0, "scale": 1e-5}, [0.0, 1e-5, 1e-3]),
            ({"df": 1.0, "loc": -1e6, "scale": 1e8}, [0.0, 1e9, 1e80]),
        ],
        lambda x, df, loc, scale: (
            loggamma((df + 1) / 2)
            - loggamma(df / 2)
            - log(df * pi) / 2
            - log(scale)
            - (df + 1) / 2 * log(1 + ((x - loc) / scale) ** 2 / df)
        ),
        scipy=lambda df, loc, scale: stats.t(df, loc, scale),
        domain=(-INF, 0.7, INF),
        outside=[np.nan],
        invalid={"df": 0.0, "scale": -1.0},
    ),
]

SCALE = [
    ({"scale": 1.3}, [0.0, 0.2, 1.0, 4.0]),
    ({"scale": 1e-8}, [0.0, 1e-9, 1e-7]),
    ({"scale": 1e10}, [0.0, 1.0, 1e11]),
]

POSITIVE = [
    Row(
        "HalfNormal",
        dist.HalfNormal,
        SCALE,
        lambda x, scale: normal(x, 0, scale) + log(2),
        scipy=lambda scale: stats.halfnorm(scale=scale),
        domain=(0, INF),
        outside=[-0.1, np.nan],
        invalid={"scale": -1.0},
    ),
    Row(
        "HalfCauchy",
        dist.HalfCauchy,
        SCALE,
        lambda x, scale: log(2 / pi / scale / (1 + (x / scale) ** 2)),
        scipy=lambda scale: stats.halfcauchy(scale=scale),
        domain=(0, 1, INF),
        outside=[-0.1, np.nan],
        invalid={"scale": -1.0},
    ),
    Row(
        "Exponential",
        dist.Exponential,
        [
            ({"rate": 0.8}, [0.0, 0.2, 1.0, 4.0]),
            ({"rate": 1e-8}, [0.0, 1.0, 1e9]),
            ({"rate": 1e8}, [0.0, 1e-9, 1.0]),
        ],
        lambda x, rate: log(rate) - rate * x,
        scipy=lambda rate: stats.expon(scale=1 / rate),
        domain=(0, INF),
        outside=[-0.1, np.nan],
        invalid={"rate": 0.0},
    ),
    Row(
        "Gamma",
        dist.Gamma,
        [
            ({"concentration": 2.3, "rate": 0.8}, [0.1, 1.0, 4.0]),
            ({"concentration": 1e-4, "rate": 1e-3}, [1e-300, 1e-5, 1.0, 1e4]),
            ({"concentration": 1e4, "rate": 1e3}, [1e-3, 10.0, 10.2, 1e3]),
        ],
        lambda x, concentration, rate: (
            concentration * log(rate)
            - loggamma(concentration)
            + (concentration - 1) * log(x)
            - rate * x
        ),
        scipy=lambda concentration, rate: stats.gamma(concentration, scale=1 / rate),
        domain=(0, INF),
        outside=[-0.1, 0.0, np.nan],
        invalid={"concentration": 0.0, "rate": -1.0},
    ),
    Row(
        "InverseGamma",
        dist.InverseGamma,
        [
            ({"concentration": 5.3, "rate": 1.8}, [0.1, 1.0, 4.0]),
            ({"concentration": 1e-4, "rate": 1e-3}, [1e-300, 1e-5, 1.0, 1e300]),
            ({"concentration": 1e4, "rate": 1e3}, [1e-3, 0.1, 1e3]),
        ],
        lambda x, concentration, rate: (
            concentration * log(rate)
            - loggamma(concentration)
            - (concentration + 1) * log(x)
            - rate / x
        ),
        scipy=lambda concentration, rate: stats.invgamma(concentration, scale=rate),
        domain=(0, 0.3, INF),
        outside=[-0.1, 0.0, np.nan],
        invalid={"concentration": 0.0, "rate": -1.0},
    ),
    Row(
        "LogNormal",
        dist.LogNormal,
        [
            ({"loc": 0.2, "scale": 0.5}, [0.1, 1.0, 4.0]),
            ({"loc": -5.0, "scale": 1e-3}, [1e-3, 1e-2]),
            ({"loc": 5.0, "scale": 1e3}, [1e-300, 1.0, 1e300]),
        ],
        lambda x, loc, scale: normal(log(x), loc, scale) - log(x),
        scipy=lambda loc, scale: stats.lognorm(scale, scale=np.exp(loc)),
        domain=(0, 1, INF),
        outside=[-0.1, 0.0, np.nan],
        invalid={"scale": -1.0},
    ),
]

INTERVAL = [
    Row(
        "Beta",
        dist.Beta,
        [
            ({"concentration1": 2.3, "concentration0": 1.7}, [0.01, 0.5, 0.99]),
            ({"concentration1": 1e-3, "concentration0": 1e-4}, [1e-300, 0.5, 1 - 1e-15]),
            ({"concentration1": 1.0, "concentration0": 1.0}, [0.0, 0.5, 1.0]),
            ({"concentration1": 1e4, "concentration0": 0.5}, [1e-3, 0.5, 1 - 1e-6]),
            ({"concentration1": 2.0, "concentration0": 1e8}, [1e-9, 1e-8, 1e-3]),
        ],
        lambda x, concentration1, concentration0: (
            ((concentration1 - 1) * log(x) if concentration1 != 1 else 0)
            + ((concentration0 - 1) * log(1 - x) if concentration0 != 1 else 0)
            - log_beta(concentration1, concentration0)
        ),
        scipy=lambda concentration1, concentration0: stats.beta(concentration1, concentration0),
        domain=(0, 1),
        outside=[-0.1, 1.1, np.nan],
        invalid={"concentration1": 0.0, "concentration0": -1.0},
    ),
    Row(
        "Uniform",
        dist.Uniform,
        [
            ({"low": -1.0, "high": 2.5}, [-1.0, 0.0, 2.5]),
            ({"low": 0.0, "high": 1e-300}, [0.0, 1e-300]),
            ({"low": -1e300, "high": 1e300}, [0.0, 1e299]),
        ],
        lambda x, low, high: -log(high - low),
        scipy=lambda low, high: stats.uniform(low, high - low),
        domain=(-1, 2.5),
        outside=[-1.1, 2.6, np.nan],
        invalid={"high": -2.0},
    ),
]

ROWS = REAL_LINE + POSITIVE + INTERVAL
