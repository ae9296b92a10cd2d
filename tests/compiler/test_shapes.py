"""What is read in place is there: every chain of views, against the elements that NumPy gives."""

from itertools import permutations

import numpy as np
import pytest

from lightppl.compiler.graph.evaluate import evaluate_graph
from lightppl.compiler.graph.graph import Graph, GraphBuilder
from lightppl.compiler.graph.shapes import array_behind, array_in_memory, keeps_order

Q = np.arange(24.0)
SHAPES = [(24,), (4, 6), (2, 3, 4), (6, 4), (1, 24), (4, 6, 1), (2, 1, 12), (3, 8)]


def views_of(builder, node):
    """Yield each view of a node: all transpositions, some reshapes and slices, broadcasts."""
    for axes in permutations(range(node.ndim)):
        yield builder.make("transpose", [node], axes=axes)
    for shape in SHAPES:
        if np.prod(shape) == node.size:
            yield builder.make("reshape", [node], shape=shape)
    for k, n in enumerate(node.shape):
        for start, size, step in ((0, n, 1), (1, n - 1, 1), (n - 1, n, -1), (n // 2, 1, 1)):
            if size > 0:
                starts, steps = [0] * node.ndim, [1] * node.ndim
                sizes = list(node.shape)
                starts[k], sizes[k], steps[k] = start, size, step
                attrs = {"starts": tuple(starts), "sizes": tuple(sizes), "steps": tuple(steps)}
                yield builder.make("slice", [node], **attrs)
    yield builder.make("broadcast_to", [node], shape=(3, *node.shape))
    if node.shape[-1] == 1:
        yield builder.make("broadcast_to", [node], shape=(*node.shape[:-1], 5))


def chains(length):
    """Yield all chains of views of so many links at most, by the shape of the array behind."""
    for shape in SHAPES:
        builder = GraphBuilder()
        found = [builder.make("reshape", [builder.input((24,))], shape=shape)]
        for _ in range(length):
            found = [x for node in found for x in (node, *views_of(builder, node))]
            found = list({x.index: x for x in found}.values())
        yield from found


CHAINS = [node for node in chains(2) if 0 < node.size <= 200]


def value_of(node):
    (found,) = evaluate_graph(Graph((node,)), Q)
    return found


@pytest.mark.parametrize("may_be_transposed", [False, True])
def test_a_call_reads_the_elements_of_its_operand(may_be_transposed):
    wrong = []
    for node in CHAINS:
        base, is_transposed = array_in_memory(node, may_be_transposed=may_be_transposed)
        shape = (*node.shape[:-2], *node.shape[:-3:-1]) if is_transposed else node.shape
        found = value_of(base)
        fits = found.size == node.size
        if fits:
            found = found.reshape(shape)
            found = np.swapaxes(found, -1, -2) if is_transposed else found
        if not fits or not np.array_equal(found, value_of(node)):
            wrong.append(node)
    assert len(CHAINS) > 2000 and not wrong


def test_a_call_looks_through_what_it_can():
    bases = [array_in_memory(node, may_be_transposed=True) for node in CHAINS]
    assert sum(base.op == "input" for base, _ in bases) > 200
    assert sum(is_transposed for _, is_transposed in bases) > 50


@pytest.mark.parametrize("is_along_time", [False, True])
@pytest.mark.parametrize("may_be_number", [False, True])
def test_a_loop_reads_the_elements_of_its_input(is_along_time, may_be_number):
    wrong = []
    for node in CHAINS:
        base, start, repeats = array_behind(
            node, is_along_time=is_along_time, may_be_number=may_be_number
        )
        flat = value_of(base).ravel()
        count = 1 if repeats and base.size == 1 else node.size
        if repeats and base.size > 1:
            assert is_along_time
            count = node.size // node.shape[0]
        found = np.resize(flat[start : start + count], node.shape)
        if len(flat[start : start + count]) < count or not np.array_equal(found, value_of(node)):
            wrong.append(node)
    assert not wrong


def test_keeping_order_means_that_memory_stays():
    for node in CHAINS:
        if node.op == "transpose" and keeps_order(node):
            before, after = value_of(node.inputs[0]).ravel(), value_of(node).ravel()
            assert np.array_equal(before, after)
