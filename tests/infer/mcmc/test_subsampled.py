"""HMCECS samples the density that its estimate gives; its states and fields."""

import warnings
from functools import partial

import autograd.numpy as anp
import numpy as np
import pytest
from scipy.stats import chi2

import lightppl as lp
import lightppl.distributions as dist
from lightppl.errors import (
    ArgumentError, SamplingWarning, SiteNameError, UnsupportedOperationError,
)
from lightppl.infer import HMC, HMCECS, MCMC, NUTS
from lightppl.infer.hmc_gibbs import taylor_proxy
from tests.correctness.calibration import joined, ranks_of, worst
from tests.infer.mcmc.subsampled_models import (
    COUNTS, LOGITS, REFERENCE, X, Y, slope_model, two_plates,
)
from tests.reference.subsampled_estimate import RowByRow, marginals


def log_row(theta, i):
    logit = theta[0] * LOGITS[i]
    return (i % 2) * logit - anp.logaddexp(0.0, logit)


def exact(degree):
    """Return the distributions of x, as a quantile function, and of indices."""
    estimate = RowByRow(log_row, 4, [-0.5], degree)
    grid = np.linspace(-15.0, 15.0, 6001)
    log_joint = lambda x, u: -0.5 * x * x + estimate(x[None], u)  # noqa: E731
    of_x, of_indices = marginals(log_joint, grid, 4, 2)
    return lambda p: np.interp(p, of_x, grid), of_indices


def draws(sampler, degree, key):
    """Return draws of x, and of pairs of indices as one number each."""
    kernel = HMCECS(
        sampler(slope_model), num_blocks=2,
        proxy=taylor_proxy({"x": -0.5}, degree) if degree else None,
    )  # fmt: skip
    mcmc = MCMC(
        kernel, num_warmup=300, num_samples=60_000, thinning=15, num_chains=4, progress_bar=False,
    )  # fmt: skip
    mcmc.run(key, extra_fields=("z.rows",))
    return mcmc.get_samples()["x"], mcmc.get_extra_fields()["z.rows"] @ [4, 1]


def p_values(found, degree):
    """Chi-squared tests of x in 20 equally probable bins, and of the indices."""
    x, pairs = found
    quantile, of_indices = exact(degree)
    bins = np.searchsorted(quantile(np.arange(1, 20) / 20), x)
    expected = np.array([of_indices[u] for u in sorted(of_indices)])
    return _p_value(bins, np.full(20, 0.05)), _p_value(pairs, expected)


def _p_value(outcomes, probabilities):
    counts = np.bincount(outcomes, minlength=len(probabilities))
    expected = len(outcomes) * probabilities
    return chi2.sf(np.sum((counts - expected) ** 2 / expected), len(expected) - 1)


@pytest.mark.parametrize(
    "sampler, degree", [(NUTS, 0), (NUTS, 2), (partial(HMC, trajectory_length=1.5), 1)]
)
def test_draws_and_indices_have_the_distribution_that_enumeration_gives(sampler, degree):
    found = min(p_values(draws(sampler, degree, 0), degree))
    if found < 0.01:
        found = min(p_values(draws(sampler, degree, 1), degree))
    assert found > 1e-3


def test_the_test_tells_one_estimate_from_another():
    of_degree_2 = draws(NUTS, 2, 0)
    for degree in (0, 1):
        assert min(p_values(of_degree_2, degree)) < 1e-8


def quadratic(groups, y=None):
    """Normal data with known scale: with polynomials of degree 2 the estimate has no error."""
    with lp.plate("groups", groups, dim=-2):
        mean = lp.sample("mean", dist.Normal(0.0, 1.0))
        with lp.plate("rows", 8, dim=-1):
            lp.sample("y", dist.Normal(mean, 1.0), obs=y)


def subsampled_quadratic(groups, y):
    with lp.plate("groups", groups, dim=-2):
        mean = lp.sample("mean", dist.Normal(0.0, 1.0))
        with lp.plate("rows", 8, subsample_size=3, dim=-1):
            lp.sample("y", dist.Normal(mean, 1.0), obs=lp.subsample(y, event_dim=0))


