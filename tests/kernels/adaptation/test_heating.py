"""Larger momenta at the beginning of warmup."""

import numpy as np
import pytest

from lightppl.kernels.adaptation.heating import HEAT
from lightppl.kernels.adaptation.windows import (
    FAST, HEATED, SAMPLING, SLOW, SLOW_END, gradient_phases, warmup_phases,
)
from lightppl.kernels.metric import make_metric
from tests.kernels import calls, potentials

PHASES = [FAST, SLOW, SLOW_END, SAMPLING, HEATED]


@pytest.mark.parametrize("phase", PHASES)
def test_only_heated_phases_enlarge_momentum_and_velocity(phase):
    potential = potentials.gaussian(np.eye(2))
    z, target = calls.make_point(potential, make_metric(2), np.zeros(2), np.array([1.0, -2.0]))
    growth = calls.heat_momentum(target, z, phase)
    factor = HEAT if phase == HEATED else 1.0
    assert growth == factor**2
    np.testing.assert_array_equal(z.p, factor * np.array([1.0, -2.0]))
    np.testing.assert_array_equal(z.v, factor * np.array([1.0, -2.0]))


@pytest.mark.parametrize("num_warmup, num_heated", [(1000, 100), (200, 40), (5, 0)])
def test_the_first_fifth_is_heated_at_most_a_hundred_iterations(num_warmup, num_heated):
    phases = gradient_phases(num_warmup)
    is_heated = (phases == HEATED) | (phases == SLOW_END)
    assert np.all(is_heated[:num_heated]) and not np.any(phases[num_heated:] == HEATED)
    assert not np.any(warmup_phases(num_warmup) == HEATED)
