"""Run a function of site values for many draws at once.

The function is recorded once, as a graph whose inputs are the draws and whose random statements
are nodes; the graph is then evaluated for all draws together.  What cannot be recorded is run
once a draw.
"""

import math

import numpy as np

from lightppl.compiler.batch import evaluate_batch
from lightppl.compiler.draws import RecordingGenerator
from lightppl.compiler.record import record_function
from lightppl.errors import TracingError, UnsupportedOperationError


def map_over_draws(run, given, count, rng):
    """Return the results of a function for each of many draws.

    Parameters
    ----------
    run : callable
        ``run(values, generator) -> {name: array}``, with `values` as `given` without the first
        axis.
    given : dict of str to (count, ...) array
    count : int
        Number of draws; needed when nothing is given.
    rng : numpy.random.Generator

    Returns
    -------
    dict of str to (count, ...) array
    """
    pieces, points = _flatten(given, count)

    def recorded(q, generator):
        return run({name: piece(q) for name, piece in pieces.items()}, generator)

    try:
        with np.errstate(all="ignore"):
            graph, names = record_function(recorded, points[0], RecordingGenerator)
    except (TracingError, UnsupportedOperationError):
        rows = [run({name: x[k] for name, x in given.items()}, rng) for k in range(count)]
        return {name: np.stack([np.asarray(row[name]) for row in rows]) for name in rows[0]}
    return dict(zip(names, evaluate_batch(graph, points, rng, count)))


def _flatten(given, count):
    """Return how each site is read from a flat vector, and the draws as rows of such vectors."""
    pieces, columns = {}, [np.zeros((count, 1))]
    start = 1
    for name, value in given.items():
        value = np.asarray(value)
        flat = value.reshape(count, math.prod(value.shape[1:]))
        pieces[name] = _reader(start, start + flat.shape[1], value.shape[1:], value.dtype.kind)
        columns.append(flat)
        start += flat.shape[1]
    return pieces, np.concatenate(columns, axis=1).astype(np.float64)


def _reader(start, stop, shape, kind):
    def read(q):
        value = np.reshape(q[start:stop], shape)
        return value.astype(np.int64) if kind in "iub" else value

    return read
