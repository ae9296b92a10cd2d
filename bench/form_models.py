"""The forms of writing of `forms.py`, in lightppl; arguments as in `jobs/form_data.py`.

Each is one of the ten models of `models.py`, or a close relative, as other users write it: a Python
loop, a density by hand in `factor`, long format with indices, `einsum`, `logsumexp`.
"""

import numpy as np

import lightppl as lp
import lightppl.distributions as dist
from lightppl.contrib.control_flow import scan
from lightppl.distributions import transforms
from lightppl.linalg import solve_triangular
from lightppl.special import logsumexp


def schools_in_a_loop(error, effect):
    mu = lp.sample("mu", dist.Normal(0, 5))
    tau = lp.sample("tau", dist.HalfCauchy(5))
    for j in range(len(error)):
        theta = lp.sample(f"theta_{j}", dist.Normal(mu, tau))
        lp.sample(f"obs_{j}", dist.Normal(theta, error[j]), obs=effect[j])


def linear_by_factor(X, y):
    alpha = lp.sample("alpha", dist.Normal(0, 5))
    sigma = lp.sample("sigma", dist.HalfNormal(2))
    beta = lp.sample("beta", dist.Normal(0, 2).expand([X.shape[1]]))
    z = (y - alpha - np.dot(X, beta)) / sigma
    lp.factor("obs", np.sum(-0.5 * z**2 - np.log(sigma)))


def linear_by_columns(X, y):
    mean = lp.sample("alpha", dist.Normal(0, 5))
    sigma = lp.sample("sigma", dist.HalfNormal(2))
    for k in range(X.shape[1]):
        mean = mean + lp.sample(f"beta_{k}", dist.Normal(0, 2)) * X[:, k]
    lp.sample("obs", dist.Normal(mean, sigma), obs=y)


def logistic_by_einsum(X, y):
    beta = lp.sample("beta", dist.Normal(0, 2).expand([X.shape[1]]))
    eta = np.einsum("nk,k->n", X, beta)
    lp.factor("obs", np.sum(y * eta - np.logaddexp(0, eta)))


def poisson_by_factor(X, offset, y):
    beta = lp.sample("beta", dist.Normal(0, 1).expand([X.shape[1]]))
    log_mean = offset + np.sum(X * beta, axis=1)
    lp.factor("obs", np.sum(y * log_mean - np.exp(log_mean)))


def hierarchical_centered(group, x, y):
    mu = lp.sample("mu", dist.Normal(0, 5))
    tau = lp.sample("tau", dist.HalfNormal(2))
    slope = lp.sample("slope", dist.Normal(0, 5))
    intercept = lp.sample("intercept", dist.Normal(mu, tau).expand([1000]))
    lp.sample("obs", dist.Bernoulli(logits=intercept[group] + slope * x), obs=y)


def hierarchical_by_factor(group, x, y):
    mu = lp.sample("mu", dist.Normal(0, 5))
    tau = lp.sample("tau", dist.HalfNormal(2))
    slope = lp.sample("slope", dist.Normal(0, 5))
    intercept = lp.sample("intercept", dist.Normal(mu, tau).expand([1000]))
    eta = intercept[group] + slope * x
    lp.factor("obs", np.sum(y * eta - np.log1p(np.exp(eta))))


def varying_slopes(group, X, y):
    tau = lp.sample("tau", dist.HalfNormal(2).expand([3]))
    sigma = lp.sample("sigma", dist.HalfNormal(2))
    beta = lp.sample("beta", dist.Normal(0, tau).expand([200, 3]))
    lp.sample("obs", dist.Normal(np.einsum("nk,nk->n", X, beta[group]), sigma), obs=y)


def ordered_logistic(X, y):
    beta = lp.sample("beta", dist.Normal(0, 2).expand([X.shape[1]]))
    cuts = dist.TransformedDistribution(
        dist.Normal(0, 3).expand([4]).to_event(1), transforms.OrderedTransform()
    )
    lp.sample("obs", dist.OrderedLogistic(X @ beta, lp.sample("cuts", cuts)), obs=y)


