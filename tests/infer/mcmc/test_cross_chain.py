"""`ChEESHMC` and `MEADS` for those who call them: fields, going on, loops, snapshots, refusals."""

import pickle
from functools import partial

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.errors import ArgumentError, LightPPLError, ModelError
from lightppl.infer import MCMC, MEADS, ChEESHMC
from lightppl.infer.mcmc import site_store
from lightppl.infer.util import potential_energy
from lightppl.random import PRNGKey, split
from lightppl.settings import is_numba_disabled, set_num_threads
from tests.infer.mcmc.test_checkpoint import break_off, many_frames

__all__ = ["many_frames"]

NUM_CHAINS = 8
SAMPLERS = {"ChEES": ChEESHMC, "MEADS": MEADS}
COUNTED = {"ChEES": "num_steps", "MEADS": "uniform"}


def model(y=1.0):
    x = lp.sample("x", dist.Normal(0.0, 1.0).expand([2]))
    scale = lp.sample("scale", dist.Gamma(2.0, 1.0))
    lp.deterministic("total", x.sum() + scale)
    lp.sample("y", dist.Normal(x[0], 1.0), obs=y)


@pytest.fixture(params=SAMPLERS)
def name(request):
    return request.param


def mcmc_of(sampler, num_warmup=60, num_samples=40, num_chains=NUM_CHAINS, **options):
    return MCMC(
        sampler, num_warmup=num_warmup, num_samples=num_samples, num_chains=num_chains,
        chain_method="vectorized", progress_bar=False, **options,
    )  # fmt: skip


def ran(name, rng_key=3, extra_fields=(), run=None, **options):
    mcmc = mcmc_of(SAMPLERS[name](model), **options)
    mcmc.run(rng_key, extra_fields=extra_fields)
    return mcmc


def draws_of(mcmc):
    return mcmc.get_samples(group_by_chain=True)


def assert_same(one, other):
    assert one.keys() == other.keys()
    for site in one:
        np.testing.assert_array_equal(one[site], other[site], err_msg=site)


@pytest.mark.skipif(is_numba_disabled(), reason="many draws")
def test_posterior_of_a_conjugate_model(name):
    mcmc = ran(name, num_warmup=600, num_samples=3000, num_chains=32)
    x = draws_of(mcmc)["x"][..., 0]  # normal with mean 1/2 and variance 1/2
    by_chain = x.mean(axis=1)
    assert abs(by_chain.mean() - 0.5) < 5 * by_chain.std() / np.sqrt(32)
    squares = ((x - 0.5) ** 2).mean(axis=1)
    assert abs(squares.mean() - 0.5) < 5 * squares.std() / np.sqrt(32)
    scale = draws_of(mcmc)["scale"].mean(axis=1)
    assert abs(scale.mean() - 2.0) < 5 * scale.std() / np.sqrt(32)
    assert not mcmc.get_extra_fields()["diverging"].any()
    assert set(mcmc.summarize().names) == {"scale", "x[0]", "x[1]"}


def test_fields_are_those_of_the_draws(name):
    fields = ("potential_energy", "z", "z_grad.x", "i", "step_size", "accept_prob", COUNTED[name])
    mcmc = ran(name, extra_fields=fields, thinning=3)
    found = mcmc.get_extra_fields(group_by_chain=True)
    for chain in range(NUM_CHAINS):
        for row in range(13):
            z = {site: x[chain, row] for site, x in found["z"].items()}
            expected = potential_energy(model, (), {}, z)
            assert found["potential_energy"][chain, row] == pytest.approx(expected, rel=1e-12)
            grad = z["x"] - np.array([1.0 - z["x"][0], 0.0])
            np.testing.assert_allclose(found["z_grad.x"][chain, row], grad, atol=1e-12)
    np.testing.assert_array_equal(found["i"], np.tile(60 + 3 * np.arange(1, 14), (8, 1)))
    assert np.all((found["accept_prob"] >= 0) & (found["accept_prob"] <= 1))
    with pytest.raises(LightPPLError, match="extra_fields names 'tree_depth'"):
        ran(name, extra_fields=("tree_depth",))


