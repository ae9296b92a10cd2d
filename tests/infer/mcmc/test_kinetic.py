"""`kinetic_fn`: the posterior does not depend on it; what it sees does on the metric."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.diagnostics import mcse_mean
from lightppl.errors import ArgumentError, UnsupportedOperationError
from lightppl.infer import HMC, MCMC, NUTS
from lightppl.infer.hmc import hmc
from lightppl.infer.hmc_util import euclidean_kinetic_energy
from lightppl.infer.mcmc import WALNUTS
from tests.infer.mcmc import models


def model():
    lp.sample("x", dist.Normal(1.0, 2.0))
    lp.sample("g", dist.Gamma(3.0, 2.0))


def momenta(r):
    return np.stack([np.reshape(r[name], ()) for name in sorted(r)])


def relativistic(inverse_mass_matrix, r):
    (matrix,) = inverse_mass_matrix.values()
    return np.sum(2.0 * np.sqrt(1.0 + 0.5 * matrix * momenta(r) ** 2))


def laplace(inverse_mass_matrix, r):
    return np.sum(np.abs(momenta(r)))


def by_hand(inverse_mass_matrix, r):
    return euclidean_kinetic_energy(inverse_mass_matrix, r)


def run(kernel, key=0, num_samples=200, num_chains=1, num_warmup=200, **options):
    mcmc = MCMC(
        kernel, num_warmup=num_warmup, num_samples=num_samples, num_chains=num_chains,
        progress_bar=False,
    )  # fmt: skip
    mcmc.run(key, **options)
    return mcmc


@pytest.mark.parametrize("kinetic_fn", [relativistic, laplace, by_hand])
@pytest.mark.parametrize("kernel", [NUTS, HMC])
def test_a_hundred_thousand_draws_are_of_the_posterior(kernel, kinetic_fn):
    fixed = {} if kernel is NUTS else {"num_steps": 7, "trajectory_length": None}
    mcmc = run(kernel(model, kinetic_fn=kinetic_fn, **fixed), num_samples=25_000, num_chains=4)
    draws = mcmc.get_samples(group_by_chain=True)
    x, g = (draws["x"] - 1.0) / 2.0, draws["g"]
    for found, expected in (
        (x, 0.0), (x**2, 1.0), (np.abs(x) > 2.0, 0.0455003), (g, 1.5), (g**2, 3.0),
        (np.log(g), 0.2296371),
    ):  # fmt: skip
        found = np.asarray(found, float)
        z = (found.mean() - expected) / mcse_mean(found)
        assert abs(z) < 4.5  # fail
        assert abs(z) < 4.0  # alert


def test_momenta_from_the_normal_distribution_would_be_seen():
    """What NumPyro does: Gaussian momenta under another kinetic energy change the posterior."""
    rng, q, draws = np.random.default_rng(0), 0.0, []
    for _ in range(20_000):
        p = rng.standard_normal()
        q_new, p_new = q, p
        for _ in range(3):
            p_new -= 0.3 * q_new
            q_new += 0.6 * np.sign(p_new)
            p_new -= 0.3 * q_new
        change = 0.5 * (q_new**2 - q**2) + abs(p_new) - abs(p)
        if np.log(rng.random()) < -change:
            q = q_new
        draws.append(q)
    x = np.array(draws)[None] ** 2
    assert abs(x.mean() - 1.0) > 10 * mcse_mean(x)


@pytest.mark.parametrize("kernel", [NUTS, HMC])
def test_the_gaussian_energy_by_name_gives_the_usual_draws(kernel):
    usual = run(kernel(model)).get_samples()["x"]
    named = run(kernel(model, kinetic_fn=euclidean_kinetic_energy)).get_samples()["x"]
    np.testing.assert_array_equal(usual, named)


@pytest.mark.parametrize(
    "dense_mass, shapes, jit_compile",
    [
        (False, {("g", "x"): (2,)}, True),
        (True, {("g", "x"): (2, 2)}, True),
        ([("x",)], {("x",): (1, 1), ("g",): (1,)}, True),
        (True, {("g", "x"): (2, 2)}, False),
    ],
)
def test_the_function_sees_the_metric_in_force_and_momenta_by_site(dense_mass, shapes, jit_compile):
    seen = []

    def energy(inverse_mass_matrix, r):
        seen.append(({k: np.shape(x) for k, x in inverse_mass_matrix.items()}, sorted(r)))
        return euclidean_kinetic_energy(inverse_mass_matrix, r)

    kernel = NUTS(
        model, kinetic_fn=energy, dense_mass=dense_mass, jit_compile=jit_compile, max_tree_depth=3
    )
    state = run(kernel, num_samples=5, num_warmup=20).last_state
    assert all(found == (shapes, ["g", "x"]) for found in seen)
    (matrix, *_) = state.adapt_state.inverse_mass_matrix.values()
    assert np.any(matrix != np.eye(len(matrix)) if matrix.ndim == 2 else matrix != 1.0)
    # the energy of the state is of the metric at the end
    K = euclidean_kinetic_energy(state.adapt_state.inverse_mass_matrix, state.r)
    assert state.energy - state.potential_energy == pytest.approx(float(K))


def test_positions_that_are_an_array_have_an_array_of_a_metric():
    def energy(inverse_mass_matrix, r):
        return np.sum(np.sqrt(1.0 + inverse_mass_matrix * r**2))

    kernel = NUTS(potential_fn=lambda q: 0.5 * np.sum(q**2), kinetic_fn=energy)
    draws = run(kernel, num_samples=4000, init_params=np.ones(3)).get_samples()
    assert draws.shape == (4000, 3)
    np.testing.assert_allclose(draws.var(axis=0), 1.0, atol=0.2)


def test_loops_of_one_s_own_take_a_kinetic_energy():
    init_kernel, sample_kernel = hmc(
        lambda q: 0.5 * np.sum(q**2), kinetic_fn=lambda matrix, r: np.sum(np.sqrt(1.0 + r**2))
    )
    state, draws = init_kernel(np.zeros(1), 100, rng_key=3), []
    for _ in range(1100):
        state = sample_kernel(state)
        draws.append(float(state.z[0]))
    assert np.var(draws[100:]) == pytest.approx(1.0, abs=0.35)


@pytest.mark.parametrize(
    "kinetic_fn, message",
    [
        (lambda m, r: np.exp(r["x"]), "must be even"),
        (lambda m, r: momenta(r) ** 2, "one finite number"),
        (lambda m, r: np.nan * np.sum(momenta(r)), "one finite number"),
        (3.0, "kinetic_fn"),
    ],
)
def test_functions_that_are_no_kinetic_energy_are_refused(kinetic_fn, message):
    with pytest.raises(ArgumentError, match=message):
        run(NUTS(model, kinetic_fn=kinetic_fn))


def test_walnuts_refuses_one():
    with pytest.raises(UnsupportedOperationError, match="WALNUTS takes no kinetic_fn"):
        WALNUTS(models.normal_mean, kinetic_fn=laplace)
