"""The posteriors of `posteriordb.py` in NumPyro."""

import jax
import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from jax.scipy.special import logsumexp
from numpyro.distributions import constraints
from numpyro_sampler import Sampler, log_densities
from posteriordb_problem import finder
from sampler_job import run_job


def flat(name, size):
    return numpyro.sample(name, dist.ImproperUniform(constraints.real, (), event_shape=(size,)))


def flat_positive(name):
    return numpyro.sample(name, dist.ImproperUniform(constraints.positive, (), event_shape=()))


def eight_schools_centered(y, sigma):
    mu = numpyro.sample("mu", dist.Normal(0, 5))
    tau = numpyro.sample("tau", dist.HalfCauchy(5))
    with numpyro.plate("school", len(y)):
        theta = numpyro.sample("theta", dist.Normal(mu, tau))
        numpyro.sample("obs", dist.Normal(theta, sigma), obs=y)


def eight_schools_noncentered(y, sigma):
    mu = numpyro.sample("mu", dist.Normal(0, 5))
    tau = numpyro.sample("tau", dist.HalfCauchy(5))
    with numpyro.plate("school", len(y)):
        theta_trans = numpyro.sample("theta_trans", dist.Normal(0, 1))
        theta = numpyro.deterministic("theta", mu + tau * theta_trans)
        numpyro.sample("obs", dist.Normal(theta, sigma), obs=y)


def normal_data(mean, sigma, y):
    with numpyro.plate("data", len(y)):
        numpyro.sample("obs", dist.Normal(mean, sigma), obs=y)


def regression(X, y):
    beta = flat("beta", X.shape[1])
    normal_data(X @ beta, flat_positive("sigma"), y)


def kidscore(X, y):
    beta = flat("beta", X.shape[1])
    normal_data(X @ beta, numpyro.sample("sigma", dist.HalfCauchy(2.5)), y)


def temperatures(x, y, pmualpha, psalpha, pmubeta, psbeta):
    alpha = numpyro.sample("alpha", dist.Normal(pmualpha, psalpha))
    beta = numpyro.sample("beta", dist.Normal(pmubeta, psbeta))
    normal_data(alpha + beta * x, flat_positive("sigma"), y)


def bayesian_regression(X, y):
    with numpyro.plate("predictor", X.shape[1]):
        beta = numpyro.sample("beta", dist.Normal(0, 10))
    normal_data(X @ beta, numpyro.sample("sigma", dist.HalfNormal(10)), y)


def diamonds(X, y):
    with numpyro.plate("predictor", X.shape[1]):
        b = numpyro.sample("b", dist.Normal(0, 1))
    intercept = numpyro.sample("Intercept", dist.StudentT(3, 8, 10))
    sigma = numpyro.sample("sigma", dist.FoldedDistribution(dist.StudentT(3, 0, 10)))
    normal_data(intercept + X @ b, sigma, y)


def autoregression(lags, y):
    alpha = numpyro.sample("alpha", dist.Normal(0, 10))
    with numpyro.plate("lag", lags.shape[1]):
        beta = numpyro.sample("beta", dist.Normal(0, 10))
    normal_data(alpha + lags @ beta, numpyro.sample("sigma", dist.HalfCauchy(2.5)), y)


def squared_exponential(x, alpha, rho):
    return alpha**2 * jnp.exp(-0.5 * ((x[:, None] - x[None, :]) / rho) ** 2)


def gp_regression(x, y):
    rho = numpyro.sample("rho", dist.Gamma(25, 4))
    alpha = numpyro.sample("alpha", dist.HalfNormal(2))
    sigma = numpyro.sample("sigma", dist.HalfNormal(1))
    K = squared_exponential(x, alpha, rho) + sigma * jnp.eye(len(x))
    numpyro.sample("obs", dist.MultivariateNormal(jnp.zeros(len(x)), K), obs=y)


def gp_poisson(x, k):
    rho = numpyro.sample("rho", dist.Gamma(25, 4))
    alpha = numpyro.sample("alpha", dist.HalfNormal(2))
    with numpyro.plate("point", len(x)):
        f_tilde = numpyro.sample("f_tilde", dist.Normal(0, 1))
    L = jnp.linalg.cholesky(squared_exponential(x, alpha, rho) + 1e-10 * jnp.eye(len(x)))
    f = numpyro.deterministic("f", L @ f_tilde)
    with numpyro.plate("data", len(x)):
        numpyro.sample("obs", dist.Poisson(jnp.exp(f)), obs=k)


