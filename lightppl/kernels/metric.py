"""The Euclidean metric: diagonal, dense in blocks, or diagonal with directions, in one record.

The kinetic energy is K(p) = p^T M^-1 p / 2, with M the mass matrix.  Every coordinate has a
diagonal entry of M^-1; coordinates that belong to a block take the block's dense matrix instead.
A dense metric is one block with all coordinates, a diagonal one has no block.

A metric without blocks may have directions.  With s the roots of the diagonal, V the (k, D) matrix
whose rows are the directions, orthonormal, and lambda their k factors,

    M^-1 = diag(s) (I + V^T (diag(lambda) - I) V) diag(s),

which costs 2 D k multiplications a product where a dense matrix costs D^2.

Legend: ``D`` dimension; ``B`` blocks; ``n`` coordinates of one block; ``S`` the sum of all n^2;
``R`` directions that there is room for, ``k`` of them in use; ``q, p, v`` as in `phase_point.py`;
``L`` the lower Cholesky factor of a block of M^-1.

References: Neal (2011), "MCMC using Hamiltonian dynamics", sec. 4.1; Seyboldt, Carlson, Carpenter
(2026), "Preconditioning Hamiltonian Monte Carlo by minimizing Fisher divergence", for directions.
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels.phase_point import add_multiple, copy_into, divide, dot, multiply


class Metric(NamedTuple):
    """Inverse mass matrix.

    Parameters
    ----------
    diagonal : (D,) float64
        Diagonal of M^-1, or squares of s if there are directions; not read for coordinates inside
        a block.
    block_index : (sum of n,) int64
        Coordinates of block 0, then of block 1, and so on.
    block_start : (B + 1,) int64
        Block b owns ``block_index[block_start[b]:block_start[b + 1]]``.
    block_matrix : (S,) float64
        The blocks of M^-1, each row by row, one after the other.
    block_factor : (S,) float64
        Their lower Cholesky factors L, in the same layout; above the diagonal nothing is read.
    scale : (D,) float64
        s; read if there are directions.
    rank : (1,) int64
        k; 0 if there are blocks.
    directions : (R, D) float64
        V; rows from k on are not read.
    factors : (R,) float64
        lambda, positive.
    rows : (R, D) float64
        W = V diag(s).
    weights : (2, R) float64
        lambda - 1, by which velocities are longer along rows of W; and lambda^-1/2 - 1, momenta
        along rows of V.
    accelerations : (3, D) float64
        M^-1 grad U at the left and the right end of a trajectory, and at a spare point; not kept
        if M is diagonal.
    scratch : (2, D) float64
    """

    diagonal: np.ndarray
    block_index: np.ndarray
    block_start: np.ndarray
    block_matrix: np.ndarray
    block_factor: np.ndarray
    scale: np.ndarray
    rank: np.ndarray
    directions: np.ndarray
    factors: np.ndarray
    rows: np.ndarray
    weights: np.ndarray
    accelerations: np.ndarray
    scratch: np.ndarray


def make_metric(size, blocks=(), max_rank=0):
    """Return the unit metric whose given blocks of coordinates are dense.

    Parameters
    ----------
    size : int
        D.
    blocks : sequence of sequences of int
        Coordinates of each dense block; no coordinate twice.
    max_rank : int
        R, directions that there is room for; 0 if there are blocks.

    Returns
    -------
    Metric
    """
    blocks = [np.asarray(block, np.int64) for block in blocks]
    matrices = [np.eye(len(block)).ravel() for block in blocks]
    flat = np.concatenate([np.zeros(0), *matrices])
    return Metric(
        np.ones(size),
        np.concatenate([np.zeros(0, np.int64), *blocks]),
        np.cumsum([0] + [len(block) for block in blocks]).astype(np.int64),
        flat,
        flat.copy(),
        np.ones(size),
        np.zeros(1, np.int64),
        np.zeros((max_rank, size)),
        np.ones(max_rank),
        np.zeros((max_rank, size)),
        np.zeros((2, max_rank)),
        np.zeros((3, size)),
        np.zeros((2, size)),
    )


def set_dense(metric, inverse_mass):
    """Overwrite `metric` with the entries of a full matrix that its shape can hold.

    Parameters
    ----------
    metric : Metric
        Overwritten.
    inverse_mass : (D, D) float64
        Symmetric, positive definite; entries between blocks are dropped.
    """
    metric.diagonal[:] = np.diagonal(inverse_mass)
    metric.rank[0] = 0
    first = 0
    for b in range(len(metric.block_start) - 1):
        index = metric.block_index[metric.block_start[b] : metric.block_start[b + 1]]
        last = first + len(index) ** 2
        metric.block_matrix[first:last] = inverse_mass[np.ix_(index, index)].ravel()
        first = last
    if not factorize(metric):
        raise np.linalg.LinAlgError("the inverse mass matrix is not positive definite")


def set_low_rank(metric, diagonal, directions, factors):
    """Overwrite `metric`, which has no blocks, with a diagonal and directions.

    Parameters
    ----------
    metric : Metric
        Overwritten.
    diagonal : (D,) float64
        Squares of ``s``, positive.
    directions : (k, D) float64
        Orthonormal rows, at most R.
    factors : (k,) float64
        Positive.
    """
    k = len(factors)
    metric.diagonal[:] = diagonal
    metric.scale[:] = np.sqrt(diagonal)
    metric.directions[:k] = directions
    metric.factors[:k] = factors
    metric.rows[:k] = directions * metric.scale
    metric.weights[0, :k] = metric.factors[:k] - 1.0
    metric.weights[1, :k] = 1.0 / np.sqrt(metric.factors[:k]) - 1.0
    metric.rank[0] = k


def as_dense(metric):
    """Return M^-1 as a full (D, D) matrix, for tests and for people."""
    k = metric.rank[0]
    if k > 0:
        V = metric.directions[:k]
        full = np.eye(len(metric.scale)) + (V.T * (metric.factors[:k] - 1.0)) @ V
        return metric.scale[:, None] * full * metric.scale
    dense = np.diag(metric.diagonal)
    first = 0
    for b in range(len(metric.block_start) - 1):
        index = metric.block_index[metric.block_start[b] : metric.block_start[b + 1]]
        last = first + len(index) ** 2
        dense[np.ix_(index, index)] = metric.block_matrix[first:last].reshape((len(index),) * 2)
        first = last
    return dense


@kernel(small=True)
def set_velocity(metric, p, v):
    """Overwrite `v` with M^-1 p.

    Parameters
    ----------
    metric : Metric
        Its scratch is overwritten.
    p : (D,) float64
    v : (D,) float64
        Overwritten.
    """
    multiply(metric.diagonal, p, v)
    if metric.block_index.size > 0:
        _set_block_velocity(metric, p, v)
    elif metric.rank[0] > 0:
        add_along_rows(v, p, metric.rows, metric.weights[0], metric.rank[0])


@kernel(small=True)
def is_diagonal(metric):
    """Return whether products with M^-1 are those of its diagonal."""
    return metric.block_index.size == 0 and metric.rank[0] == 0


@kernel(small=True)
def set_acceleration(metric, grad, acceleration):
    """Overwrite `acceleration` with M^-1 grad, both (D,), if `leapfrog` is going to read it."""
    if not is_diagonal(metric):
        set_velocity(metric, grad, acceleration)


@kernel
def draw_momentum(metric, rng, p, v):
    """Overwrite `p` with a draw from N(0, M) and `v` with M^-1 p.

    Parameters
    ----------
    metric : Metric
        Its scratch is overwritten.
    rng : numpy.random.Generator
        Gives D normal variates.
    p, v : (D,) float64
        Overwritten.
    """
    normals = metric.scratch[0]
    for i in range(p.size):
        normals[i] = rng.standard_normal()
    if metric.rank[0] > 0 and metric.block_index.size == 0:
        copy_into(p, normals)
        add_along_rows(p, normals, metric.directions, metric.weights[1], metric.rank[0])
        divide(p, metric.scale)
    else:
        for i in range(p.size):
            p[i] = normals[i] / np.sqrt(metric.diagonal[i])
        if metric.block_index.size > 0:
            _set_block_momentum(metric, normals, p)
    set_velocity(metric, p, v)


@kernel(small=True)
def kinetic_energy(p, v):
    """Return K(p) = p^T M^-1 p / 2, given p and v = M^-1 p, both (D,)."""
    return 0.5 * dot(p, v)


@kernel(entry=True)
def factorize(metric):
    """Overwrite ``block_factor`` with the Cholesky factors of ``block_matrix``.

    Parameters
    ----------
    metric : Metric

    Returns
    -------
    is_positive_definite : bool
        False leaves the factors unusable.
    """
    first = 0
    for b in range(metric.block_start.size - 1):
        n = metric.block_start[b + 1] - metric.block_start[b]
        matrix = metric.block_matrix[first : first + n * n]
        if not _cholesky(matrix, metric.block_factor[first : first + n * n], n):
            return False
        first += n * n
    return True


@kernel
def _set_block_velocity(metric, p, v):
    gathered = metric.scratch[1]
    first = 0
    for b in range(metric.block_start.size - 1):
        index = metric.block_index[metric.block_start[b] : metric.block_start[b + 1]]
        n = index.size
        for j in range(n):
            gathered[j] = p[index[j]]
        for i in range(n):
            row = metric.block_matrix[first + i * n : first + (i + 1) * n]
            v[index[i]] = dot(row, gathered)
        first += n * n


@kernel
def _set_block_momentum(metric, normals, p):
    """Solve L^T p = normals in each block, so that p has covariance (L L^T)^-1 = M."""
    rest = metric.scratch[1]
    first = 0
    for b in range(metric.block_start.size - 1):
        index = metric.block_index[metric.block_start[b] : metric.block_start[b + 1]]
        n = index.size
        for j in range(n):
            rest[j] = normals[index[j]]
        for i in range(n - 1, -1, -1):
            row = metric.block_factor[first + i * n : first + (i + 1) * n]
            solution = rest[i] / row[i]
            p[index[i]] = solution
            for j in range(i):
                rest[j] -= row[j] * solution
        first += n * n


@kernel
def add_along_rows(y, x, rows, weights, rank):
    """y <- y + rows^T diag(weights) rows x, for the first `rank` rows, four of them at a time.

    Four at a time read x, and read and write y, a quarter as often; and four sums need not wait for
    each other.
    """
    k = 0
    while k + 4 <= rank:
        add_along_four(
            y, x, rows[k], rows[k + 1], rows[k + 2], rows[k + 3],
            weights[k], weights[k + 1], weights[k + 2], weights[k + 3],
        )  # fmt: skip
        k += 4
    if k + 2 <= rank:
        add_along_two(y, x, rows[k], rows[k + 1], weights[k], weights[k + 1])
        k += 2
    if k < rank:
        add_multiple(y, weights[k] * dot(rows[k], x), rows[k])


@kernel(fastmath={"contract", "reassoc"}, small=True, separate=True)
def add_along_four(y, x, a, b, c, d, weight_a, weight_b, weight_c, weight_d):
    """y <- y + weight_a (a . x) a + ... of four rows; all vectors (D,)."""
    on_a, on_b, on_c, on_d = 0.0, 0.0, 0.0, 0.0
    for i in range(x.size):
        on_a += a[i] * x[i]
        on_b += b[i] * x[i]
        on_c += c[i] * x[i]
        on_d += d[i] * x[i]
    on_a, on_b, on_c, on_d = weight_a * on_a, weight_b * on_b, weight_c * on_c, weight_d * on_d
    for i in range(x.size):
        y[i] += (on_a * a[i] + on_b * b[i]) + (on_c * c[i] + on_d * d[i])


@kernel(fastmath={"contract", "reassoc"}, small=True, separate=True)
def add_along_two(y, x, a, b, weight_a, weight_b):
    """y <- y + weight_a (a . x) a + weight_b (b . x) b; all vectors (D,)."""
    on_a, on_b = 0.0, 0.0
    for i in range(x.size):
        on_a += a[i] * x[i]
        on_b += b[i] * x[i]
    on_a, on_b = weight_a * on_a, weight_b * on_b
    for i in range(x.size):
        y[i] += on_a * a[i] + on_b * b[i]


@kernel
def _cholesky(matrix, factor, n):
    for i in range(n):
        row_i = factor[i * n : i * n + n]
        for j in range(i):
            row_j = factor[j * n : j * n + n]
            row_i[j] = (matrix[i * n + j] - dot(row_i[:j], row_j[:j])) / row_j[j]
        pivot = matrix[i * n + i] - dot(row_i[:i], row_i[:i])
        if not pivot > 0.0:  # NaN must fail too
            return False
        row_i[i] = np.sqrt(pivot)
    return True
