"""Far tails of counts, and of numbers with an atom at zero, by mpmath."""

from mpmath import beta, binomial, exp, expm1, log, log1p, mpf

import lightppl.distributions as dist
from tests.distributions.tail_rows import (
    TailRow, beta_below, gamma_above, gamma_below, normal_below,
)


def geometric(name, distribution, p):
    return TailRow(
        name,
        distribution,
        (0, 3, 40, 5000),
        lambda x: -expm1((x + 1) * log1p(-p)),
        lambda x: exp((x + 1) * log1p(-p)),
    )


def negative_binomial(name, distribution, count, p):
    """Return a row; `p` is the probability of another event."""
    return TailRow(
        name,
        distribution,
        (0, 3, 40, 3000, 20000),
        lambda x: beta_below(count, x + 1, 1 - p),
        lambda x: beta_below(x + 1, count, p),
    )


def inflated_above(x):
    return 3 * gamma_below(x + 1, mpf(2)) / 4


def hurdle_above(x):
    return 3 * gamma_below(x + 1, mpf(2)) / -expm1(mpf(-2)) / 4


def beta_binomial(k):
    return binomial(40, k) * beta(k + mpf(2.5), 40 - k + mpf(30)) / beta(mpf(2.5), mpf(30))


SMALL = exp(mpf(-40))

COUNTS = [
    TailRow(
        "Bernoulli(logits=-40)",
        dist.Bernoulli(logits=-40.0),
        (0, 1),
        lambda x: 1 / (1 + SMALL) if x < 1 else mpf(1),
        lambda x: SMALL / (1 + SMALL) if x < 1 else mpf(0),
    ),
    *(
        TailRow(
            f"Poisson({rate})",
            dist.Poisson(rate),
            points,
            lambda x, m=rate: gamma_above(x + 1, mpf(m)),
            lambda x, m=rate: gamma_below(x + 1, mpf(m)),
        )
        for rate, points in (
            (1e-5, (0, 3, 60)),
            (40.0, (0, 3, 40, 97, 400)),
            (2e3, (3, 1500, 2402)),
        )
    ),
    *(
        TailRow(
            f"Binomial({p})",
            dist.Binomial(1000, probs=float(p)),
            (0, 10, 400, 700, 990, 1000),
            lambda x, p=mpf(p): beta_below(1000 - x, x + 1, 1 - p) if x < 1000 else mpf(1),
            lambda x, p=mpf(p): beta_below(x + 1, 1000 - x, p) if x < 1000 else mpf(0),
        )
        for p in (1e-5, 0.4, 0.99)
    ),
    geometric("Geometric(probs)", dist.Geometric(probs=0.3), mpf(0.3)),
    geometric("Geometric(logits)", dist.Geometric(logits=-50.0), 1 / (1 + exp(mpf(50)))),
    negative_binomial("GammaPoisson", dist.GammaPoisson(2.5, 0.8), mpf(2.5), 1 / (1 + mpf(0.8))),
    negative_binomial(
        "NegativeBinomial(probs)", dist.NegativeBinomial(2.5, probs=0.3), mpf(2.5), mpf(0.3)
    ),
    negative_binomial(
        "NegativeBinomial(logits)",
        dist.NegativeBinomial(2.5, logits=3.0),
        mpf(2.5),
        1 / (1 + exp(mpf(-3))),
    ),
    negative_binomial(
        "NegativeBinomial2", dist.NegativeBinomial2(8.0, 2.5), mpf(2.5), 8 / mpf(10.5)
    ),
    TailRow(
        "BetaBinomial",
        dist.BetaBinomial(2.5, 30.0, 40),
        (0, 3, 20, 39, 40),
        lambda x: sum(beta_binomial(k) for k in range(int(x) + 1)),
        lambda x: sum((beta_binomial(k) for k in range(int(x) + 1, 41)), mpf(0)),
    ),
    TailRow(
        "DiscreteUniform",
        dist.DiscreteUniform(1, 6),
        (1, 3, 6),
        lambda x: x / 6,
        lambda x: (6 - x) / 6,
    ),
    TailRow(
        "ZeroInflatedPoisson",
        dist.ZeroInflatedPoisson(0.25, 2.0),
        (0, 3, 40, 300),
        lambda x: 1 - inflated_above(x),
        inflated_above,
    ),
    TailRow(
        "HurdlePoisson",
        dist.HurdlePoisson(0.25, 2.0),
        (0, 3, 40, 300),
        lambda x: 1 - hurdle_above(x),
        hurdle_above,
    ),
    TailRow(
        "HurdleLogNormal",
        dist.HurdleLogNormal(0.25, 0.5, 0.25),
        (0.0, 0.3, 2.0, 1e5),
        lambda x: (1 + 3 * normal_below((log(x) - mpf(0.5)) * 4)) / 4 if x else mpf(0.25),
        lambda x: 3 * normal_below((mpf(0.5) - log(x)) * 4) / 4 if x else mpf(0.75),
    ),
]
