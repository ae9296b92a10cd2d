"""Linear Gaussian likelihoods see their rows through coordinates, and mean the same as before."""

import mpmath
import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.autodiff.check import value_and_gradient
from lightppl.compiler.graph.evaluate import evaluate_graph
from lightppl.compiler.passes.sufficient_statistics import find_statistics, summarize_rows
from lightppl.compiler.record.record import record_value_and_gradient

RNG = np.random.default_rng(0)
N = 300
X, x, z = RNG.normal(size=(N, 3)), RNG.normal(size=N), RNG.normal(size=N)
Y, G = RNG.normal(size=N) + 3.0, RNG.integers(0, 4, N)
W = RNG.uniform(0.5, 2.0, N)
MASK = RNG.uniform(size=N) < 0.7
Q = RNG.normal(size=9)

MEANS = {
    "product": lambda q: X @ q[:3], "transposed": lambda q: q[:3] @ X.T,
    "dot": lambda q: np.dot(X, q[:3]), "einsum": lambda q: np.einsum("ni,i->n", X, q[:3]),
    "tensordot": lambda q: np.tensordot(X, q[:3], axes=1),
    "sum": lambda q: np.sum(X * q[:3], axis=1), "column": lambda q: (X @ q[:3, None])[:, 0],
    "long hand": lambda q: q[0] + q[1] * x + q[2] * x * z, "one": lambda q: q[0] * x,
    "gather": lambda q: q[3:7][G], "varying slope": lambda q: q[0] + q[3:7][G] * x,
    "scaled gather": lambda q: np.exp(q[1]) * q[3:7][G] + q[2],
    "quotient": lambda q: (q[0] * x + q[1]) / 3.0 - q[2] / np.exp(q[3]),
    "collinear": lambda q: X @ q[:3] + q[3] * X[:, 0] + q[4] * (X[:, 1] - X[:, 2]),
    "intercept and groups": lambda q: q[0] + q[3:7][G],
    "choice": lambda q: np.where(MASK, q[0] + q[1] * x, q[2] * z),
    "matrix of gathers": lambda q: np.sum(np.reshape(q[:8], (4, 2))[G] * X[:, :2], axis=1),
}
LIKELIHOODS = {
    "square": lambda q, m: np.sum((Y - m) ** 2), "other sign": lambda q, m: np.sum((m - Y) ** 2),
    "dot": lambda q, m: np.dot(Y - m, Y - m) * np.exp(q[8]),
    "scaled": lambda q, m: np.sum(((Y - m) / np.exp(q[8])) ** 2) + N * q[8],
    "density": lambda q, m: -np.sum(dist.Normal(m, np.exp(q[8])).log_prob(Y)),
    "weights": lambda q, m: np.sum(W * (Y - m) ** 2),
    "known scales": lambda q, m: -np.sum(dist.Normal(m, W).log_prob(Y)),
    "scaled weights": lambda q, m: -np.sum(dist.Normal(m, np.exp(q[8]) * W).log_prob(Y)),
    "weights over a latent": lambda q, m: np.sum((W / np.exp(q[8]) * (Y - m)) ** 2),
    "masked": lambda q, m: np.sum(np.where(MASK, (Y - m) ** 2, 0.0)),
}
OTHERS = {
    "Student": lambda q: -np.sum(dist.StudentT(4.0, X @ q[:3], 1.0).log_prob(Y)),
    "latent scales": lambda q: -np.sum(dist.Normal(X @ q[:3], np.exp(q[8] * x)).log_prob(Y)),
    "not linear": lambda q: np.sum((Y - np.exp(X @ q[:3])) ** 2),
    "also used": lambda q: np.sum((Y - X @ q[:3]) ** 2) + np.sum(np.tanh(Y - X @ q[:3])),
    "logistic": lambda q: np.sum(np.logaddexp(0.0, X @ q[:3])),
    "few rows": lambda q: np.sum((Y[:16] - X[:16] @ q[:3]) ** 2),
    "no data": lambda q: np.sum(q**2),
}


def with_rows_left(graph):
    """Return the nodes that depend on the input and have an axis of rows."""
    return [n for n in graph.nodes() if n.depends_on_input and N in n.shape]


def agrees(fun, q=Q):
    expected = value_and_gradient(fun, q)
    value, gradient = evaluate_graph(summarize_rows(record_value_and_gradient(fun, q)), q)
    np.testing.assert_allclose(value, expected[0], rtol=1e-10)
    scale = np.max(np.abs(expected[1]))
    np.testing.assert_allclose(gradient, expected[1], rtol=0, atol=1e-10 * scale)


@pytest.mark.parametrize("likelihood", LIKELIHOODS.values(), ids=LIKELIHOODS)
@pytest.mark.parametrize("mean", MEANS.values(), ids=MEANS)
def test_any_spelling_loses_its_rows_and_keeps_value_and_gradient(mean, likelihood):
    fun = lambda q: likelihood(q, mean(q))  # noqa: E731
    with np.errstate(all="ignore"):
        graph = record_value_and_gradient(fun, Q)
    assert not with_rows_left(summarize_rows(graph))
    agrees(fun)


