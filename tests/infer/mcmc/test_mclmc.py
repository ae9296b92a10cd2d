"""`MCLMC` and `AdjustedMCLMC` for those who call them."""

import pickle
from functools import partial

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.errors import ArgumentError, ModelError
from lightppl.infer import MCLMC, MCMC, AdjustedMCLMC
from lightppl.infer.util import potential_energy
from lightppl.random import PRNGKey, split
from lightppl.settings import is_numba_disabled, set_num_threads
from tests.infer.mcmc import models
from tests.infer.mcmc.test_checkpoint import break_off, many_frames

__all__ = ["many_frames"]

SAMPLERS = [MCLMC, AdjustedMCLMC]
LENGTH = {MCLMC: "decoherence_length", AdjustedMCLMC: "trajectory_length"}


def mcmc_of(sampler, num_warmup=300, num_samples=100, num_chains=2, **options):
    if isinstance(sampler, type):
        sampler = sampler(models.positive_and_vector)
    return MCMC(
        sampler, num_warmup=num_warmup, num_samples=num_samples, num_chains=num_chains,
        progress_bar=False, **options,
    )  # fmt: skip


def ran(sampler, *, key=3, extra_fields=(), **options):
    mcmc = mcmc_of(sampler, **options)
    mcmc.run(key, extra_fields=extra_fields)
    return mcmc


def assert_same(one, other):
    one, other = one.get_samples(True), other.get_samples(True)
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


def many_scales():
    lp.sample("x", dist.Normal(1.0, np.logspace(-1.0, 1.0, 50)))


@pytest.mark.skipif(is_numba_disabled(), reason="many draws")
@pytest.mark.parametrize("integrator", ["mclachlan", "leapfrog"])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_warmup_learns_scales_and_what_samples(sampler, integrator):
    scales = np.logspace(-1.0, 1.0, 50)
    options = dict(num_warmup=800, num_samples=8000 if sampler is MCLMC else 1500)
    mcmc = ran(
        sampler(many_scales, integrator=integrator),
        extra_fields=("energy_error", LENGTH[sampler]), **options,
    )  # fmt: skip
    x, fields = mcmc.get_samples()["x"], mcmc.get_extra_fields()
    (matrix,) = mcmc.last_state.adapt_state.inverse_mass_matrix.values()
    np.testing.assert_allclose(np.sqrt(matrix), np.tile(scales, (2, 1)), rtol=0.2)
    ratio = np.mean(x.var(axis=0) / scales**2)
    assert ratio == pytest.approx(1.0, abs=0.06 if sampler is MCLMC else 0.02)
    np.testing.assert_allclose(x.mean(axis=0), 1.0, atol=0.5 * scales.max())
    assert not fields["diverging"].any()
    assert np.all(fields[LENGTH[sampler]] > 0.2 * np.sqrt(50))
    assert np.all(fields[LENGTH[sampler]] < 5.0 * np.sqrt(50))
    if sampler is MCLMC:
        assert np.mean(fields["energy_error"] ** 2) / 50 == pytest.approx(5e-4, rel=0.5)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_fields_are_those_of_the_draws(sampler):
    fields = ("potential_energy", "z", "z_grad", "i", "step_size", "adapt_state", "energy_error")
    mcmc = ran(sampler, extra_fields=fields, thinning=10)
    found = mcmc.get_extra_fields(group_by_chain=True)
    for row in range(10):
        z = {site: x[1, row] for site, x in found["z"].items()}
        expected = potential_energy(models.positive_and_vector, (), {}, z)
        assert found["potential_energy"][1, row] == pytest.approx(expected, rel=1e-10)
    np.testing.assert_array_equal(found["i"][0], 300 + 10 * np.arange(1, 11))
    state = mcmc.last_state
    np.testing.assert_array_equal(found["step_size"][:, -1], state.adapt_state.step_size)
    assert set(found["adapt_state"]) == {"step_size", LENGTH[sampler], "inverse_mass_matrix"}


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_threads_change_no_draw(sampler):
    expected = ran(sampler)
    set_num_threads(1)
    try:
        assert_same(expected, ran(sampler))
    finally:
        set_num_threads(2)


