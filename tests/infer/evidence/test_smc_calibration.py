"""Ranks of the truth among particles are uniform, and those of a wrong posterior are not."""

import numpy as np
import pytest
from scipy import stats

import lightppl as lp
import lightppl.distributions as dist
from lightppl.handlers import seed, trace
from lightppl.infer import SMC
from lightppl.random import fold_in
from tests.correctness.calibration import joined, worst
from tests.correctness.calibration_models import location_scale

GROUPS, NUM_DRAWS, NUM_RUNS, EVERY = 6, 99, 10, 8
"""One particle of eight is compared: those in between may have the same ancestor."""


def too_wide(groups, y=None):
    """`location_scale` with errors that are larger by half."""
    with lp.plate("groups", groups):
        mean = lp.sample("mean", dist.Normal(0.0, 1.0))
        scale = lp.sample("scale", dist.HalfNormal(1.0))
        data = dist.Normal(mean[..., None], 1.5 * scale[..., None]).expand([groups, 5])
        lp.sample("y", data.to_event(1), obs=y)


def ranks_of(model, key, kernel):
    truth = trace(seed(location_scale, fold_in(key, 0))).get_trace(GROUPS)
    y = truth["y"].value
    smc = SMC(model, num_particles=NUM_DRAWS * EVERY, num_islands=24, kernel=kernel)
    smc.run(fold_in(key, 1), GROUPS, y)
    draws = {name: x[::EVERY] for name, x in smc.get_samples().items()}
    true_values = {name: np.asarray(truth[name].value)[None] for name in draws}
    compared = {name: (true_values[name], draws[name]) for name in draws}
    compared["log likelihood"] = tuple(
        stats.norm(x["mean"][..., None], x["scale"][..., None]).logpdf(y).sum(axis=-1)
        for x in (true_values, draws)
    )
    return {name: np.sum(many < one, axis=0) for name, (one, many) in compared.items()}


def smallest_p_value(model, kernel):
    return worst(joined([ranks_of(model, 100 * k, kernel) for k in range(NUM_RUNS)]), NUM_DRAWS)


@pytest.mark.parametrize("kernel", ["nuts", "random_walk"])
def test_ranks_of_the_truth_are_uniform(kernel):
    p_value, where = smallest_p_value(location_scale, kernel)
    assert p_value > 1e-3, where


def test_particles_of_another_posterior_are_found_out():
    assert smallest_p_value(too_wide, "nuts")[0] < 1e-5
