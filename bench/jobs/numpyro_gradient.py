"""Value and gradient of the ten models in NumPyro, in float64.

What is timed is the faster of two ways to call them: from a compiled loop, as NumPyro's sampler
does, or one by one from Python.
"""

import time

import jax

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp  # noqa: E402  (after the switch to float64)
import numpyro  # noqa: E402
import numpyro.distributions as dist  # noqa: E402
from gradient_server import serve  # noqa: E402
from numpyro.infer.util import initialize_model  # noqa: E402


def eight_schools(error, effect):
    mu = numpyro.sample("mu", dist.Normal(0, 5))
    tau = numpyro.sample("tau", dist.HalfCauchy(5))
    with numpyro.plate("school", len(error)):
        z = numpyro.sample("z", dist.Normal(0, 1))
        numpyro.sample("obs", dist.Normal(mu + tau * z, error), obs=effect)


def linear(X, y):
    alpha = numpyro.sample("alpha", dist.Normal(0, 5))
    sigma = numpyro.sample("sigma", dist.HalfNormal(2))
    with numpyro.plate("column", X.shape[1]):
        beta = numpyro.sample("beta", dist.Normal(0, 2))
    with numpyro.plate("row", len(y)):
        numpyro.sample("obs", dist.Normal(alpha + X @ beta, sigma), obs=y)


def logistic(X, y):
    with numpyro.plate("column", X.shape[1]):
        beta = numpyro.sample("beta", dist.Normal(0, 2))
    with numpyro.plate("row", len(y)):
        numpyro.sample("obs", dist.Bernoulli(logits=X @ beta), obs=y)


def poisson(X, offset, y):
    with numpyro.plate("column", X.shape[1]):
        beta = numpyro.sample("beta", dist.Normal(0, 1))
    with numpyro.plate("row", len(y)):
        numpyro.sample("obs", dist.Poisson(jnp.exp(X @ beta + offset)), obs=y)


def hierarchical(group, x, y):
    mu = numpyro.sample("mu", dist.Normal(0, 5))
    tau = numpyro.sample("tau", dist.HalfNormal(2))
    slope = numpyro.sample("slope", dist.Normal(0, 5))
    with numpyro.plate("group", 1000):
        z = numpyro.sample("z", dist.Normal(0, 1))
    with numpyro.plate("row", len(y)):
        eta = (mu + tau * z)[group] + slope * x
        numpyro.sample("obs", dist.Bernoulli(logits=eta), obs=y)


def gaussian_process(squared_distance, y):
    amplitude = numpyro.sample("amplitude", dist.HalfNormal(2))
    length = numpyro.sample("length", dist.LogNormal(0, 1))
    noise = numpyro.sample("noise", dist.HalfNormal(1))
    covariance = amplitude**2 * jnp.exp(-0.5 * squared_distance / length**2)
    covariance = covariance + (noise**2 + 1e-8) * jnp.eye(len(y))
    numpyro.sample("obs", dist.MultivariateNormal(jnp.zeros(len(y)), covariance), obs=y)


def garch(y):
    mu = numpyro.sample("mu", dist.Normal(0, 5))
    level = numpyro.sample("level", dist.HalfNormal(1))
    shock = numpyro.sample("shock", dist.Beta(2, 2))
    share = numpyro.sample("share", dist.Beta(2, 2))

    def step(variance, y):
        return level + shock * (y - mu) ** 2 + (1 - shock) * share * variance, variance

    _, variances = jax.lax.scan(step, jnp.var(y), y)
    numpyro.sample("obs", dist.Normal(mu, jnp.sqrt(variances)), obs=y)


def hidden_markov(y):
    with numpyro.plate("to", 4):
        mean = numpyro.sample("mean", dist.Normal(0, 3))
        with numpyro.plate("from", 4):
            logits = numpyro.sample("logits", dist.Normal(0, 1))
    sigma = numpyro.sample("sigma", dist.HalfNormal(2))
    transition = jax.nn.softmax(logits, axis=1)
    log_emission = dist.Normal(mean, sigma).log_prob(y[:, None])
    largest = jnp.max(log_emission, axis=1)

    def step(filtered, emission):
        joint = (filtered @ transition) * emission
        evidence = jnp.sum(joint)
        return joint / evidence, jnp.log(evidence)

    scaled = jnp.exp(log_emission - largest[:, None])
    _, log_evidence = jax.lax.scan(step, jnp.full(4, 0.25), scaled)
    numpyro.factor("y", jnp.sum(log_evidence) + jnp.sum(largest))


def mixture(y):
    with numpyro.plate("part", 5):
        logits = numpyro.sample("logits", dist.Normal(0, 1))
        mean = numpyro.sample("mean", dist.Normal(0, 5))
        sigma = numpyro.sample("sigma", dist.HalfNormal(2))
    parts = dist.MixtureSameFamily(dist.Categorical(logits=logits), dist.Normal(mean, sigma))
    with numpyro.plate("row", len(y)):
        numpyro.sample("obs", parts, obs=y)


def item_response(y):
    with numpyro.plate("item", 50):
        difficulty = numpyro.sample("difficulty", dist.Normal(0, 2))
        discrimination = numpyro.sample("discrimination", dist.LogNormal(0, 0.5))
    with numpyro.plate("person", 500):
        ability = numpyro.sample("ability", dist.Normal(0, 1))
    eta = discrimination * (ability[:, None] - difficulty)
    numpyro.sample("obs", dist.Bernoulli(logits=eta).to_event(2), obs=y)


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


def preparer(models):
    """Return what `gradient_server.serve` needs to time some models."""
    return lambda name, data, point: _prepare(models[name], data, point)


def _prepare(model, data, point):
    """The seconds are those of tracing and compiling the gradient."""
    data = {key: jnp.asarray(x) for key, x in data.items()}
    found = initialize_model(jax.random.PRNGKey(0), model, model_kwargs=data)
    shapes = {site: x.shape for site, x in found.param_info.z.items()}
    start_point = {site: jnp.asarray(point[site]).reshape(shapes[site]) for site in shapes}
    q, unravel = jax.flatten_util.ravel_pytree(start_point)
    start = time.perf_counter()
    evaluate = jax.jit(jax.value_and_grad(lambda q: found.potential_fn(unravel(q))))
    _, gradient = jax.block_until_ready(evaluate(q))
    seconds = time.perf_counter() - start

    @jax.jit
    def loop(q, times):
        # each call depends on the one before, so that none can be left out
        def step(_, state):
            U, slope = evaluate(state[0])
            return state[0] + 1e-300 * slope, state[1] + U

        return jax.lax.fori_loop(0, times, step, (q, 0.0))

    def call_in_loop(times):
        jax.block_until_ready(loop(q, times))

    def call_from_python(times):
        for _ in range(times):
            jax.block_until_ready(evaluate(q))

    ways = (call_in_loop, call_from_python)
    return min(ways, key=_seconds), seconds, unravel(gradient)


def _seconds(repeat):
    repeat(20)
    found = []
    for _ in range(3):
        start = time.perf_counter()
        repeat(20)
        found.append(time.perf_counter() - start)
    return min(found)


if __name__ == "__main__":
    numpyro.enable_validation(False)
    serve(preparer(MODELS))
