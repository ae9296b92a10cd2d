"""Log probabilities of both tails, for every univariate family and through every wrapper."""

import warnings

import numpy as np
import pytest
from autograd import grad

import lightppl.distributions as dist
from lightppl.distributions import constraints
from lightppl.distributions.transforms import AffineTransform
from tests.distributions.catalogue import SCALAR_ROWS
from tests.distributions.count_tail_rows import COUNTS
from tests.distributions.tail_rows import CONTINUOUS

RELATIVE = 1e-10
TAIL_ROWS = CONTINUOUS + COUNTS
each_row = pytest.mark.parametrize("row", TAIL_ROWS, ids=lambda row: row.name)


@each_row
def test_both_tails_keep_their_digits(row):
    points = np.array(row.points)
    for method in ("log_cdf", "log_survival"):
        found = getattr(row.distribution, method)(points)
        expected = np.array([getattr(row, method)(x) for x in row.points])
        np.testing.assert_allclose(found, expected, RELATIVE, 1e-300, err_msg=method)


@each_row
def test_wrappers_hand_on_what_the_family_knows(row):
    d, points = row.distribution, np.array(row.points)
    size = len(row.points)
    for wrapped in (
        d.expand((size,)),
        d.expand((1,)).expand((size,)),
        d.mask(True),
        d.mask(np.ones(size, bool)),
        d.expand((size,)).to_event(1),
    ):
        for method in ("cdf", "log_cdf", "log_survival"):
            found = getattr(wrapped, method)(points)
            np.testing.assert_array_equal(found, getattr(d, method)(points), f"{wrapped} {method}")
        for method, argument in (
            ("icdf", 0.3),
            ("_quantile_from_log", -800.0),
            ("_upper_quantile_from_log", -800.0),
        ):
            try:
                expected = getattr(d, method)(np.array(argument))
            except NotImplementedError:
                continue
            np.testing.assert_array_equal(getattr(wrapped, method)(np.array(argument)), expected)
        for moment in ("mean", "variance"):
            try:
                expected = getattr(d, moment)
            except NotImplementedError:
                continue
            np.testing.assert_array_equal(getattr(wrapped, moment), expected)


@pytest.mark.parametrize(
    "row", [row for row in TAIL_ROWS if not row.distribution.is_discrete], ids=lambda row: row.name
)
def test_affine_maps_keep_or_exchange_the_tails(row):
    d, points = row.distribution, np.array(row.points, dtype=float)
    for scale in (0.5, -4.0):
        moved = dist.TransformedDistribution(d, AffineTransform(0.0, scale))
        names = ("log_cdf", "log_survival") if scale > 0 else ("log_survival", "log_cdf")
        for name, source in zip(("log_cdf", "log_survival"), names):
            found, expected = getattr(moved, name)(scale * points), getattr(d, source)(points)
            edge = points == 0.0  # an atom there counts for the other side
            np.testing.assert_allclose(found[~edge], expected[~edge], 1e-12)


def test_no_family_falls_back_on_one_minus_the_cdf():
    tested = {base for row in TAIL_ROWS for base in type(row.distribution).__mro__}
    for row in SCALAR_ROWS:
        d = row.make(**row.ordinary[0])
        definer = next(base for base in type(d).__mro__ if "cdf" in vars(base))
        if definer is dist.Distribution:
            continue
        assert type(d).log_survival is not dist.Distribution.log_survival, row.name
        assert definer in tested, f"{row.name} has no row of tails"


