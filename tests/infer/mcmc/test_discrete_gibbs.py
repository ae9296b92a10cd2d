"""Samplers of discrete sites as users meet them."""

import warnings

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.errors import (
    ArgumentError, DiscreteLatentError, FallbackWarning, UnsupportedOperationError,
)
from lightppl.infer import HMC, MCMC, NUTS, DiscreteGibbs, DiscreteHMCGibbs, MixedHMC
from lightppl.infer.hmc_gibbs import HMCGibbsState
from lightppl.infer.mixed_hmc import MixedHMCState
from tests.infer.mcmc import discrete_models as models


def run(kernel, *args, num_warmup=200, num_samples=2000, key=0, **options):
    mcmc = MCMC(kernel, num_warmup=num_warmup, num_samples=num_samples, progress_bar=False)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The halves of the chain")
        mcmc.run(key, *args, **options)
    return mcmc


@pytest.mark.parametrize(
    "kernel, bound, state",
    [
        (DiscreteHMCGibbs(NUTS(models.mixture), modified=True), 0.2, HMCGibbsState),
        (
            MixedHMC(HMC(models.mixture, trajectory_length=1.2), num_discrete_updates=20),
            0.1, MixedHMCState,
        ),
    ],
    ids=["DiscreteHMCGibbs", "MixedHMC"],
)
def test_the_documented_example_comes_out(kernel, bound, state):
    mcmc = run(kernel, models.PROBS, models.LOCS, num_warmup=500, num_samples=60_000)
    x = mcmc.get_samples()["x"]
    assert abs(x.mean() - 1.3) < bound and abs(x.var() - 4.36) < 0.5
    assert isinstance(mcmc.last_state, state) and set(mcmc.last_state.z) == {"c", "x"}


def test_a_plate_is_updated_in_one_pass_for_each_value():
    """Ten thousand elements are one group, and its function is called three times an iteration."""
    x = np.random.default_rng(0).normal(size=10_000)

    def model():
        mu = lp.sample("mu", dist.Normal(0.0, 3.0).expand([3]).to_event(1))
        with lp.plate("N", len(x)):
            z = lp.sample("z", dist.Categorical(np.ones(3) / 3))
            lp.sample("x", dist.Normal(mu[z], 1.0), obs=x)

    chain = DiscreteHMCGibbs(NUTS(model)).open_chain(0, 0)
    sites = chain.work.sites
    assert sites.group_size.tolist() == [10_000] and sites.group_values.tolist() == [3]
    chain.advance(0, 5)
    assert np.isfinite(chain.state.U) and set(chain.held) == {0.0, 1.0, 2.0}


def test_a_markov_chain_in_a_plate_is_updated_step_by_step_all_rows_at_once():
    table = np.array([[0.8, 0.2], [0.3, 0.7]])
    y = np.array([[0.2, 1.5, 0.9], [-0.6, 0.1, 1.1]])

    def model():
        with lp.plate("N", 2):
            z = lp.sample("z", dist.Bernoulli(0.5).expand([3]).to_event(1))
            lp.factor("moves", np.sum(np.log(table[z[:, :-1], z[:, 1:]]), -1))
            lp.sample("y", dist.Normal(1.0 * z, 0.7).to_event(1), obs=y)

    kernel = DiscreteGibbs(model)
    assert kernel.open_chain(0, 0).work.sites.group_size.tolist() == [2, 2, 2]
    found = run(kernel, num_samples=20_000).get_samples()["z"].mean(axis=0)
    paths = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)])
    log_p = np.log(table[paths[:, :-1], paths[:, 1:]]).sum(axis=1)
    log_p = log_p - 0.5 * (((y[:, None] - paths) / 0.7) ** 2).sum(axis=-1)
    p = np.exp(log_p) / np.exp(log_p).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found, p @ paths, atol=0.03)


def test_elements_with_different_supports_and_several_sites():
    totals = np.array([1, 3, 2])

    def model():
        with lp.plate("N", 3):
            n = lp.sample("n", dist.Binomial(totals, 0.5))
            k = lp.sample("k", dist.DiscreteUniform(2, 4))
            lp.sample("y", dist.Normal(1.0 * n * k, 2.0), obs=np.array([2.0, 5.0, 0.0]))

    found = run(DiscreteGibbs(model, modified=True), num_samples=20_000).get_samples()
    assert found["n"].max(axis=0).tolist() == totals.tolist() and set(found["k"].flat) == {2, 3, 4}
    n, k = np.arange(4)[:, None], np.arange(2, 5)
    p = dist.Binomial(3, 0.5).log_prob(n) - 0.5 * ((5.0 - n * k) / 2.0) ** 2
    p = np.exp(p) / np.exp(p).sum()
    assert found["n"][:, 1].mean() == pytest.approx(np.sum(p * n), abs=0.04)
    assert found["k"][:, 1].mean() == pytest.approx(np.sum(p * k), abs=0.04)


