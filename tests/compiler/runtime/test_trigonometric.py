import math

import pytest

from lightppl.compiler.runtime.trigonometric import cos, sin


def test_values_at_zero():
    assert (sin(0.0), cos(0.0)) == (0.0, 1.0)
    assert math.copysign(1.0, sin(-0.0)) == -1.0


@pytest.mark.parametrize("x", [math.inf, -math.inf, math.nan])
def test_no_angle_no_number(x):
    assert math.isnan(sin(x)) and math.isnan(cos(x))


def test_known_values_of_huge_angles():
    assert sin(1e22) == -0.8522008497671888  # Ng (1992)
    assert cos(1e22) == 0.523214785395139
    assert sin(6381956970095103.0 * 2.0**797) == 1.0
    assert abs(cos(6381956970095103.0 * 2.0**797)) == 4.687165924254628e-19


@pytest.mark.parametrize("x", [0.3, 1.0, 2.0, 100.0, 1e6, 8e12, 2.0**43, 1e22, 1e300])
def test_symmetries(x):
    assert sin(-x) == -sin(x)
    assert cos(-x) == cos(x)
    assert sin(x) ** 2 + cos(x) ** 2 == pytest.approx(1.0, abs=4e-16)


@pytest.mark.parametrize("multiple", [1, 2, 3, 355, 10**6 + 1])
def test_reduction_near_multiples_of_half_pi(multiple):
    x = multiple * (math.pi / 2)
    assert sin(x) == pytest.approx(math.sin(x), rel=4e-16)
    assert cos(x) == pytest.approx(math.cos(x), rel=4e-16)
