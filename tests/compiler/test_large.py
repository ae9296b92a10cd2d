"""Large data, which are read where they were bound, and large graphs."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.autodiff.frozen import is_frozen
from lightppl.compiler.processor import STREAM_FROM
from lightppl.contrib.control_flow import scan
from lightppl.compiler.passes import sufficient_statistics
from lightppl.density import compile_density, compile_objective

RNG = np.random.default_rng(11)
Q = RNG.normal(size=6) * 0.3


def agrees(objective, q=Q):
    potential = compile_objective(objective, q)
    value, gradient = potential(q)
    expected, expected_gradient = compile_objective(objective, q, jit=False)(q)
    np.testing.assert_allclose(value, expected, rtol=1e-11)
    np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-9, atol=1e-9)
    return potential


def is_read_in_place(potential, array):
    """Whether compiled code reads a private copy of the array where that copy stands."""
    assert not any(np.shares_memory(x, array) for x in potential.streams)
    return any(is_frozen(x) and np.array_equal(x, array) for x in potential.streams)


def grouped_regression(group, x, y):
    slope = lp.sample("slope", dist.Normal(0.0, 1.0))
    with lp.plate("groups", 5):
        level = lp.sample("level", dist.Normal(0.0, 1.0))
    with lp.plate("rows", len(y)):
        lp.sample("y", dist.Normal(level[group] + slope * x, 1.0), obs=y)


def test_the_rows_of_a_regression_are_not_copied_again(monkeypatch):
    monkeypatch.setattr(sufficient_statistics, "MAX_COLUMNS", 0)  # the rows themselves are read
    n = STREAM_FROM + 5
    group, x, y = RNG.integers(0, 5, n), RNG.normal(size=n), RNG.normal(size=n)
    density = compile_density(grouped_regression, (group, x, y))
    potential = density.potential
    assert all(is_read_in_place(potential, array) for array in (group, x, y))
    assert potential.float_data.size + potential.int_data.size + potential.workspace_size < 100
    eager = compile_density(grouped_regression, (group, x, y), jit=False).potential
    np.testing.assert_allclose(potential(Q)[0], eager(Q)[0], rtol=1e-12)
    np.testing.assert_allclose(potential(Q)[1], eager(Q)[1], rtol=1e-9)


@pytest.mark.parametrize("size", [STREAM_FROM - 1, STREAM_FROM])
@pytest.mark.parametrize("dtype", [np.float64, np.int64, np.int32, np.bool_])
def test_any_kind_of_data_just_below_and_from_the_limit(size, dtype):
    data = RNG.integers(0, 2, size).astype(dtype)
    potential = agrees(lambda q: np.sum(np.tanh(q[0] * data + q[1]) * np.where(data, q[2], 1.0)))
    is_stream = size >= STREAM_FROM and dtype in (np.float64, np.int64)
    assert is_read_in_place(potential, data) == is_stream


def test_data_that_are_no_rows_one_after_another():
    wide = RNG.normal(size=(2, STREAM_FROM))
    agrees(lambda q: np.sum(np.exp(-q[0] * wide[:, ::2] ** 2)) + np.sum(wide.T @ q[:2]))


def test_loops_over_time_and_products_read_streams():
    x = RNG.normal(size=STREAM_FROM)
    matrix = RNG.normal(size=(200, 200))

    def objective(q):
        last, _ = scan(lambda c, v: (0.5 * c + np.tanh(v * q[0]), None), q[1], x)
        latent = np.concatenate([q] * 34)[:200]
        return last + np.sum((matrix @ latent) ** 2)

    assert is_read_in_place(agrees(objective), x)


FUNCTIONS = (np.tanh, np.sin, lambda x: np.exp(-x * x), np.arctan, lambda x: np.log1p(x * x))


def test_a_chain_of_hundreds_of_operations():
    weights = RNG.normal(size=(150, 6))

    def chain(q):
        x = q
        for k, row in enumerate(weights):
            x = 0.9 * FUNCTIONS[k % 5](x + 0.1 * row) + 0.05 * x
        return np.sum(x * weights[0])

    assert len(compiled_nodes(chain)) > 1000
    agrees(chain)


def test_a_sum_of_hundreds_of_blocks():
    weights = RNG.normal(size=(130, 6))

    def blocks(q):
        total, joined = 0.0, np.zeros(6)
        for k, row in enumerate(weights):
            x = FUNCTIONS[k % 5](q * row + q[k % 6])
            total = total + np.sum(x * x)
            joined = joined + np.concatenate([x[3:], q[:3]])
        return total + np.sum(np.sin(joined))

    assert len(compiled_nodes(blocks)) > 2000
    agrees(blocks)


def compiled_nodes(objective):
    stages = {}
    compile_objective(objective, Q, stages=stages)
    return stages["recorded"].nodes()
