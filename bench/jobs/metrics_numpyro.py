"""The targets of `metrics.py` in NumPyro."""

import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from metrics_problem import finder
from numpyro.distributions import constraints
from numpyro_job import counties
from numpyro_sampler import Sampler, log_densities
from sampler_job import run_job


def scaled(scale):
    numpyro.sample("x", dist.Normal(jnp.zeros(len(scale)), scale).to_event(1))


def gaussian(precision):
    x = numpyro.sample("x", dist.ImproperUniform(constraints.real, (), (len(precision),)))
    numpyro.factor("density", -0.5 * x @ (precision @ x))


def logistic(X, y):
    with numpyro.plate("column", X.shape[1]):
        beta = numpyro.sample("beta", dist.Normal(0, 2))
    with numpyro.plate("row", len(y)):
        numpyro.sample("obs", dist.Bernoulli(logits=X @ beta), obs=y)


def gaussian_process(L, y):
    with numpyro.plate("point", len(y)):
        z = numpyro.sample("z", dist.Normal(0, 1))
        numpyro.sample("obs", dist.Poisson(jnp.exp(1.0 + L @ z)), obs=y)


MODELS = {
    "scaled": scaled, "gaussian": gaussian, "logistic": logistic, "counties": counties,
    "gaussian_process": gaussian_process,
}  # fmt: skip


if __name__ == "__main__":
    run_job(finder(MODELS), Sampler, log_densities)
