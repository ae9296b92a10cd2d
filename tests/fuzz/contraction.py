"""Sums of products: einsum, and matrix products of all ranks."""

import numpy as np


def _letters_of(pool, shape, known):
    """Return the letters of the axes of an operand; axes of one size may share a letter."""
    found = ""
    for n in shape:
        same = [a for a, size in known.items() if size == n]
        is_repeated = same and pool.chance(0.6)
        letter = pool.choose(same) if is_repeated else "abcdefghijkl"[len(known)]
        if letter in found and not pool.chance(0.3):
            letter = "abcdefghijkl"[len(known)]
        known[letter] = n
        found += letter
    return found


def einsum(pool):
    known, operands, letters = {}, [], []
    for k in range(pool.choose([1, 2, 2, 2, 3])):
        name, value = pool.array(1, 3)
        if k > 0 and pool.chance(0.5):
            shared = [a for a in known if pool.chance(0.7)] or [next(iter(known))]
            if pool.chance(0.3) and len(known) < 6:
                known["mno"[k]] = pool.choose([2, 3, 5])
                shared.append("mno"[k])
            own = "".join(shared[i] for i in pool.rng.permutation(len(shared)))[:3]
            name = pool.numbers(*(known[a] for a in own))
            letters.append(own)
        else:
            letters.append(_letters_of(pool, value.shape, known))
        operands.append(name)
    kept = [a for a in dict.fromkeys("".join(letters)) if pool.chance(0.6)]
    kept = "".join(kept[i] for i in pool.rng.permutation(len(kept)))[:4]
    order = pool.rng.permutation(len(operands))
    spec = ",".join(letters[i] for i in order)
    arrow = "" if pool.chance(0.05) else f"->{kept}"
    return f'np.einsum("{spec}{arrow}", {", ".join(operands[i] for i in order)})'


def matmul_with_data(pool):
    x, value = pool.array(1)
    k = value.shape[-1]
    n = pool.choose([1, 2, 3, 4, 17])
    batch = pool.choose([(), (), (2,), value.shape[:-2]])
    if pool.chance(0.5):
        shape = pool.choose([(k,), (*batch, k, n)])
        return f"{x} @ {pool.numbers(*shape)}"
    k = value.shape[-2] if value.ndim > 1 else k
    shape = pool.choose([(k,), (*batch, n, k), (20, k)])
    return f"{pool.numbers(*shape)} @ {x}"


def matmul_of_traced(pool):
    x, value = pool.array(1)
    y, other = pool.array(1)
    forms = [f"{x} @ {y}", f"np.swapaxes({x}, -1, -2) @ {y}", f"{x} @ np.swapaxes({y}, -1, -2)"]
    forms += [f"np.matmul({x}, {y})", f"np.dot({x}, {y})", f"np.inner({x}, {y})"]
    forms += [f"{x} @ {x}.T", f"{x}.T @ {x}", f"np.tensordot({x}, {y}, {pool.integer(0, 1)})"]
    return pool.choose(forms)


def fitting_matmul(pool):
    """A product of two arrays that was arranged to fit."""
    x, value = pool.matrix()
    m, k = value.shape[-2:]
    y, other = pool.array(1, 3, lambda y: np.size(y) % k == 0)
    n = other.size // k
    y = pool.choose([f"np.reshape({y}, ({k}, {n}))", f"np.reshape({y}, ({n}, {k})).T"])
    return pool.choose([f"{x} @ {y}", f"({y}).T @ np.swapaxes({x}, -1, -2)"])


def regression(pool):
    """A data matrix of many rows, with one or more things made of it and its transpose."""
    x, value = pool.array(1, 1, lambda x: np.size(x) <= 40)
    rows = pool.choose([18, 37, 45])
    matrix = pool.numbers(rows, value.size)
    return pool.choose([
        f"{matrix} @ {x}", f"{matrix} @ {x} + {pool.numbers(rows)}", f"np.dot({matrix}, {x})",
        f"{matrix}.T @ np.tanh({matrix} @ {x})", f"({matrix} @ {x}[:, None])[:, 0]",
        f"{pool.numbers(value.size, rows)}.T @ {x}", f"np.sin({matrix} @ {x}) @ {matrix}",
    ])


def outer(pool):
    x, value = pool.array(1, 2)
    y, other = pool.array(1, 2)
    return pool.choose([
        f"np.outer({x}, {y})", f"np.kron({x}, {y})", f"np.vdot({x}, {x})",
        f"np.multiply.outer({x}, {y})", f"{x}[..., None] * {x}[..., None, :]",
    ])


FORMS = [einsum, einsum, einsum, matmul_with_data, matmul_with_data, matmul_of_traced,
         fitting_matmul, fitting_matmul, regression, regression, outer]