@pytest.mark.parametrize("fun", OTHERS.values(), ids=OTHERS)
def test_what_needs_the_rows_stays_as_it_is(fun):
    graph = record_value_and_gradient(fun, Q)
    assert summarize_rows(graph) is graph


@pytest.mark.parametrize("seed", range(60))
def test_random_sums_of_terms(seed):
    rng = np.random.default_rng(seed)
    names = rng.choice(list(MEANS), size=rng.integers(1, 4))
    signs = rng.choice([-1.0, 0.5, 1.0], size=len(names))
    likelihood = LIKELIHOODS[rng.choice(list(LIKELIHOODS))]
    mean = lambda q: sum(s * MEANS[n](q) for s, n in zip(signs, names))  # noqa: E731
    agrees(lambda q: likelihood(q, mean(q)), rng.normal(size=9))


def test_a_wrong_coordinate_is_seen(monkeypatch):
    from lightppl.compiler.passes import sufficient_statistics

    def wrong(generators, others):
        return [1.001 * part for part in right(generators, others)]

    right = sufficient_statistics.coordinates
    monkeypatch.setattr(sufficient_statistics, "coordinates", wrong)
    with pytest.raises(AssertionError):
        agrees(lambda q: LIKELIHOODS["square"](q, MEANS["product"](q)))


def exact(a, b, design, y):
    """Value and gradient of half the sum of squares in 50 digits."""
    a = mpmath.mpf(a)
    with mpmath.workdps(50):
        rows = [[mpmath.mpf(v) for v in row] for row in design]
        residuals = [mpmath.mpf(v) - a - mpmath.fdot(row, b) for v, row in zip(y, rows)]
        value = mpmath.fsum(r * r for r in residuals) / 2
        gradient = [-mpmath.fsum(residuals)] + [
            -mpmath.fsum(r * row[k] for r, row in zip(residuals, rows)) for k in range(len(b))
        ]
        return float(value), np.array([float(g) for g in gradient])


@pytest.mark.parametrize("offset", [0.0, 1e8])
def test_ill_scaled_columns_lose_no_accuracy(offset):
    rng = np.random.default_rng(1)
    scales = np.array([1e-6, 1.0, 1e6])
    design = rng.normal(size=(N, 3)) * scales
    y = offset + design @ (1.0 / scales) + rng.normal(size=N)
    fun = lambda q: 0.5 * np.sum((y - (q[0] + design @ q[1:])) ** 2)  # noqa: E731
    q = np.concatenate([[offset], 1.0 / scales]) + np.array([0.01, 0.0, 0.01, 0.0])
    value, gradient = exact(q[0], q[1:], design, y)
    found = evaluate_graph(summarize_rows(record_value_and_gradient(fun, q)), q)
    sizes = np.concatenate([[1.0], scales]) * N
    errors = [
        np.max([abs(v - value) / value, *(np.abs(g - gradient) / sizes)])
        for v, g in (found, value_and_gradient(fun, q))
    ]
    assert errors[0] <= max(4.0 * errors[1], 1e-14)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_data_that_are_no_numbers_give_none(bad):
    y = Y.copy()
    y[7] = bad
    fun = lambda q: np.sum((y - X @ q[:3]) ** 2)  # noqa: E731
    value, _ = evaluate_graph(summarize_rows(record_value_and_gradient(fun, Q)), Q)
    assert not np.isfinite(value)


def test_what_is_masked_may_be_no_number():
    y = np.where(MASK, Y, np.nan)

    def masked(q):
        return np.sum(np.where(MASK, (y - X @ q[:3]) ** 2, 0.0))

    def chosen(q):
        return np.sum((Y[MASK] - X[MASK] @ q[:3]) ** 2)

    found = evaluate_graph(summarize_rows(record_value_and_gradient(masked, Q)), Q)
    expected = value_and_gradient(chosen, Q)
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-12)


@pytest.mark.parametrize("scale", [1e-160, 1e150])
def test_huge_and_tiny_columns(scale):
    agrees(lambda q: np.sum(((Y - (X * scale) @ (q[:3] / scale)) / 2.0) ** 2))


def regression(design, y):
    a = lp.sample("a", dist.Normal(0.0, 1.0))
    b = lp.sample("b", dist.Normal(np.zeros(design.shape[1]), 1.0))
    sigma = lp.sample("sigma", dist.HalfNormal(1.0))
    lp.sample("y", dist.Normal(a + design @ b, sigma), obs=y)


def test_other_data_give_other_statistics_with_the_same_code():
    density = lp.log_density_function(regression, X, Y)
    q = RNG.normal(size=5)
    for design, y in ((X, Y), (2.0 * X, Y - 1.0), (np.zeros_like(X), Y)):
        density.set_data(design, y)
        value, gradient = density.value_and_grad(q)

        def fun(q, design=design, y=y):
            return np.sum(dist.Normal(q[0] + design @ q[1:4], np.exp(q[4])).log_prob(y))

        expected, by_likelihood = value_and_gradient(fun, q)
        expected += np.sum(dist.Normal(0.0, 1.0).log_prob(q[:4])) + q[4]
        expected += dist.HalfNormal(1.0).log_prob(np.exp(q[4]))
        by_prior = np.concatenate([-q[:4], [1.0 - np.exp(2.0 * q[4])]])
        np.testing.assert_allclose(value, expected, rtol=1e-12)
        np.testing.assert_allclose(gradient, by_likelihood + by_prior, rtol=1e-10)


