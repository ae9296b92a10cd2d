"""Value and gradient of the ten models in PyMC, compiled by Numba as nutpie calls them."""

import ctypes
import re
import time

import numba
import numpy as np
import nutpie
import pymc as pm
import pytensor
import pytensor.tensor as pt
from gradient_server import serve


def eight_schools(error, effect):
    mu = pm.Normal("mu", 0, 5)
    tau = pm.HalfCauchy("tau", 5)
    z = pm.Normal("z", 0, 1, shape=8)
    pm.Normal("obs", mu + tau * z, error, observed=effect)


def linear(X, y):
    alpha = pm.Normal("alpha", 0, 5)
    sigma = pm.HalfNormal("sigma", 2)
    beta = pm.Normal("beta", 0, 2, shape=X.shape[1])
    pm.Normal("obs", alpha + X @ beta, sigma, observed=y)


def logistic(X, y):
    beta = pm.Normal("beta", 0, 2, shape=X.shape[1])
    pm.Bernoulli("obs", logit_p=X @ beta, observed=y)


def poisson(X, offset, y):
    beta = pm.Normal("beta", 0, 1, shape=X.shape[1])
    pm.Poisson("obs", pt.exp(X @ beta + offset), observed=y)


def hierarchical(group, x, y):
    mu = pm.Normal("mu", 0, 5)
    tau = pm.HalfNormal("tau", 2)
    slope = pm.Normal("slope", 0, 5)
    z = pm.Normal("z", 0, 1, shape=1000)
    pm.Bernoulli("obs", logit_p=(mu + tau * z)[group] + slope * x, observed=y)


def gaussian_process(squared_distance, y):
    amplitude = pm.HalfNormal("amplitude", 2)
    length = pm.LogNormal("length", 0, 1)
    noise = pm.HalfNormal("noise", 1)
    covariance = amplitude**2 * pt.exp(-0.5 * squared_distance / length**2)
    covariance = covariance + (noise**2 + 1e-8) * np.eye(len(y))
    pm.MvNormal("obs", np.zeros(len(y)), cov=covariance, observed=y)


def garch(y):
    mu = pm.Normal("mu", 0, 5)
    level = pm.HalfNormal("level", 1)
    shock = pm.Beta("shock", 2, 2)
    share = pm.Beta("share", 2, 2)

    def step(y, variance, mu, level, shock, share):
        return level + shock * (y - mu) ** 2 + (1 - shock) * share * variance

    later = pytensor.scan(
        step,
        sequences=[pt.as_tensor(y[:-1])],
        outputs_info=[pt.as_tensor(np.var(y))],
        non_sequences=[mu, level, shock, share],
        return_updates=False,
    )
    variances = pt.concatenate([[np.var(y)], later])
    pm.Normal("obs", mu, pt.sqrt(variances), observed=y)


def hidden_markov(y):
    mean = pm.Normal("mean", 0, 3, shape=4)
    logits = pm.Normal("logits", 0, 1, shape=(4, 4))
    sigma = pm.HalfNormal("sigma", 2)
    log_emission = pm.logp(pm.Normal.dist(mean, sigma), y[:, None])
    largest = pt.max(log_emission, axis=1)

    def step(emission, filtered, transition):
        joint = (filtered @ transition) * emission
        evidence = pt.sum(joint)
        return joint / evidence, pt.log(evidence)

    _, log_evidence = pytensor.scan(
        step,
        sequences=[pt.exp(log_emission - largest[:, None])],
        outputs_info=[pt.as_tensor(np.full(4, 0.25)), None],
        non_sequences=[pt.special.softmax(logits, axis=1)],
        return_updates=False,
    )
    pm.Potential("y", pt.sum(log_evidence) + pt.sum(largest))


def mixture(y):
    logits = pm.Normal("logits", 0, 1, shape=5)
    mean = pm.Normal("mean", 0, 5, shape=5)
    sigma = pm.HalfNormal("sigma", 2, shape=5)
    pm.NormalMixture("obs", pt.special.softmax(logits), mean, sigma=sigma, observed=y)


def item_response(y):
    difficulty = pm.Normal("difficulty", 0, 2, shape=50)
    discrimination = pm.LogNormal("discrimination", 0, 0.5, shape=50)
    ability = pm.Normal("ability", 0, 1, shape=500)
    eta = discrimination * (ability[:, None] - difficulty)
    pm.Bernoulli("obs", logit_p=eta, observed=y)


MODELS = {
    "eight schools": eight_schools,
    "linear 10^3 x 5": linear,
    "logistic 10^4 x 50": logistic,
    "Poisson 10^5 x 10": poisson,
    "hierarchical 10^5": hierarchical,
    "GP 200": gaussian_process,
    "GARCH 500": garch,
    "HMM 4 x 1000": hidden_markov,
    "mixture 5 x 10^4": mixture,
    "IRT 500 x 50": item_response,
}

# every argument is a number or an address, and both are 64 bits wide
LOG_DENSITY = ctypes.CFUNCTYPE(ctypes.c_int64, *([ctypes.c_uint64] * 5))


def prepare(name, data, point):
    """See `gradient_server.serve`; the seconds are those of compiling the model by nutpie."""
    with pm.Model() as model:
        MODELS[name](**data)
    start = time.perf_counter()
    compiled = nutpie.compile_pymc_model(model)
    seconds = time.perf_counter() - start
    dimension, (names, slices, _) = compiled.n_dim, compiled.shape_info
    q, grad, value = np.zeros(dimension), np.zeros(dimension), np.zeros(1)
    where = {
        re.sub(r"_(log|logodds|interval)__$", "", name): span
        for name, span in zip(names, slices)
        if span.stop <= dimension
    }
    for site, span in where.items():
        q[span] = np.ravel(point[site])
    evaluate = LOG_DENSITY(compiled.compiled_logp_func.address)

    @numba.njit
    def loop(dimension, q, grad, value, user_data, times):
        for _ in range(times):
            evaluate(dimension, q, grad, value, user_data)

    addresses = (x.ctypes.data for x in (q, grad, value, compiled.user_data))
    arguments = tuple(np.uint64(x) for x in (dimension, *addresses))
    loop(*arguments, 1)
    gradient = {site: -grad[span] for site, span in where.items()}

    def repeat(times, owners=(compiled, q, grad, value)):
        loop(*arguments, times)

    return repeat, seconds, gradient


if __name__ == "__main__":
    serve(prepare)
