"""Functions that draw random numbers, as functions of standard noise: these can be compiled.

Whatever a function draws from its key is made of *standard noise*: numbers from distributions
without parameters, by a formula in its parameters.  The function is run once to see how much it
asks for; each request becomes a slot of one vector, and the function of that vector is recorded
like any other.  A kernel fills the vector anew before each call (`lightppl.kernels.noise`).

A key stands for the same numbers each time it is used, here as everywhere: a slot is found by the
path of the key, how many requests its generator had before, and what is asked for.

Legend: ``D`` size of the flat vector; ``H`` number of held values; ``S`` size of the noise; ``M``
size of the result.
"""

import math

import numpy as np

from lightppl.compiler.build import VectorFunction, build_function, confirm_function
from lightppl.compiler.passes import optimize_graph
from lightppl.compiler.record.record import record_vector
from lightppl.compiler.schedule.plan import schedule_graph
from lightppl.compiler.write.program import emit_program
from lightppl.density.noise_generator import KINDS, NoiseKey
from lightppl.errors import CompilationError, ModelError
from lightppl.records import record

NUM_COMPARED = 3
"""Vectors of noise at which what is compiled is compared with the function itself."""


@record
class NoiseLayout:
    """Where each request stands in the vector of noise.

    Attributes
    ----------
    slices : dict of tuple to slice
        By where it was made, kind and shape.
    counts : (3,) int64
        How much there is of each of `KINDS`, which follow one another.
    """

    slices: dict
    counts: np.ndarray

    @property
    def size(self):
        """S."""
        return int(self.counts.sum())

    def key(self, noise):
        """Return a key whose draws are made of a vector of noise (S,), which may be traced."""
        return NoiseKey(0, (), _GivenNoise(self, noise))

    def draw(self, rng):
        """Return noise (S,), drawn as kernels draw it."""
        draws = [getattr(rng, name)(size=n) for name, n in zip(KINDS, self.counts)]
        return np.concatenate(draws)


class NoisyFunction:
    """A compiled function of a flat vector, held values and noise.

    Parameters
    ----------
    function : VectorFunction
        Of the flat vector, and of held values with the noise behind them.
    num_held : int
        H.
    layout : NoiseLayout
    """

    def __init__(self, function, num_held, layout):
        self.function, self.num_held, self.layout = function, num_held, layout
        self.size = function.size

    def __call__(self, q, held, noise):
        """Return the vector, (M,), at q (D,), held (H,) and noise (S,)."""
        return self.function(q, np.concatenate([held, noise]))


def compile_noisy(function, q, held=(), name="The function"):
    """Return a function that draws random numbers, compiled.

    Parameters
    ----------
    function : callable
        ``function(q, held, rng_key) -> (M,)``, plain NumPy.
    q : (D,) float64
        Where it is recorded.
    held : (H,) float64
    name : str
        Of the function, for messages.

    Returns
    -------
    NoisyFunction

    Raises
    ------
    TracingError, UnsupportedOperationError, CompilationError
        If it cannot be compiled; a draw that is not made of standard noise is one reason.
    ModelError
        If two runs of it with the same noise differ.
    """
    held = np.asarray(held, np.float64)
    with np.errstate(all="ignore"):
        finder = _FoundNoise()
        vector = function(q, held, NoiseKey(0, (), finder))
        layout = finder.layout()

        def of_noise(q, values):
            return function(q, values[: len(held)], layout.key(values[len(held) :]))

        rng = np.random.default_rng(0)
        points = [np.concatenate([held, layout.draw(rng)]) for _ in range(NUM_COMPARED)]
        program, again = (_program(of_noise, q, points[0]) for _ in range(2))
        if not _are_equal(program, again):
            raise _unsteady(name)
        built = build_function(program.source)
        compiled = VectorFunction(built, program, np.size(vector))
        for values in points:
            expected = of_noise(q, values)
            if not np.array_equal(expected, of_noise(q, values), equal_nan=True):
                raise _unsteady(name)
            if not np.allclose(compiled(q, values), expected, 1e-8, 1e-12, equal_nan=True):
                raise CompilationError(
                    f"{name} gives other values when it is compiled: {compiled(q, values)} instead "
                    f"of {expected}."
                )
    confirm_function(built)
    return NoisyFunction(compiled, len(held), layout)


class _FoundNoise:
    """Noise of a first run, which shows what a function asks for."""

    def __init__(self):
        self._rng, self._values = np.random.default_rng(0), {}

    def take(self, where, kind, shape):
        """Return noise for a request; the same request has the same noise."""
        known = self._values
        if (where, kind, shape) not in known:
            known[where, kind, shape] = getattr(self._rng, kind)(size=shape)
        return known[where, kind, shape]

    def layout(self):
        """Return where noise for all requests so far shall stand."""
        slices, counts, start = {}, [], 0
        for kind in KINDS:
            first = start
            for request in self._values:
                if request[1] == kind:
                    slices[request] = slice(start, start + math.prod(request[2]))
                    start += math.prod(request[2])
            counts.append(start - first)
        return NoiseLayout(slices, np.array(counts, np.int64))


class _GivenNoise:
    """Noise that stands in a vector, plain or traced."""

    def __init__(self, layout, vector):
        self._layout, self._vector = layout, vector

    def take(self, where, kind, shape):
        """Return the noise for a request."""
        found = self._layout.slices.get((where, kind, shape))
        if found is None:
            raise ModelError(
                "A function that is compiled asked for other random numbers than before: "
                f"{math.prod(shape)} by {kind}. What it draws must not depend on values, nor on "
                "how often it was called."
            )
        return np.reshape(self._vector[found], shape)


def _program(function, q, values):
    graph = optimize_graph(record_vector(function, q, values))
    return emit_program(schedule_graph(graph), len(values))


def _are_equal(program, other):
    """Return whether two programs have the same text and the same data."""
    if program.source != other.source or len(program.streams) != len(other.streams):
        return False
    pairs = [(program.float_data, other.float_data), *zip(program.streams, other.streams)]
    return all(np.array_equal(x, y, equal_nan=True) for x, y in pairs)


def _unsteady(name):
    return ModelError(
        f"{name} does not do the same when it is called again with the same arguments: it reads "
        "what changes, or draws random numbers from something else than its key."
    )