def gaussian_process_by_factor(squared_distance, y):
    amplitude = lp.sample("amplitude", dist.HalfNormal(2))
    length = lp.sample("length", dist.LogNormal(0, 1))
    noise = lp.sample("noise", dist.HalfNormal(1))
    covariance = amplitude**2 * np.exp(-0.5 * squared_distance / length**2)
    covariance = covariance + (noise**2 + 1e-8) * np.eye(len(y))
    L = np.linalg.cholesky(covariance)
    z = solve_triangular(L, y, lower=True)
    lp.factor("obs", -0.5 * np.sum(z**2) - np.sum(np.log(np.diag(L))))


def garch_sum_in_carry(y):
    mu = lp.sample("mu", dist.Normal(0, 5))
    level = lp.sample("level", dist.HalfNormal(1))
    shock = lp.sample("shock", dist.Beta(2, 2))
    share = lp.sample("share", dist.Beta(2, 2))

    def step(carry, y):
        variance, total = carry
        square = (y - mu) ** 2
        total = total - 0.5 * square / variance - 0.5 * np.log(variance)
        return (level + shock * square + (1 - shock) * share * variance, total), None

    (_, total), _ = scan(step, (np.var(y), 0.0), y)
    lp.factor("obs", total)


def hidden_markov(K):
    """Return the forward algorithm in logarithms for K states."""

    def model(y):
        mean = lp.sample("mean", dist.Normal(0, 3).expand([K]))
        logits = lp.sample("logits", dist.Normal(0, 1).expand([K, K]))
        sigma = lp.sample("sigma", dist.HalfNormal(2))
        log_transition = logits - logsumexp(logits, axis=1, keepdims=True)
        log_emission = dist.Normal(mean, sigma).log_prob(y[:, None])

        def step(log_filtered, emission):
            moved = logsumexp(log_filtered[:, None] + log_transition, axis=0)
            return moved + emission, None

        log_filtered, _ = scan(step, np.full(K, -np.log(K)), log_emission)
        lp.factor("y", logsumexp(log_filtered))

    return model


def mixture_by_factor(y):
    logits = lp.sample("logits", dist.Normal(0, 1).expand([5]))
    mean = lp.sample("mean", dist.Normal(0, 5).expand([5]))
    sigma = lp.sample("sigma", dist.HalfNormal(2).expand([5]))
    z = (y[:, None] - mean) / sigma
    log_weight = logits - logsumexp(logits)
    lp.factor("obs", np.sum(logsumexp(log_weight - 0.5 * z**2 - np.log(sigma), axis=1)))


def item_response_long(person, item, y):
    difficulty = lp.sample("difficulty", dist.Normal(0, 2).expand([50]))
    discrimination = lp.sample("discrimination", dist.LogNormal(0, 0.5).expand([50]))
    ability = lp.sample("ability", dist.Normal(0, 1).expand([500]))
    eta = discrimination[item] * (ability[person] - difficulty[item])
    lp.sample("obs", dist.Bernoulli(logits=eta), obs=y)


MODELS = {
    "eight schools, Python loop": schools_in_a_loop,
    "linear, factor": linear_by_factor,
    "linear, loop over columns": linear_by_columns,
    "logistic, einsum": logistic_by_einsum,
    "Poisson, factor": poisson_by_factor,
    "hierarchical, sorted rows": hierarchical_centered,
    "hierarchical, factor": hierarchical_by_factor,
    "varying slopes, einsum": varying_slopes,
    "ordered logistic": ordered_logistic,
    "GP, factor": gaussian_process_by_factor,
    "GARCH, sum in the carry": garch_sum_in_carry,
    "HMM 2, logsumexp": hidden_markov(2),
    "HMM 4, logsumexp": hidden_markov(4),
    "HMM 16, logsumexp": hidden_markov(16),
    "mixture, logsumexp": mixture_by_factor,
    "IRT long, sorted rows": item_response_long,
    "IRT long, random rows": item_response_long,
}
