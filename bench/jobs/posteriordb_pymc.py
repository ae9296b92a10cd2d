"""The posteriors of `posteriordb.py` in PyMC."""

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
from posteriordb_problem import finder
from pymc.distributions.transforms import Chain, log, ordered
from pymc_sampler import Sampler, log_densities
from sampler_job import run_job


def eight_schools_centered(y, sigma):
    mu = pm.Normal("mu", 0, 5)
    tau = pm.HalfCauchy("tau", 5)
    theta = pm.Normal("theta", mu, tau, shape=len(y))
    pm.Normal("obs", theta, sigma, observed=y)


def eight_schools_noncentered(y, sigma):
    mu = pm.Normal("mu", 0, 5)
    tau = pm.HalfCauchy("tau", 5)
    theta_trans = pm.Normal("theta_trans", 0, 1, shape=len(y))
    theta = pm.Deterministic("theta", mu + tau * theta_trans)
    pm.Normal("obs", theta, sigma, observed=y)


def regression(X, y):
    beta = pm.Flat("beta", shape=X.shape[1])
    sigma = pm.HalfFlat("sigma")
    pm.Normal("obs", X @ beta, sigma, observed=y)


def kidscore(X, y):
    beta = pm.Flat("beta", shape=X.shape[1])
    sigma = pm.HalfCauchy("sigma", 2.5)
    pm.Normal("obs", X @ beta, sigma, observed=y)


def temperatures(x, y, pmualpha, psalpha, pmubeta, psbeta):
    alpha = pm.Normal("alpha", pmualpha, psalpha)
    beta = pm.Normal("beta", pmubeta, psbeta)
    sigma = pm.HalfFlat("sigma")
    pm.Normal("obs", alpha + beta * x, sigma, observed=y)


def bayesian_regression(X, y):
    beta = pm.Normal("beta", 0, 10, shape=X.shape[1])
    sigma = pm.HalfNormal("sigma", 10)
    pm.Normal("obs", X @ beta, sigma, observed=y)


def diamonds(X, y):
    b = pm.Normal("b", 0, 1, shape=X.shape[1])
    intercept = pm.StudentT("Intercept", nu=3, mu=8, sigma=10)
    sigma = pm.HalfStudentT("sigma", nu=3, sigma=10)
    pm.Normal("obs", intercept + X @ b, sigma, observed=y)


def autoregression(lags, y):
    alpha = pm.Normal("alpha", 0, 10)
    beta = pm.Normal("beta", 0, 10, shape=lags.shape[1])
    sigma = pm.HalfCauchy("sigma", 2.5)
    pm.Normal("obs", alpha + lags @ beta, sigma, observed=y)


def squared_exponential(x, alpha, rho):
    return alpha**2 * pt.exp(-0.5 * ((x[:, None] - x[None, :]) / rho) ** 2)


def gp_regression(x, y):
    rho = pm.Gamma("rho", 25, 4)
    alpha = pm.HalfNormal("alpha", 2)
    sigma = pm.HalfNormal("sigma", 1)
    K = squared_exponential(x, alpha, rho) + sigma * np.eye(len(x))
    pm.MvNormal("obs", np.zeros(len(x)), K, observed=y)


def gp_poisson(x, k):
    rho = pm.Gamma("rho", 25, 4)
    alpha = pm.HalfNormal("alpha", 2)
    f_tilde = pm.Normal("f_tilde", 0, 1, shape=len(x))
    L = pt.linalg.cholesky(squared_exponential(x, alpha, rho) + 1e-10 * np.eye(len(x)))
    f = pm.Deterministic("f", L @ f_tilde)
    pm.Poisson("obs", pt.exp(f), observed=k)


