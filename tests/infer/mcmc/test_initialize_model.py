"""initialize_model and the functional interface: what other samplers are built from."""

import numpy as np
import pytest

from lightppl.errors import ModelError, SiteNameError
from lightppl.infer import MCMC, NUTS, init_to_value
from lightppl.infer.hmc import hmc
from lightppl.infer.hmc_util import initialize_model
from lightppl.infer.util import potential_energy
from lightppl.random import PRNGKey, split
from tests.infer.mcmc import models


def test_start_potential_and_gradient_belong_together():
    info = initialize_model(0, models.positive_and_vector)
    z, U, grad = info.param_info
    assert set(z) == set(grad) == {"rate", "pair"} and z["pair"].shape == (2,)
    assert U == pytest.approx(info.potential_fn(z))
    assert U == pytest.approx(potential_energy(models.positive_and_vector, (), {}, z))
    for name in z:
        for k in np.ndindex(z[name].shape):
            step = {key: x.copy() for key, x in z.items()}
            step[name][k] += 1e-6
            difference = (info.potential_fn(step) - U) / 1e-6
            assert grad[name][k] == pytest.approx(difference, abs=1e-4)


def test_postprocess_constrains_and_adds_deterministic_sites():
    info = initialize_model(0, models.normal_mean, model_args=(models.Y,))
    values = info.postprocess_fn({"mu": np.array(2.0)})
    assert values["mu"] == 2.0 and values["twice"] == 4.0
    assert info.model_trace["mu"].type == "sample"


def test_list_of_keys_gives_a_leading_axis():
    info = initialize_model(split(PRNGKey(0), 3), models.positive_and_vector)
    assert info.param_info.z["pair"].shape == (3, 2)
    assert info.param_info.potential_energy.shape == (3,)


def test_dynamic_args_take_other_data():
    info = initialize_model(0, models.normal_mean, model_args=(models.Y,), dynamic_args=True)
    z = {"mu": np.array(1.0)}
    other = models.Y + 1.0
    expected = initialize_model(0, models.normal_mean, model_args=(other,)).potential_fn(z)
    assert info.potential_fn(other)(z) == pytest.approx(expected)
    assert info.postprocess_fn(other)(z)["twice"] == 2.0


def test_init_strategy_is_used():
    strategy = init_to_value(values={"mu": 7.0})
    info = initialize_model(0, models.normal_mean, model_args=(models.Y,), init_strategy=strategy)
    assert info.param_info.z["mu"] == 7.0


def test_unknown_site_is_named():
    info = initialize_model(0, models.normal_mean, model_args=(models.Y,))
    with pytest.raises(SiteNameError, match="'nu'"):
        info.potential_fn({"nu": 1.0})


def test_potential_of_a_model_runs_under_mcmc_as_a_potential_fn():
    info = initialize_model(1, models.normal_mean, model_args=(models.Y,))
    mcmc = MCMC(
        NUTS(potential_fn=info.potential_fn), num_warmup=300, num_samples=2000, progress_bar=False
    )
    mcmc.run(0, init_params=info.param_info)
    mean, sd = models.normal_mean_posterior(models.Y)
    assert mcmc.get_samples()["mu"].mean() == pytest.approx(mean, abs=0.2 * sd)


@pytest.mark.parametrize("algo", ["NUTS", "HMC"])
def test_functional_interface_samples(algo):
    init_kernel, sample_kernel = hmc(lambda z: 0.5 * np.sum(z["x"] ** 2) / 9.0, algo=algo)
    state = init_kernel({"x": np.zeros(2)}, 200, rng_key=3, step_size=0.5)
    draws = []
    for _ in range(1000):
        state = sample_kernel(state)
        draws.append(state.z["x"])
    assert np.var(draws[200:]) == pytest.approx(9.0, rel=0.25)


def test_functional_interface_with_arguments():
    init_kernel, sample_kernel = hmc(
        potential_fn_gen=lambda scale: lambda q: 0.5 * np.sum(q**2) / scale**2
    )
    state = init_kernel(np.zeros(2), 10, model_args=(3.0,))
    assert np.isfinite(sample_kernel(state, (3.0,)).potential_energy)


def test_functional_interface_follows_other_arguments():
    init_kernel, sample_kernel = hmc(
        potential_fn_gen=lambda loc: lambda q: 0.5 * np.sum((q - loc) ** 2)
    )
    state = init_kernel(np.zeros(2), 50, model_args=(np.zeros(2),), rng_key=1)
    for _ in range(100):
        state = sample_kernel(state, (np.zeros(2),))
    here, there = sample_kernel(state).z, []
    np.testing.assert_array_equal(here, sample_kernel(state, (np.zeros(2),)).z)
    for _ in range(100):
        state = sample_kernel(state, model_kwargs={"loc": np.full(2, 50.0)})
        there.append(state.z)
    np.testing.assert_allclose(np.mean(there[20:], axis=0), 50.0, atol=1.0)


def test_functional_errors():
    with pytest.raises(ModelError, match="only one"):
        hmc()
    with pytest.raises(ModelError, match="algo"):
        hmc(np.sum, algo="MALA")
    with pytest.raises(ModelError, match="init_kernel"):
        hmc(np.sum)[1](None)
