"""What users say to HMC and NUTS, potential functions, mass matrices, and loops written by hand."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.errors import (
    ArgumentError, FallbackWarning, InitializationError, ModelError, ShapeError, SiteNameError,
)  # fmt: skip
from lightppl.infer import HMC, MCMC, NUTS, init_to_value
from lightppl.infer.hmc import HMCState
from tests.infer.mcmc import models


def run(kernel, *args, num_warmup=100, num_samples=50, num_chains=1, key=0, **options):
    mcmc = MCMC(
        kernel, num_warmup=num_warmup, num_samples=num_samples, num_chains=num_chains,
        progress_bar=False,
    )  # fmt: skip
    mcmc.run(key, *args, **options)
    return mcmc


def test_hmc_with_time_and_steps_takes_their_ratio():
    kernel = HMC(models.normal_mean, trajectory_length=2.0, num_steps=8)
    mcmc = run(kernel, models.Y, extra_fields=("num_steps", "adapt_state.step_size"))
    fields = mcmc.get_extra_fields()
    assert np.all(fields["num_steps"] == 8) and np.all(fields["adapt_state.step_size"] == 0.25)


def test_hmc_with_steps_alone_adapts_the_step():
    kernel = HMC(models.normal_mean, trajectory_length=None, num_steps=8)
    mcmc = run(kernel, models.Y, extra_fields=("num_steps", "adapt_state.step_size"))
    fields = mcmc.get_extra_fields()
    assert np.all(fields["num_steps"] == 8) and fields["adapt_state.step_size"][0] != 1.0


def test_hmc_with_time_alone_adapts_the_number_of_steps():
    mcmc = run(HMC(models.normal_mean), models.Y, extra_fields=("num_steps", "step_size"))
    fields = mcmc.get_extra_fields()
    expected = max(1, int(2 * np.pi / fields["step_size"][0]))
    assert np.all(fields["num_steps"] == expected)


def test_nothing_adapts_when_told_so():
    kernel = NUTS(
        models.normal_mean, step_size=0.3, adapt_step_size=False, adapt_mass_matrix=False,
        inverse_mass_matrix=np.array([2.0]),
    )  # fmt: skip
    state = run(kernel, models.Y).last_state
    assert state.adapt_state.step_size == 0.3
    np.testing.assert_array_equal(state.adapt_state.inverse_mass_matrix[("mu",)], [2.0])


def test_tree_depth_pair_is_for_warmup_and_sampling():
    kernel = NUTS(
        models.normal_mean, step_size=1e-3, adapt_step_size=False, max_tree_depth=(2, 3),
    )  # fmt: skip
    mcmc = run(kernel, models.Y, extra_fields=("tree_depth",))
    assert np.all(mcmc.get_extra_fields()["tree_depth"] == 3)


def inverse_mass(dense_mass, **options):
    kernel = NUTS(models.positive_and_vector, dense_mass=dense_mass, **options)
    state = run(kernel, num_warmup=600, num_chains=options.pop("num_chains", 1)).last_state
    return state.adapt_state.inverse_mass_matrix


def test_inverse_mass_matrix_is_a_dict_by_names():
    for adaptation, shape in [("auto", (3, 3)), ("fisher", (3,)), ("welford", (3,))]:
        found = inverse_mass(False, adaptation=adaptation)
        assert list(found) == [("pair", "rate")] and found[("pair", "rate")].shape == shape
    dense = inverse_mass(True)
    assert list(dense) == [("pair", "rate")] and dense[("pair", "rate")].shape == (3, 3)
    block = inverse_mass([("pair",)])
    assert set(block) == {("pair",), ("rate",)}
    correlation = block[("pair",)][0, 1] / np.sqrt(np.prod(np.diag(block[("pair",)])))
    assert correlation == pytest.approx(0.8 / np.sqrt(2), abs=0.2)
    assert block[("rate",)].shape == (1,)


def test_order_of_names_in_a_block_is_kept():
    one, two = inverse_mass([("rate", "pair")]), inverse_mass([("pair", "rate")])
    assert list(one) == [("rate", "pair")] and list(two) == [("pair", "rate")]
    pair = one[("rate", "pair")][1:, 1:]
    assert pair[0, 1] / np.sqrt(pair[0, 0] * pair[1, 1]) > 0.3


def test_given_inverse_mass_matrices_are_used():
    given = {("pair",): np.array([[1.0, 0.8], [0.8, 2.0]]), ("rate",): np.array([0.4])}
    kernel = NUTS(models.positive_and_vector, inverse_mass_matrix=given, adapt_mass_matrix=False)
    found = run(kernel).last_state.adapt_state.inverse_mass_matrix
    assert set(found) == set(given)
    for key, matrix in given.items():
        np.testing.assert_allclose(found[key], matrix)
    full = np.diag([1.0, 2.0, 3.0])
    kernel = NUTS(models.positive_and_vector, inverse_mass_matrix=full, adapt_mass_matrix=False)
    found = run(kernel).last_state.adapt_state.inverse_mass_matrix
    np.testing.assert_allclose(found[("pair", "rate")], full)


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"dense_mass": [("pear",)]}, SiteNameError, "'pear'"),
        ({"dense_mass": [("pair",), ("pair", "rate")]}, SiteNameError, "'pair'"),
        ({"inverse_mass_matrix": np.ones(4)}, ShapeError, r"\(4,\).*\(3,\)"),
        ({"inverse_mass_matrix": {("pear",): np.ones(1)}}, SiteNameError, "'pear'"),
        ({"inverse_mass_matrix": -np.ones(3)}, ModelError, "positive"),
        ({"step_size": 0.0}, ModelError, "step_size"),
        ({"target_accept_prob": 1.0}, ModelError, "target_accept_prob"),
        ({"max_tree_depth": 0}, ModelError, "max_tree_depth"),
        ({"potential_fn": abs}, ModelError, "only one"),
    ],
)
def test_bad_options_are_named(options, error, message):
    with pytest.raises(error, match=message):
        run(NUTS(models.positive_and_vector, **options))


def test_init_strategy_is_used():
    kernel = NUTS(models.normal_mean, init_strategy=init_to_value(values={"mu": 50.0}),
                  step_size=1e-9, adapt_step_size=False)  # fmt: skip
    assert run(kernel, models.Y, num_warmup=0, num_samples=1).get_samples()["mu"][0] == (
        pytest.approx(50.0, abs=1e-3)
    )


def banana(z):
    return 0.5 * z["x"] ** 2 + 0.5 * np.sum((z["y"] - z["x"]) ** 2)


def test_potential_fn_of_a_dict():
    start = {"x": 0.5, "y": np.zeros(2)}
    mcmc = run(
        NUTS(potential_fn=banana), init_params=start, num_samples=2000, num_chains=2,
        num_warmup=300, extra_fields=("z_grad",),
    )  # fmt: skip
    samples = mcmc.get_samples()
    assert samples["x"].shape == (4000,) and samples["y"].shape == (4000, 2)
    assert np.var(samples["x"]) == pytest.approx(1.0, abs=0.15)
    assert np.var(samples["y"][:, 0]) == pytest.approx(2.0, abs=0.3)
    grad = mcmc.get_extra_fields()["z_grad"]
    np.testing.assert_allclose(grad["y"], samples["y"] - samples["x"][:, None], atol=1e-10)


def test_potential_fn_of_an_array_with_a_start_for_each_chain():
    start = np.array([[0.0, 1.0, 2.0], [5.0, 5.0, 5.0]])
    mcmc = run(
        NUTS(potential_fn=lambda q: 0.5 * np.sum(q**2), step_size=1e-9, adapt_step_size=False),
        init_params=start, num_chains=2, num_warmup=0, num_samples=4,
    )  # fmt: skip
    found = mcmc.get_samples(group_by_chain=True)
    assert found.shape == (2, 4, 3)
    np.testing.assert_allclose(found[:, 0], start, atol=1e-4)
    assert mcmc.summarize().names == ("Param:0[0]", "Param:0[1]", "Param:0[2]")


def test_potential_fn_continues_after_warmup():
    mcmc = MCMC(NUTS(potential_fn=banana), num_warmup=100, num_samples=20, num_chains=2,
                progress_bar=False)  # fmt: skip
    mcmc.warmup(0, init_params={"x": 0.5, "y": np.zeros(2)})
    mcmc.run(1)
    assert mcmc.get_samples()["y"].shape == (40, 2)


def test_potential_fn_errors():
    with pytest.raises(ModelError, match="init_params"):
        run(NUTS(potential_fn=banana))
    with pytest.raises(InitializationError, match="not finite|is nan|is inf"):
        run(NUTS(potential_fn=lambda q: np.sum(np.log(q))), init_params=np.array([-1.0, 1.0]))


def test_loop_written_by_hand_samples_the_posterior():
    kernel = NUTS(models.normal_mean)
    state = kernel.init(0, 200, None, (models.Y,), {})
    assert isinstance(state, HMCState) and state.i == 0
    collected = []
    for _ in range(1200):
        state = kernel.sample(state, (models.Y,), {})
        collected.append(state.z["mu"])
    assert state.i == 1200 and 0.5 < state.accept_prob <= 1.0
    assert state.adapt_state.step_size != 1.0
    mean, sd = models.normal_mean_posterior(models.Y)
    kept = np.array(collected[200:])
    assert kept.mean() == pytest.approx(mean, abs=0.25 * sd)
    assert kept.std() == pytest.approx(sd, rel=0.15)
    assert "steps of size" in kernel.get_diagnostics_str(state)


@pytest.mark.parametrize("kernel", [NUTS, HMC])
def test_the_first_state_has_the_energies_of_its_position(kernel):
    sampler = kernel(potential_fn=banana)
    start = {"x": np.array(0.5), "y": np.array([0.2, -1.0])}
    state = sampler.init(0, 50, start)
    assert state.potential_energy == pytest.approx(banana(start))
    assert state.energy == state.potential_energy, "there is no momentum yet"
    np.testing.assert_allclose(state.z_grad["y"], start["y"] - start["x"])
    assert state.accept_prob == state.mean_accept_prob == 0.0 and not state.diverging
    assert all(np.all(np.isfinite(leaf)) for leaf in (state.r["x"], state.r["y"]))
    mcmc = MCMC(kernel(models.normal_mean), num_warmup=0, num_samples=5, progress_bar=False)
    mcmc.warmup(0, models.Y)
    assert np.isfinite(mcmc.last_state.energy)


def test_loop_written_by_hand_does_not_change_its_states():
    kernel = NUTS(models.normal_mean)
    state = kernel.init(0, 50, None, (models.Y,), {})
    for _ in range(30):
        state = kernel.sample(state, (models.Y,), {})
    one, two = (kernel.sample(state, (models.Y,), {}) for _ in range(2))
    assert one.z == two.z and one.adapt_state.step_size == two.adapt_state.step_size


def test_postprocess_fn_of_the_kernel_constrains_one_draw():
    kernel = NUTS(models.normal_mean)
    values = kernel.postprocess_fn((models.Y,), {})({"mu": np.array(1.5)})
    assert float(values["twice"]) == 3.0


def test_a_loop_by_hand_sees_data_that_changed_in_place():
    def model(x, options):
        mu = lp.sample("mu", dist.Normal(0.0, 1.0))
        with lp.plate("rows", len(x)):
            lp.sample("x", dist.Normal(mu * options["slope"], 1.0), obs=x)

    x, options = np.zeros(3), {"slope": 1.0}
    kernel = NUTS(model)
    state = kernel.init(0, 10, model_args=(x, options))
    for change in (lambda: x.__setitem__(1, 5.0), lambda: options.update(slope=2.0)):
        density = kernel._density_of[1]
        state = kernel.sample(state, (x, options))
        assert kernel._density_of[1] is density  # unchanged data are not recorded again
        change()
        found = kernel.sample(state, (x, options))
        fresh = NUTS(model)
        fresh.init(0, 10, model_args=(x.copy(), dict(options)))
        expected = fresh.sample(state, (x.copy(), dict(options)))
        assert found.z["mu"] == expected.z["mu"]
        assert found.potential_energy == expected.potential_energy
        mu = float(found.z["mu"])
        scored = lp.log_density_function(model, x, options)
        assert found.potential_energy == pytest.approx(-scored(np.array([mu])))
        state = found


@pytest.mark.parametrize(
    "potential_fn, found",
    [
        (lambda q: 0.5 * q**2, r"an array of shape \(2,\). Sum"),
        (lambda q: 0.5 * q[:1] ** 2, r"an array of shape \(1,\). Sum"),
        (lambda q: None, "None"),
        (lambda q: "energy", "'energy'"),
        (lambda q: 1j, "a complex number"),
    ],
)
def test_a_potential_fn_that_returns_no_number_is_refused(potential_fn, found):
    mcmc = MCMC(NUTS(potential_fn=potential_fn), num_warmup=1, num_samples=1, progress_bar=False)
    with pytest.raises(ArgumentError, match=f"potential_fn must return a number.*{found}"):
        mcmc.run(0, init_params=np.ones(2))


@pytest.mark.parametrize("num_chains", [1, 3])
@pytest.mark.parametrize("dense_mass", [False, True, [("pair",)]])
def test_a_state_has_the_roots_of_its_mass_matrix(num_chains, dense_mass):
    kernel = NUTS(models.positive_and_vector, dense_mass=dense_mass)
    adapted = run(kernel, num_chains=num_chains).last_state.adapt_state
    for key, inverse in adapted.inverse_mass_matrix.items():
        root, root_inverse = adapted.mass_matrix_sqrt[key], adapted.mass_matrix_sqrt_inv[key]
        assert root.shape == root_inverse.shape == inverse.shape
        if inverse.ndim - (num_chains > 1) == 1:
            np.testing.assert_allclose(root**2 * inverse, 1.0)
            np.testing.assert_allclose(root * root_inverse, 1.0)
        else:
            unit = np.broadcast_to(np.eye(inverse.shape[-1]), inverse.shape)
            mass = root @ np.swapaxes(root, -1, -2)
            np.testing.assert_allclose(mass @ inverse, unit, atol=1e-10)
            np.testing.assert_allclose(root @ root_inverse, unit, atol=1e-10)


def root_by_newton(x):
    """The root of x**2 + 1, by as many steps as it takes."""
    y = 1.0 + x**2
    while abs(y * y - (1.0 + x**2)) > 1e-13:
        y = 0.5 * (y + (1.0 + x**2) / y)
    return y


def test_loops_of_unknown_length_need_no_forward_mode():
    draws = []
    for forward in (False, True):
        kernel = NUTS(
            potential_fn=lambda x: root_by_newton(x), forward_mode_differentiation=forward,
            step_size=0.5, adapt_step_size=False, max_tree_depth=3,
        )  # fmt: skip
        with pytest.warns(FallbackWarning, match="eager"):
            mcmc = run(kernel, num_warmup=0, num_samples=20, init_params=np.array(0.3))
        draws.append(mcmc.get_samples())
        state = mcmc.last_state
        assert state.z_grad == pytest.approx(state.z / np.sqrt(1.0 + state.z**2))
    np.testing.assert_array_equal(*draws)
