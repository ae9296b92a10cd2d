"""What warmup learns, as users see it: ways to learn, what is reported, going on from it."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.errors import ArgumentError
from lightppl.infer import HMC, MCMC, NUTS, WALNUTS

SIZE = 6
COVARIANCE = 0.99 ** np.abs(np.subtract.outer(np.arange(SIZE), np.arange(SIZE))) * np.outer(
    np.logspace(-2, 2, SIZE), np.logspace(-2, 2, SIZE)
)


def correlated():
    lp.sample("x", dist.MultivariateNormal(np.zeros(SIZE), covariance_matrix=COVARIANCE))


def one_normal():
    lp.sample("x", dist.Normal(0.0, 1.0))


def funnel():
    v = lp.sample("v", dist.Normal(0.0, 3.0))
    with lp.plate("i", 3):
        lp.sample("x", dist.Normal(0.0, np.exp(v / 2)))


def run(kernel, num_warmup=300, num_samples=300, num_chains=2, **options):
    mcmc = MCMC(
        kernel, num_warmup=num_warmup, num_samples=num_samples, num_chains=num_chains,
        progress_bar=False,
    )  # fmt: skip
    mcmc.run(0, **options)
    return mcmc


@pytest.mark.parametrize("options", [
    {}, {"adaptation": "low_rank"}, {"adaptation": "dense"}, {"dense_mass": True},
    {"dense_mass": [("x",)]},
], ids=str)  # fmt: skip
@pytest.mark.parametrize("kernel", [NUTS, HMC])
def test_a_correlated_normal_is_learnt(kernel, options):
    if kernel is HMC:  # a quarter of a period: after a whole one, 2 pi, nothing would have moved
        options = {"adaptation": "auto", "trajectory_length": 0.5 * np.pi, **options}
    mcmc = run(kernel(correlated, **options), extra_fields=("accept_prob", "num_steps"))
    (matrix,) = mcmc.last_state.adapt_state.inverse_mass_matrix.values()
    scale = np.sqrt(np.diag(COVARIANCE))
    for found in matrix:
        np.testing.assert_allclose(found / COVARIANCE, np.ones((SIZE, SIZE)), rtol=0.05)
    fields = mcmc.get_extra_fields()
    assert 0.7 < fields["accept_prob"].mean() < 0.9
    if kernel is NUTS:
        assert fields["num_steps"].mean() < 8
    x = mcmc.get_samples()["x"] / scale
    assert np.all(np.abs(x.mean(0)) < 0.3) and np.all(np.abs(x.std(0) - 1.0) < 0.2)


def test_a_diagonal_is_all_that_fisher_learns():
    mcmc = run(NUTS(correlated, adaptation="fisher"), extra_fields=("num_steps",))
    (diagonal,) = mcmc.last_state.adapt_state.inverse_mass_matrix.values()
    assert diagonal.shape == (2, SIZE)
    ratio = diagonal / np.sqrt(np.diag(COVARIANCE) / np.diag(np.linalg.inv(COVARIANCE)))
    assert np.all((0.5 < ratio) & (ratio < 2.0))
    assert np.all(mcmc.last_state.adapt_state.metric_misfit > 1.0)


def test_the_misfit_tells_densities_that_no_matrix_fits():
    good = run(NUTS(correlated)).last_state.adapt_state.metric_misfit
    bad = run(NUTS(funnel), num_warmup=600).last_state.adapt_state.metric_misfit
    assert np.all(good < 0.5) and np.all(bad > 0.5) and np.median(bad) > 1.0
    welford = run(NUTS(correlated, adaptation="welford"), num_samples=10)
    assert np.all(np.isnan(welford.last_state.adapt_state.metric_misfit))


@pytest.mark.parametrize("num_warmup", [1, 2, 4])
@pytest.mark.parametrize("kernel", [NUTS, WALNUTS])
def test_the_shortest_warmups_leave_a_step_size_that_samples(kernel, num_warmup):
    mcmc = run(kernel(one_normal), num_warmup, num_chains=10)
    assert np.all(mcmc.last_state.adapt_state.step_size < 2.001), "where leapfrog is stable"
    assert mcmc.get_extra_fields()["diverging"].mean() < 0.01


def test_a_short_warmup_judges_no_misfit():
    """Its window begins far from the density, which says nothing about the density."""
    def wide():
        lp.sample("x", dist.Normal(0.0, np.logspace(-6, 6, 4)).to_event(1))

    short, long = (run(NUTS(wide), num_warmup=n, num_samples=10) for n in (50, 160))
    assert np.all(np.isnan(short.last_state.adapt_state.metric_misfit))
    assert np.all(long.last_state.adapt_state.metric_misfit < 1.0)


@pytest.mark.parametrize("adaptation", ["auto", "dense", "fisher"])
@pytest.mark.parametrize("when", [3, 50])
def test_warmup_goes_on_learning_from_a_metric_that_somebody_changed(adaptation, when):
    def wide():
        lp.sample("x", dist.Normal(100.0, np.array([0.1, 1.0, 10.0])).to_event(1))

    sampler = NUTS(wide, adaptation=adaptation)
    state = sampler.init(0, 150, {"x": np.full(3, 100.0)})
    for i in range(150):
        if i == when:
            given = {("x",): np.eye(3) if adaptation == "dense" else np.ones(3)}
            adapted = state.adapt_state._replace(inverse_mass_matrix=given)
            state = state._replace(adapt_state=adapted)
        state = sampler.sample(state)
    (found,) = state.adapt_state.inverse_mass_matrix.values()
    variances = np.diag(found) if found.ndim == 2 else found
    ratio = variances / np.array([0.01, 1.0, 100.0])
    assert np.all((0.2 < ratio) & (ratio < 5.0))


@pytest.mark.parametrize("num_chains", [1, 2])
def test_who_goes_on_has_the_same_directions(num_chains):
    mcmc = MCMC(
        NUTS(correlated), num_warmup=200, num_samples=20, num_chains=num_chains,
        progress_bar=False,
    )  # fmt: skip
    mcmc.warmup(0)
    before = mcmc.post_warmup_state.adapt_state
    mcmc.run(1)
    after = mcmc.last_state.adapt_state
    pairs = zip(before.low_rank, after.low_rank) if num_chains > 1 else [
        (before.low_rank, after.low_rank)
    ]
    for one, two in pairs:
        assert len(one.factors) > 0
        for name in ("diagonal", "directions", "factors"):
            np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    np.testing.assert_array_equal(before.step_size, after.step_size)
    np.testing.assert_array_equal(before.metric_misfit, after.metric_misfit)


def test_what_was_learnt_can_be_given():
    state = run(NUTS(correlated), num_chains=1).last_state.adapt_state
    for given in (state.inverse_mass_matrix, state.low_rank):
        kernel = NUTS(
            correlated, inverse_mass_matrix=given, step_size=float(state.step_size),
            adapt_mass_matrix=False, adapt_step_size=False,
        )  # fmt: skip
        mcmc = run(kernel, num_warmup=0, num_samples=200, extra_fields=("accept_prob",))
        assert 0.65 < mcmc.get_extra_fields()["accept_prob"].mean() < 0.95


def test_many_dimensions_have_a_few_directions_and_no_matrix():
    def model():
        common = lp.sample("common", dist.Normal(0.0, 1.0))
        with lp.plate("i", 200):
            lp.sample("x", dist.Normal(10.0 * common, 1.0))

    state = run(NUTS(model), num_warmup=700, num_samples=50, num_chains=1).last_state.adapt_state
    ((names, found),) = state.inverse_mass_matrix.items()
    assert names == ("common", "x") and found is not None
    assert found.directions.shape == (len(found.factors), 201)
    assert 1 <= len(found.factors) <= 10
    assert found.factors.max() > 10.0


@pytest.mark.parametrize("num_warmup", [0, 1, 5, 19, 20, 21, 50])
def test_short_warmups_work(num_warmup):
    mcmc = run(NUTS(correlated), num_warmup=num_warmup, num_samples=20)
    assert np.all(np.isfinite(mcmc.get_samples()["x"]))


def test_unknown_ways_are_refused():
    for wrong in ("fishr", None, 3):
        with pytest.raises(ArgumentError, match="adaptation must be one of 'auto', 'welford'"):
            NUTS(correlated, adaptation=wrong)


@pytest.mark.parametrize("changes", [
    {"step_size": np.nan}, {"step_size": -0.1}, {"step_size": 0.0},
    {"inverse_mass_matrix": {("x",): np.eye(SIZE) + 0.9 * np.eye(SIZE, k=1)}},
    {"inverse_mass_matrix": {("x",): np.ones((SIZE, SIZE))}},
], ids=str)  # fmt: skip
def test_what_nobody_can_go_on_with_is_refused(changes):
    sampler = NUTS(correlated)
    mcmc = MCMC(sampler, num_warmup=30, num_samples=10, progress_bar=False)
    mcmc.warmup(0)
    state = mcmc.post_warmup_state
    changed = state._replace(adapt_state=state.adapt_state._replace(**changes))
    mcmc.post_warmup_state = changed
    with pytest.raises(ArgumentError, match="must be"):
        mcmc.run(1)
    with pytest.raises(ArgumentError, match="must be"):
        sampler.sample(changed)
