"""Every operation has a NumPy meaning, of the type and shape that graphs infer."""

import numpy as np
import pytest
import scipy.special

from lightppl.compiler.graph import ops
from lightppl.compiler.graph.evaluate import evaluate_graph
from lightppl.compiler.graph.graph import Graph, GraphBuilder

POSITIVE = np.array([0.3, 0.7, 0.6])


@pytest.mark.parametrize("name", sorted(ops.ELEMENTWISE))
def test_elementwise_meaning_fits_the_inferred_type(name):
    builder = GraphBuilder()
    x = builder.input((3,))
    arity = 1 + sum(f"{{{k}}}" in ops.ELEMENTWISE[name].source for k in (1, 2, 3))
    inputs = [x] * arity
    if name in ("bitwise_and", "bitwise_or", "bitwise_xor", "invert", "where"):
        truth = builder.make("greater", [x, builder.constant(0.5)])
        inputs = [truth] * arity if name != "where" else [truth, x, x]
    if name in ("polygamma",):
        inputs = [builder.constant(np.array(2.0)), x]
    node = builder.make(name, inputs)
    (value,) = evaluate_graph(Graph((node,), builder.arrays), POSITIVE)
    assert value.shape == node.shape == (3,)
    assert value.dtype.name == node.dtype


@pytest.mark.parametrize("name", sorted(ops.ELEMENTWISE))
def test_numpy_functions_are_operations_under_their_own_name(name):
    value = ops.ELEMENTWISE[name].value
    assert not isinstance(value, np.ufunc) or value.__name__ == name


@pytest.mark.parametrize("function", [np.fabs, scipy.special.digamma])
def test_functions_of_other_names_are_the_same(function):
    name = ops.NAMES_ELSEWHERE[function.__name__]
    assert ops.ELEMENTWISE[name].value(3.0) == function(3.0)


def test_groups_partition_the_operations():
    groups = [ops.VIEWS, ops.REDUCTIONS, ops.ACCUMULATIONS, ops.CALLS]
    names = [name for group in groups for name in group]
    assert len(names) == len(set(names))
    assert set(names) == set(ops.ARRAY_OPERATIONS)
    assert not set(names) & set(ops.ELEMENTWISE)


@pytest.mark.parametrize("name", sorted(ops.ARRAY_OPERATIONS))
def test_calls_are_what_has_a_function_of_the_runtime(name):
    operation = ops.ARRAY_OPERATIONS[name]
    assert (operation.call is not None) <= (operation.group == "call")


def test_structural_numbers_are_few_and_exact():
    assert len(ops.STRUCTURAL_NUMBERS) <= 16
    assert all(float(x).hex() for x in ops.STRUCTURAL_NUMBERS)
    assert all(ops.is_supported(name) for name in ("input", "exp", "sum", "cholesky"))
    assert not ops.is_supported("mystery")
