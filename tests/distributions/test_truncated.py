"""Moments of truncated normal distributions, far out and between close ends."""

import mpmath
import numpy as np
import pytest

import lightppl.distributions as dist

INTERVALS = [
    (40.0, None),
    (None, -40.0),
    (1e5, None),
    (40.0, 40.1),
    (-29.9, -29.8),
    (1e-9, 2e-9),
    (0.0, 1e-12),
    (-1.0, 1.0),
    (-20.0, None),
    (-20.0, 20.0),
    (-9.5, -8.0),
    (-0.1, 30.0),
]


def moments_in_many_digits(low, high):
    """Return mean and variance by the closed form, mirrored so that tails keep their digits."""
    low = -mpmath.inf if low is None else mpmath.mpf(low)
    high = mpmath.inf if high is None else mpmath.mpf(high)
    if low + high < 0:
        mean, variance = moments_in_many_digits(-high, -low)
        return -mean, variance
    density_low, density_high = mpmath.npdf(low), mpmath.npdf(high)
    mass = (mpmath.erfc(low / mpmath.sqrt(2)) - mpmath.erfc(high / mpmath.sqrt(2))) / 2
    mean = (density_low - density_high) / mass
    ends = low * density_low if mpmath.isfinite(low) else 0
    ends -= high * density_high if mpmath.isfinite(high) else 0
    return mean, 1 + ends / mass - mean * mean


@pytest.mark.parametrize("low, high", INTERVALS)
def test_normal_moments_keep_their_digits(low, high):
    with mpmath.workdps(100):
        mean, variance = (float(x) for x in moments_in_many_digits(low, high))
    d = dist.TruncatedNormal(0.0, 1.0, low=low, high=high)
    np.testing.assert_allclose(d.mean, mean, rtol=1e-11, atol=1e-11 * np.sqrt(variance))
    np.testing.assert_allclose(d.variance, variance, rtol=1e-10)


def test_normal_moments_broadcast():
    d = dist.TruncatedNormal(np.zeros(2), np.ones((3, 1)), low=0.5)
    assert d.mean.shape == d.variance.shape == (3, 2)
