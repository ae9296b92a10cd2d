"""Samplers of discrete sites leave the posterior invariant, draw by draw and in distribution."""

import copy
import itertools

import numpy as np
import pytest

from lightppl.infer import HMC, MCMC, NUTS, WALNUTS, DiscreteGibbs, DiscreteHMCGibbs, MixedHMC
from lightppl.random import fold_in
from tests.correctness.calibration_models import switched
from tests.correctness.test_calibration import assert_calibrated, calibrated
from tests.correctness.wrong_discrete_kernels import AlwaysMoving
from tests.correctness.wrong_samplers import ForAnotherModel
from tests.infer.mcmc import discrete_models as models
from tests.reference import discrete as naive

RULES = [
    dict(random_walk=random_walk, modified=modified)
    for random_walk, modified in itertools.product((False, True), repeat=2)
]


def fixed(model, **arguments):
    """Return HMC with a large step, of which a good part is rejected."""
    return HMC(
        model, step_size=0.8, adapt_step_size=False, adapt_mass_matrix=False, **arguments
    )


def draws(kernel, key, num_draws, thinning):
    """Return thinned draws of one chain."""
    mcmc = MCMC(
        kernel, num_warmup=100, num_samples=num_draws * thinning, thinning=thinning,
        progress_bar=False,
    )  # fmt: skip
    mcmc.run(key, extra_fields=())
    return mcmc.get_samples()


def p_value_of_spins(kernel, key, num_draws=20_000):
    """Return the p value of the joint distribution of all sites of `spins`."""
    found = draws(kernel, key, num_draws, 10)
    states, p = models.probabilities_of_spins()
    z = found["z"]
    cells = ((z[:, 0] * 2 + z[:, 1]) * 2 + z[:, 2]) * 3 + found["level"]
    assert np.array_equal(states[17], [1, 0, 1, 2])
    return models.p_value_of_cells(cells, p)


def p_value_of_scales(kernel, key, num_draws=20_000, thinning=15):
    """Return the p value of the joint distribution of all sites of `scales`."""
    return models.p_value_of_cells(
        *models.cells_of_scales(draws(kernel, key, num_draws, thinning))
    )


def assert_exact(p_value_at):
    """One draw in a hundred may look odd; a second one, from another key, may not."""
    if p_value_at(1) < 0.01:
        assert p_value_at(fold_in(1, 1)) > 1e-3


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_discrete_gibbs_draws_from_the_posterior(rule):
    assert_exact(lambda key: p_value_of_spins(DiscreteGibbs(models.spins, **rule), key))


@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize("num_updates", [1, 3])
def test_mixed_hmc_draws_from_the_posterior(rule, num_updates):
    """With one update a path that ends with it would be seen: p values are below 1e-40 then."""
    inner = fixed(models.scales, trajectory_length=2.0)
    kernel = MixedHMC(inner, num_discrete_updates=num_updates, **rule)
    assert_exact(lambda key: p_value_of_scales(kernel, key))


@pytest.mark.parametrize("inner", [NUTS, WALNUTS, HMC])
def test_discrete_hmc_gibbs_draws_from_the_posterior(inner):
    kernel = DiscreteHMCGibbs(inner(models.scales), modified=True)
    assert_exact(lambda key: p_value_of_scales(kernel, key, 5000, 40))


SAMPLERS = {
    "DiscreteHMCGibbs": lambda model: DiscreteHMCGibbs(NUTS(model)),
    "MixedHMC": lambda model: MixedHMC(HMC(model, trajectory_length=4.0), modified=True),
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_ranks_of_the_truth_are_uniform(name):
    assert_calibrated(calibrated(switched, SAMPLERS[name], num_runs=10))


def test_updates_that_always_move_are_found_out():
    assert p_value_of_spins(AlwaysMoving(models.spins, modified=True), 1) < 1e-10


def test_mixed_hmc_with_other_energies_of_elements_is_found_out():
    inner = fixed(models.scales, trajectory_length=2.0)
    kernel = ForAnotherModel(inner, num_discrete_updates=3)
    assert p_value_of_scales(kernel, 1) < 1e-10


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_a_sweep_equals_its_naive_twin(rule):
    kernel = DiscreteGibbs(models.spins, **rule)
    chain = kernel.open_chain(3, 0)
    chain.begin()
    sites, density = chain.work.sites, chain.density
    groups = [
        sites.element_place[a : a + n] for a, n in zip(sites.group_start, sites.group_size)
    ]
    assert sorted(map(len, groups)) == [1, 1, 1, 1]
    values = [np.arange(2.0)] * 3 + [np.arange(3.0)]
    for i in range(60):
        rng, held = copy.deepcopy(chain.rng), chain.held.copy()
        naive.sweep(lambda x: density.potential([], x)[0], held, groups, values, *kernel.rule, rng)
        chain.advance(i, i + 1)
        np.testing.assert_array_equal(chain.held, held)
        assert chain.state.U == pytest.approx(density.potential([], held)[0], rel=1e-12)
        assert chain.rng.random() == rng.random()


def test_a_transition_of_mixed_hmc_equals_its_naive_twin():
    inner = fixed(models.scales, trajectory_length=2.0)
    chain = MixedHMC(inner, num_discrete_updates=5).open_chain(3, 0)
    chain.begin()
    potential, accepted = chain.density.potential, set()
    elements = chain.work.sites.element_place
    values = [np.arange(3.0), np.arange(2.0)]
    for i in range(60):
        rng, q, held = copy.deepcopy(chain.rng), chain.vector(0).copy(), chain.held.copy()
        p = rng.standard_normal(1)
        new_q, new_held, accept_prob = naive.mixed_transition(
            q, p, held, lambda x, h: potential(x, h)[0], lambda x, h: potential(x, h)[1],
            elements, values, 0.8, 2.0, 5, rng,
        )  # fmt: skip
        chain.advance(i, i + 1)
        np.testing.assert_allclose(chain.vector(0), new_q, rtol=1e-9)
        np.testing.assert_array_equal(chain.held, new_held)
        assert chain.last_info[2] == pytest.approx(accept_prob, rel=1e-8)
        assert chain.state.U == pytest.approx(potential(new_q, new_held)[0], rel=1e-9)
        accepted.add(bool(np.any(new_q != q)))
    assert accepted == {True, False}
