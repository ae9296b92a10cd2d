"""The targets of `metrics.py` in PyMC."""

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from metrics_problem import finder
from pymc_sampler import Sampler, log_densities
from sampler_job import run_job


def scaled(scale):
    pm.Normal("x", np.zeros(len(scale)), scale)


def gaussian(precision):
    x = pm.Flat("x", shape=len(precision))
    pm.Potential("density", -0.5 * x @ (precision @ x))


def logistic(X, y):
    beta = pm.Normal("beta", 0, 2, shape=X.shape[1])
    pm.Bernoulli("obs", logit_p=X @ beta, observed=y)


def counties(county, floor, y):
    mu = pm.Normal("mu", 0, 5)
    tau = pm.HalfNormal("tau", 2)
    slope = pm.Normal("slope", 0, 5)
    sigma = pm.HalfNormal("sigma", 2)
    z = pm.Normal("z", 0, 1, shape=int(county.max()) + 1)
    pm.Normal("obs", (mu + tau * z)[county] + slope * floor, sigma, observed=y)


def gaussian_process(L, y):
    z = pm.Normal("z", 0, 1, shape=len(y))
    pm.Poisson("obs", pt.exp(1.0 + L @ z), observed=y)


MODELS = {
    "scaled": scaled, "gaussian": gaussian, "logistic": logistic, "counties": counties,
    "gaussian_process": gaussian_process,
}  # fmt: skip


if __name__ == "__main__":
    run_job(finder(MODELS), Sampler, log_densities)
