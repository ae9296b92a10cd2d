"""Replica exchange samples the target at inverse temperature 1, and swaps are exact."""

import itertools
import pickle
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import chi2, norm

import lightppl as lp
import lightppl.distributions as dist
from lightppl.errors import ArgumentError, LightPPLError, SamplingWarning
from lightppl.infer import HMC, HMCECS, MCMC, NUTS, ReplicaExchangeMC
from lightppl.infer.mcmc import replica_chain
from lightppl.infer.mcmc.plan import RunPlan
from lightppl.infer.mcmc.replica_chain import ReplicaChain, swap_probs
from lightppl.random import PRNGKey, split
from tests.infer.mcmc.models import eight_schools

LADDER = 0.35 ** np.arange(5)
WEIGHTS, LOCATIONS, SCALES = np.array([0.3, 0.7]), np.array([-7.0, 7.0]), np.array([0.8, 1.2])


def two_modes(x):
    """Far apart, of different weights and widths."""
    parts = np.log(WEIGHTS) - 0.5 * ((x - LOCATIONS) / SCALES) ** 2 - np.log(SCALES)
    return -np.logaddexp(parts[0], parts[1])


def two_modes_model():
    x = lp.sample("x", dist.Normal(0.0, 8.0))
    lp.factor("modes", -two_modes(x))
    lp.deterministic("twice", 2.0 * x)


def run(kernel, key=0, **options):
    start = options.pop("init_params", None)
    options = {"num_warmup": 300, "num_samples": 2000, **options}
    mcmc = MCMC(kernel, progress_bar=False, **options)
    mcmc.run(key, init_params=start, extra_fields=("potential_energy", "num_steps"))
    return mcmc


# ---- swaps ---------------------------------------------------------------------------------------

ENERGIES = np.array([0.0, 1.3, 0.4, 2.2])
BETAS = np.array([1.0, 0.6, 0.2])


class Rung:
    """A rung that stays where it is, among four states."""

    def __init__(self, beta, place):
        self.beta, self.place = beta, place

    @property
    def state(self):
        return SimpleNamespace(U=self.beta * ENERGIES[self.place])

    def vector(self, k):
        return np.array([float(self.place)])

    def move_to(self, point):
        assert point[1] == self.beta
        self.place = int(point[0])


def swap_matrix(parity):
    """Return the transition matrix of one round of swaps, by both branches of each proposal."""
    states = list(itertools.product(range(4), repeat=len(BETAS)))
    P, index = np.zeros((len(states),) * 2), {state: k for k, state in enumerate(states)}
    for state in states:
        for u in (0.0, 1.0):
            chain = object.__new__(ReplicaChain)
            chain.inverse_temperatures = BETAS
            chain.rungs = [Rung(*x) for x in zip(BETAS, state)]
            chain.rng = SimpleNamespace(random=lambda u=u: u)
            chain._swap(parity)
            end = tuple(rung.place for rung in chain.rungs)
            prob = chain.swap_probs[parity]
            P[index[state], index[end]] += prob if u == 0.0 else 1.0 - prob
    weights = np.array([np.exp(-np.sum(BETAS * ENERGIES[list(state)])) for state in states])
    return P, weights / weights.sum()


@pytest.mark.parametrize("parity", [0, 1])
def test_swaps_are_in_detailed_balance(parity):
    P, weights = swap_matrix(parity)
    flow = weights[:, None] * P
    np.testing.assert_allclose(flow, flow.T, atol=1e-17)
    np.testing.assert_allclose(P.sum(axis=1), 1.0)
    assert np.trace(P) < 0.9 * len(P)


@pytest.mark.parametrize("factor", [-1.0, 0.999])
def test_the_check_sees_swaps_that_are_accepted_too_often(factor, monkeypatch):
    wrong = lambda betas, energies: swap_probs(factor * betas, energies)  # noqa: E731
    monkeypatch.setattr(replica_chain, "swap_probs", wrong)
    P, weights = swap_matrix(0)
    flow = weights[:, None] * P
    assert np.abs(flow - flow.T).max() > 1e-6


def test_rounds_of_swaps_take_turns_and_each_is_of_distinct_pairs():
    for parity in (0, 1):
        chain = object.__new__(ReplicaChain)
        chain.inverse_temperatures = np.array([1.0, 0.9, 0.8, 0.7, 0.6])
        chain.rungs = [Rung(beta, k % 4) for k, beta in enumerate(chain.inverse_temperatures)]
        chain.rng = SimpleNamespace(random=lambda: 0.0)
        before = [rung.place for rung in chain.rungs]
        chain._swap(parity)
        after = [rung.place for rung in chain.rungs]
        expected = before.copy()
        for k in range(parity, 4, 2):
            expected[k], expected[k + 1] = expected[k + 1], expected[k]
        assert after == expected