def rough(model):
    return HMC(model, step_size=0.7, adapt_step_size=False, trajectory_length=1.5)


@pytest.mark.parametrize("make", [
    lambda model: DiscreteHMCGibbs(rough(model)),
    lambda model: MixedHMC(rough(model), num_discrete_updates=2),
])  # fmt: skip
def test_an_array_made_inside_of_the_model_runs_eagerly_and_right(make):
    def model():
        locs = np.array([-1.0, 1.0])
        z = lp.sample("z", dist.Bernoulli(0.3))
        lp.sample("x", dist.Normal(locs[z], 1.0))

    mcmc = MCMC(make(model), num_warmup=20, num_samples=120, progress_bar=False)
    with pytest.warns(FallbackWarning, match="lightppl.special.take"):
        mcmc.run(0)
    z, x = (mcmc.get_samples()[name] for name in ("z", "x"))
    assert abs(z.mean() - 0.3) < 0.2 and abs(x.mean() + 0.4) < 0.7


def test_a_density_that_runs_eagerly_draws_what_it_draws_compiled():
    found, expected = (
        run(DiscreteHMCGibbs(NUTS(models.scales, jit_compile=jit)), num_warmup=20, num_samples=20)
        for jit in (False, True)
    )
    for name in ("level", "wide", "x"):
        np.testing.assert_allclose(
            found.get_samples()[name], expected.get_samples()[name], rtol=1e-6
        )


def test_discrete_gibbs_of_some_sites_leaves_the_others():
    kernel = DiscreteGibbs(models.spins).of_sites(["level"])
    chain = kernel.open_chain(0, 0)
    before = chain.held[:3].copy()
    chain.advance(0, 50)
    np.testing.assert_array_equal(chain.held[:3], before)


def test_a_loop_of_ones_own_over_discrete_gibbs_draws_what_mcmc_draws():
    key = lp.random.PRNGKey(5)
    expected = run(DiscreteGibbs(models.spins), num_warmup=3, num_samples=20, key=key)
    kernel = DiscreteGibbs(models.spins)
    state, rows = kernel.init(lp.random.split(key, 1)[0], 3), []
    for _ in range(23):
        state = kernel.sample(state)
        rows.append(state.z["level"])
    np.testing.assert_array_equal(rows[3:], expected.get_samples()["level"])
    assert state.i == 23 and state.potential_energy == expected.last_state.potential_energy


def test_energy_that_is_reported_is_that_of_all_sites():
    mcmc = run(
        DiscreteHMCGibbs(NUTS(models.scales)), num_samples=30,
        extra_fields=("hmc_state.potential_energy", "hmc_state.num_steps"),
    )
    draws, U = mcmc.get_samples(), mcmc.get_extra_fields()["hmc_state.potential_energy"]
    for k in range(30):
        values = {name: x[k] for name, x in draws.items()}
        log_density = lp.infer.util.log_density(models.scales, (), {}, values)[0]
        assert U[k] == pytest.approx(-log_density, rel=1e-10)


def continuous(y=None):
    lp.sample("x", dist.Normal(0.0, 1.0))


def infinite():
    rate = lp.sample("rate", dist.Gamma(2.0, 1.0))
    lp.sample("count", dist.Poisson(rate))


def test_what_cannot_be_sampled_is_refused_by_name():
    with pytest.raises(DiscreteLatentError, match="DiscreteHMCGibbs.*has none"):
        run(DiscreteHMCGibbs(NUTS(continuous)))
    with pytest.raises(UnsupportedOperationError, match="'count'.*infinitely many values"):
        run(DiscreteHMCGibbs(NUTS(infinite)))
    with pytest.raises(UnsupportedOperationError, match="continuous site 'x'.*DiscreteHMCGibbs"):
        run(DiscreteGibbs(models.mixture))
    with pytest.raises(DiscreteLatentError, match="'c' is discrete.*DiscreteHMCGibbs"):
        run(NUTS(models.mixture))
    with pytest.raises(ArgumentError, match="MixedHMC needs HMC as its inner kernel"):
        MixedHMC(NUTS(models.mixture))
    with pytest.raises(ArgumentError, match="num_discrete_updates"):
        MixedHMC(HMC(models.mixture), num_discrete_updates=0)
    for option in ("random_walk", "modified"):
        with pytest.raises(ArgumentError, match=option):
            DiscreteHMCGibbs(NUTS(models.mixture), **{option: "yes"})


def test_the_number_of_discrete_updates_is_that_of_elements_unless_given():
    assert open_mixed(None).options.num_updates == 4
    assert open_mixed(7).options.num_updates == 7


def open_mixed(num_updates):
    def model():
        z = lp.sample("z", dist.Bernoulli(0.5).expand([4]).to_event(1))
        lp.sample("x", dist.Normal(np.sum(1.0 * z), 1.0))

    return MixedHMC(HMC(model), num_discrete_updates=num_updates).open_chain(0, 0)
