"""Chains of views have the strides that NumPy gives, and are read as these say."""

import re
from dataclasses import replace
from itertools import permutations, product
from math import prod
from pathlib import Path

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided

from lightppl import compiler
from lightppl.compiler.graph.evaluate import evaluate_graph
from lightppl.compiler.graph.graph import Graph, GraphBuilder
from lightppl.compiler.graph.ops import ARRAY_OPERATIONS
from lightppl.compiler.graph.shapes import array_behind, operand_of_call, row_call
from lightppl.compiler.graph.strided_view import (
    is_in_order, is_view, source_in_order, view_beneath, view_of,
)
from lightppl.compiler.memory.pools import Header
from lightppl.compiler.write.index import affine_index
from tests.compiler.test_views import COUNTERS
from tests.compiler.test_views import value_of as value_of_text

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


def random_view(rng, builder, node):
    """Return a random view of a node, which may be empty."""
    kind = rng.choice(["reshape", "transpose", "slice", "broadcast_to"])
    if kind == "transpose":
        axes = rng.permutation(node.ndim).tolist()
        return builder.make("transpose", [node], axes=tuple(axes))
    if kind == "slice":
        starts, sizes, steps = [], [], []
        for n in node.shape:
            step = int(rng.choice([1, 1, 2, 3, -1, -2]))
            size = int(rng.integers(rng.uniform() > 0.1, max(1, -(-n // abs(step))) + 1))
            size = min(size, -(-n // abs(step)))
            span = max(size - 1, 0) * abs(step)
            low = int(rng.integers(0, max(1, n - span)))
            starts.append(low if step > 0 else low + span)
            sizes.append(size)
            steps.append(step)
        attrs = {"starts": tuple(starts), "sizes": tuple(sizes), "steps": tuple(steps)}
        return builder.make("slice", [node], **attrs)
    if kind == "broadcast_to" and node.size <= 100 and node.ndim <= 4:
        shape = [int(rng.integers(1, 4)) if n == 1 else n for n in node.shape]
        shape = [2, *shape] if rng.uniform() < 0.3 else shape
        return builder.make("broadcast_to", [node], shape=tuple(shape))
    return builder.make("reshape", [node], shape=random_factors(rng, node.size))


def random_factors(rng, size):
    """Return a random shape of so many elements."""
    shape, left = [], size
    while left > 1 and len(shape) < 4:
        n = int(rng.choice([k for k in range(1, left + 1) if left % k == 0]))
        shape.append(n)
        left //= n
    shape = [*shape, left] if left != 1 else shape
    return tuple(int(n) for n in rng.permutation(shape)) if shape else (1,)


def random_chain(seed):
    """Return a chain of up to five random views of an input."""
    rng, builder = np.random.default_rng(seed), GraphBuilder()
    sizes = [(24,), (36,), (7,), (64,), (1,)]
    node = builder.input(sizes[rng.integers(len(sizes))])
    for _ in range(rng.integers(1, 6)):
        node = random_view(rng, builder, node)
    return node


def links_of(node):
    """Return the views of a chain, the innermost first."""
    return [*links_of(node.inputs[0]), node] if is_view(node) else []


def values_of_chain(node):
    """Return the values of a chain of NumPy's own views, None as soon as NumPy would copy."""
    values = np.arange(float(node.size if not is_view(node) else links_of(node)[0].inputs[0].size))
    for link in links_of(node):
        if link.op == "reshape":
            try:
                values = np.reshape(values, link["shape"], copy=False)
            except ValueError:
                return None
        else:
            values = ARRAY_OPERATIONS[link.op].value(values, **dict(link.attrs))
    return values


def value_of(node):
    (found,) = evaluate_graph(Graph((node,)), Q)
    return found


def read_by_strides(view, flat):
    """Return the elements that a view takes from the elements of its base."""
    at = flat[view.offset :] if view.offset < flat.size else flat[:0]
    strides = [flat.itemsize * step for step in view.strides]
    return as_strided(at, view.shape, strides, writeable=False)


def agrees(view, expected):
    """Return whether a view takes the expected elements from positions 0, 1, ... of its base."""
    if expected.size == 0:
        return view.shape == expected.shape
    lowest = view.offset + sum(min(0, s * (n - 1)) for s, n in zip(view.strides, view.shape))
    highest = view.offset + sum(max(0, s * (n - 1)) for s, n in zip(view.strides, view.shape))
    if lowest < 0 or highest >= view.base.size or view.shape != expected.shape:
        return False
    return np.array_equal(read_by_strides(view, np.arange(float(view.base.size))), expected)


def test_nothing_below_the_graph_asks_what_kind_of_view_it_is():
    names = "reshape|transpose|slice|broadcast_to"
    folder = Path(compiler.__file__).parent
    found = [
        f"{path.name}: {line}"
        for stage in ("schedule", "memory", "write") for path in (folder / stage).glob("*.py")
        if path.name != "verify.py"  # the slow twin, which sends every element through by itself
        for line in path.read_text(encoding="utf-8").split("\n")
        if re.search(rf"(==|in) .*\"({names})\"", line)
    ]
    assert not found


CHAINS = [node for node in chains(2) if 0 < node.size <= 200]
RANDOM = [random_chain(seed) for seed in range(2500)]


def test_random_chains_have_the_strides_of_numpy():
    counts = {"view": 0, "copy": 0}
    for node in RANDOM:
        view, values = view_of(node), values_of_chain(node)
        counts["copy" if view is None else "view"] += 1
        if node.size == 0:
            assert view is None or agrees(view, np.zeros(node.shape))
            continue
        assert (view is None) == (values is None), links_of(node)
        if view is not None:
            assert agrees(view, values), links_of(node)
            axes = [k for k, n in enumerate(node.shape) if n > 1]
            strides = [view.strides[k] * values.itemsize for k in axes]
            assert strides == [values.strides[k] for k in axes], links_of(node)
    assert min(counts.values()) > 100


def test_a_wrong_stride_and_a_wrong_offset_are_seen():
    num_seen = 0
    for node in RANDOM:
        view, values = view_of(node), values_of_chain(node)
        if view is None or node.size == 0:
            continue
        for step in (-1, 1):
            assert not agrees(replace(view, offset=view.offset + step), values)
            for k in (k for k, n in enumerate(node.shape) if n > 1):
                wrong = [*view.strides]
                wrong[k] += step
                assert not agrees(replace(view, strides=tuple(wrong)), values)
                num_seen += 1
    assert num_seen > 1000


def test_stops_cut_a_chain_where_they_stand():
    for node in RANDOM[:400]:
        links = links_of(node)
        for stop in links[:-1]:
            view = view_beneath(node, {stop.index})
            if view is None or node.size == 0:
                continue
            assert view.base is stop or view.base in links[links.index(stop) :]
            if view.base is stop:
                whole = np.arange(float(stop.size)).reshape(stop.shape)
                for link in links[links.index(stop) + 1 :]:
                    whole = ARRAY_OPERATIONS[link.op].value(whole, **dict(link.attrs))
                assert agrees(view, whole)
        assert view_of(node, {node.index}).base is node


def expected_index(view, idx):
    """Return the index in the base that an index in a view stands for, by its position."""
    position = view.offset + sum(s * i for s, i in zip(view.strides, idx))
    return tuple(int(i) for i in np.unravel_index(position, view.base.shape))


@pytest.mark.parametrize("chains", [CHAINS[::7], RANDOM[::3]], ids=["all of two", "random"])
def test_an_index_of_a_view_is_an_index_of_its_base(chains):
    num_found = num_across = 0
    for node in chains:
        for stop in ({}, {node.inputs[0].index} if node.inputs else {}):
            view = view_of(node, stop)
            if view is None or not 0 < node.size <= 100:
                continue
            if view.index_in_base is None:
                num_across += 1
                continue
            num_found += 1
            for idx in product(*map(range, node.shape)):
                found = tuple(a + sum(s * idx[k] for s, k in x) for a, x in view.index_in_base)
                assert found == expected_index(view, idx)
    assert num_found > 100 and num_across > 10


def test_source_text_of_an_index_is_the_position_of_the_element():
    for seed, node in enumerate(RANDOM[::5]):
        view = view_of(node)
        if view is None or node.size == 0:
            continue
        rng, header = np.random.default_rng(seed), Header()
        idx = [int(rng.integers(n)) for n in node.shape]
        names = {n: name for name, n in COUNTERS.items()}  # other indices stand there as numbers
        texts = [names.get(i, str(i)) for i in idx]
        terms = [(step, (text, 1)) for step, text in zip(view.strides, texts) if step != 0]
        text, _ = affine_index(header, terms, view.offset)
        position = view.offset + sum(s * i for s, i in zip(view.strides, idx))
        assert value_of_text(header, text) == position


def test_shapes_in_which_no_axis_leads_through_one_stride_are_copies():
    builder = GraphBuilder()
    q = builder.make("reshape", [builder.input((24,))], shape=(4, 6))
    transposed = builder.make("transpose", [q], axes=(1, 0))
    flat = builder.make("reshape", [transposed], shape=(24,))
    assert view_of(flat) is None
    assert source_in_order(flat) is transposed
    assert view_of(flat, {transposed.index}).is_whole


@pytest.mark.parametrize("op, attrs", [
    ("matmul", {}), ("inv", {}), ("cumsum", {"axis": 0}),
])
def test_a_call_reads_the_elements_of_its_operand(op, attrs):
    num_read = num_transposed = 0
    for node in CHAINS:
        if node.ndim < 2 or op == "inv" and node.shape[-1] != node.shape[-2]:
            continue
        builder = GraphBuilder()
        inputs = [node, node] if op == "matmul" else [node]
        call = builder.intern(op, inputs, attrs, node.shape, "float64")
        view = operand_of_call(call, node, ())
        if view is None:
            continue
        num_read += 1
        flat, expected = value_of(view.base).ravel(), value_of(node)
        if op == "cumsum":
            found = flat[view.offset : view.offset + node.size].reshape(node.shape)
            assert np.array_equal(found, expected)
            continue
        m, n = node.shape[-2:]
        num_transposed += not view.has_matrices
        assert op == "matmul" or view.has_matrices
        for batch in np.ndindex(node.shape[:-2]):
            start = view.offset + sum(s * i for s, i in zip(view.strides, batch))
            part = flat[start : start + m * n]
            found = part.reshape(m, n) if view.has_matrices else part.reshape(n, m).T
            assert np.array_equal(found, expected[batch])
    assert num_read > (5 if op == "inv" else 200) and (num_transposed > 50) == (op == "matmul")


@pytest.mark.parametrize("is_along_time", [False, True])
@pytest.mark.parametrize("may_be_number", [False, True])
def test_a_loop_reads_the_elements_of_its_input(is_along_time, may_be_number):
    num_repeated = 0
    for node in CHAINS:
        base, start, repeats = array_behind(
            node, is_along_time=is_along_time, may_be_number=may_be_number
        )
        flat = value_of(base).ravel()
        count = 1 if repeats and base.size == 1 else node.size
        if repeats and base.size > 1:
            assert is_along_time
            count = prod(node.shape[1:])
        num_repeated += repeats
        assert len(flat[start : start + count]) == count
        found = np.resize(flat[start : start + count], node.shape)
        assert np.array_equal(found, value_of(node))
    assert (num_repeated > 0) == (is_along_time or may_be_number)


def test_a_view_in_order_has_the_elements_of_its_input_in_order():
    found = {node: is_in_order(node) for node in CHAINS}
    for node, is_so in found.items():
        (x,) = node.inputs
        before = np.arange(x.size).reshape(x.shape)
        after = ARRAY_OPERATIONS[node.op].value(before, **dict(node.attrs))
        assert np.array_equal(before.ravel(), after.ravel()) == is_so
    assert sum(found.values()) > 100


def test_products_with_a_matrix_of_the_data_go_by_rows():
    builder = GraphBuilder()
    matrix = builder.data(np.ones((40, 5)))
    square = builder.data(np.ones((20, 20)))
    q = builder.input((40,))
    kinds = []
    for a in (matrix, square):
        for axes in ((0, 1), (1, 0)):
            b = builder.make("transpose", [a], axes=axes)
            part = builder.make(
                "slice", [q], starts=(0,), sizes=(b.shape[1],), steps=(1,)
            )
            column = builder.make("reshape", [part], shape=(b.shape[1], 1))
            kinds.append(row_call(builder.make("matmul", [b, column])))
    assert kinds == ["produce", "consume", "produce", "consume"]
    piece = builder.make("slice", [matrix], starts=(0, 0), sizes=(30, 5), steps=(1, 1))
    column = builder.make("reshape", [builder.input((5,))], shape=(5, 1))
    assert row_call(builder.make("matmul", [piece, column])) is None
