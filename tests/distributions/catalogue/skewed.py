"""Rows of the skewed and heavy-tailed univariate families."""

import numpy as np
from mpmath import cosh, exp, expm1, log, log1p, loggamma, mpf, pi
from scipy import stats

import lightppl.distributions as dist
from tests.distributions.catalogue.continuous import INF, LOC_SCALE, log_beta
from tests.distributions.catalogue.row import Row

MODERATE = LOC_SCALE[:3] + [({"loc": 0.0, "scale": 1.0}, [1e-300, 40.0, -300.0])]


def asymmetric(x, loc, left, right):
    gap = x - loc
    return -abs(gap) / (left if gap < 0 else right) - log(left + right)


REAL_LINE = [
    Row(
        "Logistic",
        dist.Logistic,
        MODERATE,
        lambda x, loc, scale: -(x - loc) / scale - 2 * log1p(exp(-(x - loc) / scale)) - log(scale),
        scipy=lambda loc, scale: stats.logistic(loc, scale),
        domain=(-INF, 0.7, INF),
        outside=[np.nan],
        invalid={"scale": -1.0},
    ),
    Row(
        "SoftLaplace",
        dist.SoftLaplace,
        MODERATE,
        lambda x, loc, scale: -log(pi * scale * cosh((x - loc) / scale)),
        scipy=lambda loc, scale: stats.hypsecant(loc, scale),
        domain=(-INF, 0.7, INF),
        outside=[np.nan],
        invalid={"scale": -1.0},
    ),
    Row(
        "Gumbel",
        dist.Gumbel,
        [
            ({"loc": 0.7, "scale": 1.3}, [-3.0, 0.0, 0.7, 2.5]),
            ({"loc": 0.0, "scale": 1e-8}, [0.0, 1e-9, -3e-8, 1.0]),
            ({"loc": -1e6, "scale": 1e8}, [0.0, 1e9, -1e9]),
        ],
        lambda x, loc, scale: -(x - loc) / scale - exp(-(x - loc) / scale) - log(scale),
        scipy=lambda loc, scale: stats.gumbel_r(loc, scale),
        domain=(-4, 0.7, INF),
        outside=[np.nan],
        invalid={"scale": -1.0},
    ),
    Row(
        "AsymmetricLaplace",
        dist.AsymmetricLaplace,
        [
            ({"loc": 0.7, "scale": 1.3, "asymmetry": 1.4}, [-3.0, 0.0, 0.9, 2.5]),
            ({"loc": 0.0, "scale": 1e-4, "asymmetry": 1e-4}, [-1e-9, 0.0, 1.0]),
            ({"loc": 0.0, "scale": 1e4, "asymmetry": 1e4}, [-1e9, 0.0, 1.0]),
        ],
        lambda x, loc, scale, asymmetry: asymmetric(x, loc, scale * asymmetry, scale / asymmetry),
        scipy=lambda loc, scale, asymmetry: stats.laplace_asymmetric(asymmetry, loc, scale),
        domain=(-INF, 0.7, INF),
        outside=[np.nan],
        invalid={"scale": -1.0, "asymmetry": 0.0},
    ),
    Row(
        "AsymmetricLaplaceQuantile",
        dist.AsymmetricLaplaceQuantile,
        [
            ({"loc": 0.7, "scale": 1.3, "quantile": 0.3}, [-3.0, 0.0, 0.9, 2.5]),
            ({"loc": 0.0, "scale": 1.0, "quantile": 1e-6}, [-1e9, 0.0, 1.0]),
            ({"loc": 0.0, "scale": 1.0, "quantile": 1 - 1e-6}, [-1e9, 0.0, 1.0]),
        ],
        lambda x, loc, scale, quantile: asymmetric(
            x, loc, scale / (1 - quantile), scale / quantile
        ),
        domain=(-INF, 0.7, INF),
        outside=[np.nan],
        invalid={"scale": -1.0, "quantile": 1.0},
    ),
    Row(
        "SkewLogistic",
        dist.SkewLogistic,
        [
            ({"loc": 0.7, "scale": 1.3, "asymmetry": 2.4}, [-3.0, 0.0, 0.9, 2.5]),
            ({"loc": 0.0, "scale": 1.0, "asymmetry": 1e-4}, [-700.0, 0.0, 700.0]),
            ({"loc": 0.0, "scale": 1.0, "asymmetry": 1e4}, [-100.0, 0.0, 700.0]),
        ],
        lambda x, loc, scale, asymmetry: (
            log(asymmetry / scale)
            - (x - loc) / scale
            - (asymmetry + 1) * log1p(exp(-(x - loc) / scale))
        ),
        scipy=lambda loc, scale, asymmetry: stats.genlogistic(asymmetry, loc, scale),
        domain=(-INF, 0.7, INF),
        outside=[np.nan],
        invalid={"scale": -1.0, "asymmetry": 0.0},
    ),
]

