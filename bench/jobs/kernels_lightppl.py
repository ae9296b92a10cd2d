"""Kernels of lightppl on examples: a row each, with the same name in `kernels_numpyro.py`."""

import time

import numpy as np
from kernels_data import Row, four, logistic, schools
from sampler_job import Problem, run_job

import lightppl as lp
import lightppl.distributions as dist
from lightppl.infer import (
    HMC, MCMC, NUTS, SA, BarkerMH, DiscreteHMCGibbs, HMCGibbs, MixedHMC,
)  # fmt: skip


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


def pair():
    x = lp.sample("x", dist.Normal(0.0, 2.0))
    y = lp.sample("y", dist.Normal(0.0, 2.0))
    lp.sample("obs", dist.Normal(x + y, 1.0), obs=1.0)


def draw_x(rng_key, gibbs_sites, hmc_sites):
    return {"x": dist.Normal(0.8 * (1 - hmc_sites["y"]), np.sqrt(0.8)).sample(rng_key)}


def mixture(probs, locs):
    c = lp.sample("c", dist.Categorical(probs))
    lp.sample("x", dist.Normal(locs[c], 0.5))


ROWS = {
    "BarkerMH, ten normals": Row(lambda: BarkerMH(ten_normals)),
    "BarkerMH, eight schools": Row(lambda: BarkerMH(eight_schools), schools),
    "BarkerMH, logistic": Row(lambda: BarkerMH(logistic_regression), logistic),
    "SA, ten normals": Row(lambda: SA(ten_normals), warmup=3000),
    "SA, logistic": Row(lambda: SA(logistic_regression), logistic, warmup=3000),
    "NUTS, eight schools": Row(lambda: NUTS(eight_schools), schools),
    "HMCGibbs, pair": Row(
        lambda: HMCGibbs(NUTS(pair), draw_x, ["x"], compile_gibbs_fn=True)
    ),
    "HMCGibbs in Python, pair": Row(lambda: HMCGibbs(NUTS(pair), draw_x, ["x"])),
    "DiscreteHMCGibbs, mixture": Row(
        lambda: DiscreteHMCGibbs(NUTS(mixture), modified=True), four
    ),
    "MixedHMC, mixture": Row(
        lambda: MixedHMC(HMC(mixture, trajectory_length=1.2), num_discrete_updates=20), four
    ),
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
