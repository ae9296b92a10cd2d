"""Factors, solutions, inverses and determinants of stacks of matrices."""

from math import prod

from tests.fuzz.movement import some_shape


def _square(pool):
    """Return the text of a stack of square matrices, and its shape."""
    x, value = pool.array(1, 4, lambda x: 4 <= x.size)
    batch = pool.choose([(), (), (2,), (3,)])
    n = pool.choose([n for n in (1, 2, 3, 4, 6) if n * n <= value.size])
    batch = batch if prod((*batch, n, n)) <= value.size else ()
    shape = (*batch, n, n)
    text = f"np.reshape(np.ravel({x})[:{prod(shape)}], {shape})"
    return (f"np.swapaxes({text}, -1, -2)" if pool.chance(0.3) else text), shape


def _right_side(pool, shape):
    *batch, n, _ = shape
    columns = pool.choose([1, 2, 5])
    fit = [x for x in pool.names if pool.values[x].size == n * columns]
    if fit and pool.chance(0.6):
        return f"np.reshape({pool.choose(fit)}, {(n, columns)})"
    if not batch and pool.chance(0.4):
        return pool.numbers(n)
    return pool.numbers(*pool.choose([(n, columns), (*batch, n, columns)]))


def definite(pool):
    a, shape = _square(pool)
    a = f"definite({a})"
    b = _right_side(pool, shape)
    factor = f"np.linalg.cholesky({a})"
    trans = pool.choose(["", ", trans=True", ", lower=True"])
    return pool.choose([
        factor, f"linalg.solve_triangular({factor}, {b}{trans})", f"np.linalg.solve({a}, {b})",
        f"np.linalg.inv({a})", f"np.linalg.slogdet({a})[1]", f"linalg.cho_solve({factor}, {b})",
        f"np.log(np.diagonal({factor}, axis1=-2, axis2=-1))", f"linalg.cholesky_inverse({factor})",
        f"np.linalg.eigvalsh({a})", f"linalg.solve_triangular({factor}, np.eye({shape[-1]}))",
        f"{factor} @ {b}",
    ])


def general(pool):
    a, shape = _square(pool)
    a = f"regular({a})"
    b = _right_side(pool, shape)
    upper = f"np.triu({a}) + np.eye({shape[-1]})"
    return pool.choose([
        f"np.linalg.solve({a}, {b})", f"np.linalg.inv({a})", f"np.linalg.det({a})",
        f"np.linalg.slogdet({a})[1]", f"linalg.solve_triangular({upper}, {b}, lower=False)",
        f"np.linalg.matrix_power({a}, {pool.integer(1, 3)})", f"np.linalg.inv({a}).T",
    ])


def refolded(pool):
    """What comes out of a factorisation, in another shape."""
    a, shape = _square(pool)
    found = pool.choose([f"np.linalg.cholesky(definite({a}))", f"np.linalg.inv(regular({a}))"])
    return f"np.reshape({found}, {some_shape(pool, prod(shape))})"


FORMS = [definite, definite, general, refolded]