POSITIVE = [
    Row(
        "Chi2",
        dist.Chi2,
        [
            ({"df": 3.5}, [0.1, 1.0, 4.0]),
            ({"df": 1e-4}, [1e-300, 1.0, 100.0]),
            ({"df": 1e4}, [1.0, 1e4, 2e4]),
        ],
        lambda x, df: (df / 2 - 1) * log(x) - x / 2 - df / 2 * log(2) - loggamma(df / 2),
        scipy=lambda df: stats.chi2(df),
        domain=(0, INF),
        outside=[-0.1, 0.0, np.nan],
        invalid={"df": 0.0},
    ),
    Row(
        "Weibull",
        dist.Weibull,
        [
            ({"scale": 1.3, "concentration": 2.2}, [0.1, 1.0, 4.0]),
            ({"scale": 1e-4, "concentration": 0.05}, [1e-300, 1.0, 1e10]),
            ({"scale": 1e4, "concentration": 1e3}, [9.9e3, 1e4, 1.005e4]),
        ],
        lambda x, scale, concentration: (
            log(concentration / scale)
            + (concentration - 1) * log(x / scale)
            - (x / scale) ** concentration
        ),
        scipy=lambda scale, concentration: stats.weibull_min(concentration, scale=scale),
        domain=(0, 1, INF),
        outside=[-0.1, 0.0, np.nan],
        invalid={"scale": -1.0, "concentration": 0.0},
    ),
    Row(
        "Pareto",
        dist.Pareto,
        [
            ({"scale": 1.3, "alpha": 5.2}, [1.3, 1.4, 4.0]),
            ({"scale": 1e-10, "alpha": 0.01}, [1e-10, 1.0, 1e100]),
            ({"scale": 1e10, "alpha": 1e3}, [1e10, 1.01e10, 1e12]),
        ],
        lambda x, scale, alpha: log(alpha) + alpha * log(scale) - (alpha + 1) * log(x),
        scipy=lambda scale, alpha: stats.pareto(alpha, scale=scale),
        domain=(1.3, 4, INF),
        outside=[1.2, -1.0, np.nan],
        invalid={"scale": -1.0, "alpha": 0.0},
        skip={"gradient": "the support moves with the scale"},
    ),
    Row(
        "Levy",
        dist.Levy,
        [
            ({"loc": 0.5, "scale": 1.3}, [0.6, 1.0, 40.0]),
            ({"loc": 0.0, "scale": 1e-10}, [1e-11, 1.0, 1e100]),
            ({"loc": 0.0, "scale": 1e10}, [1e8, 1e10, 1e12]),
        ],
        lambda x, loc, scale: (
            log(scale / (2 * pi)) / 2 - mpf(3) / 2 * log(x - loc) - scale / (2 * (x - loc))
        ),
        scipy=lambda loc, scale: stats.levy(loc, scale),
        domain=(0.5, 2, 1e3, INF),
        outside=[0.4, 0.5, np.nan],
        invalid={"scale": -1.0},
        skip={"entropy": "the tail is too heavy for quadrature"},
    ),
    Row(
        "Gompertz",
        dist.Gompertz,
        [
            ({"concentration": 0.7, "rate": 1.2}, [0.0, 0.1, 1.0, 2.0]),
            ({"concentration": 1e-8, "rate": 1e-3}, [0.0, 1.0, 2e4]),
            ({"concentration": 1e8, "rate": 1e3}, [0.0, 1e-12, 1e-10]),
        ],
        lambda x, concentration, rate: (
            log(concentration * rate) + rate * x - concentration * expm1(rate * x)
        ),
        scipy=lambda concentration, rate: stats.gompertz(concentration, scale=1 / rate),
        domain=(0, 5),
        outside=[-0.1, np.nan],
        invalid={"concentration": 0.0, "rate": -1.0},
        skip={"moments": "no variance in closed form"},
    ),
    Row(
        "Dagum",
        dist.Dagum,
        [
            ({"concentration": 1.7, "sharpness": 5.5, "scale": 1.2}, [0.1, 1.0, 4.0]),
            ({"concentration": 1e-3, "sharpness": 0.1, "scale": 1e-5}, [1e-300, 1.0, 1e100]),
            ({"concentration": 1e3, "sharpness": 30.0, "scale": 1e5}, [1e5, 1.2e5, 1e7]),
        ],
        lambda x, concentration, sharpness, scale: (
            log(concentration * sharpness / x)
            + sharpness * concentration * log(x / scale)
            - (concentration + 1) * log1p((x / scale) ** sharpness)
        ),
        scipy=lambda concentration, sharpness, scale: stats.mielke(
            concentration * sharpness, sharpness, scale=scale
        ),
        domain=(0, 1, 10, INF),
        outside=[-0.1, 0.0, np.nan],
        invalid={"concentration": 0.0, "sharpness": -1.0, "scale": 0.0},
        skip={"entropy": "no closed form"},
    ),
]

