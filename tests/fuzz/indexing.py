"""Gathers and scatters: arrays of indices, masks that are data, replaced elements."""

import numpy as np

from tests.fuzz.movement import some_slice


def _shape(pool):
    return pool.choose([(2,), (3,), (7,), (20,), (2, 3), (1, 4), ()])


def gather(pool):
    x, value = pool.array(1)
    axis = pool.integer(0, value.ndim - 1)
    idx = pool.positions(value.shape[axis], *(_shape(pool) or (5,)))
    before = [some_slice(pool, n) for n in value.shape[:axis]]
    after = [some_slice(pool, n) for n in value.shape[axis + 1 :]]
    kept = after if pool.chance(0.5) else []
    return pool.choose([
        f"{x}[{', '.join([*before, idx, *kept])}]", f"np.take({x}, {idx}, axis={axis})",
        f"{x}[{', '.join([*[':'] * axis, idx])}]",
    ])


def gather_of_pairs(pool):
    x, value = pool.array(2)
    shape = pool.choose([(2,), (3,), (20,), (2, 3)])
    i, j = pool.positions(value.shape[0], *shape), pool.positions(value.shape[1], *shape)
    column = pool.positions(value.shape[0], 3, 1)
    last = pool.positions(value.shape[-1], *shape)
    return pool.choose([
        f"{x}[{i}, {j}]", f"{x}[{column}, {pool.positions(value.shape[1], 2)}]",
        f"{x}[..., {last}]", f"{x}[{i}, :, {last}]" if value.ndim == 3 else f"{x}[{i}, {j}]",
        f"{x}[{i}, {pool.integer(0, value.shape[1] - 1)}]", f"{x}[{i}][{pool.positions(2, 4)}]",
    ])


def masked(pool):
    x, value = pool.array(1)
    first = pool.mask(value.shape[0])
    return pool.choose([
        f"{x}[{first}]", f"{x}[{pool.mask(*value.shape)}]",
        f"np.compress({first}, {x}, axis=0)", f"{x}[..., {pool.mask(value.shape[-1])}]",
    ])


def replaced(pool):
    x, value = pool.array(1)
    n = value.shape[0]
    k = pool.integer(-n, n - 1)
    y, _ = pool.array(0, 0)
    part = f"slice({pool.integer(0, n - 1)}, None)"
    idx = pool.constant_of(f"np.unique(counts({pool.integer(0, 999)}, {n}, 3))")
    return pool.choose([
        f"special.set_at({x}, {k}, {y})", f"special.set_at({x}, {idx}, {y})",
        f"special.set_at({x}, {idx}, 0.5 * {x}[{idx}] ** 2)", f"special.set_at({x}, {part}, {y})",
    ])


def along_axis(pool):
    x, value = pool.array(1)
    axis = pool.axis(value)
    n = value.shape[axis]
    shape = list(value.shape)
    shape[axis] = pool.choose([1, 2, n])
    idx = pool.constant_of(f"counts({pool.integer(0, 999)}, {n}, *{tuple(shape)})")
    return pool.choose([
        f"np.take_along_axis({x}, {idx}, axis={axis})", f"np.sort({x}, axis={axis})",
        f"np.take_along_axis({x}, np.argsort({x}, {axis}), {axis})",
    ])


def by_traced(pool):
    x, value = pool.array(1)
    y, other = pool.array(0, 2)
    table = pool.numbers(3)
    return pool.choose([
        f"special.take({x}, (np.abs({y}) > 0.4).astype(int) * {value.shape[0] - 1})",
        f"special.take({table}, ({y} > 0.1).astype(int) + ({y} > 0.6)) * {y}",
        f"{x}[np.argmax({x}, axis=0)]" if value.ndim == 1
        else f"{x}[np.argmax({x}[{', '.join([':'] + ['0'] * (value.ndim - 1))}])]",
    ])


FORMS = [gather, gather, gather, gather_of_pairs, gather_of_pairs, masked, replaced, along_axis,
         by_traced]
