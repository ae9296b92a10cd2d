"""Running log-sums are what adding the elements one after another gives, value and gradient."""

import numpy as np
import pytest

from lightppl.autodiff.check import value_and_gradient
from lightppl.density.potential import compile_objective

INF, NAN = np.inf, np.nan
POINTS = {
    "ordinary": np.linspace(-3.0, 4.0, 12),
    "one row": np.array([1.0, 2.0]),
    "far apart": np.array([800.0, -800.0, 900.0, -900.0, -1000.0, 3.0]),
    "infinite": np.array([-INF, 1.0, -INF, 2.0, 3.0, -INF, INF, 4.0, 5.0, INF, 1.0, INF]),
    "not a number": np.array([0.0, 1.0, NAN, 2.0, 3.0, 4.0]),
}


def weighted(rows):
    return sum((k + 1.0) * np.sum(row) for k, row in enumerate(rows))


def at_once(q):
    return weighted(np.logaddexp.accumulate(np.reshape(q, (-1, 2))))


def one_by_one(q):
    first, *others = np.reshape(q, (-1, 2))
    rows = [first]
    for row in others:
        rows.append(np.logaddexp(rows[-1], row))
    return weighted(rows)


@pytest.mark.parametrize("name", POINTS)
def test_running_log_sums_are_sums_one_by_one(name):
    q = POINTS[name]
    with np.errstate(all="ignore"):
        expected = value_and_gradient(one_by_one, q)
        ways = [value_and_gradient(at_once, q), compile_objective(at_once, q)(q)]
    for value, gradient in ways:
        np.testing.assert_allclose(value, expected[0], rtol=1e-13)
        np.testing.assert_allclose(gradient, expected[1], rtol=1e-13, atol=1e-14)


def test_one_number_is_its_own_running_log_sum():
    def objective(q):
        return np.sum(np.logaddexp.accumulate(q[:1]) ** 2) + np.logaddexp.accumulate(q[1:])[0]

    value, gradient = compile_objective(objective, np.array([0.3, 0.4]))(np.array([0.5, 0.7]))
    assert value == pytest.approx(0.95, rel=1e-14)
    np.testing.assert_allclose(gradient, [1.0, 1.0], rtol=1e-14)
