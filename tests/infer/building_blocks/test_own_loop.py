"""A NUTS that a user wrote from the parts, start to finish, samples the right posterior."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.infer.hmc import (
    build_tree, euclidean_kinetic_energy, find_reasonable_step_size, initialize_model,
    momentum_generator, velocity_verlet, warmup_adapter,
)
from lightppl.random import PRNGKey, split

Y = np.array([1.0, 2.5, 0.3, 1.7])


def model():
    mu = lp.sample("mu", dist.Normal(0.0, 2.0))
    lp.sample("y", dist.Normal(mu, 1.0), obs=Y)


def nuts(potential_fn, z, num_warmup, num_samples, key):
    """Draws of a chain, written as a user of NumPyro writes it."""
    init_fn, update_fn = velocity_verlet(potential_fn, euclidean_kinetic_energy)

    def search(step_size, inverse_mass_matrix, z_info, rng_key):
        return find_reasonable_step_size(
            potential_fn, euclidean_kinetic_energy, momentum_generator, step_size,
            inverse_mass_matrix, z_info, rng_key,
        )  # fmt: skip

    adapt_init, adapt_update = warmup_adapter(num_warmup, search)
    key, key_adapt = split(key)
    state = init_fn(z, z)
    adapted = adapt_init(state, key_adapt)
    draws = []
    for t in range(num_warmup + num_samples):
        key, key_momentum, key_tree = split(key, 3)
        r = momentum_generator(state.z, adapted.mass_matrix_sqrt, key_momentum)
        state = state._replace(r=r)
        tree = build_tree(
            update_fn, euclidean_kinetic_energy, state, adapted.inverse_mass_matrix,
            adapted.step_size, key_tree, max_tree_depth=6,
        )  # fmt: skip
        state = state._replace(
            z=tree.z_proposal, potential_energy=tree.z_proposal_pe, z_grad=tree.z_proposal_grad
        )
        if t < num_warmup:
            accept_prob = tree.sum_accept_probs / tree.num_proposals
            adapted = adapt_update(t, accept_prob, state, adapted)
        else:
            draws.append(state.z)
    return draws, adapted


def test_a_loop_of_the_parts_finds_a_known_posterior():
    info = initialize_model(0, model)
    draws, adapted = nuts(info.potential_fn, info.param_info.z, 60, 500, PRNGKey(1))
    mu = np.array([float(z["mu"]) for z in draws])
    variance = 1 / (1 / 4 + len(Y))
    mean = variance * Y.sum()
    assert mu.mean() == pytest.approx(mean, abs=5 * np.sqrt(variance / 150))
    assert mu.var() == pytest.approx(variance, rel=0.5)
    assert adapted.inverse_mass_matrix[0] == pytest.approx(variance, rel=0.7)
    assert 0.3 < adapted.step_size < 3.0


def test_the_same_key_gives_the_same_draws():
    def draw():
        return nuts(lambda z: 0.5 * np.sum(z**2), np.ones(2), 20, 10, PRNGKey(2))[0]

    np.testing.assert_array_equal(draw(), draw())
