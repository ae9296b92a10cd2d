"""collapse: marginal densities against closed forms and quadrature."""

import threading

import numpy as np
import pytest
from scipy import integrate, stats

import lightppl as lp
import lightppl.distributions as dist
from lightppl import handlers
from lightppl.errors import ModelError


def total(model, *args):
    """Return the log density of the collapsed model, with its latent sites in the trace."""
    tr = handlers.trace(handlers.seed(handlers.collapse(model), 0)).get_trace(*args)
    factors = [name for name in tr if name.endswith("_collapsed")]
    return sum(float(np.sum(tr[name].log_prob())) for name in factors), tr


def log_integral(log_joint, low, high, peak):
    shift = log_joint(peak)
    value, _ = integrate.quad(
        lambda x: np.exp(log_joint(x) - shift), low, high, points=[peak], epsabs=0, epsrel=1e-11
    )
    return np.log(value) + shift


Y = np.array([1.2, -0.7, 3.1, 0.4])
COUNTS = np.array([3, 0, 5, 2])


def test_normal_normal_is_a_multivariate_normal():
    def model():
        mu = lp.sample("mu", dist.Normal(0.5, 2.0))
        with lp.plate("data", 4):
            lp.sample("y", dist.Normal(mu, 1.5), obs=Y)

    found, tr = total(model)
    cov = 4.0 * np.ones((4, 4)) + 1.5**2 * np.eye(4)
    assert found == pytest.approx(stats.multivariate_normal([0.5] * 4, cov).logpdf(Y), rel=1e-12)
    assert list(tr) == ["data", "mu_collapsed"]


def test_affine_use_of_a_normal_site():
    a, b = np.array([1.0, -2.0, 0.5, 3.0]), np.array([0.1, 0.2, 0.3, 0.4])

    def model():
        mu = lp.sample("mu", dist.Normal(0.5, 2.0))
        with lp.plate("data", 4):
            lp.sample("y", dist.Normal(b - (-a) * mu / 2.0 + 1.0, 1.5), obs=Y)

    cov = np.outer(a, a) + 1.5**2 * np.eye(4)
    expected = stats.multivariate_normal(a / 2 * 0.5 + b + 1.0, cov).logpdf(Y)
    assert total(model)[0] == pytest.approx(expected, rel=1e-12)


def test_indexed_groups_are_integrated_one_by_one():
    group = np.array([2, 0, 2, 1])

    def model():
        with lp.plate("group", 3):
            theta = lp.sample("theta", dist.Normal(np.array([0.0, 1.0, 2.0]), 2.0))
        with lp.plate("data", 4):
            lp.sample("y", dist.Normal(theta[group], 1.0), obs=Y)

    found, tr = total(model)
    assert tr["theta_collapsed"].log_prob().shape == (3,)
    prior = np.array([0.0, 1.0, 2.0])[group]
    cov = 4.0 * (group[:, None] == group) + np.eye(4)
    assert found == pytest.approx(stats.multivariate_normal(prior, cov).logpdf(Y), rel=1e-12)


def test_beta_binomial_and_bernoulli():
    def model():
        p = lp.sample("p", dist.Beta(2.0, 3.0))
        with lp.plate("data", 4):
            lp.sample("y", dist.Binomial(6, p), obs=COUNTS)
        lp.sample("z", dist.Bernoulli(p), obs=1)

    expected = log_integral(
        lambda p: stats.beta(2, 3).logpdf(p)
        + stats.binom(6, p).logpmf(COUNTS).sum() + np.log(p), 0, 1, 0.4,
    )
    assert total(model)[0] == pytest.approx(expected, rel=1e-9)


def test_gamma_poisson_with_exposure_and_exponential():
    exposure = np.array([1.0, 2.0, 0.5, 1.5])

    def model():
        rate = lp.sample("rate", dist.Gamma(2.0, 1.5))
        with lp.plate("data", 4):
            lp.sample("y", dist.Poisson(rate * exposure), obs=COUNTS)
        lp.sample("wait", dist.Exponential(3.0 * rate), obs=0.2)

    expected = log_integral(
        lambda r: stats.gamma(2, scale=1 / 1.5).logpdf(r)
        + stats.poisson(r * exposure).logpmf(COUNTS).sum()
        + stats.expon(scale=1 / (3 * r)).logpdf(0.2), 0, 40, 2.0,
    )
    assert total(model)[0] == pytest.approx(expected, rel=1e-9)


def test_dirichlet_categorical():
    y = np.array([0, 2, 2, 1, 2])

    def model():
        p = lp.sample("p", dist.Dirichlet(np.array([1.0, 2.0, 0.5])))
        with lp.plate("data", 5):
            lp.sample("y", dist.Categorical(probs=p), obs=y)

    alpha, expected = np.array([1.0, 2.0, 0.5]), 0.0
    for k in y:  # Polya's urn
        expected += np.log(alpha[k] / alpha.sum())
        alpha = alpha + np.eye(3)[k]
    assert total(model)[0] == pytest.approx(expected, rel=1e-12)


