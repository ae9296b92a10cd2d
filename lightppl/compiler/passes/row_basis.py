"""Coordinates of columns of data in an orthonormal basis of the space that they span.

With ``A = Q R`` the columns of R are the coordinates of those of A in the basis Q, and inner
products of combinations of the columns are those of their coordinates.  Q is never formed: chunks
of rows are reduced, and the results in pairs, so that this takes the memory of few chunks, and
nothing is squared: whatever their scales, the columns are as if rounded in their last digits.

References
----------
Demmel, Grigori, Hoemmen & Langou (2012), "Communication-optimal parallel and sequential QR and LU
factorizations", sec. 3.1 (TSQR on a binary tree).
"""

import numpy as np

from lightppl.compiler.processor import QR_ROWS_A_COLUMN
from lightppl.records import record


@record(eq=False)
class Columns:
    """Columns of data over the rows of a likelihood.

    Attributes
    ----------
    values : (N, P) array, or (N,) int64 array
        The columns; or positions, of columns that are 1 at them and 0 elsewhere.
    count : int
        P.
    weight : (N,) array or None
        What the columns are multiplied by.
    mask : (N,) bool array or None
        Where they count; elsewhere they are 0, also where they are no numbers.
    shift : (object, (P,) array) or None
        Of what, and how much, is subtracted from the columns before: a multiple of the weight.
    """

    values: object
    count: int
    weight: object = None
    mask: object = None
    shift: object = None

    def rows(self, part):
        """Return the columns at a slice of the rows."""
        values = self.values[part]
        if values.dtype == np.int64 and values.ndim == 1:
            values = values[:, None] % self.count == np.arange(self.count)
        values = np.asarray(values, dtype=np.float64)
        if self.shift is not None:
            values = values - self.shift[1]
        if self.weight is not None:
            values = values * self.weight[part, None]
        return values if self.mask is None else np.where(self.mask[part, None], values, 0.0)


def coordinates(generators, others):
    """Return coordinates in an orthonormal basis of what some columns span.

    Parameters
    ----------
    generators : list of Columns
        What they span together has the basis; P columns, which may depend on each other.
    others : list of Columns
        Of these, the coordinates of the projections into the space.

    Returns
    -------
    list of (P, count) float64
        One of each of the generators, then of the others.

    Examples
    --------
    >>> x = np.array([[1.0], [2.0], [2.0]])
    >>> found, = coordinates([Columns(x, 1)], [])
    >>> bool(abs(found[0, 0]) == 3.0)
    True
    """
    parts = [*generators, *others]
    with np.errstate(all="ignore"):
        triangle = _triangle(parts, 0, len(parts[0].values))
    rank = sum(x.count for x in generators)
    ends = np.cumsum([x.count for x in parts])[:-1]
    return [np.ascontiguousarray(x) for x in np.split(triangle[:rank], ends, axis=1)]


def _triangle(parts, start, stop):
    """Return R of some rows: halves are joined, so that rounding does not grow with the rows."""
    size = sum(x.count for x in parts)
    num_chunks = -(-(stop - start) // (QR_ROWS_A_COLUMN * size))
    if num_chunks <= 1:
        rows = [x.rows(slice(start, stop)) for x in parts]
        return np.linalg.qr(np.concatenate(rows, axis=1), mode="r")
    middle = start + num_chunks // 2 * QR_ROWS_A_COLUMN * size
    halves = _triangle(parts, start, middle), _triangle(parts, middle, stop)
    return np.linalg.qr(np.concatenate(halves), mode="r")


def offset_of(values, counts):
    """Return numbers near the columns of an array, where they are far from 0, else 0.

    What is left of a column without its offset is exact, if all of it is far from 0 on one side.

    Parameters
    ----------
    values : (N, P) float64
    counts : (N,) bool array, or True
        Which rows count.

    Returns
    -------
    (P,) float64
    """
    with np.errstate(all="ignore"):
        where = np.reshape(counts, (-1, 1))
        low = np.min(values, axis=0, where=where, initial=np.inf)
        high = np.max(values, axis=0, where=where, initial=-np.inf)
        middle = low + 0.5 * (high - low)
        is_far = np.abs(middle) > high - low
    return np.where(is_far & np.isfinite(middle), middle, 0.0)
