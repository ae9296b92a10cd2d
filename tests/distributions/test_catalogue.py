"""Every family of the catalogue answers the same questions."""

import warnings

import numpy as np
import pytest

from lightppl.errors import ConstraintError
from tests.distributions import checks
from tests.distributions.catalogue import ROWS, SCALAR_ROWS


def rows(candidates=ROWS, test=None, when=lambda row: True):
    chosen = [row for row in candidates if when(row) and test not in row.skip]
    return pytest.mark.parametrize("row", chosen, ids=lambda row: row.name)


@rows(test="log_prob")
def test_log_prob_equals_the_definition(row):
    checks.check_log_prob(row)


@rows(when=lambda row: row.scipy, test="scipy")
def test_log_prob_equals_scipy(row):
    checks.check_scipy(row)


@rows(SCALAR_ROWS, test="mass")
def test_density_has_mass_one(row):
    checks.check_total_mass(row)


@rows(test="draws")
def test_draws_fit_the_distribution(row):
    checks.check_draws(row)


@rows(test="moments")
def test_mean_and_variance(row):
    checks.check_moments(row)


@rows(test="entropy")
def test_entropy(row):
    checks.check_entropy(row)


@rows(SCALAR_ROWS, test="cdf")
def test_cdf_and_its_inverse(row):
    checks.check_cdf(row)


@rows(when=lambda row: row.outside)
def test_log_prob_is_minus_infinity_outside_the_support(row):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        checks.check_outside(row)


@rows(test="shapes")
def test_sample_batch_and_event_shapes(row):
    checks.check_shapes(row)


@rows(test="enumeration")
def test_enumerated_support_has_mass_one(row):
    checks.check_enumeration(row)


@rows(when=lambda row: row.invalid)
def test_invalid_parameters_are_refused_by_name(row):
    params = row.ordinary[0]
    for name, value in row.invalid.items():
        with pytest.raises(ConstraintError, match=f"{name}"):
            row.make(**{**params, name: value})
        row.make(**{**params, name: value}, validate_args=False)


@rows()
def test_same_key_gives_same_draws(row):
    d = row.make(**row.ordinary[0])
    np.testing.assert_array_equal(d.sample(5, (3,)), d.sample(5, (3,)))


@rows(test="gradient")
def test_gradient_equals_central_differences(row):
    checks.check_gradient(row)
