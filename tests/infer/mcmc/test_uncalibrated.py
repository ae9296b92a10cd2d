"""Proposals without refusals: biased as theory says, and announced; with them, they are exact."""

import warnings

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl import infer
from lightppl.errors import LightPPLWarning
from tests.infer.mcmc.test_tfp import fit

pytestmark = pytest.mark.filterwarnings("ignore::lightppl.errors.SamplingWarning")


def standard_normal():
    lp.sample("x", dist.Normal(np.zeros(50), 1.0).to_event(1))


@pytest.mark.parametrize(
    "name, options, variance",
    [
        ("UncalibratedLangevin", {"step_size": 1.0}, 1.0 / (1.0 - 1.0 / 4.0)),
        (
            "UncalibratedHamiltonianMonteCarlo", {"step_size": 1.0, "num_leapfrog_steps": 2},
            1.0 / (1.0 - 1.0**2 / 4.0),
        ),
    ],
)  # fmt: skip
def test_bare_proposals_are_biased_as_theory_says_and_say_so_once(name, options, variance):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        bare = getattr(infer, name)(standard_normal, metropolis_hastings=False, **options)
        draws = fit(bare, num_samples=4000).get_samples()["x"]
    (warning,) = [x for x in found if x.category is LightPPLWarning]
    assert "its draws are biased" in str(warning.message) and warning.filename == __file__
    error = 5 * np.sqrt(2.0 / draws.size) * 2.0
    assert np.mean(draws**2) == pytest.approx(variance, rel=error)
    with warnings.catch_warnings():
        warnings.simplefilter("error", LightPPLWarning)
        options = {**options, "step_size": 0.2}
        calibrated = fit(getattr(infer, name)(standard_normal, **options), num_samples=4000)
    assert np.mean(calibrated.get_samples()["x"] ** 2) == pytest.approx(1.0, abs=0.06)


def test_a_bare_random_walk_knows_nothing_of_the_model():
    with pytest.warns(LightPPLWarning, match="its draws are biased"):
        bare = infer.UncalibratedRandomWalk(
            standard_normal, step_size=0.5, metropolis_hastings=False
        )
    draws = fit(bare, num_warmup=0, num_samples=100, num_chains=20).get_samples(True)["x"]
    steps = np.diff(draws, axis=1)
    assert steps.var() == pytest.approx(0.25, rel=0.05)
    assert np.var(draws[:, -1]) > 10.0
