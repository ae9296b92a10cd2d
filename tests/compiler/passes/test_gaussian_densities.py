"""Gradients of Gaussian densities: right numbers of every way of writing, and no work twice."""

from collections import Counter

import mpmath
import numpy as np
import pytest

from lightppl import distributions as dist
from lightppl import linalg
from lightppl.autodiff.check import value_and_gradient
from lightppl.compiler.graph.evaluate import evaluate_graph
from lightppl.compiler.passes import optimize_graph, products
from lightppl.compiler.record.record import record_value_and_gradient
from lightppl.compiler.graph.verify import verify_graph
from lightppl.density.potential import compile_objective

N = 7
RNG = np.random.default_rng(5)
Y, ROWS, SQUARE = RNG.normal(size=N), RNG.normal(size=(4, N)), RNG.normal(size=(N, N))
Q = np.array([0.2, -0.3, -1.0, 0.4])


def distances(n):
    x = np.linspace(0.0, 3.0, n) ** 1.1
    return (x[:, None] - x) ** 2


def covariance(q, n=N):
    smooth = np.exp(q[0] - 0.5 * distances(n) * np.exp(-2 * q[1]))
    return smooth + np.exp(q[2]) * np.eye(n)


def two_covariances(q):
    return np.stack([covariance(q), covariance(1.1 * q + 0.2)])


def normal(q, x, **matrix):
    return np.sum(dist.MultivariateNormal(q[3] * np.ones(N), **matrix).log_prob(x))


def half_log_det(factor):
    return np.sum(np.log(np.diag(factor)))


def by_whitening(q):
    factor = np.linalg.cholesky(covariance(q))
    z = linalg.solve_triangular(factor, Y)
    return -0.5 * z @ z - half_log_det(factor)


def by_two_solutions(q):
    factor = linalg.cholesky(covariance(q))
    return -0.5 * (Y - q[3]) @ linalg.cho_solve((factor, True), Y - q[3]) - half_log_det(factor)


def by_columns(q):
    factor = linalg.cholesky(covariance(q))
    solved = linalg.cho_solve(factor, ROWS.T)
    return -0.5 * np.sum(ROWS.T * solved) - 4 * half_log_det(factor)


def by_squared_diagonal(q):
    factor = np.linalg.cholesky(covariance(q))
    z = linalg.solve_triangular(factor, Y)
    return -0.5 * np.sum(z**2) - 0.5 * np.sum(np.log(np.diagonal(factor) ** 2))


def student(q, x):
    factor = linalg.cholesky(covariance(q))
    return np.sum(dist.MultivariateStudentT(4.0, q[3] * np.ones(N), factor).log_prob(x))


def copula(q):
    correlation = covariance(q) / (np.exp(q[0]) + np.exp(q[2]))
    marginal = dist.Normal(np.zeros(N), np.exp(q[3]))
    return dist.GaussianCopula(marginal, correlation).log_prob(np.tanh(Y))


def low_rank(q):
    loadings = distances(N)[:, :3] * q[1]
    diagonal = np.exp(q[0]) * np.ones(N)
    return dist.LowRankMultivariateNormal(np.zeros(N), loadings, diagonal).log_prob(Y)


def mixture(q):
    first = dist.MultivariateNormal(np.zeros(N), covariance(q)).log_prob(Y)
    return np.logaddexp(first, normal(q, Y, covariance_matrix=covariance(1.1 * q)))


