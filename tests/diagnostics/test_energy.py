import numpy as np
import pytest

from lightppl.diagnostics import bfmi
from tests.reference.slow_diagnostics import ar1_chains


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.95])
def test_autoregressive_energy_has_its_known_fraction(rho):
    energy = ar1_chains(np.random.default_rng(0), rho, 3, 20_000)
    assert bfmi(energy) == pytest.approx(2 * (1 - rho), rel=0.12)


def test_one_chain_may_come_without_its_axis():
    energy = np.random.default_rng(1).standard_normal(100)
    assert bfmi(energy).shape == (1,)


def test_constant_energy_gives_nan_without_warning():
    assert np.isnan(bfmi(np.ones((1, 50)))).all()
