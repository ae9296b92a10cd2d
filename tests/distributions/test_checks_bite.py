"""The checks of the catalogue fail on planted faults of 0.1 % and on wrong samplers."""

import numpy as np
import pytest

import lightppl.distributions as dist
from tests.distributions import checks
from tests.distributions.catalogue import ROWS

BY_NAME = {row.name: row for row in ROWS}
NAMES = ["Normal", "Gamma", "Poisson", "Dirichlet", "LKJCholesky", "Beta"]


def spoiled(row, **methods):
    """Return a maker of the row's family with some methods replaced."""

    def make(**params):
        d = row.make(**params)
        d.__class__ = type(type(d).__name__, (type(d),), methods)
        return d

    return make


@pytest.mark.parametrize("name", NAMES)
def test_a_log_density_wrong_by_a_thousandth_is_seen(name):
    row = BY_NAME[name]
    family = type(row.make(**row.ordinary[0]))
    wrong = {"_log_density": lambda self, value: 1.001 * family._log_density(self, value)}
    with pytest.raises(AssertionError):
        checks.check_log_prob(row, spoiled(row, **wrong))


@pytest.mark.parametrize("name", NAMES)
def test_a_constant_off_by_a_billionth_is_seen(name):
    row = BY_NAME[name]
    family = type(row.make(**row.ordinary[0]))
    wrong = {"_log_density": lambda self, value: 1e-8 + family._log_density(self, value)}
    with pytest.raises(AssertionError):
        checks.check_log_prob(row, spoiled(row, **wrong))


@pytest.mark.parametrize("name", ["Normal", "Gamma", "MultivariateNormal(covariance)"])
def test_a_sampler_with_a_scale_wrong_by_a_tenth_is_seen(name):
    row = BY_NAME[name]
    family = type(row.make(**row.ordinary[0]))
    wrong = {"_draw": lambda self, rng, shape: 1.1 * family._draw(self, rng, shape)}
    with pytest.raises(AssertionError):
        checks.check_draws(row, spoiled(row, **wrong))


def test_a_sampler_that_shifts_counts_is_seen():
    row = BY_NAME["Poisson"]
    wrong = {"_draw": lambda self, rng, shape: rng.poisson(self.rate * 1.1, size=shape)}
    with pytest.raises(AssertionError):
        checks.check_draws(row, spoiled(row, **wrong))


def test_a_wrong_derivative_is_seen():
    row = BY_NAME["Normal"]

    def wrong(self, value):
        z = self._standardize(value)
        frozen = np.asarray(getattr(self.scale, "_value", self.scale))
        return -0.5 * z * z - np.log(frozen) - 0.5 * np.log(2 * np.pi)

    with pytest.raises(AssertionError, match="gradient"):
        checks.check_gradient(row, spoiled(row, _log_density=wrong))


def test_nan_outside_the_support_is_seen():
    row = BY_NAME["Exponential"]
    unguarded = {"log_prob": lambda self, value, i=None: np.log(-np.abs(np.asarray(value)))}
    with pytest.raises(AssertionError), np.errstate(invalid="ignore"):
        checks.check_outside(row, spoiled(row, **unguarded))


def test_draws_of_another_distribution_fail_the_test_of_fit():
    d = dist.Normal(0.0, 1.0)
    draws = d.sample(0, (5000,))
    assert dist.goodness_of_fit.auto_goodness_of_fit(draws, d) > 1e-3
    assert dist.goodness_of_fit.auto_goodness_of_fit(draws, dist.StudentT(4.0, 0.0, 1.0)) < 1e-3
    counts = dist.Poisson(3.0).sample(0, (5000,))
    assert dist.goodness_of_fit.auto_goodness_of_fit(counts, dist.Poisson(3.0)) > 1e-3
    assert dist.goodness_of_fit.auto_goodness_of_fit(counts, dist.Poisson(3.3)) < 1e-3
