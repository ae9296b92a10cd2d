"""The targets of `metrics.py` in lightppl."""

import numpy as np
from lightppl_job import counties
from lightppl_sampler import Sampler, log_densities
from metrics_problem import finder
from sampler_job import run_job

import lightppl as lp
import lightppl.distributions as dist
from lightppl.distributions import constraints


def scaled(scale):
    lp.sample("x", dist.Normal(np.zeros(len(scale)), scale).to_event(1))


def gaussian(precision):
    x = lp.sample("x", dist.ImproperUniform(constraints.real, (), (len(precision),)))
    lp.factor("density", -0.5 * x @ (precision @ x))


def logistic(X, y):
    with lp.plate("column", X.shape[1]):
        beta = lp.sample("beta", dist.Normal(0, 2))
    with lp.plate("row", len(y)):
        lp.sample("obs", dist.Bernoulli(logits=X @ beta), obs=y)


def gaussian_process(L, y):
    with lp.plate("point", len(y)):
        z = lp.sample("z", dist.Normal(0, 1))
        lp.sample("obs", dist.Poisson(np.exp(1.0 + L @ z)), obs=y)


MODELS = {
    "scaled": scaled, "gaussian": gaussian, "logistic": logistic, "counties": counties,
    "gaussian_process": gaussian_process,
}  # fmt: skip


if __name__ == "__main__":
    run_job(finder(MODELS), Sampler, log_densities)