def test_ranks_of_the_truth_are_uniform():
    proxy = taylor_proxy({"mean": np.zeros((10, 1))})
    make = lambda model: HMCECS(NUTS(subsampled_quadratic), proxy=proxy)  # noqa: E731
    runs = [ranks_of(quadratic, make, 500 * k, groups=10) for k in range(8)]
    assert worst(joined(runs), 99)[0] > 1e-4


def test_the_documented_example_of_a_subsampled_mean():
    def model(data):
        x = lp.sample("x", dist.Normal(0.0, 1.0))
        with lp.plate("N", len(data), subsample_size=100):
            lp.sample("obs", dist.Normal(x, 1.0), obs=lp.subsample(data, event_dim=0))

    data = np.random.default_rng(0).normal(1.0, 1.0, 10_000)
    for proxy, error in ((None, 0.2), (HMCECS.taylor_proxy({"x": 0.9}), 0.003)):
        mcmc = MCMC(
            HMCECS(NUTS(model), num_blocks=10, proxy=proxy), num_warmup=500, num_samples=1000,
            progress_bar=False,
        )  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SamplingWarning)
            mcmc.run(0, data)
        x = mcmc.get_samples()["x"]
        assert abs(np.mean(x) - np.mean(data)) < error
    assert np.std(x) == pytest.approx(1e-2, rel=0.15)


