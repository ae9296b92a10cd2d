"""Simulation-based calibration of Gibbs samplers, and of one whose conditional is wrong."""

from functools import partial

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.infer import HMC, NUTS, CustomGibbs, Gibbs, HMCGibbs
from tests.correctness.test_calibration import assert_calibrated, calibrated

NUM_DATA = 5


def location_scale(groups, y=None):
    """Normal data of unknown mean and standard deviation, whose sums updates can read."""
    with lp.plate("groups", groups):
        mean = lp.sample("mean", dist.Normal(0.0, 1.0))
        scale = lp.sample("scale", dist.HalfNormal(1.0))
        data = dist.Normal(mean[..., None], scale[..., None]).expand([groups, NUM_DATA]).to_event(1)
        y = lp.sample("y", data, obs=y)
        lp.deterministic("sums", np.sum(y, axis=-1))


def draw_mean(rng_key, gibbs_sites, others, num_data=NUM_DATA):
    """Draw means from their normal conditionals."""
    precision = 1.0 + num_data / others["scale"] ** 2
    mean = others["sums"] / others["scale"] ** 2 / precision
    return {"mean": dist.Normal(mean, 1.0 / np.sqrt(precision)).sample(rng_key)}


def hmc_gibbs(model, draw=draw_mean, **options):
    return HMCGibbs(NUTS(model), draw, ["mean"], **options)


def compiled(model):
    return hmc_gibbs(model, compile_gibbs_fn=True)


def blocks(model):
    return Gibbs([(CustomGibbs(draw_mean), ["mean"]), (NUTS(model), ["scale"])])


def two_gradients(model):
    return Gibbs([(HMC(model, trajectory_length=1.5), ["mean"]), (NUTS(model), ["scale"])])


@pytest.mark.parametrize("make", [hmc_gibbs, compiled, blocks, two_gradients])
def test_ranks_are_uniform(make):
    assert_calibrated(calibrated(location_scale, make, num_runs=10))


def test_a_conditional_that_counts_too_few_data_is_found_out():
    wrong = partial(draw_mean, num_data=NUM_DATA - 3)
    p_value, _ = calibrated(location_scale, partial(hmc_gibbs, draw=wrong), num_runs=20)
    assert p_value < 1e-4