WAYS = {
    "whitening": by_whitening,
    "two solutions": by_two_solutions,
    "columns": by_columns,
    "normal": lambda q: normal(q, Y, covariance_matrix=covariance(q)),
    "rows": lambda q: normal(q, ROWS, covariance_matrix=covariance(q)),
    "weighted rows": lambda q: np.sum(
        np.arange(4.0) * dist.MultivariateNormal(0.0, covariance(q)).log_prob(ROWS)
    ),
    "batch": lambda q: normal(q, Y, covariance_matrix=two_covariances(q)),
    "batch of both": lambda q: normal(q, ROWS[:2], covariance_matrix=two_covariances(q)),
    "rows of a batch": lambda q: normal(q, ROWS[:, None], covariance_matrix=two_covariances(q)),
    "precision": lambda q: normal(q, Y, precision_matrix=covariance(q)),
    "precision, rows": lambda q: normal(q, ROWS, precision_matrix=covariance(q)),
    "precision, batch": lambda q: normal(q, Y, precision_matrix=two_covariances(q)),
    "Student": lambda q: student(q, Y),
    "Student, rows": lambda q: student(q, ROWS),
    "copula": copula,
    "low rank": low_rank,
    "mixture": mixture,
    "Wishart": lambda q: dist.Wishart(N + 3.0, scale_matrix=covariance(q)).log_prob(np.eye(N)),
    "inverse Wishart": lambda q: dist.InverseWishart(
        N + 3.0, scale_matrix=np.eye(N)
    ).log_prob(covariance(q)),
    "a function of the solution": lambda q: np.sum(
        np.tanh(linalg.cho_solve(np.linalg.cholesky(covariance(q)), Y))
    ),
    "squared diagonal": by_squared_diagonal,
    "latent": lambda q: np.sum(np.sin(np.linalg.cholesky(covariance(q)) @ Y)),
    "one element": lambda q: np.linalg.cholesky(covariance(q))[3, 1],
    "upper triangle": lambda q: np.sum(np.triu(np.linalg.cholesky(covariance(q)) * ROWS[0])),
    "varying weights": lambda q: Y @ np.log(np.diag(np.linalg.cholesky(covariance(q)))),
    "not symmetric": lambda q: Y
    @ linalg.solve_triangular(np.linalg.cholesky(covariance(q)), ROWS[0]),
    "columns weighted crosswise": lambda q: np.sum(
        (SQUARE @ linalg.solve_triangular(np.linalg.cholesky(covariance(q)), ROWS.T)) ** 2
    ),
    "matrix normal": lambda q: dist.MatrixNormal(
        np.zeros((N, 4)), linalg.cholesky(covariance(q)), np.tril(np.eye(4) + 0.1)
    ).log_prob(ROWS.T),
    "SciPy's factor": lambda q: np.sum(
        (Y - q[3]) * linalg.cho_solve(linalg.cho_factor(covariance(q)), Y - q[3])
    ),
    "general solution": lambda q: -0.5 * Y @ np.linalg.solve(covariance(q), Y)
    - 0.5 * np.linalg.slogdet(covariance(q))[1],
    "inverse": lambda q: -0.5 * Y @ np.linalg.inv(covariance(q)) @ Y
    - 0.5 * np.linalg.slogdet(covariance(q))[1],
}


def operations(graph):
    return Counter(node.op for node in graph.nodes())


@pytest.mark.parametrize("name", WAYS)
def test_each_way_of_writing_has_autograds_gradient(name):
    graph = optimize_graph(record_value_and_gradient(WAYS[name], Q))
    verify_graph(graph)
    for q in (Q, Q + 0.1):
        value, gradient = evaluate_graph(graph, q)
        expected, expected_gradient = value_and_gradient(WAYS[name], q)
        np.testing.assert_allclose(value, expected, rtol=1e-12)
        scale = np.max(np.abs(expected_gradient))
        np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-10, atol=1e-12 * scale)


SOLUTIONS = {"two solutions": 2, "whitening": 2, "SciPy's factor": 2, "normal": 2, "rows": 2}


@pytest.mark.parametrize("name", SOLUTIONS)
def test_signs_and_numbers_leave_solutions_so_that_none_is_done_twice(name):
    found = operations(optimize_graph(record_value_and_gradient(WAYS[name], Q)))
    assert found["solve_triangular"] == SOLUTIONS[name]
    assert found["cholesky"] == found["cholesky_pullback"] == 1


def test_a_rule_that_loses_a_number_of_a_solution_is_seen(monkeypatch):
    monkeypatch.setattr(products, "_without_literals", _lost_number(products._without_literals))
    graph = optimize_graph(record_value_and_gradient(WAYS["two solutions"], Q))
    _, expected = value_and_gradient(WAYS["two solutions"], Q)
    assert not np.allclose(evaluate_graph(graph, Q)[1], expected, rtol=1e-3)


def _lost_number(function):
    return lambda r, x: (abs(function(r, x)[0]), function(r, x)[1])


