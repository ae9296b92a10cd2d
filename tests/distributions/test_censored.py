"""Censored values far out in the tails, and ends that do not count."""

import numpy as np
import pytest
from autograd import value_and_grad

import lightppl.distributions as dist

NONSENSE = (np.nan, 0.0, -1e300, 1e300, np.inf, -np.inf)
BASES = [
    lambda u: dist.Normal(0.3, np.exp(u)),
    lambda u: dist.LogNormal(0.3, np.exp(u)),
    lambda u: dist.Weibull(np.exp(u), 1.5),
    lambda u: dist.Gamma(2.5, np.exp(u)),
    lambda u: dist.Gumbel(0.3, np.exp(u)),
    lambda u: dist.Beta(np.exp(u), 2.0),
    lambda u: dist.Uniform(0.0, 1.0 + np.exp(u)),
    lambda u: dist.Poisson(np.exp(u)),
]
AT = 0.5


def interval(base, ends, left=False, right=False):
    return lambda u: np.sum(
        dist.IntervalCensoredDistribution(base(u), left, right).log_prob(np.array(ends))
    )


@pytest.mark.parametrize("base", BASES)
def test_an_end_that_does_not_count_may_be_anything(base):
    for q in (-1.0, 0.4):
        below = value_and_grad(lambda u: np.sum(base(u).log_cdf(AT)))(q)
        above = value_and_grad(lambda u: np.sum(base(u).log_survival(AT)))(q)
        for other in NONSENSE:
            right = value_and_grad(interval(base, [AT, other], right=True))(q)
            left = value_and_grad(interval(base, [other, AT], left=True))(q)
            np.testing.assert_allclose(right, above, rtol=1e-12)
            np.testing.assert_allclose(left, below, rtol=1e-12)


@pytest.mark.parametrize("base", BASES)
def test_an_end_beyond_the_support_leaves_no_probability_there(base):
    for q in (-1.0, 0.4):
        below = value_and_grad(lambda u: np.sum(base(u).log_cdf(AT)))(q)
        above = value_and_grad(lambda u: np.sum(base(u).log_survival(AT)))(q)
        np.testing.assert_allclose(value_and_grad(interval(base, [-np.inf, AT]))(q), below, 1e-12)
        np.testing.assert_allclose(value_and_grad(interval(base, [AT, np.inf]))(q), above, 1e-12)


def test_an_end_that_counts_and_is_nan_is_impossible():
    d = dist.IntervalCensoredDistribution(dist.Normal(0.0, 1.0), [0, 1, 0, 1], [0, 0, 1, 1])
    for ends in ([np.nan, np.nan], [[0.0, np.nan], [0.0, np.nan], [np.nan, 0.0], [np.nan, 0.0]]):
        np.testing.assert_array_equal(d.log_prob(np.array(ends)), -np.inf)


def test_both_flags_mean_outside_and_none_mean_inside():
    base, ends = dist.Normal(0.0, 1.0), np.array([-9.0, 10.0])
    outside = dist.IntervalCensoredDistribution(base, True, True).log_prob(ends)
    np.testing.assert_allclose(outside, np.logaddexp(base.log_cdf(-9.0), base.log_cdf(-10.0)))
    inside = dist.IntervalCensoredDistribution(base).log_prob(ends)
    np.testing.assert_allclose(inside, -np.exp(outside), rtol=1e-6)


def test_draws_have_the_shape_of_the_base():
    d = dist.IntervalCensoredDistribution(dist.Normal(np.zeros(3), 1.0))
    assert d.event_shape == (2,) and d.sample(0, (4,)).shape == (4, 3)


@pytest.mark.parametrize("nine_sigma", [
    (dist.LogNormal(0.0, 1.0), np.exp(9.0), -43.62814914),
    (dist.HalfNormal(1.0), 9.0, -42.93500196),
])
def test_right_censored_at_nine_sigma(nine_sigma):
    base, value, expected = nine_sigma
    for wrapped in (base, base.expand((2,)), base.mask(True)):
        d = dist.RightCensoredDistribution(wrapped, True)
        np.testing.assert_allclose(d.log_prob(value), expected, rtol=1e-9)
        np.testing.assert_allclose(wrapped.log_survival(value), expected, rtol=1e-9)


@pytest.mark.parametrize(
    "outer",
    [
        lambda base: dist.LeftCensoredDistribution(base, True),
        lambda base: dist.RightCensoredDistribution(base, True),
        lambda base: dist.TruncatedDistribution(base, low=0.25),
        lambda base: dist.TruncatedDistribution(base, low=0.25, high=2.0),
        lambda base: dist.RightCensoredDistribution(
            dist.TruncatedDistribution(base, high=2.0), True
        ),
    ],
)
def test_a_mask_inside_counts_in_tails_too(outer):
    mask = np.array([True, False])
    for base in (dist.Normal(0.0, 1.0), dist.LogNormal(0.0, 1.0)):
        plain = outer(base).log_prob(AT)
        np.testing.assert_array_equal(outer(base.mask(mask)).log_prob(AT), [plain, 0.0])
        wide = outer(base.mask(mask).expand((3, 2))).log_prob(AT)
        np.testing.assert_array_equal(wide, np.tile([plain, 0.0], (3, 1)))


def test_a_mask_inside_counts_for_intervals_too():
    base = dist.Normal(0.0, 1.0)
    ends = np.array([0.1, 0.7])
    found = dist.IntervalCensoredDistribution(base.mask(np.array([True, False]))).log_prob(ends)
    np.testing.assert_array_equal(
        found, [dist.IntervalCensoredDistribution(base).log_prob(ends), 0.0]
    )
