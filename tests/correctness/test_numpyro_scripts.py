"""Models as NumPyro's users write them, with nothing changed but the imports, against SciPy."""

import numpy as np
import pytest
from scipy import special, stats

import lightppl as numpyro
import lightppl.distributions as dist
from lightppl.contrib.control_flow import scan
from lightppl.infer import MCMC, NUTS
from lightppl.infer.reparam import LocScaleReparam
from lightppl.infer.util import log_density, potential_energy, unconstrain_fn

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 2))
Y = X @ [1.0, -0.5] + RNG.normal(size=12)
GROUP = np.arange(12) % 3
normal = stats.norm.logpdf


def linear_regression(X, y=None):
    a = numpyro.sample("a", dist.Normal(0, 10))
    b = numpyro.sample("b", dist.Normal(0, 1).expand([X.shape[1]]))
    sigma = numpyro.sample("sigma", dist.Exponential(1.0))
    mu = numpyro.deterministic("mu", a + np.matmul(X, b))
    numpyro.sample("obs", dist.Normal(mu, sigma), obs=y)


def true_linear_regression(a, b, sigma):
    prior = normal(a, 0, 10) + normal(b).sum() + stats.expon.logpdf(sigma)
    return prior + normal(Y, a + X @ b, sigma).sum()


def one_mean(y):
    mu = numpyro.sample("mu", dist.Normal(0, 10))
    sigma = numpyro.sample("sigma", dist.HalfCauchy(5))
    numpyro.sample("obs", dist.Normal(mu, sigma), obs=y)


def true_one_mean(mu, sigma):
    return normal(mu, 0, 10) + stats.halfcauchy.logpdf(sigma, 0, 5) + normal(Y, mu, sigma).sum()


def logistic_regression(X, y):
    b = numpyro.sample("b", dist.Normal(np.zeros(2), np.ones(2)).to_event(1))
    numpyro.sample("y", dist.Bernoulli(logits=np.dot(X, b)), obs=y)


def true_logistic_regression(b):
    p = special.expit(X @ b)
    return normal(b).sum() + stats.bernoulli.logpmf(Y > 0, p).sum()


def hierarchical(group, y):
    mu = numpyro.sample("mu", dist.Normal(0, 5))
    tau = numpyro.sample("tau", dist.HalfNormal(5))
    with numpyro.plate("groups", 3):
        with numpyro.handlers.reparam(config={"theta": LocScaleReparam(0)}):
            theta = numpyro.sample("theta", dist.Normal(mu, tau))
    with numpyro.plate("data", len(group)):
        numpyro.sample("obs", dist.Normal(theta[group], 1.0), obs=y)


def true_hierarchical(mu, tau, theta_decentered):
    prior = normal(mu, 0, 5) + stats.halfnorm.logpdf(tau, 0, 5) + normal(theta_decentered).sum()
    return prior + normal(Y, (mu + tau * theta_decentered)[GROUP], 1.0).sum()


def mixture(y):
    w = numpyro.sample("w", dist.Dirichlet(np.ones(2)))
    locs = numpyro.sample("locs", dist.Normal(0, 3).expand([2]).to_event(1))
    with numpyro.plate("data", len(y)):
        components = dist.Normal(locs, 0.5)
        numpyro.sample("y", dist.MixtureSameFamily(dist.Categorical(probs=w), components), obs=y)


def true_mixture(w, locs):
    each = special.logsumexp(np.log(w) + normal(Y[:, None], locs, 0.5), axis=-1)
    return stats.dirichlet.logpdf(w, np.ones(2)) + normal(locs, 0, 3).sum() + each.sum()


def autoregression(y):
    alpha = numpyro.sample("alpha", dist.Normal(0, 1))
    beta = numpyro.sample("beta", dist.Uniform(-1, 1))

    def transition(previous, now):
        now = numpyro.sample("y", dist.Normal(alpha + beta * previous, 1.0), obs=now)
        return now, None

    scan(transition, y[0], y[1:])


def true_autoregression(alpha, beta):
    prior = normal(alpha) + stats.uniform.logpdf(beta, -1, 2)
    return prior + normal(Y[1:], alpha + beta * Y[:-1], 1.0).sum()


def censored(t, is_censored):
    shape = numpyro.sample("shape", dist.LogNormal(0, 1))
    survival = dist.RightCensoredDistribution(dist.Weibull(2.0, shape), is_censored)
    numpyro.sample("t", survival, obs=t)


def true_censored(shape):
    t, cut = np.abs(Y), Y > 0
    exact = stats.weibull_min.logpdf(t, shape, scale=2.0)
    beyond = stats.weibull_min.logsf(t, shape, scale=2.0)
    return stats.lognorm.logpdf(shape, 1.0) + np.where(cut, beyond, exact).sum()


def ordinal(X, y):
    b = numpyro.sample("b", dist.Normal(0, 1).expand([2]))
    cut = numpyro.sample("cut", dist.ImproperUniform(dist.constraints.ordered_vector, (), (2,)))
    numpyro.sample("y", dist.OrderedLogistic(X @ b, cut), obs=y)


