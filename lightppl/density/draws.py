"""Run a function of site values for many draws at once.

The function is recorded once, as a graph whose inputs are the draws and whose random statements
are nodes; the graph is then evaluated for all draws together.  What cannot be recorded is run
once a draw; so is a function that draws random numbers behind lightppl's back, which would be the
same in all draws.
"""

import math

import numpy as np

from lightppl.autodiff.frozen import has_same_content
from lightppl.compiler.graph.batch import evaluate_batch
from lightppl.compiler.record.random_draws import RecordingGenerator
from lightppl.compiler.record.record import record_function
from lightppl.errors import (
    LightPPLWarning, ShapeError, SiteNameError, TracingError, UnsupportedOperationError,
)
from lightppl.user_line import warn


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

    Warns
    -----
    LightPPLWarning
        If two runs on the same draw give different results.
    """
    return OverDraws(run)(given, count, rng)


class OverDraws:
    """A function of site values that is recorded once, and run for many draws again and again.

    Parameters
    ----------
    run : callable
        As in `map_over_draws`; nothing that it reads may change.
    """

    def __init__(self, run):
        self._run, self._recorded = run, None

    def __call__(self, given, count, rng=None, num_threads=1):
        """Return what `map_over_draws` returns, of draws with the shapes of the first call.

        Parameters
        ----------
        given : dict of str to (count, ...) array
        count : int
        rng : numpy.random.Generator, optional
        num_threads : int
            Among which draws are shared, if nothing is drawn; results do not depend on it.
        """
        given = {name: np.asarray(value) for name, value in given.items()}
        if self._recorded is None:
            self._recorded = self._record(given, _points(given, 0, min(count, 1))[0])
        if not self._recorded:
            return _map_one_by_one(self._run, given, count, rng)
        graph, names = self._recorded

        def points(start, stop):
            return _points(given, start, stop)

        return dict(zip(names, evaluate_batch(graph, points, rng, count, num_threads)))

    def _record(self, given, point):
        """Return a graph and the names of its outputs; False if the function cannot be recorded."""
        pieces = _pieces(given)

        def recorded(q, generator):
            return self._run({name: piece(q) for name, piece in pieces.items()}, generator)

        try:
            with np.errstate(all="ignore"):
                graph, names = again, _ = record_function(recorded, point, RecordingGenerator)
                # what differs from run to run must not be kept as data of all draws
                if any(node.op == "data" for node in graph.nodes()):
                    again, _ = record_function(recorded, point, RecordingGenerator)
        except (TracingError, UnsupportedOperationError):
            return False
        if not _has_same_data(graph, again):
            _warn_of_hidden_draws(self._run, given)
            return False
        return graph, names


def _map_one_by_one(run, given, count, rng):
    rows = [run({name: x[k] for name, x in given.items()}, rng) for k in range(count)]
    for row in rows:
        _require_same_sites(rows[0], row)
    return {name: np.stack([np.asarray(row[name]) for row in rows]) for name in rows[0]}


def _require_same_sites(first, other):
    for name in (*first, *other):
        if name not in first or name not in other:
            raise SiteNameError(
                f"The site {name!r} exists for some draws only, so its values make no array. Let "
                "the model have it always, and let np.where choose its value."
            )
        shapes = np.shape(first[name]), np.shape(other[name])
        if shapes[0] != shapes[1]:
            raise ShapeError(
                f"The site {name!r} has shape {shapes[0]} for one draw and {shapes[1]} for "
                "another, so its values make no array. Give it one shape for all draws."
            )


def _has_same_data(graph, other):
    if graph is other:
        return True
    pools = graph.arrays, other.arrays
    if pools[0].keys() != pools[1].keys():
        return False
    pairs = [(array, pools[1][key]) for key, array in pools[0].items()]
    return all(a is b or has_same_content(a, b) for a, b in pairs)


def _warn_of_hidden_draws(run, given):
    first = {name: x[0] for name, x in given.items()}
    with np.errstate(all="ignore"):
        runs = [run(first, np.random.default_rng(0)) for _ in range(2)]
    differ = [k for k in runs[0] if not np.array_equal(runs[0][k], runs[1][k], equal_nan=True)]
    warn(
        "Two runs of the model on the same draw differ"
        f"{' in ' if differ else ''}{', '.join(map(repr, differ))}: it draws random numbers "
        "outside of sample statements, or changes what it reads. It is run once for each draw, "
        "which is slower, and the result cannot be repeated from a key. Draw with sample.",
        LightPPLWarning,
    )


def _pieces(given):
    """Return how each site is read from a flat vector, which begins with a number of no use."""
    pieces, start = {}, 1
    for name, value in given.items():
        stop = start + math.prod(value.shape[1:])
        pieces[name] = _reader(start, stop, value.shape[1:], value.dtype.kind)
        start = stop
    return pieces


def _points(given, start, stop):
    """Return some of the draws as rows of flat vectors."""
    rows = [value[start:stop] for value in given.values()]
    points = np.zeros((stop - start, 1 + sum(math.prod(x.shape[1:]) for x in rows)))
    first = 1
    for x in rows:
        flat = x.reshape(len(x), math.prod(x.shape[1:]))
        points[:, first : first + flat.shape[1]] = flat
        first += flat.shape[1]
    return points


def _reader(start, stop, shape, kind):
    def read(q):
        value = np.reshape(q[start:stop], shape)
        return value.astype(np.int64) if kind in "iub" else value

    return read
