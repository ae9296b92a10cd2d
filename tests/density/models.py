"""Small models that the tests of densities share."""

import numpy as np

import lightppl as lp
import lightppl.distributions as dist

SIGMA = np.array([15.0, 10, 16, 11, 9, 11, 10, 18])
EFFECT = np.array([28.0, 8, -3, 7, -1, 1, 18, 12])


def schools(sigma, y=None, scale=5.0):
    mu = lp.sample("mu", dist.Normal(0, scale))
    tau = lp.sample("tau", dist.HalfCauchy(scale))
    with lp.plate("school", len(sigma)):
        z = lp.sample("z", dist.Normal(0, 1))
        theta = lp.deterministic("theta", mu + tau * z)
        lp.sample("obs", dist.Normal(theta, sigma), obs=y)


def every_support(y):
    """One latent site of each kind of support, with parents among them."""
    upper = lp.sample("upper", dist.LogNormal(0.0, 0.5))
    inside = lp.sample("inside", dist.Uniform(-1.0, upper))
    weights = lp.sample("weights", dist.Dirichlet(np.array([2.0, 3.0, 4.0])))
    chance = lp.sample("chance", dist.Beta(2.0, 3.0))
    factor = lp.sample("factor", dist.LKJCholesky(3, 2.0))
    location = inside + weights @ np.array([1.0, 2.0, 3.0]) + chance
    with lp.plate("data", len(y)):
        lp.sample("y", dist.StudentT(4.0, location + factor[2, 0], upper), obs=y)


def branching(y):
    x = lp.sample("x", dist.Normal(0.0, 1.0))
    scale = 1.0 if x > 0 else 2.0
    lp.sample("y", dist.Normal(x, scale), obs=y)