# ---- what is sampled -----------------------------------------------------------------------------


def p_value(make_inner, key):
    kernel = ReplicaExchangeMC(make_inner(potential_fn=two_modes), LADDER)
    mcmc = run(kernel, key, num_samples=2000, thinning=4, num_chains=2, init_params=np.zeros(()))
    x = mcmc.get_samples()
    grid = np.linspace(-20.0, 20.0, 8001)
    cdf = sum(w * norm.cdf(grid, m, s) for w, m, s in zip(WEIGHTS, LOCATIONS, SCALES))
    bins = np.searchsorted(np.interp(np.arange(1, 10) / 10, cdf, grid), x)
    # swaps that change the mode are rarer than draws: counts of few independent rounds
    counts = np.bincount(bins, minlength=10)
    expected = len(x) / 10
    share = np.mean(x < 0)
    return chi2.sf(np.sum((counts - expected) ** 2 / expected), 9), share


def test_modes_that_no_chain_leaves_come_out_with_their_weights():
    found, share = p_value(NUTS, 0)
    if found < 0.01:
        found, share = p_value(NUTS, 1)
    assert found > 1e-3 and abs(share - WEIGHTS[0]) < 0.05
    alone = MCMC(NUTS(potential_fn=two_modes), num_warmup=300, num_samples=1000, num_chains=2,
                 progress_bar=False)  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SamplingWarning)
        alone.run(0, init_params=LOCATIONS.copy())
    means = alone.get_samples(group_by_chain=True).mean(axis=1)
    np.testing.assert_allclose(means, LOCATIONS, atol=0.3)


def test_rungs_sample_powers_of_the_density_and_learn_step_sizes_of_their_own():
    model = lambda: lp.sample("x", dist.Normal(1.0, 2.0))  # noqa: E731
    kernel = ReplicaExchangeMC(HMC(model, trajectory_length=3.0), [1.0, 0.25])
    plan = RunPlan([PRNGKey(0)], PRNGKey(0), 500, 8000)
    (chain,) = kernel.start_run(plan).chains
    chain.advance(0, 500)
    x = []
    for i in range(500, 4500):
        chain.advance(i, i + 1)
        x.append([chain.position(k)[0] for k in range(2)])
    np.testing.assert_allclose(np.mean(x, axis=0), 1.0, atol=0.4)
    np.testing.assert_allclose(np.std(x, axis=0), [2.0, 4.0], rtol=0.12)
    cold, hot = (rung.state.step_size for rung in chain.rungs)
    assert cold != hot
    inverse_mass = [rung.work.metric.diagonal[0] for rung in chain.rungs]
    assert inverse_mass[1] > 2.0 * inverse_mass[0]


def test_rates_are_those_of_theory_for_a_normal_density():
    """Of two normal densities in D dimensions U is Gamma(D/2, beta) distributed."""
    D, betas = 4, np.array([1.0, 0.4])
    kernel = ReplicaExchangeMC(HMC(potential_fn=lambda x: 0.5 * x @ x, trajectory_length=1.5), betas)
    mcmc = run(kernel, num_samples=6000, init_params=np.zeros(D))
    rng = np.random.default_rng(0)
    energies = rng.gamma(D / 2, 1.0 / betas[:, None], (2, 200_000))
    expected = np.mean(np.exp(np.minimum(np.diff(betas) * np.diff(energies, axis=0), 0.0)))
    np.testing.assert_allclose(kernel.swap_rates(mcmc), expected, atol=0.02)


# ---- runs, states and fields ---------------------------------------------------------------------


@pytest.fixture
def threads():
    yield lp.set_num_threads
    lp.set_num_threads(None)


def schools():
    sigma = np.array([15.0, 10.0, 16.0, 11.0])
    return eight_schools(sigma, np.array([28.0, 8.0, -3.0, 7.0]))


def short(key=1, **options):
    options = {"num_warmup": 60, "num_samples": 40, "num_chains": 2, **options}
    return run(ReplicaExchangeMC(NUTS(schools), [1.0, 0.5, 0.2]), key, **options)


def assert_same(one, other):
    for read in ("get_samples", "get_extra_fields"):
        found, expected = (getattr(x, read)(group_by_chain=True) for x in (one, other))
        assert found.keys() == expected.keys()
        for name in found:
            np.testing.assert_array_equal(found[name], expected[name], err_msg=name)


