"""Shapes of draws: from what users hold, (C, N, *shape), to rows of scalars, (R, C, N), and halves.

Legend of this folder: C chains, N draws of a chain, S = C N draws in all, R rows, one for each
scalar.  Every measure is computed for many rows at once, in blocks that fit the processor's cache.
"""

import numpy as np

from lightppl.arguments import check_by_name, check_numbers
from lightppl.errors import ShapeError

BLOCK_SIZE = 2**15
"""Draws handled at once: few enough that intermediate arrays stay in the processor's cache."""


def to_rows(x, name="x"):
    """Return draws of one site as rows of scalars.

    Parameters
    ----------
    x : (C, N, *shape) array
    name : str
        For messages.

    Returns
    -------
    (R, C, N) float64 array
        Rows run over the elements of ``shape`` in C order.

    Raises
    ------
    ShapeError
        If there is no chain and draw axis, or fewer than 4 draws.

    Examples
    --------
    >>> to_rows(np.zeros((4, 100, 3))).shape
    (3, 4, 100)
    """
    x = check_numbers(x, name, finite=False)
    if x.ndim < 2:
        raise ShapeError(
            f"Draws must have shape (chain, draw, ...), found {x.shape}. "
            "Add the chain axis with x[None] if there is one chain."
        )
    if x.shape[1] < MIN_DRAWS or x.shape[0] < 1:
        raise ShapeError(
            f"A diagnostic needs at least one chain of {MIN_DRAWS} draws, found {x.shape[0]} "
            f"chain(s) of {x.shape[1]}. Draw more with num_samples."
        )
    flat = x.reshape(x.shape[0], x.shape[1], -1)
    return np.ascontiguousarray(np.moveaxis(flat, -1, 0), dtype=np.float64)


def label_rows(samples_by_chain):
    """Return the draws of all sites as labelled rows of scalars.

    Parameters
    ----------
    samples_by_chain : dict of str to (C, N, *shape) array

    Returns
    -------
    labels : tuple of str
        Such as ``mu`` and ``theta[0,2]``.
    rows : (R, C, N) float64 array

    Raises
    ------
    ShapeError
        If there are no sites, or if they differ in chains or draws.

    Examples
    --------
    >>> label_rows({"mu": np.zeros((4, 100)), "x": np.zeros((4, 100, 2))})[0]
    ('mu', 'x[0]', 'x[1]')
    """
    sites = check_by_name(samples_by_chain, "samples_by_chain")
    sites = {name: check_numbers(x, f"site {name!r}", finite=False) for name, x in sites.items()}
    if not sites:
        raise ShapeError("There are no draws to describe: the dict of samples is empty.")
    shapes = {name: x.shape[:2] for name, x in sites.items()}
    if len(set(shapes.values())) > 1:
        raise ShapeError("All sites must share the (chain, draw) axes.", found=shapes)
    rows = np.concatenate([to_rows(x) for x in sites.values()])
    return tuple(label for name, x in sites.items() for label in _labels(name, x.shape[2:])), rows


def map_rows(row_fn, x):
    """Apply a function of rows to draws of any shape, block by block.

    Parameters
    ----------
    row_fn : callable
        Maps (R, C, N) float64 to (R,) float64.
    x : (C, N, *shape) array

    Returns
    -------
    float or array of ``shape``
    """
    rows = to_rows(x)
    values = np.empty(len(rows))
    for block in row_blocks(rows):
        with np.errstate(all="ignore"):
            values[block] = row_fn(rows[block])
    return values.reshape(np.shape(x)[2:])[()]


def row_blocks(rows):
    """Return slices that cut (R, C, N) rows into blocks of about `BLOCK_SIZE` draws."""
    draws_per_row = rows.shape[1] * rows.shape[2]
    step = max(1, BLOCK_SIZE // max(1, draws_per_row))
    return [slice(start, start + step) for start in range(0, len(rows), step)]


def split_chains(rows):
    """Cut chains into halves, so that a drift within a chain shows as a difference between chains.

    Parameters
    ----------
    rows : (R, C, N) array
        The middle draw is left out if N is odd.

    Returns
    -------
    (R, 2 C, N // 2) array
    """
    half = rows.shape[2] // 2
    return np.concatenate([rows[:, :, :half], rows[:, :, -half:]], axis=1)


def is_degenerate(rows):
    """Return which rows have no measure of mixing: constant up to rounding, or not finite.

    Parameters
    ----------
    rows : (R, C, N) float64 array

    Returns
    -------
    (R,) bool array
    """
    low, high = rows.min(axis=(1, 2)), rows.max(axis=(1, 2))
    is_varying = high - low > ROUNDING * np.maximum(np.abs(low), np.abs(high))
    return ~(is_varying & np.isfinite(high - low))  # NaN compares false, so it counts as degenerate


def is_constant(rows):
    """Return which rows no rank tells apart: constant up to rounding, or with a NaN.

    Parameters
    ----------
    rows : (R, C, N) float64 array
        Infinities are values like others.

    Returns
    -------
    (R,) bool array
    """
    low, high = rows.min(axis=(1, 2)), rows.max(axis=(1, 2))
    with np.errstate(invalid="ignore", over="ignore"):
        is_varying = high - low > ROUNDING * np.maximum(np.abs(low), np.abs(high))
    is_unbounded = np.isinf(low) | np.isinf(high) | np.isinf(high - low)
    return ~np.where(is_unbounded, high > low, is_varying)  # NaN compares false


def _labels(name, shape):
    if not shape:
        return [name]
    return [f"{name}[{','.join(map(str, index))}]" for index in np.ndindex(*shape)]


MIN_DRAWS = 4
ROUNDING = 1e-14
