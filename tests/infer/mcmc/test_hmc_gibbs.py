"""HMCGibbs and Gibbs: updates of the user's own between transitions of HMC."""

import threading

import numpy as np
import pytest
from scipy import stats

import lightppl as lp
import lightppl.distributions as dist
from lightppl.errors import (
    ArgumentError, LightPPLError, ShapeError, SiteNameError, UnsupportedOperationError,
)  # fmt: skip
from lightppl.infer import (
    HMC, MCMC, NUTS, BarkerMH, CustomGibbs, DiscreteGibbs, Gibbs, HMCGibbs,
)  # fmt: skip
from lightppl.random import PRNGKey, as_generator, split


def pair(obs):
    """Two sites with a known joint posterior: the pair of NumPyro's documentation."""
    x = lp.sample("x", dist.Normal(0.0, 2.0))
    y = lp.sample("y", dist.Normal(0.0, 2.0))
    lp.deterministic("total", x + y)
    lp.sample("obs", dist.Normal(x + y, 1.0), obs=obs)


def draw_x(rng_key, gibbs_sites, hmc_sites):
    """Draw x given y."""
    assert set(gibbs_sites) == {"x"} and set(hmc_sites) == {"y", "total"}
    assert hmc_sites["total"] == pytest.approx(gibbs_sites["x"] + hmc_sites["y"])
    return {"x": dist.Normal(0.8 * (1 - hmc_sites["y"]), np.sqrt(0.8)).sample(rng_key)}


def gibbs_of_pair():
    return HMCGibbs(NUTS(pair), draw_x, ["x"])


def blocks_of_pair():
    def draw(key, own, others):
        return draw_x(key, own, others)

    return Gibbs([(NUTS(pair), ["y"]), (CustomGibbs(draw), ["x"])])


def two_hamiltonian_blocks():
    return Gibbs([(NUTS(pair), ["y"]), (HMC(pair, trajectory_length=1.5), ["x"])])


KERNELS = [gibbs_of_pair, blocks_of_pair, two_hamiltonian_blocks]
MEAN, SD = 4.0 / 9.0, np.sqrt(4.0 - 16.0 / 9.0)


def fitted(kernel, num_samples=1500, num_chains=2, key=0, **options):
    mcmc = MCMC(
        kernel, num_warmup=300, num_samples=num_samples, num_chains=num_chains,
        progress_bar=False, **options,
    )
    mcmc.run(key, 1.0)
    return mcmc


@pytest.mark.parametrize("make", KERNELS)
def test_the_pair_of_the_documentation_comes_out(make):
    mcmc = fitted(make())
    for name in ("x", "y"):
        draws = mcmc.get_samples(group_by_chain=True)[name]
        ess = lp.diagnostics.effective_sample_size(draws)
        assert abs(draws.mean() - MEAN) < 4.5 * SD / np.sqrt(ess)
        assert abs(draws.std() - SD) < 6.0 * SD / np.sqrt(2.0 * ess)
        thinned = draws.ravel()[:: int(np.ceil(draws.size / ess))]
        assert stats.kstest(thinned, "norm", (MEAN, SD)).pvalue > 1e-4
    assert mcmc.get_samples()["total"].shape == (3000,)


@pytest.mark.parametrize("make", KERNELS)
def test_the_energy_is_that_of_the_joint_density_after_all_moves(make):
    mcmc = MCMC(make(), num_warmup=50, num_samples=40, progress_bar=False)
    name = "potential_energy" if make is not gibbs_of_pair else "hmc_state.potential_energy"
    mcmc.run(0, 1.0, extra_fields=[name])
    draws, energies = mcmc.get_samples(), mcmc.get_extra_fields()[name]
    x, y = draws["x"], draws["y"]
    expected = -stats.norm.logpdf(x, 0, 2) - stats.norm.logpdf(y, 0, 2)
    expected -= stats.norm.logpdf(1.0, x + y, 1.0)
    assert energies == pytest.approx(expected, rel=1e-12)