def test_draws_do_not_depend_on_threads_and_thinning_keeps_the_last_of_each_group(threads):
    threads(1)
    expected = short()
    threads(2)
    assert_same(short(), expected)
    thinned, full = (x.get_extra_fields(group_by_chain=True) for x in (short(thinning=4), expected))
    for name in ("potential_energy", "swap_accept_prob", "diverging"):
        np.testing.assert_array_equal(thinned[name], full[name][:, 3::4])


def test_a_run_is_gone_on_from_a_checkpoint_and_from_a_state(tmp_path, monkeypatch):
    path = tmp_path / "draws"
    advance = ReplicaChain.advance

    def stop_late(chain, start, stop):
        if start >= 80:
            raise KeyboardInterrupt
        for i in range(start, stop):
            advance(chain, i, i + 1)

    make = lambda: MCMC(  # noqa: E731
        ReplicaExchangeMC(NUTS(schools), [1.0, 0.5, 0.2]), num_warmup=60, num_samples=40,
        progress_bar=False,
    )  # fmt: skip
    expected = make()
    expected.run(1)
    broken = make()
    plan = RunPlan([PRNGKey(1)], PRNGKey(1), 60, 40)
    (chain,) = broken.sampler.start_run(plan).chains
    (other,) = broken.sampler.start_run(plan).chains
    chain.advance(0, 73)
    other.restore(pickle.loads(pickle.dumps(chain.snapshot())))
    for x in (chain, other):
        x.advance(73, 100)
    np.testing.assert_array_equal(chain.record.q, other.record.q)
    np.testing.assert_array_equal(chain.record.info, other.record.info)
    found = make()
    found.run(1, checkpoint=path)
    again = make()
    again.run(1, checkpoint=path)
    assert_same(again, expected)
    warmed = make()
    warmed.warmup(1)
    state = pickle.loads(pickle.dumps(warmed.post_warmup_state))
    going_on = make()
    going_on.post_warmup_state = state
    for x in (going_on, warmed):
        x.run(2)
    assert_same(going_on, warmed)


def test_a_loop_of_ones_own_draws_what_mcmc_draws():
    kernel = ReplicaExchangeMC(NUTS(two_modes_model), [1.0, 0.3, 0.1])
    expected = run(kernel, 4, num_warmup=30, num_samples=20)
    kernel = ReplicaExchangeMC(NUTS(two_modes_model), [1.0, 0.3, 0.1])
    state, x = kernel.init(split(PRNGKey(4), 1)[0], 30), []
    for i in range(50):
        state = kernel.sample(state)
        x.append(state.z["x"])
        if i == 11:
            state = pickle.loads(pickle.dumps(state))
    np.testing.assert_array_equal(x[30:], expected.get_samples()["x"])
    assert state.i == 50 and set(state.replicas) == {"0", "1", "2"}
    assert state.replicas["2"].z["inverse_temperature"] == 0.1
    moved = state._replace(z={"x": 3.0})
    assert kernel.sample(moved).i == 51
    assert "swaps" in kernel.get_diagnostics_str(state)


def test_fields_are_those_of_the_first_rung_and_of_swaps():
    kernel = ReplicaExchangeMC(NUTS(two_modes_model), [1.0, 0.3, 0.1])
    mcmc = run(kernel, 4, num_warmup=100, num_samples=50, num_chains=2)
    samples, fields = mcmc.get_samples(), mcmc.get_extra_fields()
    assert set(samples) == {"x", "twice"}
    assert fields["swap_accept_prob"].shape == (100, 2)
    U = -norm.logpdf(samples["x"], 0.0, 8.0) + [two_modes(x) for x in samples["x"]]
    np.testing.assert_allclose(fields["potential_energy"], U)
    assert fields["num_steps"].dtype == np.int64 and "diverging" in fields
    state = mcmc.last_state
    np.testing.assert_array_equal(state.swap_accept_prob[1], fields["swap_accept_prob"][-1])
    assert state.potential_energy[1] == pytest.approx(fields["potential_energy"][-1])
    with pytest.raises(LightPPLError, match="'nonsense'.*It has.*swap_accept_prob"):
        mcmc.run(0, extra_fields=("nonsense",))


def test_arguments_that_are_wrong_are_refused_by_name():
    inner = NUTS(schools)
    for ladder in ([1.0], [0.9, 0.5], [1.0, 0.5, 0.5], [1.0, 0.0], [[1.0, 0.5]], [1.0, np.nan]):
        with pytest.raises(LightPPLError, match="inverse_temperatures"):
            ReplicaExchangeMC(inner, ladder)
    for wrong in (schools, HMCECS(inner), ReplicaExchangeMC(inner, [1.0, 0.5])):
        with pytest.raises(ArgumentError, match="inner_kernel must be a sampler of one point"):
            ReplicaExchangeMC(wrong, [1.0, 0.5])
