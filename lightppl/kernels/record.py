"""Draws and reports of one chain, as arrays that the loop over iterations writes into.

Legend: ``N`` rows; ``D`` dimension; ``H`` held values; ``K`` numbers of an `Info`; ``E`` vectors
recorded besides the draw; ``V`` vectors of a point.
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels.phase_point import copy_into


class Record(NamedTuple):
    """Draws and reports of one chain; `make_record` makes it.

    Parameters
    ----------
    first, thinning : int
        Iteration ``first + k`` is written to row ``k // thinning``; the last one of a row stays.
    q : (N, D + H) float64
        Draws, each followed by what the chain held then.
    info : (N, K) float64
        Reports, in the order of the fields of the algorithm's `Info`.
    vectors : (N, E, D) float64
        Other vectors of the point of the draw.
    which : (E,) int64
        Which vectors of the point these are; 0 would be the draw.
    last_info : (K,) float64
        The report of the last iteration, whether it has a row or not.
    """

    first: int
    thinning: int
    q: np.ndarray
    info: np.ndarray
    vectors: np.ndarray
    which: np.ndarray
    last_info: np.ndarray


def make_record(num_rows, size, num_infos, *, first=0, thinning=1, which=(), num_held=0):
    """Return a record of `num_rows` draws of dimension `size`, all zero.

    Parameters
    ----------
    num_rows, size, num_infos : int
        N, D and K.
    first : int
        First iteration that is recorded.
    thinning : int
    which : sequence of int
        Vectors to record besides the draw.
    num_held : int
        H.

    Returns
    -------
    Record

    Examples
    --------
    >>> record = make_record(10, 3, 2, which=(3,))
    >>> record.q.shape, record.info.shape, record.vectors.shape
    ((10, 3), (10, 2), (10, 1, 3))
    """
    return Record(
        first,
        thinning,
        np.zeros((num_rows, size + num_held)),
        np.zeros((num_rows, num_infos)),
        np.zeros((num_rows, len(which), size)),
        np.array(which, np.int64).reshape(-1),
        np.zeros(num_infos),
    )


@kernel
def write_draw(record, iteration, point, info, held):
    """Write the report of an iteration, and its draw into the row that it has, if any.

    Parameters
    ----------
    record : Record
        Overwritten.
    iteration : int
    point : (V D,) float64
        The state of the chain; the draw is its first vector.
    info : Info
        K numbers.
    held : (H or more,) float64
        What the chain holds.
    """
    for k in range(len(info)):
        record.last_info[k] = info[k]
    row = (iteration - record.first) // record.thinning
    if iteration < record.first or row >= record.q.shape[0]:
        return
    D = record.vectors.shape[2]
    copy_into(record.info[row], record.last_info)
    copy_into(record.q[row], point[:D])
    copy_into(record.q[row, D:], held[: record.q.shape[1] - D])
    for e in range(record.which.size):
        k = record.which[e]
        copy_into(record.vectors[row, e], point[k * D : (k + 1) * D])
