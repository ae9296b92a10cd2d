"""Far tails by mpmath: every continuous univariate family with its cdf and its complement."""

from dataclasses import dataclass

import numpy as np
from mpmath import (
    asin, atan, betainc, erf, erfc, exp, expm1, gammainc, inf, log, log1p, mp, mpf, pi, sqrt,
)

import lightppl.distributions as dist

WORKING_DIGITS = 60


@dataclass(frozen=True)
class TailRow:
    """A distribution, points from one tail to the other, and both of its probabilities.

    Parameters
    ----------
    name : str
    distribution : Distribution
    points : tuple of float
        In the support; the outer ones where ordinary cdfs round to 0 or 1.
    below, above : callable
        ``P(X <= x)`` and ``P(X > x)`` of an mpf.
    """

    name: str
    distribution: object
    points: tuple
    below: object
    above: object

    def log_cdf(self, x):
        return _log(self.below, self.above, x)

    def log_survival(self, x):
        return _log(self.above, self.below, x)


def _log(probability, complement, x):
    with mp.workdps(WORKING_DIGITS):
        p = probability(mpf(x))
        if p > 0.5:
            return float(log1p(-complement(mpf(x))))
        return float(log(p)) if p > 0 else -np.inf


def normal_below(z):
    return erfc(-z / sqrt(mpf(2))) / 2


def symmetric(name, make, points, below):
    """Return a row with location 0.5 and scale 2, whose standard form is ``below(z)``."""

    def z(x):
        return (x - mpf(0.5)) / 2

    shifted = tuple(0.5 + 2.0 * p for p in points)
    return TailRow(
        name, make(0.5, 2.0), shifted, lambda x: below(z(x)), lambda x: below(-z(x))
    )


def gamma_below(a, x):
    return gammainc(a, 0, x, regularized=True)


def gamma_above(a, x):
    return gammainc(a, x, inf, regularized=True)


def beta_below(a, b, x):
    return betainc(a, b, 0, x, regularized=True)


def arctan_below(z):
    return atan(-1 / z) / pi if z < 0 else 1 - atan(1 / z) / pi if z > 0 else mpf(1) / 2


def student_below(df, z):
    tail = beta_below(mpf(df) / 2, mpf(1) / 2, df / (df + z * z)) / 2
    return tail if z < 0 else 1 - tail


def laplace_below(z):
    return exp(z) / 2 if z < 0 else 1 - exp(-z) / 2


def two_exponentials_below(z, left, right):
    share = left / (left + right)
    return share * exp(z / left) if z < 0 else 1 - (1 - share) * exp(-z / right)


def two_exponentials_above(z, left, right):
    return two_exponentials_below(-z, right, left)


def power(x, k):
    return x**k if x else mpf(0)


def power_law_mass(low, high, alpha):
    s = mpf(alpha) + 1
    return log(high / low) if s == 0 else (high**s - low**s) / s


MIXED = dist.MixtureGeneral(
    dist.Categorical(probs=np.array([0.25, 0.75])), [dist.Normal(0.0, 1.0), dist.Normal(1.0, 2.0)]
)

FAR = (-40.0, -9.0, -1.5, 0.0, 0.7, 9.0, 40.0)