def test_gibbs_fn_is_called_once_a_step_by_the_thread_of_its_chain():
    calls = []

    def counted(rng_key, gibbs_sites, hmc_sites):
        calls.append(threading.get_ident())
        return draw_x(rng_key, gibbs_sites, hmc_sites)

    fitted(HMCGibbs(NUTS(pair), counted, ["x"]), num_samples=20, num_chains=1)
    assert len(calls) == 320


def test_several_sites_and_parts_of_them_and_integers():
    def model():
        lp.sample("k", dist.Poisson(3.0))
        v = lp.sample("v", dist.Normal(0.0, 1.0).expand([2, 2]).to_event(2))
        with lp.plate("rows", 3):
            lp.sample("b", dist.Bernoulli(0.3))
        lp.sample("x", dist.Normal(v.sum(), 1.0))

    steps = []

    def draw(rng_key, gibbs_sites, hmc_sites):
        assert gibbs_sites["b"].dtype == np.int64 and gibbs_sites["v"].shape == (2, 2)
        rng = as_generator(rng_key)
        steps.append(rng.random())
        found = {"k": rng.poisson(3.0), "b": rng.random(3) < 0.3}
        if len(steps) % 2:
            found["v"] = rng.normal(size=(2, 2))
        return found

    kernel = HMCGibbs(NUTS(model), draw, ["k", "v", "b"])
    mcmc = MCMC(kernel, num_warmup=50, num_samples=400, progress_bar=False)
    mcmc.run(0)
    draws = mcmc.get_samples()
    assert draws["b"].dtype == np.int64 and draws["b"].shape == (400, 3)
    assert draws["v"].shape == (400, 2, 2)
    assert draws["k"].mean() == pytest.approx(3.0, abs=0.5)
    assert draws["b"].mean() == pytest.approx(0.3, abs=0.1)
    assert len(set(steps)) == len(steps)


@pytest.mark.parametrize(
    "returned, error, words",
    [([1.0], ArgumentError, "dict"), ({"y": 1.0}, SiteNameError, "gibbs_sites"),
     ({"x": np.ones(2)}, ShapeError, "shape"), ({"x": np.nan}, ArgumentError, "finite"),
     ({"x": "one"}, ArgumentError, "finite")],
)
@pytest.mark.parametrize("wrap", ["HMCGibbs", "Gibbs"])
def test_what_gibbs_fn_may_not_return(wrap, returned, error, words):
    def draw(rng_key, gibbs_sites, hmc_sites):
        return returned

    kernel = HMCGibbs(NUTS(pair), draw, ["x"])
    if wrap == "Gibbs":
        kernel = Gibbs([(NUTS(pair), ["y"]), (CustomGibbs(draw), ["x"])])
    with pytest.raises(error, match=words):
        fitted(kernel, num_samples=5, num_chains=1)


def test_an_error_of_gibbs_fn_reaches_the_user_with_the_draws_made_so_far():
    count = []

    def draw(rng_key, gibbs_sites, hmc_sites):
        count.append(1)
        if len(count) > 30:
            raise RuntimeError("of the user")
        return draw_x(rng_key, gibbs_sites, hmc_sites)

    mcmc = MCMC(
        HMCGibbs(NUTS(pair), draw, ["x"]), num_warmup=10, num_samples=100, progress_bar=False
    )
    with pytest.raises(RuntimeError, match="of the user"):
        mcmc.run(0, 1.0)
    assert mcmc.get_samples()["x"].shape == (20,)


@pytest.mark.parametrize("make", KERNELS)
def test_single_steps_are_those_of_a_run_and_states_are_gone_on_from(make):
    kernel = make()
    state = kernel.init(split(PRNGKey(3), 1)[0], 4, model_args=(1.0,))
    middle = None
    for i in range(9):
        state = kernel.sample(state, (1.0,))
        if i == 5:
            middle = state
    mcmc = MCMC(make(), num_warmup=4, num_samples=5, progress_bar=False)
    mcmc.run(3, 1.0)
    assert mcmc.get_samples()["x"][-1] == state.z["x"]
    again = middle
    for _ in range(3):
        again = kernel.sample(again, (1.0,))
    assert again.z == state.z