def test_explain_names_the_likelihood():
    assert f"of {N} rows, is computed from sufficient statistics of 5 columns" in str(
        lp.explain(regression, X, Y)
    )


def test_two_likelihoods_of_the_same_columns():
    fun = lambda q: np.sum((Y - X @ q[:3]) ** 2) + np.sum((z - X @ q[3:6]) ** 2)  # noqa: E731
    assert len(find_statistics(record_value_and_gradient(fun, Q))) == 2
    agrees(fun)


STEP_COLUMNS = np.random.default_rng(2).uniform(size=(40, N))


def repeated(step):
    """A sum of squares of a formula that is applied to what it gave, 40 times."""

    def fun(q):
        values = q[0] * x
        for k in range(40):
            values = step(values, q, STEP_COLUMNS[k])
        return np.sum((Y - values) ** 2)

    return fun


STEPS = {
    "logistic map": lambda v, q, column: q[1] * v * (1.0 - v),
    "another column each": lambda v, q, column: v * (q[1] * column) + v,
    "sums": lambda v, q, column: v - 0.5 * (v - q[1]),
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_what_is_reached_on_very_many_ways_is_looked_at_once(step):
    fun = repeated(step)
    graph = record_value_and_gradient(fun, 0.01 * Q)
    expected, found = (evaluate_graph(g, 0.01 * Q) for g in (graph, summarize_rows(graph)))
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-10)
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-10)


def test_expressions_too_deep_to_follow_stay_as_they_are():
    columns = RNG.normal(size=(400, N))
    fun = lambda q: np.sum((Y - sum(q[k % 9] * columns[k] for k in range(400))) ** 2)  # noqa: E731
    graph = record_value_and_gradient(fun, Q)
    assert summarize_rows(graph) is graph


def test_data_of_many_columns_are_not_reduced_to_meet_few():
    wide = RNG.normal(size=(N, 280))
    fun = lambda q: np.sum(np.tanh(wide.T @ (Y - q[0] * x)))  # noqa: E731
    graph = record_value_and_gradient(fun, Q)
    assert summarize_rows(graph) is graph


LONG = 20000
LONG_G, LONG_E = np.arange(LONG) % 8, np.random.default_rng(3).normal(size=LONG)
LONG_X, COUNTS = np.random.default_rng(4).normal(size=LONG), np.arange(LONG) % 3 > 0
ONES, INDICATORS = np.ones(LONG), np.eye(8)[LONG_G]
FAR = 1e6 + LONG_E
EFFECTS = 1e6 + np.arange(8.0)
ACCURACY = {
    "many rows": (np.stack([ONES, LONG_X], 1), LONG_E, [0.1, 0.2], lambda q: q[0] + q[1] * LONG_X),
    "far from 0": (np.stack([ONES, LONG_X], 1), FAR, [1e6, 0.2], lambda q: q[0] + q[1] * LONG_X),
    "groups far from 0": (INDICATORS, FAR + LONG_G, EFFECTS, lambda q: q[LONG_G]),
    "groups and a slope": (
        np.column_stack([INDICATORS, LONG_X]), FAR + LONG_G, [*EFFECTS, 0.2],
        lambda q: q[:8][LONG_G] + q[8] * LONG_X,
    ),
}


@pytest.mark.parametrize("masked", [False, True], ids=["all", "masked"])
@pytest.mark.parametrize("case", ACCURACY.values(), ids=ACCURACY)
def test_no_less_accurate_than_the_sum_over_rows(case, masked):
    design, y, q, mean = case
    counts = COUNTS if masked else np.ones(LONG, bool)
    y = np.where(counts, y, np.nan)

    def fun(q):
        residuals = np.where(counts, y - mean(q), 0.0)
        return 0.5 * np.sum(residuals**2)

    q = np.asarray(q) + 0.01 * np.random.default_rng(5).normal(size=len(q))
    chosen = design[counts].astype(np.longdouble)
    residuals = y[counts] - chosen @ q.astype(np.longdouble)
    value, gradient = 0.5 * residuals @ residuals, -residuals @ chosen
    sizes = np.sqrt(np.sum(chosen**2, axis=0) * 2.0 * value)
    graph = record_value_and_gradient(fun, q)
    summarized = summarize_rows(graph)
    assert all(LONG not in node.shape for node in summarized.nodes() if node.depends_on_input)
    errors = [
        float(np.max([abs(v / value - 1.0), *(np.abs(g - gradient) / sizes)]))
        for v, g in (evaluate_graph(summarized, q), evaluate_graph(graph, q))
    ]
    assert errors[0] <= max(10.0 * errors[1], 5e-15)
