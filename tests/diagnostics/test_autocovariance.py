import numpy as np
import pytest

from lightppl.diagnostics import autocorrelation, autocovariance
from lightppl.diagnostics.autocovariance import _padded_length, mean_autocovariance
from tests.reference.slow_diagnostics import autocovariance_by_sums


@pytest.mark.parametrize("num_draws", [1, 2, 7, 64, 101])
def test_transform_equals_sums_over_lags(num_draws):
    x = np.random.default_rng(0).standard_normal(num_draws)
    assert autocovariance(x) == pytest.approx(autocovariance_by_sums(x), abs=1e-13)


def test_unbiased_form_divides_by_the_number_of_products():
    x = np.random.default_rng(1).standard_normal(10)
    biased, unbiased = autocovariance(x), autocovariance(x, bias=False)
    assert unbiased == pytest.approx(biased * 10 / (10 - np.arange(10)))


def test_axis_is_the_axis_of_draws():
    x = np.random.default_rng(2).standard_normal((3, 20, 2))
    along = autocorrelation(x, axis=1)
    assert along.shape == x.shape
    assert along[1, :, 1] == pytest.approx(autocorrelation(x[1, :, 1]))
    assert np.all(along[:, 0] == 1)


def test_mean_over_chains_uses_linearity():
    x = np.random.default_rng(3).standard_normal((2, 4, 30))
    assert mean_autocovariance(x) == pytest.approx(autocovariance(x, axis=2).mean(axis=1))


def test_constant_series_has_no_autocorrelation_and_warns_nothing():
    assert np.all(np.isnan(autocorrelation(np.ones(5))))


def test_padding_holds_every_lag():
    for num_draws in range(1, 3000):
        assert 2 * num_draws <= _padded_length(num_draws) <= 4 * num_draws
