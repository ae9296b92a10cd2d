"""Samplers in kernels: loops of one's own, and a third algorithm that no other file knows."""

import pickle

import numpy as np
import pytest

from lightppl.errors import ArgumentError, LightPPLError, ModelError, ShapeError
from lightppl.infer import (
    HMC, MCMC, NUTS, SA, WALNUTS, BarkerMH, MetropolisAdjustedLangevinAlgorithm, NoUTurnSampler,
    RandomWalkMetropolis, SliceSampler,
)  # fmt: skip
from lightppl.infer.mcmc.compiled import Continuation
from lightppl.kernels.block import block_of
from lightppl.language.structure import leaves_of
from lightppl.random import PRNGKey, split
from lightppl.settings import is_numba_disabled
from tests.infer.mcmc import models
from tests.infer.mcmc.random_walk import RandomWalk, RandomWalkState

SAMPLERS = [
    NUTS, WALNUTS, HMC, BarkerMH, SA, RandomWalk, RandomWalkMetropolis,
    MetropolisAdjustedLangevinAlgorithm, SliceSampler, NoUTurnSampler,
]  # fmt: skip


def by_hand(kernel, key, num_warmup, num_samples, pass_on=lambda state: state):
    """Draws of a loop of one's own, whose states go through a function between transitions."""
    state, rows = kernel.init(key, num_warmup, None, (models.Y,)), []
    for _ in range(num_warmup + num_samples):
        state = kernel.sample(pass_on(state), (models.Y,))
        rows.append(float(state.z["mu"]))
    return np.array(rows[num_warmup:]), state


@pytest.mark.parametrize("kernel", SAMPLERS)
def test_a_loop_of_ones_own_draws_what_mcmc_draws(kernel):
    mcmc = MCMC(kernel(models.normal_mean), num_warmup=160, num_samples=40, progress_bar=False)
    mcmc.run(7, models.Y)
    found, state = by_hand(kernel(models.normal_mean), split(PRNGKey(7), 1)[0], 160, 40)
    np.testing.assert_array_equal(found, mcmc.get_samples()["mu"])
    assert state.i == 200
    for found, expected in zip(state.adapt_state, mcmc.last_state.adapt_state):
        if not isinstance(found, Continuation):
            np.testing.assert_equal(found, expected)


@pytest.mark.parametrize("kernel", SAMPLERS)
def test_a_loop_goes_on_from_any_state_as_from_its_own(kernel):
    """A copy, as from a file, is not the state that the chain returned, and has to be restored."""
    expected, last = by_hand(kernel(models.normal_mean), 3, 110, 10)
    found, copied = by_hand(
        kernel(models.normal_mean), 3, 110, 10, lambda state: pickle.loads(pickle.dumps(state))
    )
    np.testing.assert_array_equal(found, expected)
    assert copied.i == last.i and copied.potential_energy == last.potential_energy


def test_a_loop_opens_one_chain(monkeypatch):
    from lightppl.infer.mcmc import compiled

    opened = []
    make = compiled.CompiledChain
    monkeypatch.setattr(
        compiled, "CompiledChain", lambda *args: opened.append(args) or make(*args)
    )
    by_hand(NUTS(models.normal_mean), 3, 20, 20)
    assert len(opened) == 1


@pytest.mark.parametrize(
    "kernel, options", [(NUTS, {}), (HMC, {"trajectory_length": None, "num_steps": 3})]
)
def test_what_is_changed_in_a_state_is_gone_on_from(kernel, options):
    sampler = kernel(models.normal_mean, step_size=1e-6, adapt_step_size=False, **options)
    state = sampler.sample(sampler.init(0, 0, None, (models.Y,)), (models.Y,))
    moved = sampler.sample(state._replace(z={"mu": np.array(40.0)}), (models.Y,))
    assert float(moved.z["mu"]) == pytest.approx(40.0, abs=0.1)
    mean, sd = models.normal_mean_posterior(models.Y)
    assert float(moved.z_grad["mu"]) == pytest.approx((40.0 - mean) / sd**2, rel=1e-2)
    adapt_state = state.adapt_state._replace(
        step_size=0.25, inverse_mass_matrix={("mu",): np.array([4.0])}
    )
    changed = sampler.sample(state._replace(adapt_state=adapt_state), (models.Y,))
    assert changed.adapt_state.step_size == 0.25
    np.testing.assert_array_equal(changed.adapt_state.inverse_mass_matrix[("mu",)], [4.0])
    dense = state.adapt_state._replace(inverse_mass_matrix={("mu",): np.array([[9.0]])})
    changed = sampler.sample(state._replace(adapt_state=dense), (models.Y,))
    np.testing.assert_array_equal(changed.adapt_state.inverse_mass_matrix[("mu",)], [[9.0]])


