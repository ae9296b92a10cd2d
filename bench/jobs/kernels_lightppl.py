"""Kernels of lightppl on examples: a row each, with the same name in `kernels_numpyro.py`."""

import time

import numpy as np
from kernels_data import Row, logistic, schools
from sampler_job import Problem, run_job

import lightppl as lp
import lightppl.distributions as dist
from lightppl.infer import MCMC, NUTS, SA, BarkerMH


def ten_normals():
    x = lp.sample("x", dist.Normal(0.0, 1.0).expand([10]))
    lp.sample("obs", dist.Normal(x, 1.0), obs=np.ones(10))


def eight_schools(sigma, y):
    mu = lp.sample("mu", dist.Normal(0, 5))
    tau = lp.sample("tau", dist.HalfCauchy(5))
    with lp.plate("school", len(sigma)):
        z = lp.sample("z", dist.Normal(0, 1))
        lp.sample("obs", dist.Normal(mu + tau * z, sigma), obs=y)


def logistic_regression(x, y):
    coefficients = lp.sample("coefficients", dist.Normal(np.zeros(3), np.ones(3)))
    lp.sample("y", dist.Bernoulli(logits=x @ coefficients), obs=y)


ROWS = {
    "BarkerMH, ten normals": Row(lambda: BarkerMH(ten_normals)),
    "BarkerMH, eight schools": Row(lambda: BarkerMH(eight_schools), schools),
    "BarkerMH, logistic": Row(lambda: BarkerMH(logistic_regression), logistic),
    "SA, ten normals": Row(lambda: SA(ten_normals), warmup=3000),
    "SA, logistic": Row(lambda: SA(logistic_regression), logistic, warmup=3000),
    "NUTS, eight schools": Row(lambda: NUTS(eight_schools), schools),
}


class Sampler:
    """One row, run again and again in this process."""

    def __init__(self, make_kernel, arguments, sizes, _):
        self.arguments = arguments
        self.mcmc = MCMC(
            make_kernel(), num_warmup=sizes.warmup, num_samples=sizes.draws,
            num_chains=sizes.chains, progress_bar=False,
        )

    def time(self, seed):
        start = time.perf_counter()
        self.mcmc.run(seed, *self.arguments)
        samples = self.mcmc.get_samples(group_by_chain=True)
        return time.perf_counter() - start, samples


def find_problem(name, _):
    return Problem(ROWS[name].kernel, ROWS[name].arguments, None, None)


if __name__ == "__main__":
    run_job(find_problem, Sampler, None)