REAL_LINE = [
    symmetric("Normal", dist.Normal, FAR + (-1e4, 1e4), normal_below),
    symmetric("Cauchy", dist.Cauchy, FAR + (-1e150, 1e150), arctan_below),
    symmetric("Laplace", dist.Laplace, FAR + (-900.0, 900.0), laplace_below),
    symmetric("Logistic", dist.Logistic, FAR + (-900.0, 900.0), lambda z: 1 / (1 + exp(-z))),
    symmetric(
        "SoftLaplace", dist.SoftLaplace, FAR + (-900.0, 900.0), lambda z: 2 / pi * atan(exp(z))
    ),
    *(
        symmetric(
            f"StudentT({df})",
            lambda loc, scale, df=df: dist.StudentT(df, loc, scale),
            (-1e30, -40.0, -9.0, -0.3, 0.01, 0.7, 9.0, 40.0, 1e30),
            lambda z, df=df: student_below(mpf(df), z),
        )
        for df in (0.3, 4.5, 300.0)
    ),
    TailRow(
        "Gumbel",
        dist.Gumbel(0.5, 2.0),
        (-11.0, -2.0, 0.5, 9.0, 80.0, 2000.0),
        lambda x: exp(-exp(-(x - 0.5) / 2)),
        lambda x: -expm1(-exp(-(x - 0.5) / 2)),
    ),
    TailRow(
        "SkewLogistic",
        dist.SkewLogistic(0.5, 2.0, 0.7),
        (-2000.0, -80.0, 0.3, 9.0, 80.0, 2000.0),
        lambda x: (1 + exp(-(x - mpf(0.5)) / 2)) ** -mpf(0.7),
        lambda x: -expm1(-mpf(0.7) * log1p(exp(-(x - mpf(0.5)) / 2))),
    ),
    TailRow(
        "AsymmetricLaplace",
        dist.AsymmetricLaplace(0.5, 2.0, 0.7),
        (-2000.0, -9.0, 0.3, 0.5, 9.0, 2000.0),
        lambda x: two_exponentials_below(x - mpf(0.5), 2 * mpf(0.7), 2 / mpf(0.7)),
        lambda x: two_exponentials_above(x - mpf(0.5), 2 * mpf(0.7), 2 / mpf(0.7)),
    ),
    TailRow(
        "MixtureGeneral",
        MIXED,
        (-80.0, -9.0, 0.3, 9.0, 80.0),
        lambda x: normal_below(x) / 4 + 3 * normal_below((x - 1) / 2) / 4,
        lambda x: normal_below(-x) / 4 + 3 * normal_below((1 - x) / 2) / 4,
    ),
]

POSITIVE = [
    TailRow(
        "HalfNormal",
        dist.HalfNormal(2.0),
        (1e-300, 1e-8, 0.3, 1.0, 18.0, 80.0, 2e4),
        lambda x: erf(x / 2 / sqrt(mpf(2))),
        lambda x: erfc(x / 2 / sqrt(mpf(2))),
    ),
    TailRow(
        "HalfCauchy",
        dist.HalfCauchy(2.0),
        (1e-300, 1e-8, 0.3, 3.0, 1e12, 1e300),
        lambda x: 2 / pi * atan(x / 2),
        lambda x: 2 / pi * atan(2 / x),
    ),
    TailRow(
        "FoldedStudentT",
        dist.FoldedDistribution(dist.StudentT(4.5, 0.0, 1.0)),
        (1e-3, 0.3, 3.0, 1e12),
        lambda x: 1 - 2 * student_below(mpf(4.5), -x),
        lambda x: 2 * student_below(mpf(4.5), -x),
    ),
    TailRow(
        "Exponential",
        dist.Exponential(0.8),
        (1e-300, 1e-8, 0.3, 3.0, 1e5),
        lambda x: -expm1(-mpf(0.8) * x),
        lambda x: exp(-mpf(0.8) * x),
    ),
    *(
        TailRow(
            f"Gamma({a})",
            dist.Gamma(a, 0.5),
            points,
            lambda x, a=a: gamma_below(mpf(a), x / 2),
            lambda x, a=a: gamma_above(mpf(a), x / 2),
        )
        for a, points in (
            (0.3, (1e-300, 1e-8, 0.3, 30.0, 5e3)),
            (2.5, (1e-300, 1e-8, 3.0, 60.0, 5e3)),
            (400.0, (1e-3, 100.0, 500.0, 800.0, 1200.0, 9e3)),
        )
    ),
    TailRow(
        "InverseGamma",
        dist.InverseGamma(2.5, 0.5),
        (1e-4, 0.01, 0.3, 30.0, 1e200),
        lambda x: gamma_above(mpf(2.5), 1 / (2 * x)),
        lambda x: gamma_below(mpf(2.5), 1 / (2 * x)),
    ),
    TailRow(
        "LogNormal",
        dist.LogNormal(0.5, 0.25),
        (1e-300, 1e-3, 0.3, 2.0, 16.0, 1e5, 1e300),
        lambda x: normal_below((log(x) - mpf(0.5)) * 4),
        lambda x: normal_below((mpf(0.5) - log(x)) * 4),
    ),
    TailRow(
        "Weibull",
        dist.Weibull(2.0, 1.5),
        (1e-250, 1e-8, 0.3, 3.0, 80.0, 1e5),
        lambda x: -expm1(-((x / 2) ** mpf(1.5))),
        lambda x: exp(-((x / 2) ** mpf(1.5))),
    ),
    TailRow(
        "Pareto",
        dist.Pareto(2.0, 1.5),
        (2.0 + 1e-12, 2.1, 3.0, 80.0, 1e250),
        lambda x: -expm1(-mpf(1.5) * log(x / 2)),
        lambda x: (2 / x) ** mpf(1.5),
    ),
    TailRow(
        "Levy",
        dist.Levy(0.5, 2.0),
        (0.501, 0.52, 1.0, 80.0, 1e250),
        lambda x: erfc(sqrt(1 / (x - mpf(0.5)))),
        lambda x: erf(sqrt(1 / (x - mpf(0.5)))),
    ),
    TailRow(
        "Gompertz",
        dist.Gompertz(0.5, 2.0),
        (1e-250, 1e-8, 0.3, 3.0, 9.0),
        lambda x: -expm1(-expm1(2 * x) / 2),
        lambda x: exp(-expm1(2 * x) / 2),
    ),
    TailRow(
        "Dagum",
        dist.Dagum(0.7, 2.5, 2.0),
        (1e-250, 1e-8, 0.3, 3.0, 1e9, 1e200),
        lambda x: (1 + power(x / 2, -mpf(2.5))) ** -mpf(0.7),
        lambda x: -expm1(-mpf(0.7) * log1p(power(x / 2, -mpf(2.5)))),
    ),
    TailRow(
        "LowerTruncatedPowerLaw",
        dist.LowerTruncatedPowerLaw(-2.5, 2.0),
        (2.0 + 1e-12, 2.1, 3.0, 80.0, 1e250),
        lambda x: -expm1(-mpf(1.5) * log(x / 2)),
        lambda x: (2 / x) ** mpf(1.5),
    ),
]