def true_ordinal(b, cut):
    edges = special.expit(np.concatenate([[-np.inf], cut, [np.inf]]) - (X @ b)[:, None])
    return normal(b).sum() + np.log(np.diff(edges)[np.arange(12), GROUP]).sum()


def zero_inflated(X, y):
    b = numpyro.sample("b", dist.Normal(0, 0.3).expand([2]))
    gate = numpyro.sample("gate", dist.Beta(1, 1))
    numpyro.sample("y", dist.ZeroInflatedPoisson(gate, np.exp(X @ b)), obs=y)


def true_zero_inflated(b, gate):
    counts = (1 - gate) * stats.poisson.pmf(GROUP, np.exp(X @ b)) + gate * (GROUP == 0)
    return normal(b, 0, 0.3).sum() + np.log(counts).sum()


def correlated(X):
    factor = numpyro.sample("factor", dist.LKJCholesky(2, 2.0))
    scale = numpyro.sample("scale", dist.HalfNormal(1.0).expand([2]))
    numpyro.sample(
        "X", dist.MultivariateNormal(0.0, scale_tril=np.matmul(np.diag(scale), factor)), obs=X
    )


def true_correlated(factor, scale):
    # with two dimensions, LKJ(2) is a density 3/4 (1 - r^2) of r, and dr = dL_10
    prior = np.log(0.75) + np.log(1 - factor[1, 0] ** 2) + stats.halfnorm.logpdf(scale).sum()
    tril = scale[:, None] * factor
    return prior + stats.multivariate_normal([0, 0], tril @ tril.T).logpdf(X).sum()


def horseshoe(X, y):
    lam = numpyro.sample("lam", dist.HalfCauchy(np.ones(2)))
    tau = numpyro.sample("tau", dist.HalfCauchy(np.ones(1)))
    unscaled = numpyro.sample("unscaled", dist.Normal(0.0, np.ones(2)))
    precision = numpyro.sample("precision", dist.Gamma(3.0, 1.0))
    mean = np.dot(X, tau * lam * unscaled)
    numpyro.sample("Y", dist.Normal(mean, 1.0 / np.sqrt(precision)), obs=y)


def true_horseshoe(lam, tau, unscaled, precision):
    prior = stats.halfcauchy.logpdf(lam).sum() + stats.halfcauchy.logpdf(tau).sum()
    prior += normal(unscaled).sum() + stats.gamma.logpdf(precision, 3.0)
    return prior + normal(Y, X @ (tau * lam * unscaled), precision**-0.5).sum()


def gaussian_process(x, y):
    variance = numpyro.sample("variance", dist.LogNormal(0.0, 1.0))
    length = numpyro.sample("length", dist.LogNormal(0.0, 1.0))
    square = (x[:, None] - x) ** 2
    kernel = variance * np.exp(-0.5 * square / length**2) + 0.1 * np.eye(len(x))
    numpyro.sample(
        "y", dist.MultivariateNormal(loc=np.zeros(len(x)), covariance_matrix=kernel), obs=y
    )


def true_gaussian_process(variance, length):
    square = (X[:, 0][:, None] - X[:, 0]) ** 2
    kernel = variance * np.exp(-0.5 * square / length**2) + 0.1 * np.eye(12)
    prior = stats.lognorm.logpdf([variance, length], 1.0).sum()
    return prior + stats.multivariate_normal(np.zeros(12), kernel).logpdf(Y)


def crossed(table):
    with numpyro.plate_stack("cells", table.shape):
        numpyro.sample("everything", dist.Normal(0.0, 2.0))
    rows, columns = numpyro.plate("rows", 12, dim=-2), numpyro.plate("columns", 2, dim=-1)
    with rows:
        a = numpyro.sample("a", dist.Normal(0, 1))
    with columns:
        b = numpyro.sample("b", dist.Normal(0, 1))
    with rows, columns:
        numpyro.sample("table", dist.Normal(a + b, 1.0), obs=table)


def true_crossed(everything, a, b):
    prior = normal(everything, 0, 2).sum() + normal(a).sum() + normal(b).sum()
    return prior + normal(X, a + b, 1.0).sum()


def weighted_and_masked(y):
    mu = numpyro.sample("mu", dist.Normal(0, 1))
    with numpyro.handlers.scale(scale=np.arange(1.0, 13.0)), numpyro.handlers.mask(mask=y > 0):
        numpyro.sample("y", dist.StudentT(4.0, mu, 1.0), obs=y)


def true_weighted_and_masked(mu):
    each = np.arange(1.0, 13.0) * stats.t.logpdf(Y, 4.0, mu)
    return normal(mu) + each[Y > 0].sum()


def scoped_and_lifted(y):
    def part():
        a = numpyro.param("a", 0.0)
        numpyro.sample("y", dist.Laplace(a, 1.0), obs=y)

    for name in ("left", "right"):
        with numpyro.handlers.scope(prefix=name), numpyro.handlers.lift(prior=dist.Normal(0, 1)):
            part()


def true_scoped_and_lifted(**a):
    return sum(normal(x) + stats.laplace.logpdf(Y, x).sum() for x in a.values())


