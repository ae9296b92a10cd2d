import numpy as np
import pytest

from lightppl.compiler.graph.ops import ARRAY_OPERATIONS
from lightppl.compiler.runtime import factorizations
from tests.machine import compiled

eigh_into, inv_into = compiled(factorizations.eigh_into), compiled(factorizations.inv_into)
log_abs_det, sign_det = compiled(factorizations.log_abs_det), compiled(factorizations.sign_det)
qr_into, svd_into = compiled(factorizations.qr_into), compiled(factorizations.svd_into)
solve_into = compiled(factorizations.solve_into)

SIZES = [0, 1, 2, 5, 40]
SHAPES = [(1, 1), (4, 2), (2, 4), (30, 7), (7, 30), (0, 3)]
GUARD = 12345.0


def random(*shape):
    return np.random.default_rng(sum(shape)).normal(size=shape)


class Scratch:
    """Space of exactly the promised size, with a guard behind it."""

    def __init__(self, op, *shapes):
        self.memory = np.full(ARRAY_OPERATIONS[op].call.scratch(*shapes) + 8, GUARD)

    def __enter__(self):
        return self.memory[:-8]

    def __exit__(self, *exception):
        assert (self.memory[-8:] == GUARD).all(), "wrote beyond its scratch space"


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("num_columns", [1, 3])
def test_solutions_are_numpys(n, num_columns):
    a, b = random(n, n), random(n, num_columns)
    out = np.empty_like(b)
    with Scratch("solve", a.shape, b.shape) as scratch:
        solve_into(a, b, out, scratch)
    np.testing.assert_allclose(out, np.linalg.solve(a, b), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("n", SIZES)
def test_inverse_is_numpys(n):
    a, out = random(n, n), np.empty((n, n))
    with Scratch("inv", a.shape) as scratch:
        inv_into(a, out, scratch)
    np.testing.assert_allclose(out, np.linalg.inv(a), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("n", SIZES)
def test_determinant_is_numpys(n):
    a = random(n, n)
    sign, logarithm = np.linalg.slogdet(a)
    with Scratch("log_abs_det", a.shape) as scratch:
        assert log_abs_det(a, scratch) == pytest.approx(logarithm, abs=1e-11)
    with Scratch("sign_det", a.shape) as scratch:
        assert sign_det(a, scratch) == sign


def test_singular_matrices():
    a, out = np.ones((3, 3)), np.empty((3, 3))
    with Scratch("solve", a.shape, (1, 3)) as scratch:
        solve_into(a, np.eye(3), out, scratch)
        assert np.isnan(out).all()
    with Scratch("inv", a.shape) as scratch:
        inv_into(a, out, scratch)
        assert np.isnan(out).all()
    with Scratch("log_abs_det", a.shape) as scratch:
        assert (log_abs_det(a, scratch), sign_det(a, scratch)) == (-np.inf, 0.0)


@pytest.mark.parametrize("n", SIZES)
def test_eigenvectors_rebuild_the_matrix(n):
    a = random(n, n)
    a = a + a.T
    values, vectors = np.empty(n), np.empty((n, n))
    with Scratch("eigh", a.shape) as scratch:
        eigh_into(a, values, vectors, scratch)
    np.testing.assert_allclose(values, np.linalg.eigvalsh(a), atol=1e-11)
    np.testing.assert_allclose((vectors * values) @ vectors.T, a, atol=1e-11)


@pytest.mark.parametrize("shape", SHAPES)
def test_singular_vectors_rebuild_the_matrix(shape):
    a = random(*shape)
    k = min(shape)
    u, s, vt = np.empty((shape[0], k)), np.empty(k), np.empty((k, shape[1]))
    with Scratch("svd", shape) as scratch:
        svd_into(a, u, s, vt, scratch)
    if k:
        np.testing.assert_allclose(s, np.linalg.svd(a, compute_uv=False), atol=1e-12)
    np.testing.assert_allclose((u * s) @ vt, a, atol=1e-12)
    np.testing.assert_allclose(u.T @ u, np.eye(k), atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_qr_is_numpys(shape):
    a = random(*shape)
    k = min(shape)
    q, r = np.empty((shape[0], k)), np.empty((k, shape[1]))
    with Scratch("qr", shape) as scratch:
        qr_into(a, q, r, scratch)
    expected_q, expected_r = np.linalg.qr(a)
    np.testing.assert_allclose(q, expected_q, atol=1e-12)
    np.testing.assert_allclose(r, expected_r, atol=1e-12)


def test_nan_in_nan_out():
    a = np.full((3, 3), np.nan)
    vectors, values, other = np.zeros((3, 3)), np.zeros(3), np.zeros((3, 3))
    with Scratch("eigh", a.shape) as scratch:
        eigh_into(a, values, vectors, scratch)
    assert np.isnan(values).all() and np.isnan(vectors).all()
    with Scratch("svd", a.shape) as scratch:
        svd_into(a, vectors, values, other, scratch)
    assert np.isnan(values).all() and np.isnan(other).all()
