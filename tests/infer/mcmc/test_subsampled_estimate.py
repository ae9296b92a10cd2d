"""The estimate of HMCECS is that of the paper, and a gradient of it reads the subsample only."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd.scipy.special import gammaln
from scipy.stats import norm

import lightppl as lp
import lightppl.distributions as dist
from lightppl.compiler import rehearsal
from lightppl.compiler.rehearsal import GuardedArray, Rehearsal
from lightppl.density import compile_density
from lightppl.errors import InitializationError, ModelError, UnsupportedOperationError
from lightppl.infer import HMCECS, MCMC, NUTS
from lightppl.infer.hmc_gibbs import taylor_proxy
from lightppl.infer.mcmc import subsampled_estimate
from tests.infer.mcmc.subsampled_models import COUNTS, REFERENCE, X, Y, slope_model, two_plates
from tests.reference.subsampled_estimate import RowByRow

RNG = np.random.default_rng(12)


def log_y_and_z(theta, i):
    logit, rate = anp.dot(X[i], theta[:2]), anp.exp(theta[2])
    log_y = Y[i] * logit - anp.logaddexp(0.0, logit)
    return log_y + 0.5 * (-0.5 * ((X[i, 0] - rate) / 2.0) ** 2 - np.log(2.0 * np.sqrt(2 * np.pi)))


def log_count(theta, i):
    mean = anp.exp(theta[2] + theta[1])
    return COUNTS[i] * anp.log(mean) - mean - gammaln(COUNTS[i] + 1.0)


def prior_of_two_plates(theta):
    b, log_rate = theta[:2], theta[2]
    log_gamma = log_rate - np.exp(log_rate)  # of Gamma(2, 1)
    return np.sum(norm.logpdf(b)) + log_gamma + log_rate + norm.logpdf(0.4, b[0], 0.5)


def compiled(model, args, proxy=None, **options):
    return HMCECS(NUTS(model), proxy=proxy, **options).compile(model, args, {}, 0)


@pytest.mark.parametrize("jit", [True, False])
@pytest.mark.parametrize("degree", [0, 1, 2])
def test_the_estimate_is_that_of_tables_of_all_rows(degree, jit):
    proxy = taylor_proxy(REFERENCE, degree) if degree else None
    kernel = HMCECS(NUTS(two_plates, jit_compile=jit), proxy=proxy)
    density = kernel.compile(two_plates, (X, Y, COUNTS), {}, 0)
    reference = np.array([*REFERENCE["b"], np.log(REFERENCE["rate"])])
    first = RowByRow(log_y_and_z, 12, reference, degree)
    second = RowByRow(log_count, 7, reference, degree)
    rng = np.random.default_rng(5)
    for _ in range(6):
        theta = reference + rng.normal(size=3)
        rows, more = rng.integers(0, 12, 5), rng.integers(0, 7, 3)
        found = density.potential(theta, np.array([*rows, *more], float))
        estimate = lambda x: (  # noqa: E731
            prior_of_two_plates(x) + first(x, rows) + second(x, more)  # noqa: B023
        )
        assert found[0] == pytest.approx(-estimate(theta), rel=1e-11)
        steps = 1e-5 * np.eye(3)
        slope = [(estimate(theta + h) - estimate(theta - h)) / 2e-5 for h in steps]
        np.testing.assert_allclose(-found[1], slope, rtol=1e-5, atol=1e-5)


def test_polynomials_of_two_variables_are_exact_for_quadratic_log_likelihoods():
    def model(y):
        mu = lp.sample("mu", dist.Normal(0.0, 1.0).expand([2]).to_event(1))
        with lp.plate("columns", 3, dim=-2), lp.plate("rows", 9, subsample_size=4, dim=-1):
            loc = mu[0] + mu[1] * np.arange(3.0)[:, None]
            lp.sample("y", dist.Normal(loc, 1.0), obs=lp.subsample(y, event_dim=0))

    y = RNG.normal(size=(3, 9))
    density = compiled(model, (y,), taylor_proxy({"mu": np.array([0.2, 0.1])}))
    whole = compile_density(
        lambda y: lp.handlers.substitute(model, data={"rows": np.arange(9)})(y), (y,)
    )
    for theta in RNG.normal(size=(4, 2)):
        found = density.potential(theta, RNG.integers(0, 9, 4).astype(float))
        for one, other in zip(found, whole.potential(theta)):
            np.testing.assert_allclose(one, other, rtol=1e-11)


# ---- what a gradient costs -----------------------------------------------------------------------


class CountingArray(GuardedArray):
    """Data that remember which of their elements were read."""

    read = {}

    def __getitem__(self, i):
        self.read.setdefault(self.name, set()).add(int(i))
        return super().__getitem__(i)

    def part(self, offset, count):
        self.read.setdefault(self.name, set()).update(range(offset, offset + count))
        return super().part(offset, count)


def regression(x, y):
    b = lp.sample("b", dist.Normal(np.zeros(3), 1.0).to_event(1))
    with lp.plate("rows", len(y), subsample_size=20):
        logits = lp.subsample(x, event_dim=1) @ b
        lp.sample("y", dist.Bernoulli(logits=logits), obs=lp.subsample(y, event_dim=0))


@pytest.mark.parametrize("degree", [0, 1, 2])
def test_a_gradient_reads_the_rows_of_the_subsample_and_the_polynomial_only(degree, monkeypatch):
    def counting(name, numbers):
        return CountingArray(name, np.array(numbers).reshape(-1), is_data=True)

    monkeypatch.setattr(rehearsal, "_data", counting)
    monkeypatch.setattr(CountingArray, "read", {})
    sizes, touched = {}, {}
    for n in (60, 5000):
        rng = np.random.default_rng(n)
        x, y = rng.normal(size=(n, 3)), (rng.random(n) < 0.5) * 1.0
        proxy = taylor_proxy({"b": np.array([0.1, 0.2, 0.3])}, degree) if degree else None
        density = compiled(regression, (x, y), proxy)
        program, index = density.stages["program"], rng.choice(n, 20, replace=False)
        q = rng.normal(size=3)
        CountingArray.read.clear()
        U, grad = Rehearsal(program, 3)(q, index.astype(float))
        expected = density.potential(q, index.astype(float))
        np.testing.assert_allclose(U, expected[0])
        np.testing.assert_allclose(grad, expected[1])
        sizes[n] = program.workspace_size
        found = [CountingArray.read.get(name, ()) for name in ("float_data", "int_data")]
        touched[n] = [len(elements) for elements in found]
        values = program.float_data[sorted(CountingArray.read["float_data"])]
        assert set(x[index].ravel()) <= set(values)
        others = np.delete(x, index, axis=0)
        assert not set(others.ravel()) & set(values)
    assert sizes[60] == sizes[5000] and touched[60][1] == touched[5000][1]
    assert abs(touched[60][0] - touched[5000][0]) < 10 and touched[5000][0] < 300


def test_sums_over_all_rows_are_computed_once_a_run(monkeypatch):
    calls, compile_objective = [], subsampled_estimate.compile_objective

    def counted(*args):
        potential = compile_objective(*args)
        return lambda q: calls.append(1) or potential(q)

    monkeypatch.setattr(subsampled_estimate, "compile_objective", counted)
    kernel = HMCECS(NUTS(slope_model), proxy=taylor_proxy({"x": -0.5}))
    MCMC(kernel, num_warmup=50, num_samples=50, num_chains=2, progress_bar=False).run(0)
    assert len(calls) == 2  # at the reference, and a column of the Hessian


def latent_in_plate():
    with lp.plate("rows", 4, subsample_size=2):
        x = lp.sample("x", dist.Normal(0.0, 1.0))
        lp.sample("y", dist.Normal(x, 1.0), obs=0.0)


def in_two_plates():
    x = lp.sample("x", dist.Normal(0.0, 1.0))
    with lp.plate("rows", 4, subsample_size=2), lp.plate("columns", 3, subsample_size=2):
        lp.sample("y", dist.Normal(x, 1.0), obs=0.0)


def in_a_loop():
    x = lp.sample("x", dist.Normal(0.0, 1.0))
    for i in lp.plate("rows", 4, subsample_size=2):
        lp.sample(f"y{i}", dist.Normal(x, 1.0), obs=0.0)


def whole():
    x = lp.sample("x", dist.Normal(0.0, 1.0))
    with lp.plate("rows", 4):
        lp.sample("y", dist.Normal(x, 1.0), obs=0.0)


def steep():
    x = lp.sample("x", dist.Normal(0.0, 1.0))
    with lp.plate("rows", 4, subsample_size=2):
        lp.sample("y", dist.Normal(np.sqrt(x), 1.0), obs=0.0)


@pytest.mark.parametrize(
    "model, error, match",
    [
        (latent_in_plate, UnsupportedOperationError, "latent site 'x'.*plate 'rows'"),
        (in_two_plates, UnsupportedOperationError, "'y' is in the subsampled plates"),
        (in_a_loop, ModelError, "'rows' has no observed site"),
        (whole, ModelError, "subsampled plate"),
        (steep, InitializationError, "reference_params"),
    ],
)
def test_models_without_an_estimate_are_refused(model, error, match):
    with pytest.raises(error, match=match):
        compiled(model, (), taylor_proxy({"x": np.zeros(2) if model is latent_in_plate else 0.0}))
