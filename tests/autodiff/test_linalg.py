"""Second derivatives of Cholesky factors, and shapes of triangular systems."""

import numpy as np
import pytest

from lightppl import linalg
from lightppl.autodiff.check import check_gradient
from lightppl.autodiff.gradient import differentiate, tracing


def random(*shape):
    return np.random.default_rng(sum(shape)).normal(size=shape)


def covariance(x):
    """A definite matrix, or several, of a vector."""
    gaps = np.expand_dims(x, -1) - np.expand_dims(x, -2)
    return np.exp(-0.5 * gaps**2) + 0.3 * np.eye(np.shape(x)[-1])


def density(x):
    factor = linalg.cholesky(covariance(x))
    z = linalg.solve_triangular(factor, np.sin(np.expand_dims(x, -1)))
    return -0.5 * np.sum(z * z) - np.sum(linalg.log_det_triangular(factor))


def latent(x):
    factor = np.linalg.cholesky(covariance(x))
    return np.sum(np.tanh(np.matmul(factor, np.expand_dims(x, -1)) * factor))


def of_inverse(x):
    return np.sum(linalg.cholesky_inverse(linalg.cholesky(covariance(x))) ** 2)


@pytest.mark.parametrize("fun", [density, latent, of_inverse])
@pytest.mark.parametrize("shape", [(1,), (2,), (5,), (13,), (2, 3)])
def test_second_derivatives_are_differences_of_the_first(fun, shape):
    direction = random(*shape, 1)[..., 0]

    def slope(x):
        with tracing():
            return np.sum(differentiate(fun, x)[1] * direction)

    check_gradient(slope, 1.5 * random(*shape), tolerance=1e-6)


@pytest.mark.parametrize("of_a, of_b", [
    ((), (4,)), ((), (4, 2)), ((2,), (4, 2)), ((4, 1), (4, 2)), ((4, 2), ()), ((1, 2), (4, 1)),
    ((), (0,)),
])
@pytest.mark.parametrize("trans", [False, True])
def test_triangular_systems_broadcast(of_a, of_b, trans):
    a = np.tril(random(*of_a, 3, 3)) + 3.0 * np.eye(3)
    b = random(*of_b, 3, 2)
    full = np.swapaxes(a, -1, -2) if trans else a
    expected = np.linalg.solve(full, b)
    found = linalg.solve_triangular(a, b, trans=trans)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-12)
