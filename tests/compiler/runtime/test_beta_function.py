"""The logarithm of the beta function against 40 digits."""

import mpmath
import numpy as np
import pytest
import scipy.special

from lightppl import special
from lightppl.compiler.runtime.beta_function import betaln
from lightppl.density import compile_objective
from tests.machine import compiled


def exact(a, b):
    with mpmath.workdps(40):
        return float(mpmath.log(abs(mpmath.beta(mpmath.mpf(a), mpmath.mpf(b)))))


def test_values_are_accurate_from_tiny_to_huge():
    rng = np.random.default_rng(0)
    pairs = 10.0 ** rng.uniform(-6, 8, size=(300, 2))

    @compiled
    def apply(a, b):
        return betaln(a, b)

    for a, b in pairs:
        expected = exact(a, b)
        assert abs(apply(a, b) - expected) <= 2e-14 * max(1.0, abs(expected)), (a, b)


def test_compiled_densities_and_plain_arrays_use_the_same_formula():
    q = np.array([1e5, 3e5])
    value, _ = compile_objective(lambda x: special.betaln(x[0], x[1]), q)(q)
    np.testing.assert_allclose(value, exact(*q), rtol=1e-13)
    np.testing.assert_allclose(special.betaln(*q), exact(*q), rtol=1e-13)


@pytest.mark.parametrize("a, b", [(-0.6, 5.0), (-1.3, 0.4), (-2.5, -0.7), (-40.5, 20.0)])
def test_negative_arguments_keep_the_sign_and_stay_finite(a, b):
    q = np.array([a, b])
    value, grad = compile_objective(lambda x: scipy.special.betaln(x[0], x[1]), q)(q)
    np.testing.assert_allclose(value, exact(a, b), rtol=1e-12)
    np.testing.assert_allclose(special.betaln(a, b), exact(a, b), rtol=1e-12)
    potential = compile_objective(lambda x: scipy.special.beta(x[0], x[1]), np.array([2.0, 3.0]))
    found, slope = potential(q)
    np.testing.assert_allclose(found, scipy.special.beta(a, b), rtol=1e-12)
    np.testing.assert_allclose(slope, found * grad, rtol=1e-9)
