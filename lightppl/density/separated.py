"""The density of a held site element by element, compiled: for samplers that update each of them.

`lightppl.compiler.graph.separation` reads off the graph which elements do not see each other.  A
wrong answer would be a silent one, so what is compiled is compared with the density: at a few
points an element is changed at random, and the vector has to change in its entry alone, and there
by what the density changes by.

Legend: ``D`` size of the flat vector; ``H`` held values; ``n`` elements of a site; ``R`` entries of
the vector.
"""

import numpy as np

from lightppl.compiler.build import Potential, VectorFunction, build_function, confirm_function
from lightppl.compiler.graph.graph import Graph
from lightppl.compiler.graph.separation import separate
from lightppl.compiler.passes import optimize_graph
from lightppl.compiler.schedule.plan import schedule_graph
from lightppl.compiler.write.program import emit_program
from lightppl.density.agreement import values_agree
from lightppl.density.potential import start_of
from lightppl.errors import CompilationError, FallbackWarning, UnsupportedOperationError
from lightppl.records import record
from lightppl.user_line import warn

NUM_CHANGES = 8
"""Single elements that are changed to compare vector and density."""


@record(eq=False)
class SeparatedSite:
    """The potential energy of a held site, element by element.

    Attributes
    ----------
    potential : VectorFunction, Potential or EagerPotential
        A C function that returns the potential energy up to terms without the site, and fills a
        vector with the R parts of it.  With one part its value is that of the function, and the
        vector is scratch.
    order : (S, R) int64
        Elements of the site, in row order: those of a row meet in no term, and column r has the
        part r of the energy to itself.
    """

    potential: object
    order: np.ndarray


def separated_site(density, name, values):
    """Return the potential energy of a held site, element by element, compiled.

    Parameters
    ----------
    density : ModelDensity
    name : str
        A held site.
    values : list of array
        Values that each of its elements can have.

    Returns
    -------
    SeparatedSite
        What is compiled is kept with the density.
    """
    known = density.stages.setdefault("separated", {})
    if name not in known:
        known[name] = _separated(density, name, values)
    return known[name]


def _separated(density, name, values):
    piece, shape = density.held.slices[name], density.held.shapes[name]
    one_by_one = np.arange(piece.stop - piece.start)[:, None]
    if not isinstance(density.potential, Potential):
        return SeparatedSite(density.potential, one_by_one)
    recorded = density.stages["recorded"]
    graph, axes = separate(Graph(recorded.outputs[:1], recorded.arrays), piece.start, shape)
    order = _order_of(shape, axes)
    try:
        program = emit_program(schedule_graph(optimize_graph(graph)), density.held.size)
        function = build_function(program.source)
    except (UnsupportedOperationError, CompilationError):
        return SeparatedSite(density.potential, one_by_one)
    found = SeparatedSite(VectorFunction(function, program, order.shape[1]), order)
    difference = difference_from_density(density, name, found, values)
    if difference is None:
        confirm_function(function)
        return found
    warn(
        f"The compiled density of single elements of the site {name!r} {difference}. They are "
        "updated by the whole density instead, which is slower. Please report the model.",
        FallbackWarning,
    )
    return SeparatedSite(density.potential, one_by_one)


def _order_of(shape, axes):
    """Return the elements that are updated at once, and these groups one after another.

    Examples
    --------
    >>> _order_of((2, 3), (0,))
    array([[0, 3],
           [1, 4],
           [2, 5]])
    """
    elements = np.arange(np.prod(shape, dtype=np.int64)).reshape(shape)
    last = range(len(shape) - len(axes), len(shape))
    num_together = int(np.prod([shape[k] for k in axes], dtype=np.int64))
    return np.moveaxis(elements, axes, last).reshape(-1, num_together)


def difference_from_density(density, name, found, values):
    """Return words for where the energy of single elements and the density differ, or None.

    Parameters
    ----------
    density : ModelDensity
    name : str
    found : SeparatedSite
    values : list of array
        Of each element.
    """
    rng, first = np.random.default_rng(0), density.held.slices[name].start
    q, held = start_of(density.layout, density.trace), np.array(density.potential.held)
    others = np.flatnonzero([len(x) > 1 for x in values])
    if others.size == 0:
        return None
    for _ in range(NUM_CHANGES):
        element = int(rng.choice(others))
        row, column = np.argwhere(found.order == element)[0]
        changed = held.copy()
        possible = values[element][values[element] != held[first + element]]
        changed[first + element] = rng.choice(possible)
        before, after = (density.potential(q, x)[0] for x in (held, changed))
        parts, new_parts = (found.potential(q, x) for x in (held, changed))
        expected = before - parts[column] + new_parts[column]
        is_finite = np.isfinite(before) and np.isfinite(parts[column])
        if is_finite and not values_agree(after, expected):
            return f"gives {-expected} where the density is {-after}"
        same = np.delete(np.arange(len(parts)), column)
        if not np.allclose(parts[same], new_parts[same], 1e-9, 1e-9, equal_nan=True):
            return "changes with other elements than its own"
        if np.isfinite(after):
            held = changed
        q = np.where(np.isfinite(q), q + rng.normal(0.0, 0.1, len(q)), q)
    return None
