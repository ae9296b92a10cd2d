"""`HMCGibbs` with a compiled `gibbs_fn`: what it samples, that it is the function, what it refuses.
"""

import numpy as np
import pytest
from scipy import stats

import lightppl as lp
import lightppl.distributions as dist
from lightppl import random
from lightppl.errors import (
    ArgumentError, InitializationError, ModelError, SiteNameError, UnsupportedOperationError,
)
from lightppl.infer import HMC, MCMC, NUTS, WALNUTS, HMCGibbs
from lightppl.infer.mcmc.gibbs_updates import PythonUpdate
from lightppl.infer.mcmc.plan import RunPlan
from lightppl.random import PRNGKey, split


def pair(obs):
    """Two sites with a known joint posterior: the pair of NumPyro's documentation."""
    x = lp.sample("x", dist.Normal(0.0, 2.0))
    y = lp.sample("y", dist.Normal(0.0, 2.0))
    lp.deterministic("gap", obs - y)
    lp.sample("obs", dist.Normal(x + y, 1.0), obs=obs)


def draw_x(rng_key, gibbs_sites, hmc_sites):
    return {"x": dist.Normal(0.8 * hmc_sites["gap"], np.sqrt(0.8)).sample(rng_key)}


def compiled(model, gibbs_fn, sites, inner=NUTS):
    return HMCGibbs(inner(model), gibbs_fn, sites, compile_gibbs_fn=True)


def fitted(kernel, *args, num_samples=8000, num_chains=2, key=0):
    mcmc = MCMC(
        kernel, num_warmup=500, num_samples=num_samples, num_chains=num_chains,
        progress_bar=False,
    )  # fmt: skip
    mcmc.run(key, *args)
    return mcmc


def p_value_of(mcmc, name, law):
    """Return how likely draws of a site are, thinned to independent ones."""
    draws = mcmc.get_samples(group_by_chain=True)[name]
    ess = lp.diagnostics.effective_sample_size(draws)
    assert ess > 400
    return stats.kstest(draws.ravel()[:: int(np.ceil(draws.size / ess))], law.cdf).pvalue


def assert_drawn_from(make, *args, **laws):
    mcmc = fitted(make(), *args)
    for name, law in laws.items():
        if p_value_of(mcmc, name, law) < 1e-2:
            assert p_value_of(fitted(make(), *args, key=1), name, law) > 1e-3


@pytest.mark.parametrize("inner", [HMC, NUTS, WALNUTS])
def test_the_pair_of_the_documentation_comes_out(inner):
    law = stats.norm(4.0 / 9.0, np.sqrt(4.0 - 16.0 / 9.0))
    assert_drawn_from(lambda: compiled(pair, draw_x, ["x"], inner), 1.0, x=law, y=law)


Y = np.array([1.3, -0.4, 2.2, 0.8])
MEAN, SHARE, SHAPE, RATE = 0.5, 0.6, 2.0, 1.5


def normal_gamma(y):
    precision = lp.sample("precision", dist.Gamma(SHAPE, RATE))
    mean = lp.sample("mean", dist.Normal(MEAN, 1.0 / np.sqrt(SHARE * precision)))
    lp.sample("y", dist.Normal(mean, 1.0 / np.sqrt(precision)), obs=y)


def draw_precision(rng_key, gibbs_sites, hmc_sites):
    squares = SHARE * (hmc_sites["mean"] - MEAN) ** 2 + np.sum((Y - hmc_sites["mean"]) ** 2)
    shape = SHAPE + 0.5 * (1 + len(Y))
    return {"precision": dist.Gamma(shape, RATE + 0.5 * squares).sample(rng_key)}


def marginals():
    """Return the posterior marginals of a normal-gamma model: Murphy (2007), sec. 3."""
    n, total = len(Y), SHARE + len(Y)
    mean = (SHARE * MEAN + n * Y.mean()) / total
    rate = RATE + 0.5 * np.sum((Y - Y.mean()) ** 2)
    rate += 0.5 * SHARE * n * (Y.mean() - MEAN) ** 2 / total
    shape = SHAPE + 0.5 * n
    scale = np.sqrt(rate / (shape * total))
    return dict(
        precision=stats.gamma(shape, 0, 1.0 / rate), mean=stats.t(2 * shape, mean, scale)
    )


def test_a_conjugate_model_has_its_exact_marginals():
    assert_drawn_from(lambda: compiled(normal_gamma, draw_precision, ["precision"]), Y,
                      **marginals())


def move_precision(rng_key, gibbs_sites, hmc_sites):
    """Make a Metropolis step from where the site is, by a log-normal factor."""
    for key, accept_key in [split(key) for key in split(rng_key, 8)]:
        old = gibbs_sites["precision"]
        new = old * np.exp(random.normal(key))
        log_ratio = log_conditional(new, hmc_sites) - log_conditional(old, hmc_sites)
        is_accepted = np.log(random.uniform(accept_key)) < log_ratio + np.log(new / old)
        gibbs_sites = {"precision": np.where(is_accepted, new, old)}
    return gibbs_sites


def log_conditional(precision, hmc_sites):
    scale = 1.0 / np.sqrt(precision)
    return (
        dist.Gamma(SHAPE, RATE).log_prob(precision)
        + dist.Normal(MEAN, scale / np.sqrt(SHARE)).log_prob(hmc_sites["mean"])
        + np.sum(dist.Normal(hmc_sites["mean"], scale).log_prob(Y))
    )


def test_a_metropolis_step_of_the_user_has_exact_marginals():
    assert_drawn_from(lambda: compiled(normal_gamma, move_precision, ["precision"]), Y,
                      **marginals())


