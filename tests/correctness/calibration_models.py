"""Six small models of independent groups, for simulation-based calibration."""

import numpy as np

import lightppl as lp
import lightppl.distributions as dist

COVARIATES = np.random.default_rng(8).normal(size=(12, 3))


def location_scale(groups, y=None):
    """Normal data whose mean and standard deviation are unknown."""
    with lp.plate("groups", groups):
        mean = lp.sample("mean", dist.Normal(0.0, 1.0))
        scale = lp.sample("scale", dist.HalfNormal(1.0))
        data = dist.Normal(mean[..., None], scale[..., None]).expand([groups, 5]).to_event(1)
        lp.sample("y", data, obs=y)


def counts(groups, y=None):
    """Poisson counts, skew on the unconstrained scale."""
    with lp.plate("groups", groups):
        rate = lp.sample("rate", dist.Gamma(0.7, 0.5))
        lp.sample("y", dist.Poisson(rate), obs=y)


def logistic(groups, y=None):
    """Logistic regression with three coefficients."""
    with lp.plate("groups", groups):
        coefficients = lp.sample("coefficients", dist.Normal(np.zeros(3), 2.0).to_event(1))
        logits = coefficients @ COVARIATES.T
        lp.sample("y", dist.Bernoulli(logits=logits).to_event(1), obs=y)


def shares(groups, y=None):
    """Multinomial counts with a Dirichlet prior: a simplex."""
    with lp.plate("groups", groups):
        share = lp.sample("share", dist.Dirichlet(np.array([0.8, 1.0, 3.0])))
        lp.sample("y", dist.Multinomial(7, share), obs=y)


HEIGHTS = np.array([-1.5, 0.0, 2.0])


def switched(groups, y=None):
    """Normal data about one of three heights, from a discrete site, and an unknown shift."""
    with lp.plate("groups", groups):
        level = lp.sample("level", dist.Categorical(np.array([0.2, 0.5, 0.3])))
        shift = lp.sample("shift", dist.Normal(0.0, 0.7))
        mean = HEIGHTS[level] + shift
        lp.sample("y", dist.Normal(mean[..., None], 1.0).expand([groups, 3]).to_event(1), obs=y)


def autoregression(groups, y=None):
    """A time series with an interval and a positive parameter, and heavy tails."""
    with lp.plate("groups", groups):
        phi = lp.sample("phi", dist.Uniform(-1.0, 1.0))
        scale = lp.sample("scale", dist.LogNormal(0.0, 0.5))
        start = lp.sample("start", dist.StudentT(4.0, 0.0, 1.0))
        decay = phi[..., None] ** np.arange(1, 9)
        data = dist.StudentT(5.0, start[..., None] * decay, scale[..., None])
        lp.sample("y", data.to_event(1), obs=y)


def hierarchy(groups, y=None):
    """Three noisy measurements of effects around a mean, not centred."""
    with lp.plate("groups", groups):
        mean = lp.sample("mean", dist.Normal(0.0, 2.0))
        scale = lp.sample("scale", dist.HalfNormal(2.0))
        z = lp.sample("z", dist.Normal(np.zeros(3), 1.0).to_event(1))
        effects = mean[..., None] + scale[..., None] * z
        lp.sample("y", dist.Normal(effects, 1.0).to_event(1), obs=y)


def centred_hierarchy(groups, y=None):
    """The same, centred: a funnel in each group, which one step size does not fit."""
    with lp.plate("groups", groups):
        mean = lp.sample("mean", dist.Normal(0.0, 2.0))
        scale = lp.sample("scale", dist.HalfNormal(2.0))
        around = dist.Normal(mean[..., None], scale[..., None]).expand([groups, 3])
        effects = lp.sample("effects", around.to_event(1))
        lp.sample("y", dist.Normal(effects, 1.0).to_event(1), obs=y)


MODELS = (location_scale, counts, logistic, shares, autoregression, hierarchy)
"""The six that every sampler must pass; `centred_hierarchy` is harder."""
