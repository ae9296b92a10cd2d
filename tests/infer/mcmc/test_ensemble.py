"""Ensembles as runs: walkers are the chains of the user, and all that chains can do they do too."""

import concurrent.futures
import pickle
import warnings

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.diagnostics import effective_sample_size
from lightppl.errors import ArgumentError, InitializationError, LightPPLError, LightPPLWarning
from lightppl.errors import ShapeError
from lightppl.infer import AIES, ESS, MCMC, init_to_value
from lightppl.infer.mcmc import site_store
from lightppl.infer.util import potential_energy
from lightppl.random import split
from lightppl.settings import is_numba_disabled, set_num_threads
from tests.infer.mcmc.test_checkpoint import break_off, many_frames

__all__ = ["many_frames"]

NUM_WALKERS = 6


def model(y=1.0):
    x = lp.sample("x", dist.Normal(0.0, 1.0).expand([2]))
    scale = lp.sample("scale", dist.Gamma(2.0, 1.0))
    lp.deterministic("total", x.sum() + scale)
    lp.sample("y", dist.Normal(x[0], 1.0), obs=y)


def all_slices():
    moves = ESS.DifferentialMove(), ESS.GaussianMove(), ESS.KDEMove(0.5), ESS.KDEMove("silverman")
    return dict.fromkeys(moves, 1.0)


def stretch_or_difference(model=None, **options):
    return AIES(model, moves={AIES.StretchMove(): 1, AIES.DEMove(): 2}, **options)


SAMPLERS = {
    "AIES": AIES,
    "AIES, two moves": stretch_or_difference,
    "ESS": ESS,
    "ESS, four moves": lambda *args, **options: ESS(*args, moves=all_slices(), **options),
    "AIES, random halves": lambda *args, **options: AIES(*args, randomize_split=True, **options),
}


@pytest.fixture(params=SAMPLERS)
def make(request):
    return SAMPLERS[request.param]


def mcmc_of(sampler, num_warmup=20, num_samples=30, num_chains=NUM_WALKERS, **options):
    return MCMC(
        sampler, num_warmup=num_warmup, num_samples=num_samples, num_chains=num_chains,
        chain_method="vectorized", progress_bar=False, **options,
    )  # fmt: skip


def ran(sampler, rng_key=3, extra_fields=(), **options):
    mcmc = mcmc_of(sampler, **options)
    mcmc.run(rng_key, extra_fields=extra_fields)
    return mcmc


def draws_of(mcmc):
    return mcmc.get_samples(group_by_chain=True)


def assert_same(one, other):
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


def test_walkers_are_chains(make):
    mcmc = ran(make(model), extra_fields=("potential_energy", "z", "z.x", "inner_state.i"))
    draws, fields = draws_of(mcmc), mcmc.get_extra_fields(group_by_chain=True)
    assert {name: x.shape for name, x in draws.items()} == {
        "x": (6, 30, 2), "scale": (6, 30), "total": (6, 30),
    }  # fmt: skip
    assert mcmc.get_samples()["x"].shape == (180, 2)
    np.testing.assert_array_equal(draws["x"], fields["z.x"])
    np.testing.assert_allclose(draws["scale"], np.exp(fields["z"]["scale"]), rtol=1e-12)
    np.testing.assert_allclose(draws["total"], draws["x"].sum(-1) + draws["scale"], rtol=1e-12)
    np.testing.assert_array_equal(fields["inner_state.i"], np.tile(np.arange(21, 51), (6, 1)))
    assert len(np.unique(draws["x"][:, -1, 0])) == 6


