"""How much scratch space the functions of `factorizations` and `scans` need, in float64.

Apart from the functions themselves, because importing those imports `scipy.linalg`, which most
models never need.  Every function takes the shapes of the matrices, or the size along the axis.

Examples
--------
>>> scratch_of_solve((5, 5), (5, 2))
40
"""

LAPACK_BLOCK = 32
"""Work space per row or column that lets LAPACK use its blocked algorithms."""


def scratch_of_determinant(a):
    """Return the scratch space of `log_abs_det` and `sign_det`."""
    n = a[0]
    return n * n + n


def scratch_of_solve(a, b):
    """Return the scratch space of `solve_into`."""
    n = a[0]
    return n * n + n + n * b[1]


def scratch_of_inv(a):
    """Return the scratch space of `inv_into`."""
    return a[0] + LAPACK_BLOCK * a[0]


def scratch_of_eigh(a):
    """Return the scratch space of `eigh_into`."""
    n = a[0]
    return 1 + 6 * n + 2 * n * n + (3 + 5 * n)


def scratch_of_svd(a):
    """Return the scratch space of `svd_into`."""
    m, n = a
    k = min(m, n)
    return m * n + (4 * k * k + 7 * k + max(m, n) + LAPACK_BLOCK * (m + n)) + 8 * k


def scratch_of_qr(a):
    """Return the scratch space of `qr_into`."""
    m, n = a
    return min(m, n) + m * n + LAPACK_BLOCK * max(m, n)


def scratch_of_argsort(n):
    """Return the scratch space of `argsort_into`."""
    return 2 * n