def slopes_of_tails(row):
    """Yield a name, a float and the function of it whose slope is asked for."""
    params, values = row.ordinary
    d = row.make(**params)
    points = [np.asarray(v, float) for v in values]
    for method in ("_quantile_from_log", "_upper_quantile_from_log"):
        try:
            points.append(np.floor(getattr(d, method)(np.array(-300.0))) + 0.0)
        except NotImplementedError:
            pass
    inside = [x for x in points if np.isfinite(x) and d.support(x) and abs(x) < 1e100]
    for name in params:
        constraint = d.arg_constraints.get(name)
        if name in row.static + row.discrete_params or np.ndim(params[name]):
            continue
        if not isinstance(constraint, (constraints.Positive, constraints.Real)):
            continue
        for method in ("log_cdf", "log_survival"):
            for x in inside:

                def tail(p, name=name, method=method, x=x):
                    moved = row.make(**{**params, name: p}, validate_args=False)
                    return np.sum(getattr(moved, method)(x))

                yield f"{row.name} {method}({x}) in {name}", float(params[name]), tail


WITH_CDF = [
    row
    for row in SCALAR_ROWS
    if type(row.make(**row.ordinary[0])).log_survival is not dist.Distribution.log_survival
]


@pytest.mark.parametrize("row", WITH_CDF, ids=lambda row: row.name)
def test_tails_have_finite_and_right_slopes(row):
    for where, start, tail in slopes_of_tails(row):
        value = float(tail(start))
        if value == 0.0 or not np.isfinite(value):  # at an end that moves with the parameter
            continue
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Output seems independent")
            slope = float(grad(tail)(start))
        step = 1e-5 * max(abs(start), 1e-3)
        low, high = float(tail(start - step)), float(tail(start + step))
        difference = (high - low) / (2.0 * step)
        rounding = 1e-13 * abs(value) / step
        assert np.isfinite(slope), f"{where}: {slope}"
        allowed = 1e-5 * max(abs(slope), 1e-8) + rounding
        assert abs(slope - difference) <= allowed, f"{where}: {slope}, difference {difference}"


@pytest.mark.parametrize("row", CONTINUOUS, ids=lambda row: row.name)
def test_quantiles_of_tiny_probabilities_invert_the_tails(row):
    for log_q in (-1.0, -40.0, -600.0, -2000.0):
        for tail, quantile in (
            ("log_cdf", "_quantile_from_log"), ("log_survival", "_upper_quantile_from_log"),
        ):
            try:
                x = getattr(row.distribution, quantile)(np.array(log_q))
            except NotImplementedError:
                continue
            support = row.distribution.support
            low = getattr(support, "lower_bound", -np.inf)
            high = getattr(support, "upper_bound", np.inf)
            spacing = 4.0 * np.spacing(np.abs(x))
            if not (low + 1e-300 < x - spacing and x + spacing < high and abs(x) < 1e300):
                continue  # no float has that probability
            found = getattr(row.distribution, tail)(x + np.array([-spacing, 0.0, spacing]))
            # as near as the floats around the quantile allow
            allowed = 1e-9 * abs(log_q) + 4.0 * np.ptp(found)
            assert abs(found[1] - log_q) <= allowed, (tail, log_q, x, found)


BASES = [
    dist.Normal(0.0, 1.0),
    dist.Normal(0.0, 1.0).expand([2]),
    dist.Normal(np.zeros(2), 1.0).mask(True),
    dist.TransformedDistribution(dist.Normal(0.0, 0.5), AffineTransform(0.0, 2.0)),
    dist.TransformedDistribution(dist.Normal(0.0, 0.5), AffineTransform(0.0, -2.0)).expand([2]),
]


@pytest.mark.parametrize("base", BASES, ids=str)
def test_truncated_far_out_in_either_tail(base):
    # the density of a normal variable beyond 40, at 41
    expected = dist.Normal(0.0, 1.0).log_prob(41.0) - dist.Normal(0.0, 1.0).log_survival(40.0)
    upper = dist.TruncatedDistribution(base, low=40.0)
    lower = dist.TruncatedDistribution(base, high=-40.0)
    both = dist.TruncatedDistribution(base, low=40.0, high=1e3)
    for d, value in ((upper, 41.0), (lower, -41.0), (both, 41.0)):
        np.testing.assert_allclose(d.log_prob(value), expected, 1e-12)
        draws = d.sample(0, (100,))
        assert np.all((np.abs(draws) > 40.0) & (np.abs(draws) < 41.0))
