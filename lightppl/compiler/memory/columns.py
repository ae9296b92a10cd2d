"""Which data matrices stand in memory column by column.

Work over rows reads columns with unit stride.  Columns start at different places of a cache page:
at a distance of 4096 bytes all of them would compete for the same few lines.
"""

import numpy as np

from lightppl.compiler import processor
from lightppl.compiler.graph.ops import ELEMENTWISE
from lightppl.compiler.graph.shapes import SMALL, data_matrix, row_call


def column_layouts(nodes):
    """Return the matrices of the data that are kept by columns, at a distance of their own.

    Parameters
    ----------
    nodes : list of Node
        All nodes of a graph.

    Returns
    -------
    dict of key to bool
        Whether the matrix is transposed for that: it is if nothing reads it but products, row by
        row. Wide matrices are left to BLAS, which is faster there (measured at 1000 columns). A
        matrix that has few rows, and that only elementwise work reads, through transpositions,
        consists of columns already.
    """
    readers = {}
    for node in nodes:
        for k, x in enumerate(node.inputs):
            readers.setdefault(x.index, []).append((node, k))
    found = {}
    for node in nodes:
        if node.op == "data" and node.ndim == 2 and node.dtype == "float64":
            uses = list(_uses(node, readers))
            if node.shape[0] > node.shape[1] and all(map(_is_product, uses)):
                found[node["key"]] = True
            elif node.shape[0] <= SMALL < node.shape[1] and all(map(_is_column_work, uses)):
                found[node["key"]] = False
    return found


def columns_of(matrix, is_transposed):
    """Return the columns of a matrix, one a row, with the gaps between them.

    Parameters
    ----------
    matrix : (N, K) array if `is_transposed`, else (K, N)
    is_transposed : bool

    Returns
    -------
    (K, column_stride(N)) array
    """
    columns = matrix.T if is_transposed else matrix
    kept = np.zeros((columns.shape[0], column_stride(columns.shape[1])), columns.dtype)
    kept[:, : columns.shape[1]] = columns
    return kept


def column_stride(num_rows):
    """Return the distance between columns: whole cache lines, but not pages or halves of pages.

    It is never the number of rows, so that code does not depend on whether the two are equal.
    """
    stride = (num_rows // processor.CACHE_LINE + 1) * processor.CACHE_LINE
    return stride + processor.CACHE_LINE if stride % processor.HALF_PAGE == 0 else stride


def _uses(node, readers):
    """Yield how data are used: reader, number of the argument, and whether transposed."""
    for user, k in readers.get(node.index, ()):
        if data_matrix(user) == (node, True):
            yield from ((other, j, True) for other, j in readers.get(user.index, ()))
        else:
            yield user, k, False


def _is_product(use):
    node, k, _ = use
    return k == 0 and row_call(node) is not None


def _is_column_work(use):
    node, _, is_transposed = use
    return is_transposed and node.op in ELEMENTWISE
