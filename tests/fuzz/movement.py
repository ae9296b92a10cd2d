"""Elements put elsewhere: shapes, axes, slices, copies side by side."""

import numpy as np


def some_shape(pool, size):
    """Return a random shape of a size."""
    shape = []
    while size > 1 and len(shape) < 3 and pool.chance(0.75):
        divisors = [n for n in range(2, size + 1) if size % n == 0]
        shape.append(pool.choose(divisors))
        size //= shape[-1]
    if size > 1 or not shape:
        shape.append(size)
    if pool.chance(0.25):
        shape.insert(pool.integer(0, len(shape)), 1)
    return tuple(int(shape[k]) for k in pool.rng.permutation(len(shape)))


def reshape(pool):
    x, value = pool.array()
    shape = list(some_shape(pool, value.size))
    if pool.chance(0.3):
        shape[pool.integer(0, len(shape) - 1)] = -1
    form = pool.choose(["np.reshape({x}, {s})", "{x}.reshape({s})", "np.ravel({x})"])
    return form.format(x=x, s=tuple(shape)) if value.ndim else f"np.reshape({x}, {tuple(shape)})"


def transpose(pool):
    x, value = pool.array(2)
    axes = tuple(int(k) for k in pool.rng.permutation(value.ndim))
    a, b = pool.axis(value), pool.axis(value)
    return pool.choose([
        f"np.transpose({x}, {axes})", f"np.transpose({x}, {axes})", f"{x}.T",
        f"np.swapaxes({x}, {a}, {b})", f"np.moveaxis({x}, {a}, {b})",
    ])


def some_slice(pool, n):
    """Return the text of a slice of an axis of n elements."""
    start, stop = sorted((pool.integer(0, n - 1), pool.integer(1, n)))
    stop = max(stop, start + 1)
    step = pool.integer(1, 3)
    last = start - 1
    return pool.choose([
        ":", ":", "::-1", f"{start}:{stop}", f"{start}:{stop}:{step}", f"::{step}",
        f"{stop - 1}:{last if last >= 0 else ''}:{-step}", f"::{-step}", f"{start - n}:",
        f"{start}:",
    ])


def sliced(pool):
    x, value = pool.array(1)
    parts = []
    for n in value.shape:
        if pool.chance(0.15):
            parts.append("None")
        parts.append(str(pool.integer(-n, n - 1)) if pool.chance(0.2) else some_slice(pool, n))
    if pool.chance(0.2):
        parts = ["...", parts[-1]] if pool.chance(0.5) else [parts[0], "..."]
    return f"{x}[{', '.join(parts)}]"


def broadcast(pool):
    x, value = pool.array(0, 3)
    axis = pool.integer(0, value.ndim)
    n = pool.choose([2, 3, 17])
    shape = (*value.shape[:axis], n, *value.shape[axis:])
    return pool.choose([
        f"np.broadcast_to({x}, {(n, *value.shape)})",
        f"np.broadcast_to(np.expand_dims({x}, {axis}), {shape})",
        f"np.expand_dims({x}, {axis}) * {pool.numbers(*shape)}", f"np.expand_dims({x}, {axis})",
        f"np.atleast_2d({x})",
    ])


def joined(pool):
    x, value = pool.array(1)
    axis = pool.axis(value)
    others = [n for n in pool.names if np.shape(pool.values[n]) == value.shape]
    y, z = pool.choose(others), pool.numbers(*value.shape)
    part = ", ".join([":"] * (axis % value.ndim) + [some_slice(pool, value.shape[axis])])
    return pool.choose([
        f"np.concatenate([{x}, {y}], axis={axis})", f"np.concatenate([{z}, {x}], {axis})",
        f"np.concatenate([{x}[{part}], {y}, {x}], axis={axis})",
        f"np.stack([{x}, {y}], axis={axis})", f"np.stack([{x}, {z}, 0.5 * {y}])",
        f"np.stack([{y}, {x}], axis=-1)", f"np.hstack([{x}, {y}])", f"np.vstack([{x}, {y}])",
        f"np.concatenate([{x}[{part}], {z}], axis={axis})",
    ])


def moved(pool):
    x, value = pool.array(1)
    axis, shift, count = pool.axis(value), pool.integer(-3, 3), pool.integer(1, 3)
    repeats = [1] * value.ndim
    repeats[axis] = count
    return pool.choose([
        f"np.flip({x}, {axis})", f"np.flip({x})", f"np.roll({x}, {shift}, {axis})",
        f"np.roll({x}, {shift})", f"np.tile({x}, {tuple(repeats)})", f"np.tile({x}, {count})",
        f"np.repeat({x}, {count}, {axis})", f"np.repeat({x}, {count})",
        f"np.diff({x}, axis={axis})", f"np.squeeze({x})", f"np.pad({x}, {count})",
    ])


def of_matrices(pool):
    x, value = pool.matrix()
    k = pool.integer(-1, 1)
    return pool.choose([
        f"np.tril({x})", f"np.triu({x}, {k})", f"np.trace({x})", f"np.fliplr({x})",
        f"np.diagonal({x}, {k}, -2, -1)", f"np.rot90({x}, {k})", f"np.diagonal({x})",
    ])


def diagonal(pool):
    x, _ = pool.array(1, 1, lambda x: x.size <= 6)
    return f"np.diag({x})"


def split(pool):
    x, value = pool.array(1)
    axis = pool.axis(value)
    count = pool.choose([k for k in (1, 2, 3, 4) if value.shape[axis] % k == 0])
    return f"np.split({x}, {count}, axis={axis})[{pool.integer(0, count - 1)}]"


FORMS = [
    reshape, reshape, reshape, transpose, transpose, sliced, sliced, sliced, broadcast, joined,
    joined, moved, moved, of_matrices, diagonal, split,
]
