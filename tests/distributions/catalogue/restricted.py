"""Rows of truncated, censored, power-law and directional univariate families."""

from functools import lru_cache

import numpy as np
from mpmath import (
    atan,
    besseli,
    cos,
    erfc,
    exp,
    gammainc,
    log,
    log1p,
    loggamma,
    mp,
    mpf,
    pi,
    quad,
    sqrt,
)
from scipy import stats

import lightppl.distributions as dist
from tests.distributions.catalogue.continuous import INF, normal
from tests.distributions.catalogue.row import Row


def normal_cdf(x):
    return erfc(-x / sqrt(mpf(2))) / 2


def truncated(x, density, cdf, low=None, high=None):
    """Return the log density of a truncated variable from density and cdf of the whole one."""
    with mp.workdps(300 if max(abs(low or 0), abs(high or 0)) > 9 else 40):  # tails cancel
        mass = (1 if high is None else cdf(high)) - (0 if low is None else cdf(low))
        return density(x) - log(mass)


def normal_between(x, loc, scale, low=None, high=None):
    return truncated(
        x, lambda v: normal(v, loc, scale), lambda v: normal_cdf((v - loc) / scale), low, high
    )


def make(family, **base_params):
    """Return a maker for a truncated version of a family with fixed parameters."""

    def build(low=None, high=None, validate_args=None):
        base = family(**base_params)
        return dist.TruncatedDistribution(base, low, high, validate_args=validate_args)

    return build


def polya_gamma(x):
    terms = [(-1) ** n * (2 * n + 1) * exp(-((2 * n + 1) ** 2) / (8 * x)) for n in range(60)]
    above = [
        (-1) ** n * 2 / (pi * (n + mpf(1) / 2)) * exp(-2 * (n + mpf(1) / 2) ** 2 * pi**2 * mpf(2.5))
        for n in range(10)
    ]
    return log(sum(terms) / sqrt(2 * pi * x**3)) - log(1 - sum(above))


def power_law(x, alpha, low, high):
    s = alpha + 1
    mass = log(high / low) if s == 0 else (high**s - low**s) / s
    return alpha * log(x) - log(mass)


