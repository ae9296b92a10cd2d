"""Products of arrays, and linear algebra."""

import numpy as np

from lightppl import linalg
from lightppl.autodiff.linalg import cholesky_pullback
from tests.autodiff.catalogue.row import definite, real, regular, row, spread, triangular

_SHAPES = [
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 2)), ((2, 1), (1, 2)),
        ((1, 3), (3, 2)),
    ((2, 3), (3, 1)), ((4, 2, 3), (3, 2)), ((4, 2, 3), (4, 3, 2)), ((2, 3), (4, 3, 2)),
    ((4, 2, 3), (3,)), ((3,), (4, 3, 2)), ((4, 1, 2, 3), (2, 3, 2)), ((20, 18), (18, 17)),
    ((20, 18), (18,)),
]

_EINSUMS = [
    ("ij,jk->ik", (2, 3), (3, 2)), ("ij,ij->", (2, 3), (2, 3)), ("ij,kj->ki", (2, 3), (4, 3)),
    ("i,j->ij", (2,), (3,)), ("ii->i", (3, 3)), ("ii", (3, 3)), ("ij->j", (2, 3)),
        ("ij->ji", (2, 3)),
    ("bij,bjk->bik", (2, 2, 3), (2, 3, 2)), ("...i,ij,...j->...", (4, 3), (3, 3), (4, 3)),
    ("ij,j,ik->k", (2, 3), (3,), (2, 4)), ("i,i", (3,), (3,)), ("bi,bi->b", (2, 3), (2, 3)),
    ("ijk,k->ij", (2, 2, 3), (3,)), ("...ij,...jk", (2, 2, 3), (3, 2)),
        ("ij,jk,kl", (2, 3), (3, 2), (2, 2)),
]


def _einsum(subscripts):
    return lambda *operands: np.einsum(subscripts, *operands)


def _on_lower(fun):
    """Read only the lower triangle, so that differences stay among symmetric matrices."""
    def of_lower(a, *rest):
        lower = np.tril(a)
        return fun(lower + np.swapaxes(np.tril(a, -1), -1, -2), *rest)

    return of_lower


def _cholesky_pullback(factor, g):
    return cholesky_pullback(factor, np.tril(g))


def _svd_product(a):
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    return (u * s[..., None, :] ** 2) @ vt