def test_a_wrong_conditional_is_seen():
    def draw(rng_key, gibbs_sites, hmc_sites):
        found = draw_precision(rng_key, gibbs_sites, hmc_sites)
        return {"precision": 1.15 * found["precision"]}

    mcmc = fitted(compiled(normal_gamma, draw, ["precision"]), Y)
    assert p_value_of(mcmc, "precision", marginals()["precision"]) < 1e-6


CENTERS, WEIGHTS = np.array([-1.0, 0.5, 2.0]), np.array([0.5, 0.2, 0.3])


def mixture(y):
    with lp.plate("data", len(y)):
        z = lp.sample("z", dist.Categorical(WEIGHTS))
        x = lp.sample("x", dist.Normal(CENTERS[z], 1.0))
        lp.sample("y", dist.Normal(x, 1.0), obs=y)


def draw_z(rng_key, gibbs_sites, hmc_sites):
    logits = np.log(WEIGHTS) - 0.5 * (hmc_sites["x"][:, None] - CENTERS) ** 2
    return {"z": random.categorical(rng_key, logits)}


def test_integers_have_their_probabilities():
    y = np.array([0.3, 2.5])
    mcmc = fitted(compiled(mixture, draw_z, ["z"]), y, num_samples=6000)
    draws = mcmc.get_samples(group_by_chain=True)["z"]
    assert draws.dtype == np.int64
    for k in range(2):
        probs = WEIGHTS * stats.norm.pdf(y[k], CENTERS, np.sqrt(2.0))
        for c, p in enumerate(probs / probs.sum()):
            hits = (draws[..., k] == c).astype(float)
            ess = lp.diagnostics.effective_sample_size(hits)
            assert abs(hits.mean() - p) < 4.5 * np.sqrt(p * (1.0 - p) / ess)


@pytest.mark.parametrize(
    "model, draw, sites, y",
    [(pair, draw_x, ["x"], 1.0), (normal_gamma, draw_precision, ["precision"], Y),
     (normal_gamma, move_precision, ["precision"], Y),
     (mixture, draw_z, ["z"], np.array([0.3, 2.5]))],
)
def test_an_update_is_the_function_given_the_same_noise(model, draw, sites, y):
    kernel = compiled(model, draw, sites)
    keys = split(PRNGKey(1), 1)
    (chain,) = kernel.start_run(RunPlan(keys, keys[0], 0, 20, model_args=(y,))).chains
    chain.advance(0, 5)
    layout, moved = chain.density.stages["gibbs_fn"].layout, []
    for i in range(5, 20):
        state, before = chain.rng.bit_generator.state, chain.point
        key = layout.key(layout.draw(chain.rng))
        chain.rng.bit_generator.state = state
        chain.advance(i, i + 1)
        expected = PythonUpdate(draw, chain.density)(key, before)
        np.testing.assert_allclose(chain.held, expected, rtol=1e-12)
        moved.append(not np.array_equal(chain.vector(0), before[: chain.density.size]))
    assert any(moved)


def test_draws_do_not_depend_on_threads():
    found = []
    for num_threads in (1, 2):
        lp.set_num_threads(num_threads)
        mcmc = fitted(compiled(pair, draw_x, ["x"]), 1.0, num_samples=50, num_chains=3)
        found.append(mcmc.get_samples()["x"])
    lp.set_num_threads(None)
    assert np.array_equal(*found)


def test_other_data_are_seen_by_the_next_run():
    kernel = compiled(pair, draw_x, ["x"])
    means = [
        fitted(kernel, obs).get_samples()["x"].mean() for obs in (-20.0, 20.0)
    ]
    assert np.allclose(means, [-80.0 / 9.0, 80.0 / 9.0], atol=0.5)


def test_what_cannot_be_compiled_is_refused_with_the_remedy():
    def branch(rng_key, gibbs_sites, hmc_sites):
        return draw_x(rng_key, gibbs_sites, hmc_sites) if hmc_sites["y"] > 0.0 else {}

    def poisson(rng_key, gibbs_sites, hmc_sites):
        return {"x": dist.Poisson(3.0).sample(rng_key) * 1.0}

    for draw in (branch, poisson):
        with pytest.raises(UnsupportedOperationError, match="leave compile_gibbs_fn off"):
            fitted(compiled(pair, draw, ["x"]), 1.0)


def test_hidden_state_is_found():
    calls = []

    def draw(rng_key, gibbs_sites, hmc_sites):
        calls.append(1)
        return {"x": dist.Normal(0.1 * len(calls), 1.0).sample(rng_key)}

    with pytest.raises(ModelError, match="gibbs_fn does not do the same"):
        fitted(compiled(pair, draw, ["x"]), 1.0)


def test_what_gibbs_fn_may_not_return():
    for returned, error in [({"y": 1.0}, SiteNameError), ([1.0], ArgumentError)]:
        with pytest.raises(error):
            fitted(compiled(pair, lambda *sites, x=returned: x, ["x"]), 1.0)
    with pytest.raises(ArgumentError, match="compile_gibbs_fn"):
        HMCGibbs(NUTS(pair), draw_x, ["x"], compile_gibbs_fn="yes")


def test_a_value_without_density_ends_the_run():
    def draw(rng_key, gibbs_sites, hmc_sites):
        return {"precision": dist.Normal(2.0, 1.0).sample(rng_key)}

    with pytest.raises(InitializationError, match="density is not finite"):
        fitted(compiled(normal_gamma, draw, ["precision"]), Y)
