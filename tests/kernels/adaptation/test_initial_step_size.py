"""The search of a first step size."""

import numpy as np
import pytest

from lightppl.kernels import hmc
from lightppl.kernels.metric import make_metric
from lightppl.kernels.target import make_target
from tests.kernels import calls, potentials


def make_points(q):
    return hmc.make_work(q, make_metric(len(q))).points


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
def test_step_size_follows_the_scale_of_the_target(scale):
    target = make_target(potentials.gaussian(np.eye(4) / scale**2))
    points = make_points(np.full(4, 0.5 * scale))
    for seed in range(10):
        rng = np.random.default_rng(seed)
        found = calls.find_step_size(points, target, make_metric(4), rng, 1.0)
        assert 0.1 < found / scale < 10.0


def test_result_is_the_start_times_a_power_of_two():
    target, points = make_target(potentials.gaussian(np.eye(2))), make_points(np.ones(2))
    found = calls.find_step_size(points, target, make_metric(2), np.random.default_rng(0), 0.3)
    assert np.log2(found / 0.3) == pytest.approx(np.round(np.log2(found / 0.3)))


def test_flat_target_gives_nan_not_an_endless_search():
    target, points = make_target(potentials.gaussian(np.zeros((2, 2)))), make_points(np.ones(2))
    found = calls.find_step_size(points, target, make_metric(2), np.random.default_rng(0), 1.0)
    assert np.isnan(found)