INTERVAL = [
    TailRow(
        "Beta",
        dist.Beta(2.5, 40.0),
        (1e-300, 1e-8, 0.05, 0.5, 0.99, 1.0 - 2.0**-50),
        lambda x: beta_below(mpf(2.5), 40, x),
        lambda x: beta_below(40, mpf(2.5), 1 - x),
    ),
    TailRow(
        "Uniform",
        dist.Uniform(-1.0, 2.5),
        (-1.0 + 2.0**-52, 0.0, 2.5 - 2.0**-50),
        lambda x: (x + 1) / mpf(3.5),
        lambda x: (mpf(2.5) - x) / mpf(3.5),
    ),
    TailRow(
        "LogUniform",
        dist.LogUniform(0.5, 8.0),
        (0.5 + 2.0**-50, 1.0, 8.0 - 2.0**-47),
        lambda x: log(2 * x) / log(mpf(16)),
        lambda x: log(8 / x) / log(mpf(16)),
    ),
    TailRow(
        "Kumaraswamy",
        dist.Kumaraswamy(2.5, 40.0),
        (1e-250, 1e-8, 0.2, 0.9, 1.0 - 2.0**-50),
        lambda x: -expm1(40 * log1p(-(x ** mpf(2.5)))),
        lambda x: (1 - x ** mpf(2.5)) ** 40,
    ),
    *(
        TailRow(
            f"DoublyTruncatedPowerLaw({alpha})",
            dist.DoublyTruncatedPowerLaw(alpha, 0.5, 8.0),
            (0.5 + 2.0**-50, 1.0, 4.0, 8.0 - 2.0**-47),
            lambda x, a=alpha: power_law_mass(mpf(0.5), x, a) / power_law_mass(mpf(0.5), mpf(8), a),
            lambda x, a=alpha: power_law_mass(x, mpf(8), a) / power_law_mass(mpf(0.5), mpf(8), a),
        )
        for alpha in (-1.0, -1.0 + 1e-9, 2.5, -40.0)
    ),
    TailRow(
        "TruncatedNormal",
        dist.TruncatedNormal(0.0, 1.0, low=30.0, high=60.0),
        (30.001, 30.5, 45.0, 59.9),
        lambda x: (normal_below(mpf(-30)) - normal_below(-x))
        / (normal_below(mpf(-30)) - normal_below(mpf(-60))),
        lambda x: (normal_below(-x) - normal_below(mpf(-60)))
        / (normal_below(mpf(-30)) - normal_below(mpf(-60))),
    ),
    TailRow(
        "arcsine",
        dist.Beta(0.5, 0.5),
        (1e-300, 1e-8, 0.3, 0.99, 1.0 - 2.0**-50),
        lambda x: 2 / pi * asin(sqrt(x)),
        lambda x: 2 / pi * asin(sqrt(1 - x)),
    ),
]

CONTINUOUS = REAL_LINE + POSITIVE + INTERVAL
