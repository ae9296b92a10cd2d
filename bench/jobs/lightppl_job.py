"""The benchmark models in lightppl."""

import numpy as np
from data import (
    SCHOOL_EFFECT, SCHOOL_ERROR, simulate_counties, simulate_logistic, simulate_regimes,
    simulate_returns,
)
from report import NUM_CHAINS, NUM_SAMPLES, NUM_WARMUP, run_job

import lightppl as lp
import lightppl.distributions as dist
from lightppl import special
from lightppl.contrib.control_flow import scan
from lightppl.infer import MCMC, NUTS


def eight_schools(sigma, y):
    mu = lp.sample("mu", dist.Normal(0, 5))
    tau = lp.sample("tau", dist.HalfCauchy(5))
    with lp.plate("school", len(sigma)):
        z = lp.sample("z", dist.Normal(0, 1))
        theta = lp.deterministic("theta", mu + tau * z)
        lp.sample("obs", dist.Normal(theta, sigma), obs=y)


def counties(county, floor, y):
    mu = lp.sample("mu", dist.Normal(0, 5))
    tau = lp.sample("tau", dist.HalfNormal(2))
    slope = lp.sample("slope", dist.Normal(0, 5))
    sigma = lp.sample("sigma", dist.HalfNormal(2))
    with lp.plate("county", int(county.max()) + 1):
        z = lp.sample("z", dist.Normal(0, 1))
    with lp.plate("house", len(y)):
        lp.sample("obs", dist.Normal((mu + tau * z)[county] + slope * floor, sigma), obs=y)


def logistic(X, y):
    with lp.plate("column", X.shape[1]):
        beta = lp.sample("beta", dist.Normal(0, 2))
    with lp.plate("row", len(y)):
        lp.sample("obs", dist.Bernoulli(logits=X @ beta), obs=y)


def garch(y, first_variance):
    mu = lp.sample("mu", dist.Normal(0, 1))
    level = lp.sample("level", dist.LogNormal(-2, 1))
    shock = lp.sample("shock", dist.LogNormal(-2, 1))
    memory = lp.sample("memory", dist.Uniform(0, 1))

    def day(variance, y_now):
        lp.sample("obs", dist.Normal(mu, np.sqrt(variance)), obs=y_now)
        return level + shock * (y_now - mu) ** 2 + memory * variance, None

    scan(day, first_variance, y)


def hmm(y, num_states):
    with lp.plate("state", num_states):
        mu = lp.sample("mu", dist.Normal(0, 10))
        logits = lp.sample("logits", dist.Normal(np.zeros(num_states), 1).to_event(1))
    log_transition = special.log_softmax(logits, axis=1)

    def step(log_weight, y_now):
        moved = special.logsumexp(log_weight[:, None] + log_transition, axis=0)
        return moved - 0.5 * (y_now - mu) ** 2, None

    log_weight, _ = scan(step, np.zeros(num_states), y)
    lp.factor("states", special.logsumexp(log_weight, axis=0))


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
        mcmc.run(seed, *arguments)
        samples = mcmc.get_samples(group_by_chain=True)
        return {site: np.asarray(x) for site, x in samples.items()}

    return sample, mcmc.print_summary


if __name__ == "__main__":
    run_job(make_sampler)
