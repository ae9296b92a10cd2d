"""Functions of matrices: values as SciPy's, gradients as differences, compiled as eager."""

import numpy as np
import pytest
import scipy.linalg

from lightppl import linalg
from lightppl.autodiff.check import check_gradient, value_and_gradient
from lightppl.density.potential import compile_objective
from lightppl.errors import UnsupportedOperationError

RNG = np.random.default_rng(3)
A = RNG.normal(size=(3, 3))
DEFINITE = A @ A.T + 3.0 * np.eye(3)
B = RNG.normal(size=(3, 3)) + 4.0 * np.eye(3)
C = np.array([2.0, 0.3, -0.4])

ROWS = {
    "expm": (A,), "sinm": (A,), "cosm": (A,), "tanm": (0.3 * A,), "sinhm": (A,), "coshm": (A,),
    "tanhm": (0.3 * A,), "sqrtm": (DEFINITE,), "logm": (DEFINITE,),
    "solve_sylvester": (DEFINITE, B, A), "solve_continuous_lyapunov": (DEFINITE, A),
    "solve_discrete_lyapunov": (0.3 * A, DEFINITE), "solve_toeplitz": (C, A[0]),
    "solve_circulant": (C, A[0]), "matmul_toeplitz": (C, A), "polar": (B,), "pinvh": (DEFINITE,),
    "eigvalsh": (DEFINITE,), "toeplitz": (C, C[::-1] - C[-1] + C[0]), "hankel": (C, A[0]),
    "circulant": (C,), "block_diag": (A, C), "khatri_rao": (A, B), "norm": (A,),
    "orthogonal_procrustes": (A, B), "det": (A,), "inv": (B,), "solve": (B, A), "svdvals": (A,),
}
NOT_COMPILED = {"sqrtm", "logm"}
MADE_OF_EXPM = {"sinm", "cosm", "tanm", "sinhm", "coshm", "tanhm"}


def joined(name):
    arrays = ROWS[name]

    def function(q):
        parts, start = [], 0
        for x in arrays:
            parts.append(np.reshape(q[start : start + x.size], x.shape))
            start += x.size
        result = getattr(linalg, name)(*parts)
        results = result if isinstance(result, tuple) else (result,)
        return sum(np.sum((1.0 + 0.1 * k) * np.sin(x)) for k, x in enumerate(results))

    return function, np.concatenate([x.ravel() for x in arrays])


@pytest.mark.parametrize("name", ROWS)
def test_values_are_those_of_scipy(name):
    found, expected = (getattr(module, name)(*ROWS[name]) for module in (linalg, scipy.linalg))
    for a, b in zip(*([x] if not isinstance(x, tuple) else x for x in (found, expected))):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ROWS)
def test_traced_values_and_gradients(name):
    function, q = joined(name)
    np.testing.assert_allclose(value_and_gradient(function, q)[0], function(q), rtol=1e-11)
    if name != "eigvalsh":  # of which the lower triangle alone counts
        check_gradient(function, q, tolerance=1e-6)


def test_compiled_as_eager():
    rows = [joined(name) for name in ROWS if name not in NOT_COMPILED | MADE_OF_EXPM]
    starts = np.cumsum([0, *(len(q) for _, q in rows)])
    q = np.concatenate([q for _, q in rows])

    def objective(x):
        return sum(f(x[int(a) : int(b)]) for (f, _), a, b in zip(rows, starts, starts[1:]))

    value, gradient = compile_objective(objective, q)(q)
    expected, expected_gradient = value_and_gradient(objective, q)
    np.testing.assert_allclose(value, expected, rtol=1e-10)
    np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("size", [1e-3, 1.0, 30.0, 3000.0])
def test_the_exponential_of_small_and_large_matrices(size):
    rotation = size * np.array([[0.0, -1.0], [1.0, 0.0]])
    value, _ = value_and_gradient(lambda x: np.sum(linalg.expm(x[0] * rotation)[0]), [1.0])
    np.testing.assert_allclose(value, np.cos(size) - np.sin(size), atol=1e-10)


def test_every_name_of_scipy_is_there():
    assert not [name for name in scipy.linalg.__all__ if not hasattr(linalg, name)]
    assert set(linalg.__all__) <= set(dir(linalg))


def test_functions_without_a_form_for_traced_values_say_so():
    with pytest.raises(UnsupportedOperationError, match="scipy.linalg.schur has no form"):
        value_and_gradient(lambda x: linalg.schur(np.reshape(x, (2, 2)))[0][0, 0], np.ones(4))
    np.testing.assert_allclose(linalg.schur(A)[0], scipy.linalg.schur(A)[0])
