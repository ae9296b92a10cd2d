"""The ten models of `gradient.py` as plain NumPy; arguments as in `jobs/gradient_data.py`."""

import numpy as np

import lightppl as lp
import lightppl.distributions as dist
from lightppl.contrib.control_flow import scan


def eight_schools(error, effect):
    mu = lp.sample("mu", dist.Normal(0, 5))
    tau = lp.sample("tau", dist.HalfCauchy(5))
    with lp.plate("school", len(error)):
        z = lp.sample("z", dist.Normal(0, 1))
        lp.sample("obs", dist.Normal(mu + tau * z, error), obs=effect)


def linear(X, y):
    alpha = lp.sample("alpha", dist.Normal(0, 5))
    sigma = lp.sample("sigma", dist.HalfNormal(2))
    with lp.plate("column", X.shape[1]):
        beta = lp.sample("beta", dist.Normal(0, 2))
    with lp.plate("row", len(y)):
        lp.sample("obs", dist.Normal(alpha + X @ beta, sigma), obs=y)


def logistic(X, y):
    with lp.plate("column", X.shape[1]):
        beta = lp.sample("beta", dist.Normal(0, 2))
    with lp.plate("row", len(y)):
        lp.sample("obs", dist.Bernoulli(logits=X @ beta), obs=y)


def poisson(X, offset, y):
    with lp.plate("column", X.shape[1]):
        beta = lp.sample("beta", dist.Normal(0, 1))
    with lp.plate("row", len(y)):
        lp.sample("obs", dist.Poisson(np.exp(X @ beta + offset)), obs=y)


def hierarchical(group, x, y):
    mu = lp.sample("mu", dist.Normal(0, 5))
    tau = lp.sample("tau", dist.HalfNormal(2))
    slope = lp.sample("slope", dist.Normal(0, 5))
    with lp.plate("group", 1000):
        z = lp.sample("z", dist.Normal(0, 1))
    with lp.plate("row", len(y)):
        lp.sample("obs", dist.Bernoulli(logits=(mu + tau * z)[group] + slope * x), obs=y)


def gaussian_process(squared_distance, y):
    amplitude = lp.sample("amplitude", dist.HalfNormal(2))
    length = lp.sample("length", dist.LogNormal(0, 1))
    noise = lp.sample("noise", dist.HalfNormal(1))
    covariance = amplitude**2 * np.exp(-0.5 * squared_distance / length**2)
    covariance = covariance + (noise**2 + 1e-8) * np.eye(len(y))
    lp.sample("obs", dist.MultivariateNormal(np.zeros(len(y)), covariance), obs=y)


def garch(y):
    mu = lp.sample("mu", dist.Normal(0, 5))
    level = lp.sample("level", dist.HalfNormal(1))
    shock = lp.sample("shock", dist.Beta(2, 2))
    share = lp.sample("share", dist.Beta(2, 2))

    def step(variance, y):
        return level + shock * (y - mu) ** 2 + (1 - shock) * share * variance, variance

    _, variances = scan(step, np.var(y), y)
    lp.sample("obs", dist.Normal(mu, np.sqrt(variances)), obs=y)


def hidden_markov(y):
    with lp.plate("to", 4):
        mean = lp.sample("mean", dist.Normal(0, 3))
        with lp.plate("from", 4):
            logits = lp.sample("logits", dist.Normal(0, 1))
    sigma = lp.sample("sigma", dist.HalfNormal(2))
    weights = np.exp(logits)
    transition = weights / np.sum(weights, axis=1, keepdims=True)
    log_emission = dist.Normal(mean, sigma).log_prob(y[:, None])
    largest = np.max(log_emission, axis=1)

    def step(filtered, emission):
        joint = (filtered @ transition) * emission
        evidence = np.sum(joint)
        return joint / evidence, np.log(evidence)

    _, log_evidence = scan(step, np.full(4, 0.25), np.exp(log_emission - largest[:, None]))
    lp.factor("y", np.sum(log_evidence) + np.sum(largest))


def mixture(y):
    with lp.plate("part", 5):
        logits = lp.sample("logits", dist.Normal(0, 1))
        mean = lp.sample("mean", dist.Normal(0, 5))
        sigma = lp.sample("sigma", dist.HalfNormal(2))
    parts = dist.MixtureSameFamily(dist.Categorical(logits=logits), dist.Normal(mean, sigma))
    with lp.plate("row", len(y)):
        lp.sample("obs", parts, obs=y)


def item_response(y):
    with lp.plate("item", 50):
        difficulty = lp.sample("difficulty", dist.Normal(0, 2))
        discrimination = lp.sample("discrimination", dist.LogNormal(0, 0.5))
    with lp.plate("person", 500):
        ability = lp.sample("ability", dist.Normal(0, 1))
    eta = discrimination * (ability[:, None] - difficulty)
    lp.sample("obs", dist.Bernoulli(logits=eta).to_event(2), obs=y)


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