@pytest.mark.parametrize("is_copied", [False, True])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_loop_of_ones_own_draws_what_mcmc_draws(sampler, is_copied):
    mcmc = ran(sampler, key=7, num_warmup=210, num_samples=5, num_chains=1)
    kernel = sampler(models.positive_and_vector)
    state, rows = kernel.init(split(PRNGKey(7), 1)[0], 210), []
    for _ in range(215):
        state = kernel.sample(pickle.loads(pickle.dumps(state)) if is_copied else state)
        rows.append(state.z["pair"])
    np.testing.assert_array_equal(rows[210:], mcmc.get_samples()["pair"])


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_run_goes_on_from_where_another_has_ended(sampler):
    first = ran(sampler)
    mcmc = mcmc_of(sampler)
    mcmc.post_warmup_state = state = first.last_state
    mcmc.run(state.rng_key, extra_fields=("i", "step_size"))
    found = mcmc.get_extra_fields(group_by_chain=True)
    assert found["i"][0, 0] == 401
    np.testing.assert_array_equal(found["step_size"][:, -1], state.adapt_state.step_size)
    for field in (LENGTH[sampler], "inverse_mass_matrix"):
        np.testing.assert_equal(
            getattr(mcmc.last_state.adapt_state, field), getattr(state.adapt_state, field)
        )


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.usefixtures("many_frames")
def test_a_run_that_was_broken_off_goes_on_to_the_same_draws(sampler, tmp_path, monkeypatch):
    expected = ran(sampler)
    assert break_off(monkeypatch, mcmc_of(sampler), 5, checkpoint=tmp_path / "draws")
    found = mcmc_of(sampler)
    found.run(3, checkpoint=tmp_path / "draws")
    assert_same(expected, found)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_what_is_changed_in_a_state_is_gone_on_from(sampler):
    kernel = sampler(models.positive_and_vector)
    state = kernel.sample(kernel.init(0, 0))
    adapt_state = state.adapt_state._replace(
        step_size=1e-7, **{LENGTH[sampler]: 1e-7},
        inverse_mass_matrix={("pair", "rate"): np.array([4.0, 1.0, 1.0])},
    )  # fmt: skip
    z = {"rate": np.array(0.3), "pair": np.array([2.0, -2.0])}
    moved = kernel.sample(state._replace(z=z, adapt_state=adapt_state))
    for name, x in z.items():
        np.testing.assert_allclose(moved.z[name], x, atol=1e-5)
    assert moved.adapt_state.step_size == 1e-7
    (matrix,) = moved.adapt_state.inverse_mass_matrix.values()
    np.testing.assert_array_equal(matrix, [4.0, 1.0, 1.0])


@pytest.mark.skipif(is_numba_disabled(), reason="many draws")
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_potential_function_is_sampled(sampler):
    mcmc = mcmc_of(
        sampler(potential_fn=lambda z: 0.5 * np.sum(z**2)), num_samples=5000, num_chains=4
    )
    mcmc.run(0, init_params=np.random.default_rng(0).normal(size=(4, 6)))
    assert mcmc.get_samples().var() == pytest.approx(1.0, rel=0.07)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_one_dimension_is_refused(sampler):
    with pytest.raises(ModelError, match=f"{sampler.__name__} .* two dimensions.* has 1. NUTS"):
        mcmc_of(sampler(models.normal_mean)).run(0, models.Y)


@pytest.mark.parametrize(
    "make, what",
    [
        (partial(MCLMC, step_size=0.0), "step_size"),
        (partial(MCLMC, decoherence_length=-1.0), "decoherence_length"),
        (partial(MCLMC, desired_energy_var=0.0), "desired_energy_var"),
        (partial(MCLMC, integrator="euler"), "integrator"),
        (partial(MCLMC, adapt_decoherence_length=3), "adapt_decoherence_length"),
        (partial(AdjustedMCLMC, trajectory_length=0), "trajectory_length"),
        (partial(AdjustedMCLMC, target_accept_prob=0), "target_accept_prob"),
        (partial(AdjustedMCLMC, adapt_trajectory_length=None), "adapt_trajectory_length"),
    ],
)
def test_bad_options_are_refused_by_name(make, what):
    with pytest.raises(ArgumentError, match=f"^{what} "):
        make(models.positive_and_vector)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_dense_matrices_are_refused(sampler):
    kernel = sampler(models.positive_and_vector, inverse_mass_matrix=np.eye(3))
    with pytest.raises(ArgumentError, match=f"of {sampler.__name__} must be diagonal"):
        mcmc_of(kernel).run(0)
