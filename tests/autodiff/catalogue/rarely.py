"""NumPy functions that models need now and then."""

import numpy as np

from tests.autodiff.catalogue.row import positive, real, row, spread

MISSING = np.array([[1.0, 2.5, np.nan, 0.3], [4.0, np.nan, np.nan, 2.0], [0.1, 0.7, 0.2, 5.0]])
"""Data with gaps, to which traced numbers are added."""

ROWS = [
    row("piecewise", lambda x: np.piecewise(x, [x < -0.2, x > 0.4], [lambda t: -t**3, np.exp, 0.5]),
        (spread, 7)),
    row("piecewise later wins", lambda x: np.piecewise(x, [x < 0.5, x < 0.0], [np.sin, np.cos]),
        (spread, 7)),
    row("unwrap", lambda x: np.unwrap(9.0 * x), (spread, 7)),
    row("unwrap period", lambda x: np.unwrap(4.0 * x, axis=0, period=3.0), (spread, 4, 2)),
    row("nanmedian", lambda x: np.nanmedian(MISSING + x, axis=1), (spread, 3, 4)),
    row("nanmedian of all", lambda x: np.nanmedian(MISSING + x), (spread, 3, 4)),
    row("nanquantile", lambda x: np.nanquantile(MISSING + x, [0.2, 0.9], axis=0), (spread, 3, 4)),
    row("nanpercentile", lambda x: np.nanpercentile(MISSING + x, 30.0, keepdims=True),
        (spread, 3, 4)),
    row("nancumsum", lambda x: np.nancumsum(MISSING + x, axis=1), (spread, 3, 4)),
    row("nancumprod", lambda x: np.nancumprod(MISSING + x, axis=0), (spread, 3, 4)),
    row("nanargmax", lambda x: x[np.arange(3), np.nanargmax(MISSING + x, axis=1)]
        + x[np.arange(3), np.nanargmin(MISSING + x, axis=1)], (spread, 3, 4)),
    row("nanmax of gaps", lambda x: np.nanmax(MISSING + x, axis=0) + np.fmax.reduce(MISSING + x),
        (spread, 3, 4)),
    row("cross of the plane", lambda x, y: np.cross(x, y), (real, 4, 3), (real, 4, 2)),
    row("gradient of a matrix", lambda x: np.stack(np.gradient(x, 0.5, 2.0)), (real, 3, 4)),
    row("gradient along an axis", lambda x: np.gradient(x, [0.0, 1.0, 3.0, 3.5], axis=1),
        (real, 3, 4)),
    row("gradient of second order", lambda x, h: np.gradient(x, np.cumsum(h), edge_order=2),
        (real, 5), (positive, 5)),
    row("einsum of lists", lambda x, y: np.einsum(x, [0, 1], y, [1, 2], [2, 0]), (real, 2, 3),
        (real, 3, 4)),
    row("einsum of lists without a result", lambda x, y: np.einsum(x, [0, 1], y, [1]),
        (real, 2, 3), (real, 3)),
    row("einsum of lists with dots", lambda x, y: np.einsum(x, [..., 1], y, [1], [...]),
        (real, 2, 3), (real, 3)),
    row("pinv of many", np.linalg.pinv, (real, 2, 2, 3)),
    row("size", lambda x: np.size(x) * x + np.size(x, 1), (real, 2, 3)),
]
