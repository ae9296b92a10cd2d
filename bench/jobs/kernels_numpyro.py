"""Kernels of NumPyro on examples: a row each, with the same name in `kernels_lightppl.py`."""

import time

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from kernels_data import Row, four, logistic, schools
from numpyro.infer import HMC, NUTS, SA, BarkerMH, DiscreteHMCGibbs, HMCGibbs, MixedHMC
from sampler_job import Problem, run_job


def ten_normals():
    x = numpyro.sample("x", dist.Normal(0.0, 1.0).expand([10]))
    numpyro.sample("obs", dist.Normal(x, 1.0), obs=jnp.ones(10))


def eight_schools(sigma, y):
    mu = numpyro.sample("mu", dist.Normal(0, 5))
    tau = numpyro.sample("tau", dist.HalfCauchy(5))
    with numpyro.plate("school", len(sigma)):
        z = numpyro.sample("z", dist.Normal(0, 1))
        numpyro.sample("obs", dist.Normal(mu + tau * z, sigma), obs=y)


def logistic_regression(x, y):
    coefficients = numpyro.sample("coefficients", dist.Normal(jnp.zeros(3), jnp.ones(3)))
    numpyro.sample("y", dist.Bernoulli(logits=x @ coefficients), obs=y)


def pair():
    x = numpyro.sample("x", dist.Normal(0.0, 2.0))
    y = numpyro.sample("y", dist.Normal(0.0, 2.0))
    numpyro.sample("obs", dist.Normal(x + y, 1.0), obs=1.0)


def draw_x(rng_key, gibbs_sites, hmc_sites):
    return {"x": dist.Normal(0.8 * (1 - hmc_sites["y"]), np.sqrt(0.8)).sample(rng_key)}


def mixture(probs, locs):
    c = numpyro.sample("c", dist.Categorical(probs))
    numpyro.sample("x", dist.Normal(locs[c], 0.5))


ROWS = {
    "BarkerMH, ten normals": Row(lambda: BarkerMH(ten_normals)),
    "BarkerMH, eight schools": Row(lambda: BarkerMH(eight_schools), schools),
    "BarkerMH, logistic": Row(lambda: BarkerMH(logistic_regression), logistic),
    "SA, ten normals": Row(lambda: SA(ten_normals)),
    "SA, logistic": Row(lambda: SA(logistic_regression), logistic),
    "NUTS, eight schools": Row(lambda: NUTS(eight_schools), schools),
    "HMCGibbs, pair": Row(
        lambda: HMCGibbs(NUTS(pair), draw_x, ["x"])
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
    """One row, run again and again in this process, compiled once.

    `MCMC.run` of NumPyro traces and compiles at each call; here all iterations are one compiled
    function of the first state, which is made before the clock starts.
    """

    def __init__(self, make_kernel, arguments, sizes, _):
        self.kernel, self.sizes, self.collect = make_kernel(), sizes, None
        self.arguments = tuple(jnp.asarray(x) for x in arguments)

    def time(self, seed):
        began = time.perf_counter()
        key, (chains, warmup, draws, _) = jax.random.key(seed), self.sizes
        keys = key if chains == 1 else jax.random.split(key, chains)
        state = jax.block_until_ready(self.kernel.init(keys, warmup, None, self.arguments, {}))
        if self.collect is None:
            self.collect = jax.jit(lambda state: self._iterate(state, warmup + draws))
        else:
            began = time.perf_counter()
        samples = jax.block_until_ready(self.collect(state))
        seconds = time.perf_counter() - began
        by_chain = {site: np.asarray(x)[warmup:] for site, x in samples.items()}
        if chains == 1:
            return seconds, {site: x[None] for site, x in by_chain.items()}
        return seconds, {site: np.swapaxes(x, 0, 1) for site, x in by_chain.items()}

    def _iterate(self, state, length):
        def step(state, _):
            state = self.kernel.sample(state, self.arguments, {})
            return state, getattr(state, self.kernel.sample_field)

        return jax.lax.scan(step, state, None, length=length)[1]


def find_problem(name, _):
    return Problem(ROWS[name].kernel, ROWS[name].arguments, None, None)


if __name__ == "__main__":
    run_job(find_problem, Sampler, None)