@pytest.fixture(scope="module")
def all_compiled():
    names = list(WAYS)

    def objective(q):
        parts = [q[4 * k : 4 * k + 4] for k in range(len(names))]
        return sum(WAYS[name](part) for name, part in zip(names, parts))

    points = np.tile(Q, len(names)) + 0.05 * RNG.normal(size=4 * len(names))
    return names, points, compile_objective(objective, points)


def test_compiled_code_agrees_with_autograd(all_compiled):
    names, points, potential = all_compiled
    value, gradient = potential(points)
    assert isinstance(value, float)
    total = 0.0
    for k, name in enumerate(names):
        part = slice(4 * k, 4 * k + 4)
        expected, expected_gradient = value_and_gradient(WAYS[name], points[part])
        total += float(expected)
        scale = np.max(np.abs(expected_gradient))
        np.testing.assert_allclose(
            gradient[part], expected_gradient, rtol=1e-10, atol=1e-11 * scale, err_msg=name
        )
    np.testing.assert_allclose(value, total, rtol=1e-12)


def exact(q, n, y):
    """Log density and gradient to 40 digits: Rasmussen & Williams, eqs. (5.8), (5.9)."""
    with mpmath.workdps(40):
        d = distances(n)
        logs = (q[0], -2 * q[1], q[2])
        amplitude, decay, nugget = (mpmath.exp(mpmath.mpf(float(x))) for x in logs)
        smooth, by_length = mpmath.matrix(n, n), mpmath.matrix(n, n)
        for i in range(n):
            for j in range(n):
                exponent = -mpmath.mpf(d[i, j]) * decay / 2
                smooth[i, j] = amplitude * mpmath.exp(exponent)
                by_length[i, j] = -2 * smooth[i, j] * exponent
        k = smooth + nugget * mpmath.eye(n)
        inverse = k**-1
        a = inverse * mpmath.matrix([float(x) for x in y])
        inner = sum(mpmath.mpf(float(x)) * z for x, z in zip(y, a))
        factor = mpmath.cholesky(k)
        log_det = 2 * mpmath.fsum(mpmath.log(factor[i, i]) for i in range(n))
        value = -inner / 2 - log_det / 2 - n * mpmath.log(2 * mpmath.pi) / 2
        slope = a * a.T - inverse
        gradient = [
            mpmath.fsum(slope[i, j] * m[i, j] for i in range(n) for j in range(n)) / 2
            for m in (smooth, by_length, nugget * mpmath.eye(n))
        ]
        return float(value), np.array([float(x) for x in gradient])


@pytest.mark.parametrize("n", [1, 2, 5, 13, 60])
@pytest.mark.parametrize("log_nugget", [-1.0, -12.0])
def test_density_is_that_of_forty_digits(n, log_nugget):
    """Also for a matrix that is nearly singular, to what its condition allows."""
    q, y = np.array([0.2, -0.3, log_nugget]), np.random.default_rng(n).normal(size=n)
    objective = lambda q: dist.MultivariateNormal(np.zeros(n), covariance(q, n)).log_prob(y)
    potential = compile_objective(objective, q)
    value, gradient = potential(q)
    expected, expected_gradient = exact(q, n, y)
    tolerance = 1e-14 * np.linalg.cond(covariance(q, n))
    np.testing.assert_allclose(value, expected, rtol=max(1e-12, tolerance))
    scale = np.max(np.abs(expected_gradient))
    np.testing.assert_allclose(gradient, expected_gradient, rtol=0, atol=10 * tolerance * scale)


@pytest.mark.parametrize("n", [2, 20])
def test_what_is_not_positive_definite_gives_nan(n):
    objective = lambda q: dist.MultivariateNormal(
        np.zeros(n), q[0] * np.ones((n, n)) + q[1] * np.eye(n)
    ).log_prob(np.ones(n))
    potential = compile_objective(objective, np.array([0.5, 0.5]))
    value, gradient = potential(np.array([0.5, -1.0]))
    assert np.isnan(value) and np.isnan(gradient).all()
    value, gradient = potential(np.array([0.5, 0.5]))
    assert np.isfinite(value) and np.isfinite(gradient).all()
