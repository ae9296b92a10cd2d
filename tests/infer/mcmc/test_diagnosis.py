"""`mcmc.diagnose()`, and the warning at the end of a run."""

import warnings

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.errors import LightPPLError, SamplingWarning
from lightppl.infer import HMC, MCMC, NUTS, MCMCKernel
from lightppl.infer.mcmc.diagnosis import warning_of_run

EFFECTS = np.array([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0])
ERRORS = np.array([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0])


def centred_schools():
    mu = lp.sample("mu", dist.Normal(0.0, 5.0))
    tau = lp.sample("tau", dist.HalfCauchy(5.0))
    with lp.plate("schools", 8):
        theta = lp.sample("theta", dist.Normal(mu, tau))
        lp.sample("y", dist.Normal(theta, ERRORS), obs=EFFECTS)
    lp.deterministic("twice", 2 * mu)


def two_far_modes():
    sides = dist.Normal(np.array([-20.0, 20.0]), np.ones(2))
    lp.sample("x", dist.MixtureSameFamily(dist.Categorical(np.array([0.5, 0.5])), sides))


def normal():
    lp.sample("x", dist.Normal(np.zeros(3), 1.0).to_event(1))


def run(kernel, *, num_samples=500, num_chains=4, init_params=None, **options):
    options = {"num_warmup": 300, "progress_bar": False, **options}
    mcmc = MCMC(kernel, num_samples=num_samples, num_chains=num_chains, **options)
    mcmc.run(0, init_params=init_params)
    return mcmc


def test_centred_eight_schools_diagnoses_itself():
    with pytest.warns(SamplingWarning, match=r"mcmc\.diagnose\(\) says where") as warned:
        mcmc = run(NUTS(centred_schools), num_samples=1000)
    assert len(warned) == 1 and warned[0].filename == __file__
    found = mcmc.diagnose()
    assert found.about("divergences") and found.findings[0].topic == "funnel"
    assert {"tau", "theta"} <= set(found.findings[0].sites)
    assert len(found.step_size) == 4
    assert not any(name.startswith("twice") for name in found.summary.names)
    assert any(n == "twice" for n in mcmc.diagnose(exclude_deterministic=False).summary.names)


def test_chains_in_different_modes_are_named():
    with pytest.warns(SamplingWarning, match="chains do not agree .* for x"):
        starts = np.array([-20.0, -20.0, 20.0, -20.0])
        # a step size that adapts may leap across
        kernel = NUTS(two_far_modes, step_size=0.5, adapt_step_size=False)
        mcmc = run(kernel, init_params={"x": starts})
    means = mcmc.get_samples(group_by_chain=True)["x"].mean(axis=1)
    np.testing.assert_allclose(means, starts, atol=1.0)
    assert mcmc.diagnose().about("modes").chains == (2,)


@pytest.mark.parametrize("kernel", [NUTS(normal), HMC(normal)])
def test_a_good_run_says_nothing(kernel):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mcmc = run(kernel)
    assert mcmc.diagnose().about("divergences") is None
    assert mcmc.diagnose().about("modes") is None


def test_a_target_that_was_not_reached_is_seen():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mcmc = run(NUTS(normal, step_size=0.01, adapt_step_size=False), num_warmup=0)
    found = mcmc.diagnose().about("acceptance")
    assert "far above target_accept_prob=0.8" in found.what and found.chains == (0, 1, 2, 3)
    assert found.remedy == "Give a larger step_size, or let it adapt."


def test_trials_and_single_chains_say_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(NUTS(centred_schools), num_samples=20, num_warmup=20)
        mcmc = run(NUTS(normal), num_samples=200, num_chains=1)
    assert mcmc.diagnose().findings[0].topic == "size"


class Frozen(MCMCKernel):
    """A kernel in Python that never moves."""

    sample_field = "x"

    def init(self, rng_key, num_warmup, init_params, model_args, model_kwargs):
        return {"x": np.asarray(init_params)}

    def sample(self, state, model_args, model_kwargs):
        return type("State", (), {"x": state["x"] if isinstance(state, dict) else state.x})()


def test_kernels_in_python_are_diagnosed_too():
    mcmc = MCMC(Frozen(), num_warmup=0, num_samples=120, num_chains=2, progress_bar=False)
    with pytest.warns(SamplingWarning, match="do not agree"):
        mcmc.run(0, init_params=np.array([1.0, 2.0]))
    assert mcmc.diagnose().about("stuck").chains == (0, 1)


def test_draws_of_other_kinds_are_left_out_of_the_warning():
    words = np.array([["a"] * 200, ["b"] * 200])
    x = np.random.default_rng(0).random((2, 200))
    assert warning_of_run({"word": words, "x": x}, {}, None) is None


def test_there_must_be_draws():
    with pytest.raises(LightPPLError, match="call run first"):
        MCMC(NUTS(normal), num_warmup=1, num_samples=1).diagnose()
