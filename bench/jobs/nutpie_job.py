"""The benchmark models in PyMC, sampled by nutpie."""

import arviz
import numpy as np
import nutpie
import pymc as pm
from data import SCHOOL_EFFECT, SCHOOL_ERROR, simulate_counties, simulate_logistic
from report import NUM_CHAINS, NUM_SAMPLES, NUM_WARMUP, run_job


def eight_schools():
    mu = pm.Normal("mu", 0, 5)
    tau = pm.HalfCauchy("tau", 5)
    z = pm.Normal("z", 0, 1, shape=8)
    theta = pm.Deterministic("theta", mu + tau * z)
    pm.Normal("obs", theta, SCHOOL_ERROR, observed=SCHOOL_EFFECT)


def counties():
    county, floor, y = simulate_counties()
    mu = pm.Normal("mu", 0, 5)
    tau = pm.HalfNormal("tau", 2)
    slope = pm.Normal("slope", 0, 5)
    sigma = pm.HalfNormal("sigma", 2)
    z = pm.Normal("z", 0, 1, shape=int(county.max()) + 1)
    pm.Normal("obs", (mu + tau * z)[county] + slope * floor, sigma, observed=y)


def logistic():
    X, y = simulate_logistic()
    beta = pm.Normal("beta", 0, 2, shape=X.shape[1])
    pm.Bernoulli("obs", logit_p=X @ beta, observed=y)


JOBS = {"eight_schools": eight_schools, "counties": counties, "logistic": logistic}


def make_sampler(name):
    last = {}

    def sample(seed):
        if "compiled" not in last:
            with pm.Model() as model:
                JOBS[name]()
            last["compiled"] = nutpie.compile_pymc_model(model)
        last["trace"] = nutpie.sample(
            last["compiled"], draws=NUM_SAMPLES, tune=NUM_WARMUP, chains=NUM_CHAINS, seed=seed,
            progress_bar=False,
        )
        return {site: np.asarray(x) for site, x in last["trace"].posterior.items()}

    return sample, lambda: print(arviz.summary(last["trace"]))


if __name__ == "__main__":
    run_job(make_sampler)
