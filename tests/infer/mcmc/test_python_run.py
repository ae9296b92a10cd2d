"""Samplers written in plain Python run under MCMC."""

from collections import namedtuple

import numpy as np
import pytest

from lightppl.errors import LightPPLError
from lightppl.infer import MCMC, MCMCKernel, NUTS
from lightppl.random import as_generator, split
from tests.infer.mcmc import models

State = namedtuple("State", ["x", "energy", "inner", "rng_key"])


class RandomWalk(MCMCKernel):
    """Metropolis on a standard normal."""

    sample_field = "x"

    def __init__(self, width=2.4):
        self.width = width

    def init(self, rng_key, num_warmup, init_params, model_args, model_kwargs):
        x = np.asarray(0.0 if init_params is None else init_params, float)
        return State(x, 0.5 * x**2, {"width": self.width}, rng_key)

    def sample(self, state, model_args, model_kwargs):
        rng_key, used = split(state.rng_key)
        rng = as_generator(used)
        x = state.x + self.width * rng.normal()
        energy = 0.5 * x**2
        if np.log(rng.random()) < state.energy - energy:
            return State(x, energy, state.inner, rng_key)
        return state._replace(rng_key=rng_key)


class Scaled(RandomWalk):
    """The same, with default fields, postprocessing and words for the bar."""

    default_fields = ("x", "energy")

    def postprocess_fn(self, model_args, model_kwargs):
        return lambda x: {"scaled": 10.0 * x}

    def get_diagnostics_str(self, state):
        return f"energy {float(state.energy):.1f}"


def run(kernel, num_chains=1, thinning=1, num_samples=400, **options):
    mcmc = MCMC(
        kernel, num_warmup=50, num_samples=num_samples, num_chains=num_chains, thinning=thinning,
        progress_bar=False,
    )  # fmt: skip
    mcmc.run(0, **options)
    return mcmc


def test_python_kernel_samples_its_target():
    found = run(RandomWalk(), num_chains=4, num_samples=3000).get_samples(group_by_chain=True)
    assert found.shape == (4, 3000)
    assert abs(found.mean()) < 0.2 and found.var() == pytest.approx(1.0, abs=0.2)


def test_fields_defaults_and_postprocessing():
    mcmc = run(Scaled(), num_chains=2, thinning=4, extra_fields=("inner.width",))
    assert mcmc.get_samples()["scaled"].shape == (200,)
    fields = mcmc.get_extra_fields()
    assert set(fields) == {"energy", "inner.width"}
    np.testing.assert_allclose(mcmc.get_samples()["scaled"] ** 2 / 200, fields["energy"])
    assert np.all(fields["inner.width"] == 2.4)


@pytest.mark.parametrize("thinning", [3, 7])
def test_thinning_keeps_the_last_draw_of_each_group(thinning):
    full, thinned = (
        run(RandomWalk(), 2, every, num_samples=40, extra_fields=("energy",))
        for every in (1, thinning)
    )
    kept = slice(thinning - 1, None, thinning)
    x = full.get_samples(group_by_chain=True)[:, kept]
    np.testing.assert_array_equal(thinned.get_samples(group_by_chain=True), x)
    found = thinned.get_extra_fields(group_by_chain=True)["energy"]
    np.testing.assert_array_equal(found, 0.5 * x**2)


def test_start_of_each_chain():
    mcmc = run(RandomWalk(width=0.0), num_chains=3, init_params=np.array([1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(mcmc.get_samples(group_by_chain=True)[:, 0], [1.0, 2.0, 3.0])


def test_going_on_from_the_last_state():
    mcmc = run(RandomWalk(), num_chains=2)
    last = mcmc.get_samples(group_by_chain=True)[:, -1]
    np.testing.assert_array_equal(mcmc.last_state.x, last)
    mcmc.post_warmup_state = mcmc.last_state
    mcmc.run(1)
    assert mcmc.get_samples().shape == (800,)


def test_unknown_field_is_named():
    with pytest.raises(LightPPLError, match="'nonsense'"):
        run(RandomWalk(), extra_fields=("nonsense",))


def test_summary_of_a_bare_array(capsys):
    run(RandomWalk(), num_chains=2).print_summary()
    assert "Param:0" in capsys.readouterr().out


def test_a_kernel_may_call_nuts_inside():
    class Twice(MCMCKernel):
        sample_field = "z"

        def __init__(self):
            self.inner = NUTS(models.normal_mean)

        def init(self, *args):
            return self.inner.init(*args)

        def sample(self, state, model_args, model_kwargs):
            state = self.inner.sample(state, model_args, model_kwargs)
            return self.inner.sample(state, model_args, model_kwargs)

        def postprocess_fn(self, model_args, model_kwargs):
            return self.inner.postprocess_fn(model_args, model_kwargs)

    mcmc = MCMC(Twice(), num_warmup=50, num_samples=100, num_chains=2, progress_bar=False)
    mcmc.run(0, models.Y)
    samples = mcmc.get_samples()
    assert samples["mu"].shape == (200,)
    np.testing.assert_allclose(samples["twice"], 2 * samples["mu"])


class InPlace(RandomWalk):
    """A kernel that writes each state into the arrays of the last one."""

    def init(self, rng_key, num_warmup, init_params, model_args, model_kwargs):
        return State(np.zeros(2), np.zeros(()), {"count": np.zeros(1)}, rng_key)

    def sample(self, state, model_args, model_kwargs):
        for array in (state.x, state.energy, state.inner["count"]):
            array += 1.0
        return state


def test_draws_survive_a_kernel_that_changes_its_state_in_place():
    mcmc = MCMC(InPlace(), num_warmup=2, num_samples=5, num_chains=2, progress_bar=False)
    mcmc.run(0, extra_fields=["energy", "inner.count"])
    expected = np.arange(3.0, 8.0)
    for chain in mcmc.get_samples(group_by_chain=True):
        np.testing.assert_array_equal(chain, np.stack([expected, expected], axis=1))
    fields = mcmc.get_extra_fields(group_by_chain=True)
    np.testing.assert_array_equal(fields["energy"][0], expected)
    np.testing.assert_array_equal(fields["inner.count"][1][:, 0], expected)