def test_masked_observations_do_not_count():
    mask = np.array([True, False, True, False])

    def model(y, keep):
        mu = lp.sample("mu", dist.Normal(0.5, 2.0))
        with lp.plate("data", len(y)), handlers.mask(mask=keep):
            lp.sample("y", dist.Normal(mu, 1.5), obs=y)

    assert total(model, Y, mask)[0] == pytest.approx(total(model, Y[mask], mask[mask])[0])


@pytest.mark.parametrize("is_outside", [True, False])
def test_plates_inside_and_outside_of_the_handler(is_outside):
    y = np.array([[1.0, 2.0, 3.0], [0.0, -1.0, 1.0]])

    def rows():
        theta = lp.sample("theta", dist.Normal(0.0, 2.0))
        with lp.plate("repeat", 2, dim=-2):
            lp.sample("y", dist.Normal(theta, 1.0), obs=y)

    def model():
        with lp.plate("column", 3, dim=-1):
            if is_outside:
                handlers.collapse(rows)()
            else:
                rows()

    whole = model if is_outside else handlers.collapse(model)
    tr = handlers.trace(whole).get_trace()
    cov = 4.0 * np.ones((2, 2)) + np.eye(2)
    expected = stats.multivariate_normal(np.zeros(2), cov).logpdf(y.T)
    np.testing.assert_allclose(tr["theta_collapsed"].log_prob(), expected)


def test_the_collapsed_density_is_compiled_with_its_gradient():
    def model(y):
        tau = lp.sample("tau", dist.HalfNormal(3.0))
        with lp.plate("school", 4), handlers.collapse():
            theta = lp.sample("theta", dist.Normal(1.0, tau))
            lp.sample("y", dist.Normal(theta, 1.5), obs=y)

    density = lp.log_density_function(model, Y)
    assert density.size == 1

    def by_hand(q):
        tau = np.exp(q)
        scale = np.sqrt(tau**2 + 1.5**2)
        return stats.halfnorm(scale=3.0).logpdf(tau) + q + stats.norm(1.0, scale).logpdf(Y).sum()

    value, gradient = density.value_and_grad(np.array([0.3]))
    assert value == pytest.approx(by_hand(0.3), rel=1e-12)
    slope = (by_hand(0.3 + 1e-6) - by_hand(0.3 - 1e-6)) / 2e-6
    assert gradient[0] == pytest.approx(slope, rel=1e-7)


def test_sites_can_be_chosen_and_others_stay():
    def model():
        mu = lp.sample("mu", dist.Normal(0.0, 1.0))
        tau = lp.sample("tau", dist.HalfNormal(1.0))
        theta = lp.sample("theta", dist.Normal(mu, tau))
        lp.deterministic("shifted", theta + 1.0)
        lp.sample("y", dist.Normal(theta, 1.0), obs=2.0)

    tr = handlers.trace(handlers.collapse(model, sites=["theta"])).get_trace()
    assert list(tr) == ["mu", "tau", "theta_collapsed"]
    with pytest.raises(ModelError, match="Site 'mu' cannot be collapsed: site 'theta' is not obs"):
        handlers.trace(handlers.collapse(model)).get_trace()


def test_threads_can_share_a_collapsed_model():
    @handlers.collapse()
    def model(y):
        mu = lp.sample("mu", dist.Normal(0.0, 1.0))
        lp.sample("y", dist.Normal(mu, 1.0), obs=y)

    results = {}

    def work(y):
        for _ in range(30):
            value = float(handlers.trace(model).get_trace(y)["mu_collapsed"].log_prob())
            results.setdefault(y, set()).add(value)

    threads = [threading.Thread(target=work, args=(float(y),)) for y in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(len(values) == 1 for values in results.values()) and len(results) == 3


@pytest.mark.parametrize(
    ("use", "sentence"),
    [
        (lambda x: dist.Normal(np.exp(x), 1.0), "depends on it through exp"),
        (lambda x: dist.Normal(x * x, 1.0), "depends on it through multiply of several"),
        (lambda x: dist.Normal(0.0, x), "is a Normal, not conjugate to Normal"),
        (lambda x: dist.Cauchy(x, 1.0), "is a Cauchy, not conjugate to Normal"),
    ],
)
def test_use_that_is_not_conjugate_is_refused(use, sentence):
    def model():
        x = lp.sample("x", dist.Normal(0.0, 1.0))
        lp.sample("y", use(x), obs=1.0)

    with pytest.raises(ModelError, match=f"Site 'x' cannot be collapsed: site 'y' {sentence}"):
        handlers.trace(handlers.collapse(model)).get_trace()


def test_scaled_observations_and_shifted_probabilities_are_refused():
    def scaled():
        x = lp.sample("x", dist.Normal(0.0, 1.0))
        with handlers.scale(scale=2.0):
            lp.sample("y", dist.Normal(x, 1.0), obs=1.0)

    def shifted():
        p = lp.sample("x", dist.Beta(1.0, 1.0))
        lp.sample("y", dist.Bernoulli(1.0 - p), obs=1)

    with pytest.raises(ModelError, match="has a scaled log density"):
        handlers.trace(handlers.collapse(scaled)).get_trace()
    with pytest.raises(ModelError, match="scaled or shifted"):
        handlers.trace(handlers.collapse(shifted)).get_trace()
