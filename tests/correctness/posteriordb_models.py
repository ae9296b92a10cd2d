"""Models of posteriordb, written as a user would from their description in plain NumPy.

`MODELS` maps the name of each posterior to its model; arguments come from `posteriordb_data`, and
the models that go step by step from `recursive_models`.

Reference: Magnusson, Bürkner, Vehtari (2023), "posteriordb: a set of posteriors for Bayesian
inference and probabilistic programming".
"""

import numpy as np

import lightppl as lp
import lightppl.distributions as dist
from lightppl.distributions import constraints
from tests.correctness.recursive_models import garch, hidden_markov, lotka_volterra


def flat(name, size=None):
    """A site with constant density on the real line, or on a vector space."""
    shape = () if size is None else (size,)
    return lp.sample(name, dist.ImproperUniform(constraints.real, (), event_shape=shape))


def flat_positive(name):
    """A site with constant density on the positive numbers."""
    return lp.sample(name, dist.ImproperUniform(constraints.positive, (), event_shape=()))


def eight_schools_centered(y, sigma):
    mu = lp.sample("mu", dist.Normal(0, 5))
    tau = lp.sample("tau", dist.HalfCauchy(5))
    with lp.plate("school", len(y)):
        theta = lp.sample("theta", dist.Normal(mu, tau))
        lp.sample("obs", dist.Normal(theta, sigma), obs=y)


def eight_schools_noncentered(y, sigma):
    mu = lp.sample("mu", dist.Normal(0, 5))
    tau = lp.sample("tau", dist.HalfCauchy(5))
    with lp.plate("school", len(y)):
        theta_trans = lp.sample("theta_trans", dist.Normal(0, 1))
        theta = lp.deterministic("theta", mu + tau * theta_trans)
        lp.sample("obs", dist.Normal(theta, sigma), obs=y)


def regression(X, y):
    """Linear regression with flat priors."""
    beta = flat("beta", X.shape[1])
    sigma = flat_positive("sigma")
    with lp.plate("data", len(y)):
        lp.sample("obs", dist.Normal(X @ beta, sigma), obs=y)


def kidscore(X, y):
    beta = flat("beta", X.shape[1])
    sigma = lp.sample("sigma", dist.HalfCauchy(2.5))
    with lp.plate("data", len(y)):
        lp.sample("obs", dist.Normal(X @ beta, sigma), obs=y)


def temperatures(x, y, pmualpha, psalpha, pmubeta, psbeta):
    alpha = lp.sample("alpha", dist.Normal(pmualpha, psalpha))
    beta = lp.sample("beta", dist.Normal(pmubeta, psbeta))
    sigma = flat_positive("sigma")
    with lp.plate("data", len(y)):
        lp.sample("obs", dist.Normal(alpha + beta * x, sigma), obs=y)


def bayesian_regression(X, y):
    with lp.plate("predictor", X.shape[1]):
        beta = lp.sample("beta", dist.Normal(0, 10))
    sigma = lp.sample("sigma", dist.HalfNormal(10))
    with lp.plate("data", len(y)):
        lp.sample("obs", dist.Normal(X @ beta, sigma), obs=y)


def diamonds(X, y):
    with lp.plate("predictor", X.shape[1]):
        b = lp.sample("b", dist.Normal(0, 1))
    intercept = lp.sample("Intercept", dist.StudentT(3, 8, 10))
    sigma = lp.sample("sigma", dist.FoldedDistribution(dist.StudentT(3, 0, 10)))
    with lp.plate("data", len(y)):
        lp.sample("obs", dist.Normal(intercept + X @ b, sigma), obs=y)


def autoregression(lags, y):
    alpha = lp.sample("alpha", dist.Normal(0, 10))
    with lp.plate("lag", lags.shape[1]):
        beta = lp.sample("beta", dist.Normal(0, 10))
    sigma = lp.sample("sigma", dist.HalfCauchy(2.5))
    with lp.plate("data", len(y)):
        lp.sample("obs", dist.Normal(alpha + lags @ beta, sigma), obs=y)


def gp_regression(x, y):
    rho = lp.sample("rho", dist.Gamma(25, 4))
    alpha = lp.sample("alpha", dist.HalfNormal(2))
    sigma = lp.sample("sigma", dist.HalfNormal(1))
    K = _squared_exponential(x, alpha, rho) + sigma * np.eye(len(x))
    lp.sample("obs", dist.MultivariateNormal(np.zeros(len(x)), covariance_matrix=K), obs=y)


def gp_poisson(x, k):
    rho = lp.sample("rho", dist.Gamma(25, 4))
    alpha = lp.sample("alpha", dist.HalfNormal(2))
    with lp.plate("point", len(x)):
        f_tilde = lp.sample("f_tilde", dist.Normal(0, 1))
    L = np.linalg.cholesky(_squared_exponential(x, alpha, rho) + 1e-10 * np.eye(len(x)))
    f = lp.deterministic("f", L @ f_tilde)
    with lp.plate("data", len(x)):
        lp.sample("obs", dist.Poisson(np.exp(f)), obs=k)


def mixture(y):
    support = constraints.ordered_vector
    mu = lp.sample("mu", dist.ImproperUniform(support, (), (2,)))
    lp.factor("mu prior", dist.Normal(0, 2).log_prob(mu).sum())
    with lp.plate("part", 2):
        sigma = lp.sample("sigma", dist.HalfNormal(2))
    theta = lp.sample("theta", dist.Beta(5, 5))
    weights = dist.Categorical(np.stack([theta, 1 - theta]))
    with lp.plate("data", len(y)):
        lp.sample("obs", dist.MixtureSameFamily(weights, dist.Normal(mu, sigma)), obs=y)


def dogs(avoided, shocked, y):
    with lp.plate("coefficient", 3):
        beta = lp.sample("beta", dist.Normal(0, 100))
    logits = beta[0] + beta[1] * avoided + beta[2] * shocked
    with lp.plate_stack("trial", y.shape):
        lp.sample("obs", dist.Bernoulli(logits=logits), obs=y)


def _squared_exponential(x, alpha, rho):
    distance = x[:, None] - x[None, :]
    return alpha**2 * np.exp(-0.5 * (distance / rho) ** 2)


MODELS = {
    "eight_schools-eight_schools_centered": eight_schools_centered,
    "eight_schools-eight_schools_noncentered": eight_schools_noncentered,
    "kidiq-kidscore_momhsiq": kidscore,
    "earnings-earn_height": regression,
    "nes2000-nes": regression,
    "mesquite-logmesquite_logvas": regression,
    "kilpisjarvi_mod-kilpisjarvi": temperatures,
    "sblri-blr": bayesian_regression,
    "diamonds-diamonds": diamonds,
    "gp_pois_regr-gp_regr": gp_regression,
    "gp_pois_regr-gp_pois_regr": gp_poisson,
    "arK-arK": autoregression,
    "garch-garch11": garch,
    "low_dim_gauss_mix-low_dim_gauss_mix": mixture,
    "hmm_example-hmm_example": hidden_markov,
    "hudson_lynx_hare-lotka_volterra": lotka_volterra,
    "dogs-dogs_retired2022": dogs,
}
