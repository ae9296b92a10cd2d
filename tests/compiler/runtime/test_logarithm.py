import math

import numpy as np
import pytest

from lightppl.compiler.runtime.logarithm import (
    log, log1mexp, log1p, log1p_unit, logaddexp, pow, softplus,
)

INF, NAN = math.inf, math.nan


@pytest.mark.parametrize(
    "function, x, expected",
    [
        (log, 0.0, -INF), (log, -0.0, -INF), (log, -1.0, NAN), (log, INF, INF), (log, -INF, NAN),
        (log, 1.0, 0.0), (log, 5e-324, math.log(5e-324)),
        (log1p, -1.0, -INF), (log1p, -2.0, NAN), (log1p, INF, INF), (log1p, 5e-324, 5e-324),
        (softplus, INF, INF), (softplus, -INF, 0.0), (softplus, 0.0, math.log(2.0)),
        (softplus, -745.0, 5e-324), (softplus, 1e300, 1e300),
        (log1mexp, 0.0, -INF), (log1mexp, -1.0, NAN), (log1mexp, INF, 0.0),
    ],
)
def test_limits(function, x, expected):
    np.testing.assert_allclose(function(x), expected, rtol=0.0)


@pytest.mark.parametrize("function", [log, log1p, log1p_unit, softplus, log1mexp])
def test_nan_stays_nan(function):
    assert math.isnan(function(NAN))


def test_log1p_unit_is_log1p_between_zero_and_one():
    for x in [0.0, 5e-324, 1e-300, 1e-17, 1.0, *np.linspace(0.0, 1.0, 1001)]:
        np.testing.assert_allclose(log1p_unit(float(x)), math.log1p(x), rtol=5e-16, atol=0.0)


@pytest.mark.parametrize("a", [0.0, 1.0, -700.0, 1e308, -1e308, INF, -INF, NAN])
@pytest.mark.parametrize("b", [0.0, 2.0, -700.5, 1e308, INF, -INF, NAN])
def test_logaddexp_agrees_with_numpy(a, b):
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(logaddexp(a, b), np.logaddexp(a, b), rtol=1e-15)


def test_logaddexp_is_symmetric():
    assert logaddexp(0.3, -2.0) == logaddexp(-2.0, 0.3)


BASES = [0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, INF, -INF, NAN, 5e-324, 1e300, -1e300]
POWERS = [0.0, -0.0, 1.0, -1.0, 2.0, 3.0, -3.0, 0.3, -0.3, INF, -INF, NAN]
POWERS += [1e300, 2.0**53 - 1, 2.0**52 + 1]


@pytest.mark.parametrize("x", BASES)
def test_pow_has_the_limits_of_c(x):
    for y in POWERS:
        with np.errstate(all="ignore"):
            expected = np.power(x, y)
        found = pow(x, y)
        np.testing.assert_allclose(found, expected, rtol=5e-16, err_msg=f"{x}**{y}")
        if found == 0.0:
            assert np.signbit(found) == np.signbit(expected), f"{x}**{y}"