def imputed(y):
    mu = numpyro.sample("mu", dist.Normal(0, 1))
    missing = np.nonzero(y > 1)[0]
    new = numpyro.sample("new", dist.Normal(mu, 1.0).expand([len(missing)]).mask(False))
    filled = numpyro.special.set_at(y, missing, new)
    numpyro.sample("y", dist.Normal(mu, 1.0), obs=filled)


def true_imputed(mu, new):
    filled = Y.copy()
    filled[Y > 1] = new
    return normal(mu) + normal(filled, mu, 1.0).sum()


FACTOR = np.array([[1.0, 0.0], [0.6, 0.8]])
CASES = [
    (linear_regression, true_linear_regression, (X, Y),
     {"a": 0.3, "b": np.array([1.0, -0.2]), "sigma": 0.7}),
    (one_mean, true_one_mean, (Y,), {"mu": 0.3, "sigma": 1.5}),
    (logistic_regression, true_logistic_regression, (X, (Y > 0).astype(int)),
     {"b": np.array([0.5, -1.0])}),
    (hierarchical, true_hierarchical, (GROUP, Y),
     {"mu": 0.2, "tau": 1.5, "theta_decentered": np.array([0.1, -1.0, 0.4])}),
    (mixture, true_mixture, (Y,), {"w": np.array([0.3, 0.7]), "locs": np.array([-1.0, 0.5])}),
    (autoregression, true_autoregression, (Y,), {"alpha": 0.1, "beta": 0.4}),
    (censored, true_censored, (np.abs(Y), Y > 0), {"shape": 1.3}),
    (ordinal, true_ordinal, (X, GROUP), {"b": np.array([0.2, 0.5]), "cut": np.array([-0.5, 0.8])}),
    (zero_inflated, true_zero_inflated, (X, GROUP), {"b": np.array([0.2, -0.1]), "gate": 0.25}),
    (correlated, true_correlated, (X,), {"factor": FACTOR, "scale": np.array([0.8, 1.4])}),
    (horseshoe, true_horseshoe, (X, Y), {"lam": np.array([0.5, 2.0]), "tau": np.array([0.3]),
                         "unscaled": np.array([1.0, -1.0]), "precision": 2.0}),
    (gaussian_process, true_gaussian_process, (X[:, 0], Y), {"variance": 1.2, "length": 0.7}),
    (crossed, true_crossed, (X,), {"everything": X / 2, "a": X[:, :1], "b": np.array([0.1, 0.2])}),
    (weighted_and_masked, true_weighted_and_masked, (Y,), {"mu": 0.4}),
    (scoped_and_lifted, true_scoped_and_lifted, (Y,), {"left/a": 0.1, "right/a": -0.7}),
    (imputed, true_imputed, (Y,), {"mu": 0.2, "new": np.linspace(0, 1, np.sum(Y > 1))}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("model", "truth", "args", "params"), CASES, ids=[case[0].__name__ for case in CASES]
)
def test_a_ported_model_has_the_density_of_its_mathematics(model, truth, args, params):
    found, _ = log_density(model, args, {}, params)
    np.testing.assert_allclose(found, truth(**params), rtol=1e-10)
    # the compiled density adds the Jacobian, as the eager potential energy does
    f = numpyro.log_density_function(model, *args)
    energy = potential_energy(model, args, {}, unconstrain_fn(model, args, {}, params))
    np.testing.assert_allclose(f(f.ravel(params)), -energy, rtol=1e-10)


COUNTS = np.array(
    [13, 24, 8, 24, 7, 35, 14, 11, 15, 11, 22, 22, 11, 57, 11, 19, 29, 6, 19, 12,
     22, 12, 18, 72, 32, 9, 7, 13, 19, 23, 27, 20, 6, 17, 13, 10, 14, 6, 16, 15,
     7, 2, 15, 15, 19, 70, 49, 7, 53, 22, 21, 31, 19, 11, 18, 20, 12, 35, 17, 23,
     17, 4, 2, 31, 30, 13, 27, 0, 39, 37, 5, 14, 13, 22]
)  # fmt: skip


def change_point(counts):
    alpha = 1 / np.mean(counts)
    lambda1 = numpyro.sample("lambda1", dist.Exponential(alpha))
    lambda2 = numpyro.sample("lambda2", dist.Exponential(alpha))
    tau = numpyro.sample("tau", dist.Uniform(0, 1))
    rate = np.where(np.arange(len(counts)) < tau * len(counts), lambda1, lambda2)
    numpyro.sample("obs", dist.Poisson(rate), obs=counts)


def test_nuts_finds_the_change_point_though_the_density_jumps():
    """One chain of four ends elsewhere where step sizes collapse, here three of a hundred."""
    mcmc = MCMC(
        NUTS(change_point), num_warmup=1000, num_samples=50, num_chains=6, progress_bar=False
    )
    mcmc.run(4, COUNTS)
    days = (mcmc.get_samples(group_by_chain=True)["tau"] * len(COUNTS)).astype(int)
    modes = np.array([np.bincount(chain).argmax() for chain in days])
    assert np.sum((modes == 43) | (modes == 44)) >= 5