def test_threads_change_no_draw(name):
    expected = draws_of(ran(name))
    set_num_threads(1)
    try:
        assert_same(expected, draws_of(ran(name)))
    finally:
        set_num_threads(2)


def test_a_run_goes_on_from_where_another_has_ended(name):
    first = ran(name)
    mcmc = mcmc_of(SAMPLERS[name](model))
    mcmc.post_warmup_state = first.last_state
    mcmc.run(first.last_state.rng_key, extra_fields=("i", "step_size"))
    found = mcmc.get_extra_fields(group_by_chain=True)
    assert found["i"][0, 0] == 101
    if name == "ChEES":
        adapt_state = first.last_state.adapt_state
        assert np.all(found["step_size"] == adapt_state.step_size)
        assert mcmc.last_state.adapt_state.trajectory_length == adapt_state.trajectory_length
        matrices = mcmc.last_state.adapt_state.inverse_mass_matrix
        for key, x in adapt_state.inverse_mass_matrix.items():
            np.testing.assert_array_equal(matrices[key], x)


@pytest.mark.parametrize("is_copied", [False, True])
def test_a_loop_of_ones_own_draws_what_mcmc_draws(name, is_copied):
    mcmc = ran(name, rng_key=7, num_warmup=30, num_samples=5)
    sampler = SAMPLERS[name](model)
    state, rows = sampler.init(split(PRNGKey(7), NUM_CHAINS), 30), []
    for _ in range(35):
        state = sampler.sample(pickle.loads(pickle.dumps(state)) if is_copied else state)
        rows.append(state.z["x"])
    np.testing.assert_array_equal(np.swapaxes(rows[30:], 0, 1), draws_of(mcmc)["x"])
    assert state.i == 35


def test_what_is_changed_in_a_state_is_gone_on_from(name):
    sampler = SAMPLERS[name](model)
    state = sampler.init(split(PRNGKey(7), NUM_CHAINS), 0)
    z = {**state.z, "x": np.full((NUM_CHAINS, 2), 3.0) + np.arange(2 * NUM_CHAINS).reshape(-1, 2)}
    if name == "ChEES":
        adapt_state = state.adapt_state._replace(step_size=1e-6, trajectory_length=1e-6)
        moved = sampler.sample(state._replace(z=z, adapt_state=adapt_state))
        np.testing.assert_allclose(moved.z["x"], z["x"], atol=1e-4)
        assert moved.num_steps == 1
    else:
        r = {site: np.zeros_like(x) + 0.5 for site, x in state.r.items()}
        one = sampler.sample(state._replace(z=z, r=r))
        np.testing.assert_array_equal(sampler.sample(state._replace(z=z, r=r)).z["x"], one.z["x"])
        resting = np.all(one.z["x"] == z["x"], axis=1)
        np.testing.assert_array_equal(one.r["x"][resting], r["x"][resting])
        assert resting.sum() >= 2


@pytest.mark.usefixtures("many_frames")
def test_a_run_that_was_broken_off_goes_on_to_the_same_draws(name, tmp_path, monkeypatch):
    expected = ran(name, extra_fields=("energy",))
    options = dict(extra_fields=("energy",), checkpoint=tmp_path / "draws")
    assert break_off(monkeypatch, mcmc_of(SAMPLERS[name](model)), 3, **options)
    found = mcmc_of(SAMPLERS[name](model))
    found.run(3, **options)
    assert_same(draws_of(expected), draws_of(found))
    assert_same(expected.get_extra_fields(), found.get_extra_fields())


