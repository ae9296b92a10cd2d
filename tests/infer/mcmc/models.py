"""Models with known posteriors for the tests of MCMC."""

import numpy as np

import lightppl as lp
import lightppl.distributions as dist

Y = np.array([1.2, -0.4, 2.2, 0.9, 1.6])
SCHOOLS_Y = np.array([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0])
SCHOOLS_SIGMA = np.array([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0])


def normal_mean(y):
    """Normal observations of known scale 2, normal prior: conjugate."""
    mu = lp.sample("mu", dist.Normal(1.0, 3.0))
    lp.deterministic("twice", 2.0 * mu)
    with lp.plate("data", len(y)):
        lp.sample("y", dist.Normal(mu, 2.0), obs=y)


def normal_mean_posterior(y):
    """Return mean and standard deviation of mu."""
    precision = 1 / 3.0**2 + len(y) / 2.0**2
    return (1.0 / 3.0**2 + np.sum(y) / 2.0**2) / precision, precision**-0.5


def positive_and_vector():
    """Independent sites: a Gamma scalar and a correlated normal pair."""
    lp.sample("rate", dist.Gamma(3.0, 2.0))
    cov = np.array([[1.0, 0.8], [0.8, 2.0]])
    lp.sample("pair", dist.MultivariateNormal(np.array([1.0, -1.0]), cov))


def eight_schools(sigma, y=None):
    """Non-centred eight schools."""
    mu = lp.sample("mu", dist.Normal(0.0, 5.0))
    tau = lp.sample("tau", dist.HalfCauchy(5.0))
    with lp.plate("schools", len(sigma)):
        base = lp.sample("base", dist.Normal(0.0, 1.0))
        theta = lp.deterministic("theta", mu + tau * base)
        lp.sample("y", dist.Normal(theta, sigma), obs=y)
