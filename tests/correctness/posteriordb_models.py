"""Models of posteriordb, written as a user would from their description in plain NumPy.

`MODELS` maps the name of a posterior to a `Posterior`: model, arguments made from ``data.json``,
and the names under which its parameters stand there.

Reference: Magnusson, Bürkner, Vehtari (2023), "posteriordb: a set of posteriors for Bayesian
inference and probabilistic programming".
"""

from typing import Callable, NamedTuple

import numpy as np

import lightppl as lp
import lightppl.distributions as dist
from lightppl.distributions import constraints


class Posterior(NamedTuple):
    """A model and how to feed it.

    Attributes
    ----------
    model : callable
    arguments : callable
        Maps the content of ``data.json`` to keyword arguments of `model`.
    positive : tuple of str
        Scalars that are sampled on the log scale.
    """

    model: Callable
    arguments: Callable
    positive: tuple = ("sigma",)


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


def bayesian_regression(X, y):
    with lp.plate("predictor", X.shape[1]):
        beta = lp.sample("beta", dist.Normal(0, 10))
    sigma = lp.sample("sigma", dist.HalfNormal(10))
    with lp.plate("data", len(y)):
        lp.sample("obs", dist.Normal(X @ beta, sigma), obs=y)


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


def dogs(avoided, shocked, y):
    with lp.plate("coefficient", 3):
        beta = lp.sample("beta", dist.Normal(0, 100))
    logits = beta[0] + beta[1] * avoided + beta[2] * shocked
    with lp.plate_stack("trial", y.shape):
        lp.sample("obs", dist.Bernoulli(logits=logits), obs=y)


def _squared_exponential(x, alpha, rho):
    distance = x[:, None] - x[None, :]
    return alpha**2 * np.exp(-0.5 * (distance / rho) ** 2)


def _columns(data, *names):
    return [np.asarray(data[name], dtype=float) for name in names]


def _design(*columns):
    return np.stack([np.ones(len(columns[0])), *columns], axis=1)


def _schools(data):
    y, sigma = _columns(data, "y", "sigma")
    return {"y": y, "sigma": sigma}


def _kidscore(data):
    y, hs, iq = _columns(data, "kid_score", "mom_hs", "mom_iq")
    return {"X": _design(hs, iq), "y": y}


def _earnings(data):
    y, height = _columns(data, "earn", "height")
    return {"X": _design(height), "y": y}


def _nes(data):
    y, age = _columns(data, "partyid7", "age_discrete")
    ideo, race, educ, gender, income = _columns(
        data, "real_ideo", "race_adj", "educ1", "gender", "income"
    )
    ages = [(age == group).astype(float) for group in (2, 3, 4)]
    return {"X": _design(ideo, race, *ages, educ, gender, income), "y": y}


def _mesquite(data):
    names = "weight", "diam1", "diam2", "canopy_height", "total_height", "density", "group"
    weight, diam1, diam2, canopy, total, density, group = _columns(data, *names)
    volume, area, shape = diam1 * diam2 * canopy, diam1 * diam2, diam1 / diam2
    logs = [np.log(v) for v in (volume, area, shape, total, density)]
    return {"X": _design(*logs, group), "y": np.log(weight)}


def _blr(data):
    X, y = _columns(data, "X", "y")
    return {"X": X, "y": y}


def _autoregression(data):
    (y,) = _columns(data, "y")
    order = data["K"]
    lags = [y[order - k: len(y) - k] for k in range(1, order + 1)]
    return {"lags": np.stack(lags, axis=1), "y": y[order:]}


def _dogs(data):
    y = np.asarray(data["y"])
    before = np.cumsum(y, axis=1) - y
    trial = np.arange(y.shape[1])
    return {"avoided": (trial - before).astype(float), "shocked": before.astype(float), "y": y}


def _gp(data):
    x, y = _columns(data, "x", "y")
    return {"x": x, "y": y}


def _gp_counts(data):
    return {"x": np.asarray(data["x"], dtype=float), "k": np.asarray(data["k"])}


MODELS = {
    "eight_schools-eight_schools_centered": Posterior(eight_schools_centered, _schools, ("tau",)),
    "eight_schools-eight_schools_noncentered": Posterior(
        eight_schools_noncentered, _schools, ("tau",)
    ),
    "kidiq-kidscore_momhsiq": Posterior(kidscore, _kidscore),
    "earnings-earn_height": Posterior(regression, _earnings),
    "nes2000-nes": Posterior(regression, _nes),
    "mesquite-logmesquite_logvas": Posterior(regression, _mesquite),
    "sblri-blr": Posterior(bayesian_regression, _blr),
    "arK-arK": Posterior(autoregression, _autoregression),
    "gp_pois_regr-gp_regr": Posterior(gp_regression, _gp, ("rho", "alpha", "sigma")),
    "gp_pois_regr-gp_pois_regr": Posterior(gp_poisson, _gp_counts, ("rho", "alpha")),
    "dogs-dogs_retired2022": Posterior(dogs, _dogs, ()),
}
