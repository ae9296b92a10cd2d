"""Value and gradient of the forms of `forms.py` in NumPyro, in float64; see `numpyro_gradient`."""

import jax
import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from gradient_server import serve
from jax.scipy.linalg import solve_triangular
from jax.scipy.special import logsumexp
from numpyro.distributions import transforms
from numpyro_gradient import preparer


def schools_in_a_loop(error, effect):
    mu = numpyro.sample("mu", dist.Normal(0, 5))
    tau = numpyro.sample("tau", dist.HalfCauchy(5))
    for j in range(len(error)):
        theta = numpyro.sample(f"theta_{j}", dist.Normal(mu, tau))
        numpyro.sample(f"obs_{j}", dist.Normal(theta, error[j]), obs=effect[j])


def linear_by_factor(X, y):
    alpha = numpyro.sample("alpha", dist.Normal(0, 5))
    sigma = numpyro.sample("sigma", dist.HalfNormal(2))
    beta = numpyro.sample("beta", dist.Normal(0, 2).expand([X.shape[1]]))
    z = (y - alpha - jnp.dot(X, beta)) / sigma
    numpyro.factor("obs", jnp.sum(-0.5 * z**2 - jnp.log(sigma)))


def linear_by_columns(X, y):
    mean = numpyro.sample("alpha", dist.Normal(0, 5))
    sigma = numpyro.sample("sigma", dist.HalfNormal(2))
    for k in range(X.shape[1]):
        mean = mean + numpyro.sample(f"beta_{k}", dist.Normal(0, 2)) * X[:, k]
    numpyro.sample("obs", dist.Normal(mean, sigma), obs=y)


def logistic_by_einsum(X, y):
    beta = numpyro.sample("beta", dist.Normal(0, 2).expand([X.shape[1]]))
    eta = jnp.einsum("nk,k->n", X, beta)
    numpyro.factor("obs", jnp.sum(y * eta - jnp.logaddexp(0, eta)))


def poisson_by_factor(X, offset, y):
    beta = numpyro.sample("beta", dist.Normal(0, 1).expand([X.shape[1]]))
    log_mean = offset + jnp.sum(X * beta, axis=1)
    numpyro.factor("obs", jnp.sum(y * log_mean - jnp.exp(log_mean)))


def hierarchical_centered(group, x, y):
    mu = numpyro.sample("mu", dist.Normal(0, 5))
    tau = numpyro.sample("tau", dist.HalfNormal(2))
    slope = numpyro.sample("slope", dist.Normal(0, 5))
    intercept = numpyro.sample("intercept", dist.Normal(mu, tau).expand([1000]))
    numpyro.sample("obs", dist.Bernoulli(logits=intercept[group] + slope * x), obs=y)


def hierarchical_by_factor(group, x, y):
    mu = numpyro.sample("mu", dist.Normal(0, 5))
    tau = numpyro.sample("tau", dist.HalfNormal(2))
    slope = numpyro.sample("slope", dist.Normal(0, 5))
    intercept = numpyro.sample("intercept", dist.Normal(mu, tau).expand([1000]))
    eta = intercept[group] + slope * x
    numpyro.factor("obs", jnp.sum(y * eta - jnp.log1p(jnp.exp(eta))))


def varying_slopes(group, X, y):
    tau = numpyro.sample("tau", dist.HalfNormal(2).expand([3]))
    sigma = numpyro.sample("sigma", dist.HalfNormal(2))
    beta = numpyro.sample("beta", dist.Normal(0, tau).expand([200, 3]))
    numpyro.sample("obs", dist.Normal(jnp.einsum("nk,nk->n", X, beta[group]), sigma), obs=y)


def ordered_logistic(X, y):
    beta = numpyro.sample("beta", dist.Normal(0, 2).expand([X.shape[1]]))
    cuts = dist.TransformedDistribution(
        dist.Normal(0, 3).expand([4]).to_event(1), transforms.OrderedTransform()
    )
    numpyro.sample("obs", dist.OrderedLogistic(X @ beta, numpyro.sample("cuts", cuts)), obs=y)


def gaussian_process_by_factor(squared_distance, y):
    amplitude = numpyro.sample("amplitude", dist.HalfNormal(2))
    length = numpyro.sample("length", dist.LogNormal(0, 1))
    noise = numpyro.sample("noise", dist.HalfNormal(1))
    covariance = amplitude**2 * jnp.exp(-0.5 * squared_distance / length**2)
    covariance = covariance + (noise**2 + 1e-8) * jnp.eye(len(y))
    L = jnp.linalg.cholesky(covariance)
    z = solve_triangular(L, y, lower=True)
    numpyro.factor("obs", -0.5 * jnp.sum(z**2) - jnp.sum(jnp.log(jnp.diag(L))))


def garch_sum_in_carry(y):
    mu = numpyro.sample("mu", dist.Normal(0, 5))
    level = numpyro.sample("level", dist.HalfNormal(1))
    shock = numpyro.sample("shock", dist.Beta(2, 2))
    share = numpyro.sample("share", dist.Beta(2, 2))

    def step(carry, y):
        variance, total = carry
        square = (y - mu) ** 2
        total = total - 0.5 * square / variance - 0.5 * jnp.log(variance)
        return (level + shock * square + (1 - shock) * share * variance, total), None

    (_, total), _ = jax.lax.scan(step, (jnp.var(y), 0.0), y)
    numpyro.factor("obs", total)


def hidden_markov(K):
    """Return the forward algorithm in logarithms for K states."""

    def model(y):
        mean = numpyro.sample("mean", dist.Normal(0, 3).expand([K]))
        logits = numpyro.sample("logits", dist.Normal(0, 1).expand([K, K]))
        sigma = numpyro.sample("sigma", dist.HalfNormal(2))
        log_transition = logits - logsumexp(logits, axis=1, keepdims=True)
        log_emission = dist.Normal(mean, sigma).log_prob(y[:, None])

        def step(log_filtered, emission):
            moved = logsumexp(log_filtered[:, None] + log_transition, axis=0)
            return moved + emission, None

        log_filtered, _ = jax.lax.scan(step, jnp.full(K, -jnp.log(K)), log_emission)
        numpyro.factor("y", logsumexp(log_filtered))

    return model


def mixture_by_factor(y):
    logits = numpyro.sample("logits", dist.Normal(0, 1).expand([5]))
    mean = numpyro.sample("mean", dist.Normal(0, 5).expand([5]))
    sigma = numpyro.sample("sigma", dist.HalfNormal(2).expand([5]))
    z = (y[:, None] - mean) / sigma
    log_weight = logits - logsumexp(logits)
    numpyro.factor("obs", jnp.sum(logsumexp(log_weight - 0.5 * z**2 - jnp.log(sigma), axis=1)))


def item_response_long(person, item, y):
    difficulty = numpyro.sample("difficulty", dist.Normal(0, 2).expand([50]))
    discrimination = numpyro.sample("discrimination", dist.LogNormal(0, 0.5).expand([50]))
    ability = numpyro.sample("ability", dist.Normal(0, 1).expand([500]))
    eta = discrimination[item] * (ability[person] - difficulty[item])
    numpyro.sample("obs", dist.Bernoulli(logits=eta), obs=y)


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


if __name__ == "__main__":
    numpyro.enable_validation(False)
    serve(preparer(MODELS))