def test_energies_of_walkers_are_those_of_their_draws(make):
    mcmc = ran(make(model), extra_fields=("potential_energy", "z"), thinning=4)
    fields = mcmc.get_extra_fields(group_by_chain=True)
    for walker in range(NUM_WALKERS):
        for row in range(30 // 4):
            z = {name: x[walker, row] for name, x in fields["z"].items()}
            expected = potential_energy(model, (), {}, z)
            assert fields["potential_energy"][walker, row] == pytest.approx(expected, rel=1e-12)


def test_acceptance_of_the_ensemble_is_the_mean_over_walkers_and_iterations():
    names = ("accept_prob", "inner_state.accept_prob", "inner_state.mean_accept_prob")
    mcmc = ran(AIES(model), extra_fields=names)
    one, whole, mean = map(mcmc.get_extra_fields(group_by_chain=True).get, names)
    assert np.all((one >= 0) & (one <= 1)) and 0 < one.mean() < 1
    np.testing.assert_allclose(whole[0], one.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(mean[0], np.cumsum(whole[0]) / np.arange(1, 31), rtol=1e-12)
    assert mcmc.last_state.inner_state.mean_accept_prob == mean[0, -1]


def test_thinning_keeps_the_last_draw_of_each_group(make):
    whole, thinned = ran(make(model)), ran(make(model), thinning=3)
    assert_same({k: x[:, 2::3] for k, x in draws_of(whole).items()}, draws_of(thinned))


def test_chain_method_threads_and_rows_at_a_time_change_no_draw(make):
    expected = draws_of(ran(make(model)))
    set_num_threads(1)
    try:
        assert_same(expected, draws_of(ran(make(model))))
    finally:
        set_num_threads(2)
    other = MCMC(
        make(model), num_warmup=20, num_samples=30, num_chains=6, chain_method="sequential",
        progress_bar=False,
    )  # fmt: skip
    other.run(3)
    assert_same(expected, draws_of(other))


def test_saved_sites_are_those_of_a_whole_run(make, monkeypatch):
    expected = draws_of(ran(make(model)))
    monkeypatch.setattr(site_store, "PIECE_BYTES", 1000)  # several pieces
    found = draws_of(ran(make(model), save_sites=["total", "x"]))
    assert_same({name: expected[name] for name in ("x", "total")}, found)


def test_a_run_goes_on_after_warmup(make):
    mcmc = mcmc_of(make(model))
    mcmc.warmup(3, collect_warmup=True)
    assert draws_of(mcmc)["x"].shape == (6, 20, 2)
    state = mcmc.post_warmup_state
    assert state.inner_state.i == 20 and state.z["x"].shape == (6, 2)
    mcmc.run(state.rng_key, extra_fields=("inner_state.i",))
    assert mcmc.get_extra_fields()["inner_state.i"].max() == 50
    assert np.all(np.isfinite(draws_of(mcmc)["x"]))
    with pytest.raises(ShapeError, match="6 chains, but num_chains=8"):
        other = mcmc_of(make(model), num_chains=8)
        other.post_warmup_state = state
        other.run(0)
    with pytest.raises(ArgumentError, match="must be a state of the sampler"):
        mcmc.post_warmup_state = state.z
        mcmc.run(0)


def test_single_steps_are_a_run(make):
    keys, kernel = split(3, NUM_WALKERS), make(model)
    mcmc = mcmc_of(make(model), num_warmup=4, num_samples=5)
    mcmc.run(keys, extra_fields=("z", "potential_energy"))
    expected = mcmc.get_extra_fields(group_by_chain=True)
    state, rows = kernel.init(keys, 4), []
    for _ in range(9):
        state = kernel.sample(pickle.loads(pickle.dumps(state)) if len(rows) % 2 else state)
        rows.append(state)
    for name, x in expected["z"].items():
        np.testing.assert_array_equal(x, np.stack([r.z[name] for r in rows[4:]], axis=1))
    assert [r.inner_state.i for r in rows] == list(range(1, 10))


def test_a_state_with_other_positions_is_gone_on_from(make):
    kernel = make(model)
    state = kernel.sample(kernel.init(split(3, NUM_WALKERS), 4))
    moved = state._replace(z={**state.z, "x": state.z["x"] + 1e6})
    after = kernel.sample(moved)
    assert after.inner_state.i == 2 and np.all(np.linalg.norm(after.z["x"], axis=1) > 1e6)


def test_a_run_that_was_broken_off_goes_on_from_its_checkpoint(
    make, tmp_path, monkeypatch, many_frames
):
    expected, path = draws_of(ran(make(model))), tmp_path / "checkpoint"
    assert break_off(monkeypatch, mcmc_of(make(model)), 3, checkpoint=path)
    resumed = mcmc_of(make(model))
    resumed.run(3, checkpoint=path)
    assert_same(expected, draws_of(resumed))


def test_a_run_that_is_stopped_keeps_the_draws_of_all_walkers(make):
    mcmc = mcmc_of(make(model), num_samples=300_000)
    handle = mcmc.start(3)
    while handle.progress.num_draws < 30:
        handle.wait(0.01)
    assert handle.samples(group_by_chain=True)["x"].shape[0] == NUM_WALKERS
    with pytest.warns(LightPPLWarning, match="of 300000 draws of 6 of 6 chains are kept"):
        handle.stop()
    found = draws_of(mcmc)
    assert 30 <= found["x"].shape[1] < 300_000
    assert_same(draws_of(ran(make(model))), {name: x[:, :30] for name, x in found.items()})


def test_draws_of_workers_are_those_of_this_process(make):
    expected = draws_of(ran(make(model)))
    with concurrent.futures.ThreadPoolExecutor(1) as executor:
        assert_same(expected, draws_of(ran(make(model), executor=executor)))


def test_a_potential_function_has_as_many_starts_as_walkers(make):
    start = np.random.default_rng(1).normal(size=(NUM_WALKERS, 2))
    mcmc = mcmc_of(make(potential_fn=lambda z: 0.5 * np.sum(z**2)))
    mcmc.run(0, init_params=start, extra_fields=("potential_energy",))
    x = mcmc.get_samples(group_by_chain=True)
    assert x.shape == (6, 30, 2)
    energy = mcmc.get_extra_fields(group_by_chain=True)["potential_energy"]
    np.testing.assert_allclose(energy, 0.5 * np.sum(x**2, axis=-1), rtol=1e-12)
    with pytest.raises(InitializationError, match="at one point"):
        mcmc.run(0, init_params=start[0])


def test_too_few_or_an_odd_number_of_chains_are_refused(make):
    with pytest.raises(ArgumentError, match="num_chains must be at least 4, found 1"):
        ran(make(model), num_chains=1)
    with pytest.raises(ArgumentError, match="even, found 7"):
        ran(make(model), num_chains=7)
    with pytest.raises(ArgumentError, match="list of keys"):
        make(model).init(0, 10)
    with pytest.warns(LightPPLWarning, match="8 chains for 5 unknowns. At least 10"):
        ran(make(normals(5)), num_chains=8)


def normals(size):
    def model():
        lp.sample("x", dist.Normal(0.0, 1.0).expand([size]))

    return model


FEWEST = [
    (AIES, {}, [4, 6, 6, 8]),
    (AIES, {"randomize_split": True}, [4, 4, 6, 6]),
    (ESS, {}, [4, 4, 6, 6]),
    (ESS, {"randomize_split": False, "moves": {ESS.KDEMove(0.1): 1.0}}, [4, 6, 6, 8]),
]
"""Walkers for one to four unknowns.  Differences of those that stand still, added to one that
moves, change no determinant: not that of D + 1 walkers, nor with fixed halves that of D + 2."""


@pytest.mark.parametrize("sampler, options, fewest", FEWEST)
def test_as_few_walkers_as_are_taken_see_all_of_the_density(sampler, options, fewest):
    for size, num_chains in enumerate(fewest, 1):
        kernel = sampler(normals(size), **options)
        if num_chains > 4:
            words = f"num_chains of {sampler.__name__} must be at least {num_chains} for {size}"
            with pytest.raises(ArgumentError, match=words):
                ran(kernel, num_chains=num_chains - 2)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that they are few
            mcmc = ran(kernel, num_chains=num_chains, num_warmup=500, num_samples=20_000)
        squares = draws_of(mcmc)["x"] ** 2
        for i in range(size):
            error = np.std(squares[..., i]) / np.sqrt(effective_sample_size(squares[..., i]))
            assert abs(np.mean(squares[..., i]) - 1.0) < 5.0 * error < 0.5


def test_fixed_halves_that_lie_in_a_plane_are_refused():
    start = np.random.default_rng(2).normal(size=(6, 3))
    start[:, 2] = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]  # no difference within a half leaves this plane
    with pytest.raises(InitializationError, match="plane of 2 dimensions, but there are 3"):
        mcmc_of(AIES(normals(3))).run(0, init_params={"x": start})
    mcmc_of(AIES(normals(3), randomize_split=True)).run(0, init_params={"x": start})


def test_walkers_that_begin_in_a_plane_are_refused(make):
    fixed = init_to_value(values={"scale": 1.0, "x": np.zeros(2)})
    with pytest.raises(InitializationError, match="begin at one point"):
        ran(make(model, init_strategy=fixed))
    flat = {"x": np.random.default_rng(1).normal(size=(NUM_WALKERS, 2)), "scale": 1.0}
    mcmc = mcmc_of(make(model))
    with pytest.raises(InitializationError, match="plane of 2 dimensions, but there are 3"):
        mcmc.run(0, init_params=flat)


def test_a_walker_where_the_density_is_zero_is_named(make):
    mcmc = mcmc_of(make(model))
    mcmc.warmup(0)
    state = mcmc.post_warmup_state
    state.z["x"][4, 1] = np.inf
    with pytest.raises(InitializationError, match="Chain 4 cannot go on"):
        mcmc.run(1)


def test_an_unknown_field_is_refused_before_the_run(make):
    with pytest.raises(LightPPLError, match="extra_fields names 'energy'.*potential_energy"):
        ran(make(model), extra_fields=("energy",))


def test_a_model_of_which_nothing_is_inferred(make):
    def computed():
        lp.deterministic("squares", np.arange(3.0) ** 2)
        lp.sample("y", dist.Normal(0.0, 1.0), obs=0.0)

    mcmc = ran(make(computed), num_chains=4)
    for _ in range(2):
        assert mcmc.get_samples(group_by_chain=True)["squares"].shape == (4, 30, 3)
        mcmc.post_warmup_state = mcmc.last_state
        mcmc.run(1)
    kernel = make(computed)
    assert kernel.sample(kernel.init(split(3, 4), 1)).inner_state.i == 1


BAD_OPTIONS = [
    (AIES, dict(moves={}), "moves must be a dict"),
    (AIES, dict(moves=AIES.DEMove()), "such as AIES.DEMove.., AIES.StretchMove.."),
    (AIES, dict(moves={ESS.RandomMove(): 1.0}), "the moves are AIES.DEMove"),
    (AIES, dict(moves={AIES.DEMove: 1.0}), "the moves are AIES.DEMove"),
    (AIES, dict(moves={AIES.DEMove(): -1.0}), "moves.DEMove."),
    (AIES, dict(moves={AIES.DEMove(): 0.0}), "all moves the weight 0"),
    (AIES, dict(randomize_split="yes"), "randomize_split must be True or False"),
    (AIES.StretchMove, dict(a=1.0), "a must be"),
    (AIES.DEMove, dict(sigma=-1.0), "sigma must be"),
    (AIES.DEMove, dict(g0=0.0), "g0 must be"),
    (ESS, dict(moves={AIES.DEMove(): 1.0}), "the moves are ESS.DifferentialMove"),
    (ESS, dict(max_steps=0), "max_steps must be"),
    (ESS, dict(max_iter=1.5), "max_iter must be"),
    (ESS, dict(init_mu=0.0), "init_mu must be"),
    (ESS, dict(tune_mu=None), "tune_mu must be True or False"),
    (ESS.KDEMove, dict(bw_method="wide"), "bw_method must be one of scott, silverman"),
    (ESS.KDEMove, dict(bw_method=-0.5), "bw_method must be"),
    (ESS.KDEMove, dict(bw_method=lambda kde: 1.0), "call the function and give what it returns"),
]


@pytest.mark.parametrize("make, options, words", BAD_OPTIONS)
def test_options_that_mean_nothing_are_refused_by_name(make, options, words):
    arguments = (model,) if isinstance(make, type) else ()
    with pytest.raises(ArgumentError, match=words):
        make(*arguments, **options)


def test_weights_are_shares():
    one, other, never = AIES.DEMove(), AIES.DEMove(), AIES.StretchMove()
    assert AIES(model, moves={one: 3, other: 1, never: 0}).moves == {one: 0.75, other: 0.25}


def test_random_directions_leave_planes():
    moves = {ESS.DifferentialMove(): 1, ESS.RandomMove(): 1}
    fixed = init_to_value(values={"scale": 1.0, "x": np.zeros(2)})
    draws = draws_of(ran(ESS(model, moves=moves, init_strategy=fixed)))
    assert np.linalg.matrix_rank(draws["x"][:, -1] - draws["x"][0, -1]) == 2


def test_the_scale_stays_after_warmup_and_goes_on_with_a_state():
    mcmc = ran(ESS(model), extra_fields=("inner_state.mu",))
    mu = mcmc.get_extra_fields()["inner_state.mu"]
    state = mcmc.last_state
    assert len(np.unique(mu)) == 1 and mu[0] != 1.0 and state.inner_state.mu == mu[0]
    mcmc.post_warmup_state = state._replace(inner_state=state.inner_state._replace(mu=0.25))
    mcmc.run(1, extra_fields=("inner_state.mu",))
    assert np.all(mcmc.get_extra_fields()["inner_state.mu"] == 0.25)
    fixed = ran(ESS(model, init_mu=0.5, tune_mu=False), extra_fields=("inner_state.mu",))
    assert np.all(fixed.get_extra_fields()["inner_state.mu"] == 0.5)
    kernel = ESS(model)
    begun = kernel.sample(kernel.init(split(3, NUM_WALKERS), 4))
    inner_state = begun.inner_state._replace(mu=0.25)
    assert kernel.sample(begun._replace(inner_state=inner_state)).inner_state.mu == 0.25


@pytest.mark.skipif(is_numba_disabled(), reason="it compares with compiled kernels")
def test_kernels_in_plain_python_do_the_same(make, monkeypatch):
    expected = draws_of(ran(make(model), num_warmup=3, num_samples=6))
    monkeypatch.setattr("lightppl.jit.is_numba_disabled", lambda: True)
    found = draws_of(ran(make(model), num_warmup=3, num_samples=6))
    for name, x in expected.items():
        np.testing.assert_allclose(x, found[name], rtol=1e-9, err_msg=name)