SCALAR = [
    Row(
        "TruncatedNormal(low)",
        dist.TruncatedNormal,
        [
            ({"loc": 0.7, "scale": 1.3, "low": 0.2}, [0.2, 0.5, 4.0]),
            ({"loc": 0.0, "scale": 1.0, "low": 30.0}, [30.0, 30.01, 31.0]),
            ({"loc": 0.0, "scale": 1.0, "low": -50.0}, [-50.0, 0.0, 5.0]),
            ({"loc": 0.0, "scale": 1.0, "low": 300.0}, [300.0, 300.001]),
        ],
        lambda x, loc, scale, low: (
            normal(x, loc, scale) - log(erfc((low - loc) / scale / sqrt(mpf(2))) / 2)
        ),
        scipy=lambda loc, scale, low: stats.truncnorm((low - loc) / scale, INF, loc, scale),
        domain=(0.2, 1, INF),
        outside=[0.1, np.nan],
        invalid={"scale": -1.0},
        skip={"gradient": "the support moves with its end"},
    ),
    Row(
        "TruncatedNormal(high)",
        dist.TruncatedNormal,
        [
            ({"loc": 0.7, "scale": 1.3, "high": 0.2}, [-4.0, -0.5, 0.2]),
            ({"loc": 0.0, "scale": 1.0, "high": -30.0}, [-30.0, -30.01, -31.0]),
        ],
        lambda x, loc, scale, high: normal(x, loc, scale) - log(normal_cdf((high - loc) / scale)),
        scipy=lambda loc, scale, high: stats.truncnorm(-INF, (high - loc) / scale, loc, scale),
        domain=(-INF, -1, 0.2),
        outside=[0.3, np.nan],
        invalid={"scale": -1.0},
        skip={"gradient": "the support moves with its end"},
    ),
    Row(
        "TruncatedNormal(both)",
        dist.TruncatedNormal,
        [
            ({"loc": 0.7, "scale": 1.3, "low": -0.2, "high": 1.9}, [-0.2, 0.5, 1.9]),
            ({"loc": 0.0, "scale": 1.0, "low": 30.0, "high": 31.0}, [30.0, 30.01, 31.0]),
            ({"loc": 0.0, "scale": 1.0, "low": -31.0, "high": -30.0}, [-30.0, -30.01, -31.0]),
            ({"loc": 0.0, "scale": 1.0, "low": -20.0, "high": 25.0}, [-20.0, 0.0, 25.0]),
        ],
        normal_between,
        scipy=lambda loc, scale, low, high: stats.truncnorm(
            (low - loc) / scale, (high - loc) / scale, loc, scale
        ),
        domain=(-0.2, 1.9),
        outside=[-0.3, 2.0, np.nan],
        invalid={"high": -3.0},
        skip={"gradient": "the support moves with its ends"},
    ),
    Row(
        "TruncatedCauchy",
        dist.TruncatedCauchy,
        [
            ({"loc": 0.7, "scale": 1.3, "low": -0.2, "high": 9.0}, [-0.2, 0.5, 9.0]),
            ({"loc": 0.0, "scale": 1.0, "low": 1e6, "high": 2e6}, [1e6, 1.5e6]),
        ],
        lambda x, loc, scale, low, high: (
            -log(1 + ((x - loc) / scale) ** 2)
            - log(scale * (atan((high - loc) / scale) - atan((low - loc) / scale)))
        ),
        domain=(-0.2, 3, 9.0),
        outside=[-0.3, 9.1, np.nan],
        invalid={"high": -3.0},
        skip={"gradient": "the support moves with its ends"},
    ),
    Row(
        "TruncatedStudentT",
        make(dist.StudentT, df=4.5, loc=0.7, scale=1.3),
        [({"low": 0.2, "high": 4.0}, [0.2, 0.5, 4.0]), ({"low": 100.0, "high": 300.0}, [100.0])],
        lambda x, low, high: log(student(x) / student_mass(low, high)),
        domain=(0.2, 4.0),
        outside=[0.1, 4.1],
        invalid={"high": 0.1},
        skip={"gradient": "the support moves with its ends", "moments": "no closed form"},
    ),
    Row(
        "TruncatedLaplace(low)",
        make(dist.Laplace, loc=0.7, scale=1.3),
        [({"low": 0.2}, [0.2, 0.5, 4.0]), ({"low": 3000.0}, [3000.0, 3001.0])],
        lambda x, low: (
            truncated(x, laplace, laplace_cdf, low)
            if low < 100
            else -(x - low) / mpf(1.3) - log(mpf(1.3))
        ),
        domain=(0.2, 0.7, INF),
        outside=[0.1],
        skip={"gradient": "the support moves with its end", "moments": "no closed form"},
    ),
    Row(
        "TruncatedLogistic(high)",
        make(dist.Logistic, loc=0.7, scale=1.3),
        [({"high": 0.2}, [0.2, -0.5, -40.0]), ({"high": -3000.0}, [-3000.0, -3001.0])],
        lambda x, high: (
            -(x - mpf(0.7)) / mpf(1.3)
            - log(mpf(1.3))
            - 2 * log1p(exp(-(x - mpf(0.7)) / mpf(1.3)))
            + log1p(exp(-(high - mpf(0.7)) / mpf(1.3)))
        ),
        domain=(-INF, -1, 0.2),
        outside=[0.3],
        skip={"gradient": "the support moves with its end", "moments": "no closed form"},
    ),
    Row(
        "TruncatedSoftLaplace",
        make(dist.SoftLaplace, loc=0.7, scale=1.3),
        [
            ({"low": -3.0, "high": 2.0}, [-3.0, 0.5, 2.0]),
            ({"low": -900.0, "high": -800.0}, [-810.0]),
        ],
        lambda x, low, high: (
            -log(exp((x - mpf(0.7)) / mpf(1.3)) + exp(-(x - mpf(0.7)) / mpf(1.3)))
            - log(
                mpf(1.3)
                * (atan(exp((high - mpf(0.7)) / mpf(1.3))) - atan(exp((low - mpf(0.7)) / mpf(1.3))))
            )
        ),
        domain=(-3.0, 0.7, 2.0),
        outside=[-3.1, 2.1],
        skip={"gradient": "the support moves with its ends", "moments": "no closed form"},
    ),
    Row(
        "TruncatedGamma(low)",
        dist.TruncatedGamma,
        [
            ({"concentration": 2.3, "rate": 0.8, "low": 1.2}, [1.2, 2.0, 9.0]),
            ({"concentration": 2.3, "rate": 0.8, "low": 800.0}, [800.0, 801.0]),
        ],
        lambda x, concentration, rate, low: (
            gamma(x, concentration, rate)
            - log(gammainc(concentration, rate * low, mp.inf, regularized=True))
        ),
        domain=(1.2, 4, INF),
        outside=[1.1, -1.0],
        invalid={"low": -1.0},
        skip={"gradient": "the support moves with its end", "moments": "no closed form"},
    ),
    Row(
        "TruncatedGamma(both)",
        dist.TruncatedGamma,
        [
            ({"concentration": 2.3, "rate": 0.8, "low": 1.2, "high": 3.5}, [1.2, 2.0, 3.5]),
            ({"concentration": 2.3, "rate": 0.8, "low": 1e-9, "high": 1e-6}, [1e-9, 1e-6]),
        ],
        lambda x, concentration, rate, low, high: (
            gamma(x, concentration, rate)
            - log(gammainc(concentration, rate * low, rate * high, regularized=True))
        ),
        domain=(1.2, 3.5),
        outside=[1.1, 3.6],
        invalid={"high": 0.5},
        skip={"gradient": "the support moves with its ends", "moments": "no closed form"},
    ),
    Row(
        "TruncatedGamma(high)",
        dist.TruncatedGamma,
        [({"concentration": 2.3, "rate": 0.8, "high": 3.5}, [0.1, 2.0, 3.5])],
        lambda x, concentration, rate, high: (
            gamma(x, concentration, rate)
            - log(gammainc(concentration, 0, rate * high, regularized=True))
        ),
        domain=(0, 3.5),
        outside=[-0.1, 3.6, 0.0],
        invalid={"high": -1.0},
        skip={"gradient": "the support moves with its end", "moments": "no closed form"},
    ),
    Row(
        "LowerTruncatedPowerLaw",
        dist.LowerTruncatedPowerLaw,
        [
            ({"alpha": -6.5, "low": 1.3}, [1.3, 2.0, 9.0]),
            ({"alpha": -1.001, "low": 1e-5}, [1e-5, 1.0, 1e100]),
        ],
        lambda x, alpha, low: log(-alpha - 1) - log(low) + alpha * log(x / low),
        scipy=lambda alpha, low: stats.pareto(-alpha - 1, scale=low),
        domain=(1.3, 3, INF),
        outside=[1.2, -1.0],
        invalid={"alpha": -0.5, "low": 0.0},
        skip={"gradient": "the support moves with its end"},
    ),
    Row(
        "DoublyTruncatedPowerLaw",
        dist.DoublyTruncatedPowerLaw,
        [
            ({"alpha": -1.7, "low": 0.5, "high": 4.0}, [0.5, 2.0, 4.0]),
            ({"alpha": -1.0, "low": 0.5, "high": 4.0}, [0.5, 2.0, 4.0]),
            ({"alpha": -1.0 + 1e-9, "low": 0.5, "high": 4.0}, [0.5, 2.0, 4.0]),
            ({"alpha": 200.0, "low": 0.5, "high": 40.0}, [0.5, 2.0, 40.0]),
            ({"alpha": -200.0, "low": 0.5, "high": 40.0}, [0.5, 2.0, 40.0]),
            ({"alpha": 0.5, "low": 0.0, "high": 4.0}, [1e-9, 2.0, 4.0]),
        ],
        power_law,
        domain=(0.5, 1.5, 4.0),
        outside=[0.4, 4.1, -1.0],
        invalid={"high": 0.1, "low": -1.0},
        skip={"gradient": "the support moves with its ends"},
    ),
    Row(
        "TruncatedPolyaGamma",
        dist.TruncatedPolyaGamma,
        [({}, [1e-3, 0.05, 0.2, 0.25, 0.3, 1.0, 2.5])],
        polya_gamma,
        domain=(0, 0.05, 0.25, 1, 2.5),
        outside=[-0.1, 2.6],
        skip={"shapes": "no parameters", "entropy": "no closed form"},
    ),
    Row(
        "VonMises",
        dist.VonMises,
        [
            ({"loc": 0.7, "concentration": 2.3}, [-3.0, 0.0, 0.7, 3.1]),
            ({"loc": 0.0, "concentration": 1e6}, [0.0, 1e-3, 0.1, 3.0]),
            ({"loc": -3.0, "concentration": 1e-8}, [0.0, 1e-3, -3.1]),
        ],
        lambda x, loc, concentration: (
            concentration * cos(x - loc) - log(2 * pi * besseli(0, concentration))
        ),
        domain=(-np.pi, 0.7, np.pi),
        outside=[-3.2, 3.2, np.nan],
        invalid={"concentration": 0.0},
        skip={"moments": "mean and variance are those of directions"},
    ),
    Row(
        "LeftCensored",
        lambda rate, validate_args=None: dist.LeftCensoredDistribution(
            dist.Exponential(rate, validate_args=validate_args), True
        ),
        [({"rate": 0.8}, [0.5, 4.0]), ({"rate": 1e-9}, [1e-9, 4.0])],
        lambda x, rate: log(1 - exp(-rate * x)),
        skip={
            "mass": "not a density",
            "draws": "not a density",
            "entropy": "not a density",
            "moments": "not a density",
        },
        outside=[-1.0],
    ),
    Row(
        "RightCensored",
        lambda loc, scale, validate_args=None: dist.RightCensoredDistribution(
            dist.Normal(loc, scale, validate_args=validate_args), True
        ),
        [
            ({"loc": 0.3, "scale": 1.2}, [-3.0, 4.0]),
            ({"loc": 0.0, "scale": 1.0}, [30.0, -30.0]),
        ],
        lambda x, loc, scale: log(normal_cdf(-(x - loc) / scale)),
        skip={
            "mass": "not a density",
            "draws": "not a density",
            "entropy": "not a density",
            "moments": "not a density",
        },
        outside=[np.nan],
    ),
]


@lru_cache
def student_mass(low, high):
    return quad(student, [low, (low + high) / 2, high])


def student(x):
    z, df = (x - mpf(0.7)) / mpf(1.3), mpf(4.5)
    return (1 + z**2 / df) ** (-(df + 1) / 2)


def laplace(x):
    return -abs(x - mpf(0.7)) / mpf(1.3) - log(2 * mpf(1.3))


def laplace_cdf(x):
    z = (x - mpf(0.7)) / mpf(1.3)
    return exp(z) / 2 if z < 0 else 1 - exp(-z) / 2


def gamma(x, concentration, rate):
    return (
        concentration * log(rate)
        - loggamma(concentration)
        + (concentration - 1) * log(x)
        - rate * x
    )
