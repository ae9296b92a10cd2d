"""The benchmark models in NumPyro: chains in parallel on as many devices as chains."""

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from data import (
    SCHOOL_EFFECT, SCHOOL_ERROR, simulate_counties, simulate_logistic, simulate_regimes,
    simulate_returns,
)
from numpyro.contrib.control_flow import scan
from numpyro.infer import MCMC, NUTS
from report import NUM_CHAINS, NUM_SAMPLES, NUM_WARMUP, run_job

numpyro.set_host_device_count(NUM_CHAINS)


def eight_schools(sigma, y):
    mu = numpyro.sample("mu", dist.Normal(0, 5))
    tau = numpyro.sample("tau", dist.HalfCauchy(5))
    with numpyro.plate("school", len(sigma)):
        z = numpyro.sample("z", dist.Normal(0, 1))
        theta = numpyro.deterministic("theta", mu + tau * z)
        numpyro.sample("obs", dist.Normal(theta, sigma), obs=y)


def counties(county, floor, y):
    mu = numpyro.sample("mu", dist.Normal(0, 5))
    tau = numpyro.sample("tau", dist.HalfNormal(2))
    slope = numpyro.sample("slope", dist.Normal(0, 5))
    sigma = numpyro.sample("sigma", dist.HalfNormal(2))
    with numpyro.plate("county", int(county.max()) + 1):
        z = numpyro.sample("z", dist.Normal(0, 1))
    with numpyro.plate("house", len(y)):
        numpyro.sample("obs", dist.Normal((mu + tau * z)[county] + slope * floor, sigma), obs=y)


def logistic(X, y):
    with numpyro.plate("column", X.shape[1]):
        beta = numpyro.sample("beta", dist.Normal(0, 2))
    with numpyro.plate("row", len(y)):
        numpyro.sample("obs", dist.Bernoulli(logits=jnp.asarray(X) @ beta), obs=y)


def garch(y, first_variance):
    mu = numpyro.sample("mu", dist.Normal(0, 1))
    level = numpyro.sample("level", dist.LogNormal(-2, 1))
    shock = numpyro.sample("shock", dist.LogNormal(-2, 1))
    memory = numpyro.sample("memory", dist.Uniform(0, 1))

    def day(variance, y_now):
        numpyro.sample("obs", dist.Normal(mu, jnp.sqrt(variance)), obs=y_now)
        return level + shock * (y_now - mu) ** 2 + memory * variance, None

    scan(day, jnp.asarray(first_variance), jnp.asarray(y))


def hmm(y, num_states):
    with numpyro.plate("state", num_states):
        mu = numpyro.sample("mu", dist.Normal(0, 10))
        logits = numpyro.sample("logits", dist.Normal(jnp.zeros(num_states), 1).to_event(1))
    log_transition = jax.nn.log_softmax(logits, axis=1)

    def step(log_weight, y_now):
        moved = jax.nn.logsumexp(log_weight[:, None] + log_transition, axis=0)
        return moved - 0.5 * (y_now - mu) ** 2, None

    log_weight, _ = jax.lax.scan(step, jnp.zeros(num_states), jnp.asarray(y))
    numpyro.factor("states", jax.nn.logsumexp(log_weight, axis=0))


JOBS = {
    "eight_schools": (eight_schools, lambda: (SCHOOL_ERROR, SCHOOL_EFFECT)),
    "counties": (counties, simulate_counties),
    "logistic": (logistic, simulate_logistic),
    "garch": (garch, simulate_returns),
    "hmm": (hmm, simulate_regimes),
}


def make_sampler(name):
    model, arguments = JOBS[name]
    arguments = arguments()
    mcmc = MCMC(
        NUTS(model), num_warmup=NUM_WARMUP, num_samples=NUM_SAMPLES, num_chains=NUM_CHAINS,
        progress_bar=False,
    )

    def sample(seed):
        mcmc.run(jax.random.PRNGKey(seed), *arguments)
        samples = mcmc.get_samples(group_by_chain=True)
        return {site: np.asarray(x) for site, x in samples.items()}

    return sample, mcmc.print_summary


if __name__ == "__main__":
    run_job(make_sampler)
