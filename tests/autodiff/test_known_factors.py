"""Factors of latent matrices are exact however far from the identity they are."""

import mpmath
import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.autodiff import linalg
from lightppl.autodiff.known_factors import known_factor, product_of_factor, remembering_factors
from lightppl.density import compile_density

SCALE = np.array([[2.0, 0.3, 0.1], [0.3, 1.0, 0.2], [0.1, 0.2, 0.5]])
FACTOR = np.array([[1e-9, 0.0], [1.0, 1e-9]])


def test_a_factor_is_known_while_it_is_remembered_and_the_matrix_unchanged():
    with remembering_factors():
        product = product_of_factor(FACTOR)
        assert known_factor(product) is FACTOR
        np.testing.assert_array_equal(linalg.cholesky(product), FACTOR)
        assert known_factor(product.copy()) is None
        product += np.eye(2)
        assert known_factor(product) is None
    assert known_factor(product_of_factor(FACTOR)) is None


def exact_potential(family, q):
    """U of one matrix with 5 degrees of freedom, in 120 digits, from its definition."""
    D, nu = 3, mpmath.mpf(5)
    q = [mpmath.mpf(float(x)) for x in q]
    L = mpmath.matrix(3)
    L[1, 0], L[2, 0], L[2, 1] = q[:3]
    for k in range(D):
        L[k, k] = mpmath.exp(q[3 + k])
    S, X = mpmath.matrix(SCALE.tolist()), L * L.T
    log_det_X, log_det_S = 2 * mpmath.fsum(q[3:]), mpmath.log(mpmath.det(S))
    log_gamma = D * (D - 1) * mpmath.log(mpmath.pi) / 4
    log_gamma += mpmath.fsum(mpmath.loggamma((nu - k) / 2) for k in range(D))
    if family is dist.Wishart:
        Y, powers = S**-1 * X, (nu - D - 1) * log_det_X - nu * log_det_S
    else:
        Y, powers = S * X**-1, nu * log_det_S - (nu + D + 1) * log_det_X
    trace = mpmath.fsum(Y[k, k] for k in range(D))
    density = (powers - trace - nu * D * mpmath.log(2)) / 2 - log_gamma
    jacobian = D * mpmath.log(2) + mpmath.fsum((D + 1 - k) * q[3 + k] for k in range(D))
    return -(density + jacobian)


@pytest.mark.parametrize("family", [dist.Wishart, dist.InverseWishart])
def test_densities_of_latent_matrices_are_exact_near_and_far(family):
    def model():
        lp.sample("X", family(5.0, SCALE))

    compiled, eager = (compile_density(model, jit=jit).potential for jit in (True, False))
    rng = np.random.default_rng(0)
    with mpmath.workdps(120):
        for size in (1.0, 5.0, 10.0, 30.0):
            for q in rng.uniform(-size, size, size=(5, 6)):
                expected = float(exact_potential(family, q))
                assert compiled(q)[0] == pytest.approx(expected, rel=1e-13)
                assert eager(q)[0] == pytest.approx(expected, rel=1e-8)


def test_a_latent_covariance_matrix_is_not_factorised():
    def model():
        X = lp.sample("X", dist.Wishart(5.0, SCALE))
        lp.sample("y", dist.MultivariateNormal(np.zeros(3), X), obs=np.ones(3))

    stages = compile_density(model).stages
    assert "cholesky" not in str(stages["optimized"])
