"""Values of sites at one point, compiled: for Python code that asks at each transition.

`ModelDensity.constrain` is made for thousands of draws at once, and one draw costs it half a
thousand times as much as its part of them.

Legend: ``D`` size of the flat vector; ``H`` number of held values; ``M`` numbers of all sites.
"""

import math

import numpy as np

from lightppl.compiler.build import VectorFunction, build_function
from lightppl.compiler.passes import optimize_graph
from lightppl.compiler.record.record import record_vector
from lightppl.compiler.schedule.plan import schedule_graph
from lightppl.compiler.write.program import emit_program
from lightppl.density.log_density import constrained_values
from lightppl.errors import CompilationError, TracingError, UnsupportedOperationError


class SiteValues:
    """Values of latent and deterministic sites as a function of one point.

    Parameters
    ----------
    density : ModelDensity

    Notes
    -----
    It may be called from several threads at once.
    """

    def __init__(self, density):
        self._density = density
        self._values_at = constrained_values(
            density.model, density.layout, density.model_args, density.model_kwargs
        )
        self._pieces, self._compiled = {}, None

    def __call__(self, point):
        """Return the values by name at a point (D + H,)."""
        if not self._pieces:
            self._compile(point)
        if self._compiled is None:
            return {name: np.asarray(x) for name, x in self._values_at(point).items()}
        size = self._density.size
        found = self._compiled(point[:size], point[size:])
        return {
            name: found[piece].reshape(shape).astype(dtype, copy=False)
            for name, (piece, shape, dtype) in self._pieces.items()
        }

    def _compile(self, point):
        pieces, start = {}, 0
        for name, x in self._values_at(point).items():
            dtype = np.asarray(x).dtype
            pieces[name] = slice(start, start + np.size(x)), np.shape(x), dtype
            start += math.prod(np.shape(x))
        size = self._density.size

        def vector(q, held):
            values = self._values_at(np.concatenate([q, held]))
            return np.concatenate([np.ravel(values[name]) * 1.0 for name in pieces])

        try:
            graph = record_vector(vector, point[:size], point[size:])
            program = emit_program(schedule_graph(optimize_graph(graph)), len(point) - size)
            self._compiled = VectorFunction(build_function(program.source), program, start)
        except (TracingError, UnsupportedOperationError, CompilationError):
            self._compiled = None
        self._pieces = pieces
