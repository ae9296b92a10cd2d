"""Rows of mixtures, NaN-masked and empirical families, in the ordinary case."""

import numpy as np
from mpmath import exp, log, mpf, pi
from scipy import stats

import lightppl.distributions as dist
from tests.distributions.catalogue.continuous import INF, normal
from tests.distributions.catalogue.row import Row

W = np.array([0.3, 0.2, 0.5])
LOCS = np.array([-2.0, 0.0, 3.0])


def mixture(x, weights, loc, scale):
    parts = [mpf(w) * exp(normal(mpf(float(x)), mpf(m), mpf(scale))) for w, m in zip(weights, loc)]
    return log(sum(parts))


def same_family(probs, loc, scale, validate_args=None):
    component = dist.Normal(loc, np.expand_dims(scale, -1), validate_args=validate_args)
    return dist.MixtureSameFamily(
        dist.Categorical(probs=probs, validate_args=validate_args), component
    )


def general(probs, scale, validate_args=None):
    weights = dist.Categorical(probs=probs, validate_args=validate_args)
    components = [
        dist.Normal(0.5, scale, validate_args=validate_args),
        dist.Cauchy(-1.0, scale, validate_args=validate_args),
    ]
    return dist.MixtureGeneral(weights, components, validate_args=validate_args)


def uniforms(probs, validate_args=None):
    weights = dist.Categorical(probs=probs, validate_args=validate_args)
    return dist.MixtureSameFamily(weights, dist.Uniform(np.array([0.0, 2.0]), np.array([1.0, 5.0])))


SCALAR = [
    Row(
        "MixtureSameFamily",
        same_family,
        [
            ({"probs": W, "loc": LOCS, "scale": 0.8}, [-3.0, 0.0, 3.5]),
            ({"probs": np.array([0.0, 1e-300, 1.0]), "loc": LOCS, "scale": 1e-2}, [-2.0, 0.0, 3.0]),
        ],
        lambda x, probs, loc, scale: mixture(x, probs, loc, scale),
        exact=False,
        domain=(-INF, -2, 0, 3, INF),
        outside=[np.nan],
        invalid={"scale": -1.0},
        event_dims={"probs": 1, "loc": 1},
    ),
    Row(
        "MixtureGeneral",
        general,
        [({"probs": np.array([0.4, 0.6]), "scale": 0.8}, [-3.0, 0.0, 40.0])],
        lambda x, probs, scale: log(
            mpf(probs[0]) * exp(normal(mpf(float(x)), mpf(0.5), mpf(scale)))
            + mpf(probs[1]) / (pi * mpf(scale) * (1 + ((mpf(float(x)) + 1) / mpf(scale)) ** 2))
        ),
        exact=False,
        domain=(-INF, -1, 0.5, INF),
        outside=[np.nan],
        functionals={
            "value": (
                lambda x: x,
                lambda x: 0.4 * stats.norm(0.5, 0.8).cdf(x) + 0.6 * stats.cauchy(-1, 0.8).cdf(x),
            )
        },
        event_dims={"probs": 1},
    ),
    Row(
        "Mixture(uniforms)",
        uniforms,
        [({"probs": np.array([0.4, 0.6])}, [0.5, 3.0])],
        lambda x, probs: log(mpf(probs[0] * (x < 1) + probs[1] / 3 * (x > 2)) or mpf(10) ** -999),
        exact=False,
        domain=(0, 1, 2, 5),
        functionals={
            "value": (
                lambda x: x,
                lambda x: 0.4 * stats.uniform(0, 1).cdf(x) + 0.6 * stats.uniform(2, 3).cdf(x),
            )
        },
        outside=[-0.1, 1.5, 5.1],
        event_dims={"probs": 1},
    ),
    Row(
        "NanMaskedNormal",
        dist.NanMaskedNormal,
        [({"loc": 0.7, "scale": 1.3}, [0.0, 1.0, np.nan])],
        lambda x, loc, scale: mpf(0) if x != x else normal(x, loc, scale),
        domain=(-INF, 0.7, INF),
        outside=[INF],
        invalid={"scale": -1.0},
        skip={"cdf": "one of the values is NaN"},
    ),
]