INTERVAL = [
    Row(
        "LogUniform",
        dist.LogUniform,
        [
            ({"low": 0.5, "high": 3.0}, [0.5, 1.0, 3.0]),
            ({"low": 1e-300, "high": 1e300}, [1e-300, 1.0, 1e300]),
        ],
        lambda x, low, high: -log(x) - log(log(high / low)),
        scipy=lambda low, high: stats.loguniform(low, high),
        domain=(0.5, 3.0),
        outside=[0.4, 3.1, -1.0, np.nan],
        invalid={"low": -1.0, "high": 0.1},
        skip={"gradient": "the support moves with its ends"},
    ),
    Row(
        "BetaProportion",
        dist.BetaProportion,
        [
            ({"mean": 0.3, "concentration": 4.0}, [0.01, 0.5, 0.99]),
            ({"mean": 1e-4, "concentration": 1e-3}, [1e-300, 0.5, 1 - 1e-15]),
            ({"mean": 0.999, "concentration": 1e4}, [0.5, 0.999, 0.9999]),
        ],
        lambda x, mean, concentration: (
            (mean * concentration - 1) * log(x)
            + ((1 - mean) * concentration - 1) * log(1 - x)
            - log_beta(mean * concentration, (1 - mean) * concentration)
        ),
        scipy=lambda mean, concentration: stats.beta(
            mean * concentration, (1 - mean) * concentration
        ),
        domain=(0, 1),
        outside=[-0.1, 1.1, np.nan],
        invalid={"mean": 1.0, "concentration": 0.0},
    ),
    Row(
        "Kumaraswamy",
        dist.Kumaraswamy,
        [
            ({"concentration1": 2.3, "concentration0": 1.7}, [0.01, 0.5, 0.99]),
            ({"concentration1": 1e-3, "concentration0": 1e-4}, [1e-300, 0.5, 1 - 1e-12]),
            ({"concentration1": 1.0, "concentration0": 1.0}, [0.0, 0.5, 1.0]),
            ({"concentration1": 1e3, "concentration0": 0.5}, [0.5, 0.99, 1 - 1e-12]),
            ({"concentration1": 2.0, "concentration0": 1e6}, [1e-9, 1e-3, 0.01]),
        ],
        lambda x, concentration1, concentration0: (
            log(concentration1 * concentration0)
            + ((concentration1 - 1) * log(x) if concentration1 != 1 else 0)
            + ((concentration0 - 1) * log1p(-(x**concentration1)) if concentration0 != 1 else 0)
        ),
        domain=(0, 1),
        outside=[-0.1, 1.1, np.nan],
        invalid={"concentration1": 0.0, "concentration0": -1.0},
    ),
    Row(
        "RelaxedBernoulli",
        lambda **params: dist.RelaxedBernoulli(**params),
        [
            ({"temperature": 0.7, "logits": 0.4}, [0.01, 0.5, 0.99]),
            ({"temperature": 1e-2, "logits": -3.0}, [1e-300, 0.5, 0.99]),
            ({"temperature": 50.0, "logits": 3.0}, [1e-300, 0.5, 0.99]),
        ],
        # eq. (5) of Maddison, Mnih, Teh (2017)
        lambda x, temperature, logits: (
            log(temperature)
            + logits
            - (temperature + 1) * (log(x) + log(1 - x))
            - 2 * log(exp(logits) * x**-temperature + (1 - x) ** -temperature)
        ),
        domain=(0, 0.5, 1),
        outside=[-0.1, 1.1, np.nan],
        invalid={"temperature": 0.0},
        skip={"moments": "no closed form"},
    ),
]

ROWS = REAL_LINE + POSITIVE + INTERVAL