ROWS = [
    *(row(f"matmul {a} {b}", np.matmul, (real, *a), (real, *b)) for a, b in _SHAPES),
    *(
        row(f"einsum {subscripts}", _einsum(subscripts), *((real, *shape) for shape in shapes))
        for subscripts, *shapes in _EINSUMS
    ),
    row("matmul operators", lambda a, b: a @ b + np.ones((2, 3)) @ b, (real, 2, 3), (real, 3, 2)),
    row("matmul transposed left", lambda a, b: a.T @ b, (real, 3, 2), (real, 3, 2)),
    row("matmul transposed right", lambda a, b: a @ b.T, (real, 2, 3), (real, 4, 3)),
    row("matmul transposed both", lambda a, b: a.T @ b.T, (real, 3, 2), (real, 4, 3)),
    row("matmul of slices", lambda a: a[:2] @ a[:, 1:], (real, 3, 3)),
    row("matmul of reshaped", lambda a: np.reshape(a, (2, 3)) @ np.reshape(a, (3, 2)), (real, 6)),
    row("matmul with data", lambda b: np.arange(30.0).reshape(10, 3) @ b, (real, 3)),
    row("matmul with data left", lambda b: b @ np.arange(30.0).reshape(3, 10), (real, 3)),
    row("quadratic form", lambda a, x: x @ a @ x, (real, 3, 3), (real, 3)),
    row("dot", lambda a, b: np.dot(a, b) + a.dot(b), (real, 2, 3), (real, 3)),
    row("dot of cubes", np.dot, (real, 2, 2, 3), (real, 2, 3, 2)),
    row("vdot, inner, outer", lambda a, b: np.vdot(a, b) * np.inner(a, b) + np.outer(a, b),
        (real, 3), (real, 3)),
    row("inner of matrices", np.inner, (real, 2, 3), (real, 4, 3)),
    row("tensordot", lambda a, b: np.tensordot(a, b, 2), (real, 2, 3, 2), (real, 3, 2, 2)),
    row("tensordot axes", lambda a, b: np.tensordot(a, b, ([0, 2], [1, 0])), (real, 2, 2, 3),
        (real, 3, 2)),
    row("cholesky", _on_lower(np.linalg.cholesky), (definite, 3, 3)),
    row("cholesky batch", _on_lower(linalg.cholesky), (definite, 2, 3, 3)),
    row("cholesky large", _on_lower(linalg.cholesky), (definite, 20, 20)),
    row("cholesky_inverse", linalg.cholesky_inverse, (triangular, 3, 3)),
    row("cholesky_inverse batch", linalg.cholesky_inverse, (triangular, 2, 3, 3)),
    row("cholesky_pullback", _cholesky_pullback, (triangular, 3, 3), (real, 3, 3)),
    row("cholesky_pullback batch", _cholesky_pullback, (triangular, 2, 3, 3), (real, 2, 3, 3)),
    row("solve_triangular", linalg.solve_triangular, (triangular, 3, 3), (real, 3)),
    row("solve_triangular columns", linalg.solve_triangular, (triangular, 3, 3), (real, 3, 2)),
    row("solve_triangular trans", lambda a, b: linalg.solve_triangular(a, b, trans=True),
        (triangular, 3, 3), (real, 3)),
    row("solve_triangular upper", lambda a, b: linalg.solve_triangular(a.T, b, lower=False),
        (triangular, 3, 3), (real, 3, 2)),
    row("solve_triangular batch", linalg.solve_triangular, (triangular, 3, 3), (real, 2, 3, 2)),
    row("solve_triangular batches", linalg.solve_triangular, (triangular, 2, 1, 3, 3),
        (real, 5, 2, 4, 3, 2)),
    row("solve_triangular large", linalg.solve_triangular, (triangular, 20, 20), (real, 20)),
    row("cho_solve", lambda a, b: linalg.cho_solve(a, b), (triangular, 3, 3), (real, 3)),
    row("cho_solve upper", lambda a, b: linalg.cho_solve((a.T, False), b), (triangular, 3, 3),
        (real, 3)),
    row("log_det_triangular", linalg.log_det_triangular, (triangular, 2, 3, 3)),
    row("inv", np.linalg.inv, (regular, 3, 3)),
    row("inv batch", linalg.inv, (regular, 2, 3, 3)),
    row("solve", np.linalg.solve, (regular, 3, 3), (real, 3)),
    row("solve columns", np.linalg.solve, (regular, 3, 3), (real, 3, 2)),
    row("solve batch", linalg.solve, (regular, 2, 3, 3), (real, 3, 1)),
    row("det", np.linalg.det, (regular, 3, 3)),
    row("slogdet", lambda a: np.linalg.slogdet(a)[1] * np.linalg.slogdet(a)[0], (regular, 2, 3, 3)),
    row("slogdet by name", lambda a: np.linalg.slogdet(a).logabsdet, (regular, 3, 3)),
    row("matrices of one element", lambda a: linalg.cholesky(a) + linalg.cholesky_inverse(a)
        + cholesky_pullback(a, a * a) + linalg.inv(a) + linalg.solve(a,
        a * a)
        + linalg.det(a) + linalg.solve_triangular(a, a**3) + a @ a + linalg.log_abs_det(a),
        [[1.7]]),
    row("one element in a batch",
        lambda a: linalg.cholesky(a) @ linalg.inv(a) + linalg.slogdet(a)[1][:, None, None],
        [[[1.7]], [[0.6]]]),
    row("axes of one element", lambda x: np.cumsum(x, 1) * np.cumprod(x, axis=1) * np.sort(x,
        axis=1)
        + np.argmax(x, axis=1, keepdims=True), (real, 3, 1)),
    row("eigh", _on_lower(lambda a: np.linalg.eigh(a).eigenvalues), (definite, 3, 3)),
    row("eigh vectors", _on_lower(lambda a: np.linalg.eigh(a)[1] ** 2), (definite, 3, 3)),
    row("eigh batch", _on_lower(
        lambda a: np.linalg.eigh(a)[0][:, None] * np.linalg.eigh(a)[1] ** 2),
        (definite, 2, 3, 3)),
    row("eigvalsh", _on_lower(lambda a: np.linalg.eigvalsh(a + np.diag(np.arange(180.0,
        step=10.0)))),
        (regular, 18, 18)),
    row("eigh of one element", lambda a: np.linalg.eigh(a)[0] * np.linalg.eigh(a)[1] ** 2, [[1.3]]),
    row("svd", lambda a: np.abs(np.linalg.svd(a, full_matrices=False)[0]), (regular, 4, 3)),
    row("svd wide", lambda a: np.abs(np.linalg.svd(a, full_matrices=False).Vh), (regular, 2, 4)),
    row("svd product", lambda a: _svd_product(a), (regular, 2, 3, 3)),
    row("svdvals", lambda a: np.linalg.svd(a, compute_uv=False), (regular, 3, 5)),
    row("svd of one element", lambda a: _svd_product(a), [[-1.3]]),
    row("qr", lambda a: np.abs(np.linalg.qr(a)[0]), (regular, 4, 3)),
    row("qr r", lambda a: np.abs(np.linalg.qr(a, mode="r")), (regular, 3, 3)),
    row("qr wide", lambda a: np.linalg.qr(a).R ** 2, (regular, 2, 4)),
    row("qr batch", lambda a: np.linalg.qr(a).Q ** 2, (regular, 2, 3, 2)),
    row("pinv", np.linalg.pinv, (regular, 4, 3)),
    row("pinv wide", np.linalg.pinv, (regular, 2, 3)),
    row("lstsq", lambda a, b: np.linalg.lstsq(a, b)[0], (regular, 4, 3), (real, 4)),
    row("norms of matrices", lambda a: np.linalg.norm(a, 2) + np.linalg.norm(a, "nuc")
        + np.linalg.norm(a, 1) + np.linalg.norm(a, np.inf) + np.linalg.norm(a, "fro"),
            (regular, 3, 3)),
    row("norms of vectors", lambda x: np.linalg.norm(x, 3) + np.linalg.norm(x, np.inf)
        + np.linalg.vector_norm(x), (spread, 4)),
    row("matrix_power", lambda a: np.linalg.matrix_power(a, 3) + np.linalg.matrix_power(a, -1),
        (regular, 3, 3)),
    row("multi_dot", lambda a, b, c: np.linalg.multi_dot([a, b, c]), (real, 2, 3), (real, 3, 2),
        (real, 2)),
    row("cross", np.cross, (real, 2, 3), (real, 3)),
    row("convolve", lambda a, v: np.convolve(a, v) , (real, 4), (real, 2)),
    row("convolve same", lambda a, v: np.convolve(a, v, "same") + np.convolve(v, a, "valid")[0],
        (real, 4), (real, 3)),
    row("correlate", np.correlate, (real, 5), (real, 2)),
    row("polyval", lambda p, x: np.polyval(p, x), (real, 3), (real, 4)),
    row("vecdot, matvec, vecmat", lambda a, x: np.vecdot(a, x) + np.matvec(a, x) + np.vecmat(x, a),
        (real, 3, 3), (real, 3)),
    row("normal log density", _on_lower(
        lambda s, x: -0.5 * np.sum(linalg.solve_triangular(np.linalg.cholesky(s), x) ** 2)
        - np.sum(np.log(np.diag(np.linalg.cholesky(s))))), (definite, 3, 3), (real, 3)),
]
