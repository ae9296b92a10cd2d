import math
from fractions import Fraction

import numpy as np
import pytest

from lightppl.compiler.runtime import floating_point as fp
from tests.machine import compiled

RNG = np.random.default_rng(1)
NUMBERS = [float(x) for x in RNG.choice([-1.0, 1.0], 40) * 10.0 ** RNG.uniform(-9, 9, 40)]


@pytest.mark.parametrize("a", NUMBERS[:20])
@pytest.mark.parametrize("b", NUMBERS[20:24])
def test_compensated_sum_and_product_are_exact(a, b):
    total, rest = fp.two_sum(a, b)
    assert Fraction(total) + Fraction(rest) == Fraction(a) + Fraction(b)
    large, small = (a, b) if abs(a) >= abs(b) else (b, a)
    assert fp.ordered_two_sum(large, small) == (total, rest)
    product, rest = fp.two_product(a, b)
    assert Fraction(product) + Fraction(rest) == Fraction(a) * Fraction(b)


def test_python_computes_fma_as_the_machine_does():
    @compiled
    def call(a, b, c):
        return fp.fma(a, b, c)

    special = [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, 1e308, -1e308]
    for a in special + NUMBERS[:8]:
        for b in special + NUMBERS[8:16]:
            for c in [*special, -a * b if math.isfinite(a * b) else 1.0]:
                np.testing.assert_equal(fp.fma(a, b, c), call(a, b, c))


def test_polynomial_is_the_sum_of_its_terms():
    coefficients = tuple(RNG.normal(size=9))
    for x in (-0.7, 0.0, 0.3):
        expected = sum(c * x**k for k, c in enumerate(coefficients))
        assert fp.polynomial(x, coefficients) == pytest.approx(expected, rel=1e-14)


def test_bits_go_there_and_back():
    for x in [*NUMBERS, 0.0, -0.0, math.inf, 5e-324]:
        assert fp.float_of(fp.bits_of(x)) == x


def test_power_of_two_is_exact():
    for n in (-1022, -3, 0, 1, 1023):
        assert fp.power_of_two(float(n)) == math.ldexp(1.0, n)


def test_is_whole_knows_integers():
    whole = {0.0: True, 0.5: False, 3.0: True, 2.0**51 + 0.5: False, 2.0**53: True, math.inf: True}
    assert {x: bool(fp.is_whole(x)) for x in whole} == whole


def test_division_by_zero_follows_ieee():
    for a in (1.0, -1.0, 0.0, math.nan):
        for b in (0.0, -0.0):
            with np.errstate(all="ignore"):
                np.testing.assert_equal(fp.divide(a, b), float(np.float64(a) / np.float64(b)))