def garch(y, sigma1):
    mu = numpyro.sample("mu", dist.ImproperUniform(constraints.real, (), ()))
    alpha0 = flat_positive("alpha0")
    alpha1 = numpyro.sample("alpha1", dist.Uniform(0.0, 1.0))
    beta1 = numpyro.sample("beta1", dist.Uniform(0.0, 1.0 - alpha1))
    numpyro.factor("flat on the triangle", jnp.log1p(-alpha1))

    def step(variance, y_now):
        return alpha0 + alpha1 * (y_now - mu) ** 2 + beta1 * variance, variance

    _, variances = jax.lax.scan(step, jnp.float64(sigma1) ** 2, y)
    normal_data(mu, jnp.sqrt(variances), y)


def mixture(y):
    mu = numpyro.sample("mu", dist.ImproperUniform(constraints.ordered_vector, (), (2,)))
    numpyro.factor("mu prior", dist.Normal(0, 2).log_prob(mu).sum())
    with numpyro.plate("part", 2):
        sigma = numpyro.sample("sigma", dist.HalfNormal(2))
    theta = numpyro.sample("theta", dist.Beta(5, 5))
    weights = dist.Categorical(jnp.stack([theta, 1 - theta]))
    with numpyro.plate("data", len(y)):
        numpyro.sample("obs", dist.MixtureSameFamily(weights, dist.Normal(mu, sigma)), obs=y)


def hidden_markov(y):
    theta1 = numpyro.sample("theta1", dist.Dirichlet(jnp.ones(2)))
    theta2 = numpyro.sample("theta2", dist.Dirichlet(jnp.ones(2)))
    support = constraints.positive_ordered_vector
    mu = numpyro.sample("mu", dist.ImproperUniform(support, (), (2,)))
    numpyro.factor("mu prior", dist.Normal(jnp.array([3.0, 10.0]), 1.0).log_prob(mu).sum())
    log_transition = jnp.log(jnp.stack([theta1, theta2]))
    emissions = dist.Normal(mu, 1.0).log_prob(y[:, None])

    def step(log_weight, emission):
        return logsumexp(log_weight[:, None] + log_transition, axis=0) + emission, None

    log_weight, _ = jax.lax.scan(step, emissions[0], emissions[1:])
    numpyro.factor("states", logsumexp(log_weight))


def lotka_volterra(y, y_init, steps_a_year):
    center, spread = jnp.array([1.0, 0.05, 1.0, 0.05]), jnp.array([0.5, 0.05, 0.5, 0.05])
    theta = numpyro.sample("theta", dist.TruncatedNormal(center, spread, low=0.0).to_event(1))
    z_init = numpyro.sample("z_init", dist.LogNormal(jnp.log(10.0) * jnp.ones(2), 1.0).to_event(1))
    sigma = numpyro.sample("sigma", dist.LogNormal(-jnp.ones(2), 1.0).to_event(1))
    h = 1.0 / steps_a_year

    def field(z):
        return jnp.stack([(theta[0] - theta[1] * z[1]) * z[0], (theta[3] * z[0] - theta[2]) * z[1]])

    def small_step(z, _):
        k1 = field(z)
        k2 = field(z + 0.5 * h * k1)
        k3 = field(z + 0.5 * h * k2)
        k4 = field(z + h * k3)
        return z + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4), None

    def year(z, _):
        z, _ = jax.lax.scan(small_step, z, None, length=steps_a_year)
        return z, z

    _, z = jax.lax.scan(year, z_init, None, length=len(y))
    numpyro.sample("y_init", dist.LogNormal(jnp.log(z_init), sigma).to_event(1), obs=y_init)
    with numpyro.plate("year", len(y)):
        numpyro.sample("y", dist.LogNormal(jnp.log(z), sigma).to_event(1), obs=y)


def dogs(avoided, shocked, y):
    with numpyro.plate("coefficient", 3):
        beta = numpyro.sample("beta", dist.Normal(0, 100))
    logits = beta[0] + beta[1] * avoided + beta[2] * shocked
    with numpyro.plate_stack("trial", y.shape):
        numpyro.sample("obs", dist.Bernoulli(logits=logits), obs=y)


MODELS = {
    "eight_schools-eight_schools_centered": eight_schools_centered,
    "eight_schools-eight_schools_noncentered": eight_schools_noncentered,
    "kidiq-kidscore_momhsiq": kidscore,
    "earnings-earn_height": regression,
    "nes2000-nes": regression,
    "mesquite-logmesquite_logvas": regression,
    "kilpisjarvi_mod-kilpisjarvi": temperatures,
    "sblri-blr": bayesian_regression,
    "diamonds-diamonds": diamonds,
    "gp_pois_regr-gp_regr": gp_regression,
    "gp_pois_regr-gp_pois_regr": gp_poisson,
    "arK-arK": autoregression,
    "garch-garch11": garch,
    "low_dim_gauss_mix-low_dim_gauss_mix": mixture,
    "hmm_example-hmm_example": hidden_markov,
    "hudson_lynx_hare-lotka_volterra": lotka_volterra,
    "dogs-dogs_retired2022": dogs,
}


if __name__ == "__main__":
    run_job(finder(MODELS), Sampler, log_densities)