@pytest.mark.parametrize("make", KERNELS)
def test_a_run_goes_on_from_its_last_state(make):
    mcmc = fitted(make(), num_samples=10)
    mcmc.post_warmup_state = mcmc.last_state
    mcmc.run(1, 1.0)
    state = mcmc.last_state
    count = state.hmc_state.i if make is gibbs_of_pair else state.i
    assert list(count) == [320, 320]


@pytest.mark.parametrize("make", KERNELS)
def test_draws_do_not_depend_on_threads_or_pieces(make, tmp_path):
    whole = fitted(make(), num_samples=30, num_chains=3)
    one_by_one = fitted(make(), num_samples=30, num_chains=3, chain_method="sequential")
    assert np.array_equal(whole.get_samples()["x"], one_by_one.get_samples()["x"])


def test_bad_blocks_are_refused():
    nuts, custom = NUTS(pair), CustomGibbs(draw_x)
    for blocks, words in [
        ([], "at least one"), ([(nuts, "y")], "pair"), ([(nuts, ["y"]), (custom, ["y"])], "more"),
        ([(custom, ["x"])], "None of the blocks has a model"), ([(print, ["x"])], "kernel"),
        ([(nuts, ["x"]), (NUTS(lambda: None), ["y"])], "different models"), ([(nuts, [])], "least"),
        ([(nuts, ["x"]), (BarkerMH(pair), ["y"])], "found .*BarkerMH"),
        ([(nuts, ["x"]), (Gibbs([(nuts, ["y"])]), ["y"])], "found .*Gibbs"),
    ]:
        with pytest.raises(ArgumentError, match=words):
            Gibbs(blocks)
    with pytest.raises(SiteNameError, match="'x' is in no block"):
        fitted(Gibbs([(nuts, ["y"])]), 5)
    with pytest.raises(SiteNameError, match="q"):
        fitted(Gibbs([(nuts, ["y", "q"]), (custom, ["x"])]), 5)


def far_apart():
    """Two continuous sites that are easily told apart, and discrete ones."""
    lp.sample("low", dist.Normal(-10.0, 1.0))
    lp.sample("high", dist.LogNormal(3.0, 0.1))
    lp.sample("coin", dist.Bernoulli(0.5))
    lp.sample("count", dist.Poisson(2.0))


def stay(rng_key, gibbs_sites, others):
    """Leave all sites as they are, which leaves any distribution invariant."""
    return {}


def test_blocks_name_their_sites_in_any_order():
    draws = []
    for sites in (["low", "high"], ["high", "low"]):
        blocks = [(NUTS(far_apart), sites), (CustomGibbs(stay), ["count", "coin"])]
        mcmc = MCMC(Gibbs(blocks), num_warmup=100, num_samples=100, progress_bar=False)
        mcmc.run(0)
        draws.append(mcmc.get_samples())
    assert np.all(draws[0]["low"] < 0.0)
    for name in ("low", "high"):
        assert np.array_equal(draws[0][name], draws[1][name])


def test_a_block_of_discrete_gibbs_moves_its_own_sites_only():
    blocks = [
        (NUTS(far_apart), ["low", "high"]), (DiscreteGibbs(far_apart), ["coin"]),
        (CustomGibbs(stay), ["count"]),
    ]  # fmt: skip
    mcmc = MCMC(Gibbs(blocks), num_warmup=10, num_samples=100, progress_bar=False)
    mcmc.run(0)
    draws = mcmc.get_samples()
    assert len(np.unique(draws["coin"])) == 2 and len(np.unique(draws["count"])) == 1

    blocks = [(NUTS(far_apart), ["low"]), (DiscreteGibbs(far_apart), ["coin", "high"])]
    blocks.append((CustomGibbs(stay), ["count"]))
    with pytest.raises(UnsupportedOperationError, match="'high', which is no discrete site"):
        MCMC(Gibbs(blocks), num_warmup=10, num_samples=10, progress_bar=False).run(0)