def garch(y, sigma1):
    mu = pm.Flat("mu")
    alpha0 = pm.HalfFlat("alpha0")
    alpha1 = pm.Uniform("alpha1", 0.0, 1.0)
    beta1 = pm.Uniform("beta1", 0.0, 1.0 - alpha1)
    pm.Potential("flat on the triangle", pt.log1p(-alpha1))

    def step(y_now, variance, mu, alpha0, alpha1, beta1):
        return alpha0 + alpha1 * (y_now - mu) ** 2 + beta1 * variance

    first = pt.as_tensor_variable(np.float64(sigma1) ** 2)
    later = pytensor.scan(
        step, sequences=pt.as_tensor_variable(y[:-1]), outputs_info=first,
        non_sequences=[mu, alpha0, alpha1, beta1], return_updates=False,
    )
    variances = pt.concatenate([first[None], later])
    pm.Normal("obs", mu, pt.sqrt(variances), observed=y)


def mixture(y):
    mu = pm.Normal("mu", 0, 2, shape=2, transform=ordered, initval=[-1.0, 1.0])
    sigma = pm.HalfNormal("sigma", 2, shape=2)
    theta = pm.Beta("theta", 5, 5)
    pm.NormalMixture("obs", pt.stack([theta, 1 - theta]), mu, sigma, observed=y)


def hidden_markov(y):
    theta1 = pm.Dirichlet("theta1", np.ones(2))
    theta2 = pm.Dirichlet("theta2", np.ones(2))
    mu = pm.Normal(
        "mu", np.array([3.0, 10.0]), 1.0, transform=Chain([log, ordered]), initval=[3.0, 10.0]
    )
    log_transition = pt.log(pt.stack([theta1, theta2]))
    emissions = pm.logp(pm.Normal.dist(mu, 1.0), y[:, None])

    def step(emission, log_weight, log_transition):
        return pt.logsumexp(log_weight[:, None] + log_transition, axis=0) + emission

    log_weights = pytensor.scan(
        step, sequences=emissions[1:], outputs_info=emissions[0], non_sequences=[log_transition],
        return_updates=False,
    )
    pm.Potential("states", pt.logsumexp(log_weights[-1]))


def lotka_volterra(y, y_init, steps_a_year):
    center, spread = np.array([1.0, 0.05, 1.0, 0.05]), np.array([0.5, 0.05, 0.5, 0.05])
    theta = pm.TruncatedNormal("theta", center, spread, lower=0.0, initval=center)
    z_init = pm.LogNormal("z_init", np.log(10.0), 1.0, shape=2)
    sigma = pm.LogNormal("sigma", -1.0, 1.0, shape=2)
    h = 1.0 / steps_a_year

    def field(u, v, a, b, c, d):
        return (a - b * v) * u, (d * u - c) * v

    def small_step(u, v, *theta):
        u1, v1 = field(u, v, *theta)
        u2, v2 = field(u + 0.5 * h * u1, v + 0.5 * h * v1, *theta)
        u3, v3 = field(u + 0.5 * h * u2, v + 0.5 * h * v2, *theta)
        u4, v4 = field(u + h * u3, v + h * v3, *theta)
        return u + h / 6 * (u1 + 2 * u2 + 2 * u3 + u4), v + h / 6 * (v1 + 2 * v2 + 2 * v3 + v4)

    path = pytensor.scan(
        small_step, outputs_info=[z_init[0], z_init[1]],
        non_sequences=[theta[i] for i in range(4)], n_steps=len(y) * steps_a_year,
        return_updates=False,
    )
    z = pt.stack(path, axis=1)[steps_a_year - 1:: steps_a_year]
    pm.LogNormal("y_init", pt.log(z_init), sigma, observed=y_init)
    pm.LogNormal("y", pt.log(z), sigma, observed=y)


def dogs(avoided, shocked, y):
    beta = pm.Normal("beta", 0, 100, shape=3)
    logits = beta[0] + beta[1] * avoided + beta[2] * shocked
    pm.Bernoulli("obs", logit_p=logits, observed=y)


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


if __name__ == "__main__":
    run_job(finder(MODELS), Sampler, log_densities)
