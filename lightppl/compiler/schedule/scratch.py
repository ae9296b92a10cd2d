"""How much scratch space the runtime's factorisations need.

Apart from the functions themselves, because importing those imports `scipy.linalg`, which most
models never need.
"""

BLOCK = 32
"""Work space per row or column that lets LAPACK use its blocked algorithms."""


def scratch_of_call(node):
    """Return how many numbers of scratch space a call on whole arrays needs.

    Parameters
    ----------
    node : Node
        Without a body.
    """
    if node.op == "argsort":
        return 2 * node.shape[node["axis"]]
    if node.op not in _WITH_SCRATCH:
        return 0
    name = node.op if node.op in ("log_abs_det", "sign_det") else f"{node.op}_into"
    columns = node.shape[-1] if node.op == "solve" else 1
    return scratch_size(name, node.inputs[0].shape[-2:], columns)


_WITH_SCRATCH = {"solve", "inv", "log_abs_det", "sign_det", "eigh", "svd", "qr"}


def scratch_size(op, shape, num_columns=1):
    """Return how many float64 of scratch a function of this module needs.

    Parameters
    ----------
    op : str
        Name of the function, for example ``"eigh_into"``.
    shape : (int, int)
        Shape of the matrix `a`.
    num_columns : int
        Columns of `b`, for ``"solve_into"``.

    Returns
    -------
    int
        0 for functions without a ``scratch`` argument.

    Examples
    --------
    >>> scratch_size("cholesky_into", (5, 5))
    0
    >>> scratch_size("solve_into", (5, 5), 2)
    40
    """
    m, n = shape
    k = min(m, n)
    sizes = {
        "solve_into": n * n + n + n * num_columns,
        "inv_into": n + BLOCK * n,
        "log_abs_det": n * n + n,
        "sign_det": n * n + n,
        "eigh_into": 1 + 6 * n + 2 * n * n + (3 + 5 * n),
        "svd_into": m * n + (4 * k * k + 7 * k + max(m, n) + BLOCK * (m + n)) + 8 * k,
        "qr_into": k + m * n + BLOCK * max(m, n),
    }
    return sizes.get(op, 0)