def test_many_draws_keep_their_fields(name, monkeypatch):
    """Also where draws would be put away during the run, because they take much memory."""
    expected = ran(name, extra_fields=("accept_prob", "energy"))
    monkeypatch.setattr(site_store, "LARGE_BYTES", 1)
    found = ran(name, extra_fields=("accept_prob", "energy"))
    assert_same(expected.get_extra_fields(), found.get_extra_fields())
    assert_same(draws_of(expected), draws_of(found))
    assert expected.get_extra_fields()["accept_prob"].mean() > 0.3


@pytest.mark.skipif(is_numba_disabled(), reason="many draws")
def test_a_potential_function_is_sampled_as_its_model(name):
    def potential_fn(z):
        return 0.5 * np.sum(z["x"] ** 2)

    start = {"x": np.random.default_rng(0).normal(size=(NUM_CHAINS, 3))}
    mcmc = mcmc_of(SAMPLERS[name](potential_fn=potential_fn), num_warmup=400, num_samples=2000)
    mcmc.run(0, init_params=start)
    x = draws_of(mcmc)["x"]
    assert x.shape == (NUM_CHAINS, 2000, 3)
    assert x.var() == pytest.approx(1.0, rel=0.12)


@pytest.mark.parametrize("num_chains", [1, 6])
def test_ensembles_that_are_too_small_are_refused(num_chains):
    with pytest.raises(ArgumentError, match="num_chains must be"):
        mcmc_of(MEADS(model), num_chains=num_chains).run(0)
    if num_chains == 1:
        with pytest.raises(ArgumentError, match="ChEESHMC moves .* at least 2, found 1"):
            mcmc_of(ChEESHMC(model), num_chains=1).run(0)


def test_folds_have_one_size():
    with pytest.raises(ArgumentError, match="num_folds=4 .* must be a multiple of it, found 10"):
        mcmc_of(MEADS(model), num_chains=10).run(0)


@pytest.mark.parametrize(
    "make, what",
    [
        (partial(ChEESHMC, step_size=0.0), "step_size"),
        (partial(ChEESHMC, trajectory_length=-1.0), "trajectory_length"),
        (partial(ChEESHMC, target_accept_prob=1.0), "target_accept_prob"),
        (partial(ChEESHMC, learning_rate=0), "learning_rate"),
        (partial(ChEESHMC, max_num_steps=0), "max_num_steps"),
        (partial(ChEESHMC, adapt_mass_matrix="no"), "adapt_mass_matrix"),
        (partial(MEADS, num_folds=1), "num_folds"),
        (partial(MEADS, step_size_multiplier=-1.0), "step_size_multiplier"),
        (partial(MEADS, damping_slowdown=0.0), "damping_slowdown"),
    ],
)
def test_bad_options_are_refused_by_name(make, what):
    with pytest.raises(ArgumentError, match=f"^{what} "):
        make(model)


def test_other_things_that_are_wrong_are_told():
    with pytest.raises(ModelError, match="either a model or a potential_fn"):
        MEADS()
    with pytest.raises(ArgumentError, match="must be diagonal"):
        mcmc_of(ChEESHMC(model, inverse_mass_matrix=np.eye(3))).run(0)


def test_an_ensemble_without_warmup_keeps_what_it_was_given():
    sampler = ChEESHMC(
        model, step_size=0.2, trajectory_length=1.5, inverse_mass_matrix=[4.0, 1.0, 1.0]
    )
    mcmc = mcmc_of(sampler, num_warmup=0, num_samples=10)
    mcmc.run(0, extra_fields=("num_steps", "step_size"))
    found = mcmc.get_extra_fields(group_by_chain=True)
    assert np.all(found["step_size"] == 0.2)
    np.testing.assert_array_equal(found["num_steps"][0, :4], [4, 2, 6, 1])  # 7.5 h, rounded up
    matrix = mcmc.last_state.adapt_state.inverse_mass_matrix
    np.testing.assert_array_equal(np.concatenate(list(matrix.values())), [4.0, 1.0, 1.0])
