import math

import mpmath as mp
import numpy as np
import pytest

from lightppl.compiler.runtime.gamma_function import digamma, lgamma, trigamma

INF, NAN = math.inf, math.nan


@pytest.mark.parametrize(
    "function, x, expected",
    [
        (lgamma, 1.0, 0.0), (lgamma, 2.0, 0.0), (lgamma, 0.0, INF), (lgamma, -0.0, INF),
        (lgamma, -3.0, INF), (lgamma, INF, INF), (lgamma, -INF, INF), (lgamma, NAN, NAN),
        (lgamma, 3e305, 3e305 * (math.log(3e305) - 1.0)), (lgamma, 1e307, INF),
        (digamma, 0.0, -INF), (digamma, -0.0, INF), (digamma, -2.0, NAN), (digamma, INF, INF),
        (digamma, NAN, NAN),
        (trigamma, 0.0, INF), (trigamma, -2.0, INF), (trigamma, INF, 0.0), (trigamma, NAN, NAN),
    ],
)
def test_limits(function, x, expected):
    np.testing.assert_allclose(function(x), expected, rtol=5e-16)


@pytest.mark.parametrize("n", [3, 4, 10, 50, 150])
def test_gamma_of_integers_is_a_factorial(n):
    assert lgamma(float(n)) == pytest.approx(math.log(math.factorial(n - 1)), rel=1e-15)


@pytest.mark.parametrize("x", [1e-12, 0.3, 0.5, 0.7, 1.2, 1.5, 2.0, 2.2, 2.5, 3.7, 12.0])
def test_recurrences(x):
    assert lgamma(x + 1.0) - lgamma(x) == pytest.approx(math.log(x), rel=1e-14, abs=1e-14)
    assert digamma(x + 1.0) - digamma(x) == pytest.approx(1.0 / x, rel=1e-13)
    assert trigamma(x) - trigamma(x + 1.0) == pytest.approx(1.0 / x**2, rel=1e-12)


@pytest.mark.parametrize("function, twin", [
    (lgamma, lambda x: mp.re(mp.loggamma(x))),
    (digamma, mp.digamma),
    (trigamma, lambda x: mp.polygamma(1, x)),
])
def test_negative_arguments_are_precise_beside_the_terms_that_cancel(function, twin):
    rng = np.random.default_rng(3)
    points = [*-(10.0 ** rng.uniform(-15, 3, 100)), *rng.uniform(-20.0, 0.0, 200), -1e-200]
    with mp.workprec(200):
        for x in map(float, points):
            if function is trigamma and x > -1e-150:
                continue
            scale = abs(float(twin(mp.mpf(1 - x)))) + abs(float(twin(mp.mpf(x))))
            assert abs(function(x) - float(twin(mp.mpf(x)))) <= 1e-15 * scale, x