def test_bad_arguments_of_hmc_gibbs_are_refused():
    with pytest.raises(ArgumentError, match="inner_kernel"):
        HMCGibbs(pair, draw_x, ["x"])
    with pytest.raises(LightPPLError, match="potential_fn"):
        HMCGibbs(NUTS(potential_fn=lambda z: z), draw_x, ["x"])
    with pytest.raises(ArgumentError, match="gibbs_fn"):
        HMCGibbs(NUTS(pair), None, ["x"])
    for sites in ("x", [], [1]):
        with pytest.raises(ArgumentError, match="gibbs_sites"):
            HMCGibbs(NUTS(pair), draw_x, sites)
    with pytest.raises(SiteNameError, match="'nothing'"):
        fitted(HMCGibbs(NUTS(pair), draw_x, ["nothing"]), 5)


def test_blocks_of_sites_with_supports_that_depend_on_others():
    def model():
        top = lp.sample("top", dist.Gamma(2.0, 1.0))
        lp.sample("x", dist.Uniform(0.0, top))

    kernel = Gibbs([(NUTS(model), ["top"]), (NUTS(model), ["x"])])
    mcmc = MCMC(kernel, num_warmup=500, num_samples=4000, num_chains=2, progress_bar=False)
    mcmc.run(0)
    draws = mcmc.get_samples(group_by_chain=True)
    ess = lp.diagnostics.effective_sample_size(draws["x"])
    assert abs(draws["x"].mean() - 1.0) < 4.5 * draws["x"].std() / np.sqrt(ess)
    assert np.all(draws["x"] < draws["top"])


def coins(y):
    """Two coins and a mean, whose joint posterior can be listed."""
    a = lp.sample("a", dist.Bernoulli(0.3))
    b = lp.sample("b", dist.Categorical(np.array([0.5, 0.3, 0.2])))
    mean = lp.sample("mean", dist.Normal(0.0, 1.0))
    lp.sample("y", dist.Normal(mean + a - b, 0.7), obs=y)


def exact_coins(y):
    """Return the posterior probabilities of (a, b): the mean is integrated out."""
    sd = np.sqrt(1.0 + 0.7**2)
    prior = np.outer([0.7, 0.3], [0.5, 0.3, 0.2])
    weights = prior * stats.norm.pdf(y, np.arange(2)[:, None] - np.arange(3), sd)
    return weights / weights.sum()


@pytest.mark.parametrize("modified", [False, True])
def test_blocks_of_discrete_sites_move_their_own_sites_only(modified):
    discrete = DiscreteGibbs(coins, modified=modified)
    blocks = [(NUTS(coins), ["mean"]), (discrete, ["a"]), (discrete, ["b"])]
    mcmc = MCMC(Gibbs(blocks), num_warmup=300, num_samples=8000, progress_bar=False)
    mcmc.run(5, 0.4)
    draws = mcmc.get_samples()
    counts = np.zeros((2, 3))
    np.add.at(counts, (draws["a"][::8], draws["b"][::8]), 1)
    assert stats.chisquare(counts.ravel(), counts.sum() * exact_coins(0.4).ravel()).pvalue > 1e-4


def test_a_discrete_block_leaves_other_discrete_sites_alone():
    def keep(rng_key, gibbs_sites, others):
        return {}

    blocks = [(NUTS(coins), ["mean"]), (DiscreteGibbs(coins), ["a"]), (CustomGibbs(keep), ["b"])]
    mcmc = MCMC(Gibbs(blocks), num_warmup=0, num_samples=200, progress_bar=False)
    mcmc.run(5, 0.4, init_params={"b": 2})
    assert np.all(mcmc.get_samples()["b"] == 2)
    assert len(np.unique(mcmc.get_samples()["a"])) == 2
