import math

import pytest

from lightppl.compiler.runtime.exponential import exp, expit, expm1, exprel, tanh

INF, NAN = math.inf, math.nan


@pytest.mark.parametrize(
    "function, x, expected",
    [
        (exp, INF, INF), (exp, -INF, 0.0), (exp, 0.0, 1.0), (exp, 709.9, INF), (exp, -746.0, 0.0),
        (exp, -745.0, 5e-324),
        (exprel, 0.0, 1.0), (exprel, 1e-320, 1.0), (exprel, -INF, 0.0), (exprel, INF, INF),
        (expm1, INF, INF), (expm1, -INF, -1.0), (expm1, 0.0, 0.0), (expm1, 5e-324, 5e-324),
        (expit, INF, 1.0), (expit, -INF, 0.0), (expit, 0.0, 0.5), (expit, -745.0, 5e-324),
        (tanh, INF, 1.0), (tanh, -INF, -1.0), (tanh, 0.0, 0.0), (tanh, -5e-324, -5e-324),
    ],
)
def test_limits(function, x, expected):
    assert function(x) == expected


@pytest.mark.parametrize("function", [exp, expit, expm1, exprel, tanh])
def test_nan_stays_nan(function):
    assert math.isnan(function(NAN))


@pytest.mark.parametrize("function", [expm1, tanh])
def test_odd_at_zero_keeps_the_sign(function):
    assert math.copysign(1.0, function(-0.0)) == -1.0


def test_tanh_is_odd():
    for x in (1e-8, 0.3, 2.0, 30.0):
        assert tanh(-x) == -tanh(x)


def test_expit_of_opposite_arguments_sum_to_one():
    for x in (0.1, 1.0, 5.0, 30.0):
        assert expit(x) + expit(-x) == pytest.approx(1.0, abs=2.3e-16)
