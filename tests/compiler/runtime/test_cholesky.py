import numpy as np
import pytest

from lightppl.autodiff import linalg
from lightppl.compiler.runtime import cholesky
from tests.compiler.runtime.test_linalg import cholesky_into, positive_definite, random
from tests.machine import compiled

cholesky_inverse_into = compiled(cholesky.cholesky_inverse_into)
cholesky_pullback_into = compiled(cholesky.cholesky_pullback_into)

SIZES = [0, 1, 2, 5, 12, 13, 33, 60, 131]


@pytest.mark.parametrize("n", SIZES)
def test_inverse_is_numpys_and_reads_the_lower_triangle(n):
    a = positive_definite(n)
    factor = np.linalg.cholesky(a)
    factor[np.triu_indices(n, 1)] = np.nan
    out = np.empty((n, n))
    cholesky_inverse_into(factor, out)
    np.testing.assert_allclose(out @ a, np.eye(n), atol=1e-10)
    np.testing.assert_array_equal(out, out.T)
    cholesky_inverse_into(factor, factor)
    np.testing.assert_array_equal(factor, out)


@pytest.mark.parametrize("n", SIZES)
def test_pullback_is_its_slow_twin_and_reads_lower_triangles(n):
    factor, g = np.linalg.cholesky(positive_definite(n)), random(n, n)
    expected = linalg.cholesky_pullback(factor, g)
    factor[np.triu_indices(n, 1)] = np.nan
    g[np.triu_indices(n, 1)] = np.nan
    out = np.empty((n, n))
    cholesky_pullback_into(factor, g, out)
    np.testing.assert_allclose(out, expected, rtol=1e-10, atol=1e-10)
    np.testing.assert_array_equal(out, out.T)
    cholesky_pullback_into(factor, g, g)
    np.testing.assert_array_equal(g, out)


@pytest.mark.parametrize("n", [1, 5, 40])
def test_what_comes_from_a_failed_factor_is_nan_everywhere(n):
    factor, out = np.empty((n, n)), np.zeros((n, n))
    cholesky_into(-np.eye(n), factor)
    cholesky_inverse_into(factor, out)
    assert np.isnan(out).all()
    cholesky_pullback_into(factor, np.eye(n), out)
    assert np.isnan(out).all()