def test_an_iteration_updates_indices_as_a_few_lines_of_python_do():
    kernel = HMCECS(
        HMC(two_plates, trajectory_length=1.0), num_blocks=2, proxy=taylor_proxy(REFERENCE)
    )
    chain = kernel.open_chain(3, 0, model_args=(X, Y, COUNTS))
    chain.begin()
    num_accepted = 0
    for i in range(60):
        rng = np.random.Generator(type(chain.rng.bit_generator)())
        rng.bit_generator.state = chain.rng.bit_generator.state
        before, held = chain.held.copy(), chain.held.copy()
        for first, count, size in ((0, 5, 12), (5, 3, 7)):
            k = int(2 * rng.random())
            for j in range(first + k * count // 2, first + (k + 1) * count // 2):
                held[j] = int(size * rng.random())
        q, potential = chain.vector(0).copy(), chain.density.potential
        delta = potential(q, held)[0] - potential(q, before)[0]
        is_accepted = rng.random() < np.exp(-max(delta, 0.0))
        num_accepted += is_accepted
        chain.advance(i, i + 1)
        np.testing.assert_array_equal(chain.held, held if is_accepted else before)
        reported = chain.last_info[chain.info_index("index_accept_prob")]
        assert reported == pytest.approx(np.exp(-max(delta, 0.0)), rel=1e-9)
    assert 5 < num_accepted < 60


def test_indices_are_in_the_state_and_not_in_the_draws():
    kernel = HMCECS(NUTS(two_plates), num_blocks=3, proxy=taylor_proxy(REFERENCE))
    mcmc = MCMC(kernel, num_warmup=100, num_samples=200, progress_bar=False)
    fields = ("z", "accept_prob", "hmc_state.accept_prob", "hmc_state.z_grad", "hmc_state.r.b")
    mcmc.run(0, X, Y, COUNTS, extra_fields=(*fields, "hmc_state.potential_energy"))
    assert set(mcmc.get_samples()) == {"b", "rate"}
    found, state = mcmc.get_extra_fields(), mcmc.last_state
    rows, more = found["z"]["rows"], found["z"]["more"]
    assert rows.shape == (200, 5) and more.shape == (200, 3) and rows.dtype == np.int64
    changes = np.sum(rows[1:] != rows[:-1], axis=1)
    assert changes.max() <= 2 and 0 < changes.mean()  # a block of five indices in three
    assert np.any([len(set(row)) < 5 for row in rows])  # with replacement
    assert np.all((found["accept_prob"] >= 0.0) & (found["accept_prob"] <= 1.0))
    assert state._fields == ("z", "hmc_state", "rng_key", "gibbs_state", "accept_prob")
    assert state.accept_prob == found["accept_prob"][-1] and state.gibbs_state == ()
    np.testing.assert_array_equal(state.z["rows"], rows[-1])
    assert "rows" not in state.hmc_state.z or state.hmc_state.z["rows"] is not None
    density = kernel.compile(two_plates, (X, Y, COUNTS), {}, 0)
    for k in (0, 57, 199):
        point = density.flatten({name: x[k] for name, x in found["z"].items()})
        U, grad = density.potential(point[:3], point[3:])
        assert found["hmc_state.potential_energy"][k] == pytest.approx(U, rel=1e-12)
        np.testing.assert_allclose(found["hmc_state.z_grad"]["b"][k], grad[:2], rtol=1e-9)


def test_more_blocks_accept_more():
    rates = []
    for num_blocks in (1, 12):
        kernel = HMCECS(NUTS(two_plates_naive), num_blocks=num_blocks)
        mcmc = MCMC(kernel, num_warmup=200, num_samples=800, progress_bar=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SamplingWarning)
            mcmc.run(0, extra_fields=("accept_prob",))
        rates.append(np.mean(mcmc.get_extra_fields()["accept_prob"]))
    assert rates[1] > 2.0 * rates[0]


def two_plates_naive():
    x = lp.sample("x", dist.Normal(0.0, 1.0))
    with lp.plate("rows", 200, subsample_size=12) as index:
        lp.sample("y", dist.Normal(x + 0.02 * index, 1.0), obs=0.0)


def test_single_steps_and_chosen_indices():
    kernel = HMCECS(NUTS(slope_model), proxy=taylor_proxy({"x": -0.5}, degree=1))
    start = {"x": 0.2, "rows": np.array([3, 3])}
    state = kernel.init(1, 20, start)
    assert list(state.z["rows"]) == [3, 3] and state.z["x"] == 0.2
    for _ in range(30):
        state = kernel.sample(state)
    assert state.hmc_state.i == 30
    moved = state._replace(z={**state.z, "rows": np.array([1, 2])})
    again = [kernel.sample(moved) for _ in range(2)]
    np.testing.assert_equal(again[0].z, again[1].z)


def test_arguments_that_are_wrong_are_refused_by_name():
    for degree in (0, 3, 1.5, True):
        with pytest.raises(ArgumentError, match="degree must be an integer from 1 to 2"):
            HMCECS.taylor_proxy({"x": 0.0}, degree=degree)
    with pytest.raises(ArgumentError, match="reference_params"):
        taylor_proxy([0.0])
    for proxy in (taylor_proxy, "taylor"):
        with pytest.raises(ArgumentError, match="proxy must be None or what taylor_proxy"):
            HMCECS(NUTS(slope_model), proxy=proxy)
    with pytest.raises(ArgumentError, match="num_blocks"):
        HMCECS(NUTS(slope_model), num_blocks=0)
    with pytest.raises(ArgumentError, match="num_blocks is 3, more than the 2 indices of .*'rows'"):
        HMCECS(NUTS(slope_model), num_blocks=3).init(0, 0)
    with pytest.raises(SiteNameError, match="'w'"):
        HMCECS(NUTS(slope_model), proxy=taylor_proxy({"w": 0.0})).init(0, 0)
    with pytest.raises(SiteNameError, match="'x'"):
        HMCECS(NUTS(slope_model), proxy=taylor_proxy({})).init(0, 0)
    with pytest.raises(ArgumentError, match="inner_kernel"):
        HMCECS(slope_model)
    with pytest.raises(UnsupportedOperationError, match="potential_fn"):
        HMCECS(NUTS(potential_fn=lambda z: z @ z))
    with pytest.raises(TypeError):
        HMCECS(NUTS(slope_model), 2)
