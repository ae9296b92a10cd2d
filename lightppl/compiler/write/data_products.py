"""Source text of products with a data matrix that is kept column by column.

    y = X b     for blocks of columns:  y[k] += b1 X[k, 1] + ... + b8 X[k, 8]
    g = X' r    for blocks of columns:  g1 += X[k, 1] r[k], ..., g8 += X[k, 8] r[k]

Both go through columns with unit stride over the rows of a chunk, in loops that LLVM vectorises,
and the second finds the chunk in the cache where the first left it.  A call of BLAS for each
product reads the matrix twice, and starts anew for each chunk.
"""

from functools import reduce

from lightppl.compiler import processor

def produce_statements(matrix, vector, target, stride, num_columns, name):
    """Return the statements of ``y = X b`` for the rows of a chunk.

    Parameters
    ----------
    matrix, vector, target : (str, str)
        Array and offset of X, of b, and of y such that row k0 stands at offset + k0.
    stride : str
        Source text of the distance between columns.
    num_columns : int
    name : callable
        Source text of an integer.

    Returns
    -------
    list of str
    """
    y = f"{target[0]}[{target[1]}]"

    def block(first, size, starts_with):
        terms = [f"(b{k} * {_element(matrix, first, k, stride)})" for k in range(size)]
        return [
            *(f"b{k} = {vector[0]}[{vector[1]} + {first} + {k}]" for k in range(size)),
            "for k0 in range(chunk, chunk_end):",
            f"    {y} = {reduce('add_reassoc({}, {})'.format, starts_with + terms)}",
        ]

    if num_columns <= processor.COLUMNS_AT_ONCE:
        return block("0", num_columns, [])
    # zeros first: one form of the loop is less to compile than two
    zeros = ["for k0 in range(chunk, chunk_end):", f"    {y} = 0.0"]
    return zeros + _blocks(num_columns, name, lambda first, size: block(first, size, [y]))


def consume_statements(matrix, vector, target, stride, num_columns, name):
    """Return the statements that add ``X' r`` for the rows of a chunk.

    Parameters are those of `produce_statements`; `vector` is r, whose row k0 stands at
    offset + k0, and `target` what is added to.
    """

    def block(first, size):
        sums = [f"{target[0]}[{target[1]} + {first} + {k}]" for k in range(size)]
        return [
            *(f"g{k} = 0.0" for k in range(size)),
            "for k0 in range(chunk, chunk_end):",
            f"    r = {vector[0]}[{vector[1]}]",
            *(
                f"    g{k} = add_reassoc(g{k}, ({_element(matrix, first, k, stride)} * r))"
                for k in range(size)
            ),
            *(f"{x} = {x} + g{k}" for k, x in enumerate(sums)),
        ]

    return _blocks(num_columns, name, block)


def _blocks(num_columns, name, block):
    """Return the statements for all columns."""
    end = num_columns - num_columns % processor.COLUMNS_AT_ONCE
    lines = []
    if end > 0:
        lines.append(f"for j in range(0, {name(end)}, {processor.COLUMNS_AT_ONCE}):")
        lines += ["    " + line for line in block("j", processor.COLUMNS_AT_ONCE)]
    if end < num_columns:
        lines += block(name(end), num_columns - end)
    return lines


def _element(matrix, first, k, stride):
    return f"{matrix[0]}[{matrix[1]} + ({first} + {k}) * {stride} + k0]"
