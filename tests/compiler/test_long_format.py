"""Rows with indices, sums of products and small batches equal eager autograd and become few loops.

Rows of one group may stand together, or anywhere: what they add to one element must all arrive.
"""

import numpy as np
import pytest

from lightppl.compiler.lower.module import lower_program
from lightppl.density.potential import compile_objective
from tests.compiler.test_nest import assert_equals_eager, normal

NUM_GROUPS = 7


def long_format(num_rows, order):
    """Return a response model with two crossed effects, and its point."""
    rng = np.random.default_rng(3)
    person, item = rng.integers(0, 40, num_rows), rng.integers(0, NUM_GROUPS, num_rows)
    if order == "sorted":
        person, item = np.sort(person), np.sort(item)
    elif order == "one group":
        person, item = np.zeros(num_rows, int), np.full(num_rows, NUM_GROUPS - 1)
    y = rng.integers(0, 2, num_rows)

    def objective(q):
        slope, easiness, ability = np.exp(q[:7]), q[7:14], q[14:]
        eta = slope[item] * (ability[person] - easiness[item])
        return np.sum(y * eta - np.logaddexp(0.0, eta)) - np.sum(q**2)

    return objective, normal(54) / 3


@pytest.mark.parametrize("order", ("sorted", "random", "one group"))
@pytest.mark.parametrize("num_rows", (17, 18, 1023, 1027, 2051))
def test_crossed_effects(num_rows, order):
    objective, q = long_format(num_rows, order)
    assert_equals_eager(objective, q)


@pytest.mark.parametrize("num_rows", (17, 1026))
@pytest.mark.parametrize("num_columns", (2, 3, 20))
def test_effects_with_several_columns(num_rows, num_columns):
    X, group = normal(num_rows, num_columns), np.arange(num_rows) % NUM_GROUPS

    def objective(q):
        beta = np.reshape(q, (NUM_GROUPS, num_columns))
        return np.sum(np.tanh(np.einsum("nk,nk->n", X, beta[group])))

    assert_equals_eager(objective, normal(NUM_GROUPS * num_columns) / 4)


def source_of(objective, q):
    stages = {}
    compile_objective(objective, q, stages=stages)
    return stages["program"].source


def test_loops_that_gather_are_independent_and_those_that_scatter_are_not():
    source = source_of(*long_format(1027, "random"))
    lines = source.split("\n")
    heads = [k for k, line in enumerate(lines) if "for k0 in independent(chunk" in line]
    assert heads
    for k, line in enumerate(lines):
        if "grad[(" in line and "int_data" in line:
            loop = next(x for x in reversed(lines[:k]) if x.strip().startswith("for "))
            assert "independent" not in loop


def test_what_is_independent_reaches_llvm():
    source = """
from lightppl.compiler.runtime.memory import independent

def potential(q, grad, float_data, int_data, workspace):
    for k in independent(int_data[0]):
        grad[k] = q[int_data[1 + k]]
    return 0.0
"""
    names = {}
    exec(source, names)
    llvm, _ = lower_program(source, names)
    (group,) = {x.split()[0].rstrip(",") for x in llvm.split("!llvm.access.group ")[1:]}
    # q, grad and the index; the number of rounds is read before
    assert llvm.count(f"!llvm.access.group {group}") == 3
    assert f'!"llvm.loop.parallel_accesses", {group} }}' in llvm


def test_a_sum_of_products_with_a_whole_matrix_is_a_product():
    X = normal(1000, 40)

    def written_as_sum(q):
        return np.sum(np.tanh(np.sum(X * q, axis=1)))

    def written_as_product(q):
        return np.sum(np.tanh(X @ q))

    q = normal(40) / 8
    assert source_of(written_as_sum, q) == source_of(written_as_product, q)
    assert_equals_eager(written_as_sum, q)


@pytest.mark.parametrize("axis", (0, 1))
@pytest.mark.parametrize("shape", ((40, 3), (40, 1), (3, 40), (200, 30)))
def test_sums_of_products_along_either_axis(shape, axis):
    X = normal(*shape)

    def objective(q):
        weights = np.reshape(q, (1, -1) if axis == 1 else (-1, 1))
        return np.sum(np.tanh(np.sum(X * weights, axis=axis)))

    assert_equals_eager(objective, normal(shape[axis]) / 4)