def test_a_loop_goes_on_from_the_last_state_of_a_run():
    sampler = NUTS(models.normal_mean)
    mcmc = MCMC(sampler, num_warmup=100, num_samples=10, progress_bar=False)
    mcmc.run(0, models.Y)
    state = mcmc.last_state
    for _ in range(3):
        state = sampler.sample(state, (models.Y,))
    assert state.i == 113
    assert state.adapt_state.step_size == mcmc.last_state.adapt_state.step_size


@pytest.mark.parametrize("state", [None, 5, RandomWalkState(*range(6))])
def test_a_loop_refuses_what_is_no_state_of_the_sampler(state):
    with pytest.raises(ArgumentError, match="must be a state of the sampler"):
        NUTS(models.normal_mean).sample(state, (models.Y,))


def test_a_third_algorithm_runs_with_all_that_the_others_have():
    mcmc = MCMC(
        RandomWalk(models.normal_mean), num_warmup=500, num_samples=4000, num_chains=2,
        progress_bar=False,
    )  # fmt: skip
    mcmc.run(0, models.Y, extra_fields=("accept_prob", "z.mu", "potential_energy", "i"))
    mean, sd = models.normal_mean_posterior(models.Y)
    mu = mcmc.get_samples()["mu"]
    assert mu.mean() == pytest.approx(mean, abs=0.25 * sd) and mu.std() == pytest.approx(sd, 0.15)
    fields = mcmc.get_extra_fields()
    np.testing.assert_array_equal(fields["z.mu"], mu)
    assert fields["accepted"].dtype == bool and 0.2 < fields["accepted"].mean() < 0.6
    assert list(mcmc.get_statistics()) == ["accept_prob"]
    assert mcmc.summarize().names == ("mu",)
    assert set(mcmc.get_samples()) == {"mu", "twice"}
    state = mcmc.last_state
    np.testing.assert_array_equal(state.i, 4500)
    assert state.z["mu"].shape == state.adapt_state.step_size.shape == (2,)
    mcmc.post_warmup_state = state
    mcmc.run(state.rng_key, models.Y, extra_fields=("i",))
    assert mcmc.get_extra_fields()["i"][0] == 4501
    np.testing.assert_array_equal(
        mcmc.last_state.adapt_state.step_size, state.adapt_state.step_size
    )


def test_a_third_algorithm_has_machine_code_of_its_own_that_is_not_kept():
    mcmc = MCMC(RandomWalk(models.normal_mean), num_warmup=5, num_samples=5, progress_bar=False)
    mcmc.run(0, models.Y)
    run_block = block_of(RandomWalk.algorithm)
    assert run_block.num_entries == (0 if is_numba_disabled() else 1)
    assert run_block.__qualname__ == "run_block[random_walk]"
    assert run_block is not block_of(NUTS.algorithm)
    from lightppl import jit

    assert not jit._is_ours(run_block), "an edit of this file would not be seen"
    assert jit._is_ours(block_of(NUTS.algorithm))


def test_unknown_fields_are_told_in_the_words_of_the_sampler():
    mcmc = MCMC(RandomWalk(models.normal_mean), num_warmup=5, num_samples=5, progress_bar=False)
    with pytest.raises(LightPPLError, match="'tree_depth'.*has i, z, .*accepted; z also by site"):
        mcmc.run(0, models.Y, extra_fields=("tree_depth",))


def test_states_of_another_sampler_are_refused():
    mcmc = MCMC(NUTS(models.normal_mean), num_warmup=5, num_samples=5, progress_bar=False)
    mcmc.run(0, models.Y)
    other = MCMC(RandomWalk(models.normal_mean), num_warmup=5, num_samples=5, progress_bar=False)
    other.post_warmup_state = mcmc.last_state
    with pytest.raises((ArgumentError, ShapeError)):
        other.run(0, models.Y)


def test_a_sampler_needs_a_model_or_a_potential_function():
    for given in ({}, {"model": models.normal_mean, "potential_fn": abs}):
        with pytest.raises(ModelError, match="either a model or a potential_fn"):
            RandomWalk(**given)


def test_a_sampler_can_be_pickled_with_a_chain_open():
    sampler = NUTS(models.normal_mean)
    state = sampler.sample(sampler.init(0, 20, None, (models.Y,)), (models.Y,))
    copied = pickle.loads(pickle.dumps(sampler))
    assert copied.sample(state, (models.Y,)).z == sampler.sample(state, (models.Y,)).z


@pytest.mark.parametrize("start", [np.array([1.0, 2.0]), {"a": np.zeros(3)}, [np.zeros(2)]])
def test_each_loop_of_a_potential_function_starts_where_it_is_told_to(start):
    """Also after a loop that started elsewhere, or with another structure."""
    sampler = NUTS(potential_fn=lambda z: sum(0.5 * np.sum(x**2) for x in leaves_of(z)))
    sampler.init(0, 10, np.array([5.0, 5.0]))
    np.testing.assert_equal(sampler.init(0, 10, start).z, start)
