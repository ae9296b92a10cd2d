"""Every option of the Hamiltonian samplers does what it says: its effect, not its acceptance."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.infer import HMC, MCMC, NUTS, WALNUTS

SAMPLERS = [NUTS, WALNUTS, HMC]
pytestmark = pytest.mark.filterwarnings("ignore::lightppl.errors.SamplingWarning")


def three_sites():
    """`a` and `c` are correlated .99, `b` is of another scale."""
    a = lp.sample("a", dist.Normal(0.0, 1.0))
    lp.sample("b", dist.Normal(np.zeros(2), 0.1).to_event(1))
    lp.sample("c", dist.Normal(a, 0.14))


COVARIANCE = {
    ("a", "c"): np.array([[1.0, 1.0], [1.0, 1.0 + 0.14**2]]), ("b",): np.array([0.01, 0.01])
}  # fmt: skip


def narrow():
    lp.sample("x", dist.Normal(0.0, 1e-4))


def run(kernel, num_warmup=300, num_samples=200, *, key=0, fields=(), collect_warmup=False):
    mcmc = MCMC(kernel, num_warmup=num_warmup, num_samples=num_samples, progress_bar=False)
    if collect_warmup:
        mcmc.warmup(key, collect_warmup=True, extra_fields=fields)
    else:
        mcmc.run(key, extra_fields=fields)
    return mcmc


def mean_steps(kernel):
    return run(kernel, fields=("num_steps",)).get_extra_fields()["num_steps"].mean()


@pytest.mark.parametrize("kernel", [NUTS, WALNUTS])
def test_a_pair_of_tree_depths_holds_for_warmup_and_for_sampling(kernel):
    sampler = kernel(three_sites, step_size=1e-4, adapt_step_size=False, max_tree_depth=(2, 4))
    fields = ("tree_depth", "num_steps")
    warmup = run(sampler, collect_warmup=True, fields=fields).get_extra_fields()
    assert np.all(warmup["tree_depth"] == 2) and np.all(warmup["num_steps"] == 3)
    sampling = run(sampler, fields=fields).get_extra_fields()
    assert np.all(sampling["tree_depth"] == 4) and np.all(sampling["num_steps"] == 15)


@pytest.mark.parametrize("kernel", SAMPLERS)
def test_a_block_over_several_sites_learns_their_covariance(kernel):
    mcmc = run(kernel(three_sites, dense_mass=[("a", "c")]), num_warmup=800)
    found = mcmc.last_state.adapt_state.inverse_mass_matrix
    assert set(found) == {("a", "c"), ("b",)}
    block = found[("a", "c")]
    assert block[0, 1] / np.sqrt(block[0, 0] * block[1, 1]) > 0.97
    assert found[("b",)].shape == (2,) and np.all(found[("b",)] < 0.1 * block[0, 0])


def test_a_block_over_several_sites_makes_steps_longer():
    """With a diagonal the steps are those of the narrow direction, .07 of the wide one."""
    fixed = dict(adapt_mass_matrix=False)
    blocked = NUTS(three_sites, inverse_mass_matrix=COVARIANCE, **fixed)
    diagonal = NUTS(three_sites, inverse_mass_matrix=np.array([1.0, 0.01, 0.01, 1.02]), **fixed)
    assert 4 * mean_steps(blocked) < mean_steps(diagonal)


def test_dict_matrix_and_vector_of_an_inverse_mass_say_the_same():
    full = np.zeros((4, 4))
    full[np.ix_([0, 3], [0, 3])] = COVARIANCE[("a", "c")]
    full[[1, 2], [1, 2]] = 0.01
    fixed = dict(adapt_mass_matrix=False, adapt_step_size=False, step_size=0.3)
    by_name, by_order = (
        run(NUTS(three_sites, inverse_mass_matrix=given, **fixed)).get_samples()
        for given in (COVARIANCE, full)
    )
    for site in ("a", "b", "c"):
        np.testing.assert_allclose(by_name[site], by_order[site], rtol=1e-6, atol=1e-9)
    vector, diagonal = (
        run(NUTS(three_sites, inverse_mass_matrix=given, **fixed)).get_samples()
        for given in (np.diag(full), np.diag(np.diag(full)))
    )
    for site in ("a", "b", "c"):
        np.testing.assert_allclose(vector[site], diagonal[site], rtol=1e-6, atol=1e-9)
    assert not np.allclose(vector["a"], by_order["a"])


@pytest.mark.parametrize("kernel", SAMPLERS)
def test_a_step_size_is_searched_before_the_first_iteration_if_asked_for(kernel):
    steps = {}
    for searched in (True, False):
        sampler = kernel(narrow, find_heuristic_step_size=searched, adaptation="welford")
        mcmc = run(sampler, num_warmup=20, collect_warmup=True, fields=("step_size",))
        steps[searched] = mcmc.get_extra_fields()["step_size"][0]
    assert steps[False] == 1.0
    assert 1e-5 < steps[True] < 1e-3


def test_an_inverse_mass_matrix_is_shrunk_unless_told_otherwise():
    """Stan's shrinkage: n / (n + 5) of the variance and 1e-3 * 5 / (n + 5)."""
    learnt = {}
    for shrunk in (True, False):
        sampler = NUTS(narrow, regularize_mass_matrix=shrunk, adaptation="welford")
        state = run(sampler, num_warmup=500).last_state
        learnt[shrunk] = float(state.adapt_state.inverse_mass_matrix[("x",)][0])
    assert learnt[False] == pytest.approx(1e-8, rel=0.6)
    assert 3e-6 < learnt[True] < 1e-4


@pytest.mark.parametrize("kernel", SAMPLERS)
def test_a_larger_target_makes_smaller_steps(kernel):
    """With one metric: step sizes of different metrics do not compare."""
    steps = []
    for target in (0.5, 0.98):
        sampler = kernel(three_sites, target_accept_prob=target, adapt_mass_matrix=False)
        fields = run(sampler, num_warmup=600, fields=("step_size",)).get_extra_fields()
        steps.append(fields["step_size"][0])
    assert steps[0] > 1.5 * steps[1]


@pytest.mark.parametrize("kernel", SAMPLERS)
def test_what_shall_not_adapt_stays(kernel):
    given = np.array([1.0, 0.5, 0.25, 2.0])
    state = run(kernel(three_sites, inverse_mass_matrix=given, adapt_mass_matrix=False)).last_state
    np.testing.assert_array_equal(
        state.adapt_state.inverse_mass_matrix[("a", "b", "c")], given
    )
    assert state.adapt_state.step_size != 1.0
    state = run(kernel(three_sites, step_size=0.07, adapt_step_size=False)).last_state
    assert state.adapt_state.step_size == 0.07
    assert not np.array_equal(state.adapt_state.inverse_mass_matrix[("a", "b", "c")], np.ones(4))
