"""How a model becomes machine code: what it costs, what is slow in it, and every stage of it."""

from collections import Counter
from time import perf_counter

import numpy as np

from lightppl.compiler.graph.shapes import row_call
from lightppl.compiler.passes.sufficient_statistics import find_statistics
from lightppl.density.eager import EagerPotential
from lightppl.density.potential import compile_density
from lightppl.user_line import user_location


def explain(model, *args, **kwargs):
    """Return a report of the compiled density of a model with its data.

    Printed, it says how large the density is, how long it takes, and what in it is slow or is not
    fused with the rest.  Its method ``details()`` shows each stage: graph, schedule, source.

    Parameters
    ----------
    model : callable
    *args, **kwargs
        Arguments of the model.

    Returns
    -------
    Explanation
        Its attribute `stages` holds the objects.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> def model():
    ...     lp.sample("x", dist.Normal(0.0, 1.0))
    >>> print(explain(model))
    Density of 1 unconstrained value: x[]
    ...
    >>> "optimized graph" in explain(model).details()
    True
    """
    return Explanation(compile_density(model, args, kwargs), user_location())


class Explanation:
    """What `explain` found.

    Parameters
    ----------
    density : ModelDensity
    location : str, optional
        The line that asked: work without a line of the model, the gradient's, is said to stand
        there.
    """

    def __init__(self, density, location=None):
        self.density, self.location = density, location
        self.stages = density.stages

    def __str__(self):
        if isinstance(self.density.potential, EagerPotential):
            return "\n".join([*self._head(), self._why_eager()])
        return "\n".join([*self._head(), *self._memory(), *self._work(), LONG_FORM])

    __repr__ = __str__

    def details(self):
        """Return the long form: counts, seconds of each stage, graph, schedule and source."""
        if "program" not in self.stages:
            return str(self)
        recorded, optimized = self.stages["recorded"], self.stages["optimized"]
        schedule = self.stages["schedule"]
        seconds = self.stages["seconds"]
        lines = [
            *self._head(),
            *self._memory(),
            f"nodes: {len(recorded.nodes())} recorded, {len(optimized.nodes())} optimized",
            f"schedule: {len(schedule.levels)} levels, {len(schedule.nests)} loops, "
            f"{sum(len(level.numbers) for level in schedule.levels)} numbers, "
            f"{len(schedule.calls)} calls",
            "seconds: " + ", ".join(f"{name} {value:.4f}" for name, value in seconds.items()),
            "",
            "-- optimized graph, with the lines of the model --",
            *(_annotated(node) for node in optimized.nodes()),
            "",
            "-- schedule --",
            str(schedule),
            "",
            "-- source --",
            self.stages["program"].source,
        ]
        return "\n".join(lines)

    def _head(self):
        layout = self.density.layout
        sites = ", ".join(f"{name}{list(layout.shapes[name])}" for name in layout.names)
        seconds = sum(self.stages.get("seconds", {}).values())
        return [
            f"Density of {_counted(layout.size, 'unconstrained value')}: {sites}",
            f"Value and gradient take {_duration(self._seconds_of_gradient())}; compiling, or "
            f"reading what was compiled before, took {_duration(seconds)}.",
        ]

    def _why_eager(self):
        reason = self.stages.get("reason", "The compiled code and the model disagree.")
        return f"It runs eagerly through autograd, which is slow. {reason}"

    def _memory(self):
        program = self.stages["program"]
        copied = 8 * (program.float_data.size + program.int_data.size)
        in_place = 8 * sum(x.size for x in program.streams)
        return [
            f"Memory: {_bytes(copied)} of data copied, {_bytes(in_place)} read where they were "
            f"bound, {_bytes(8 * program.workspace_size)} of workspace."
        ]

    def _work(self):
        """Return lines about what is fused, and what is not, the most expensive first."""
        schedule = self.stages["schedule"]
        num_nodes = len(self.stages["optimized"].nodes())
        lines = [
            f"Work: {_counted(num_nodes, 'operation')} in {_counted(len(schedule.nests), 'loop')}"
            f" and {_counted(len(schedule.calls), 'call')} on whole arrays."
        ]
        alone = [node for node in schedule.calls if row_call(node) is None]
        if alone:
            lines.append("Not fused with anything, by the order of what they cost:")
        alone.sort(key=_rough_cost, reverse=True)
        counts = Counter(self._described(node) for node in alone)
        shown = list(counts.items())[:MOST_CALLS]
        lines += [f"    {count} x {text}" if count > 1 else f"    {text}" for text, count in shown]
        if len(counts) > len(shown):
            lines.append(f"    and {len(counts) - len(shown)} more")
        return [*lines, *self._statistics(), *self.stages.get("remarks", ())]

    def _statistics(self):
        """Return a line for each likelihood that was replaced by its sufficient statistics."""
        return [
            f"The likelihood at {x.location or 'a line of the model'}, of {x.num_rows} rows, is "
            f"computed from sufficient statistics of {_counted(x.num_columns, 'column')}, found "
            "when data were bound."
            for x in find_statistics(self.stages["recorded"])
        ]

    def _described(self, node):
        shapes = " and ".join(str(x.shape) for x in node.inputs if x.shape)
        size = f"{node['length']} steps" if "length" in dict(node.attrs) else shapes or "numbers"
        is_of_model = node.location not in (None, self.location)
        return f"{node.op} of {size}, {node.location if is_of_model else 'in the gradient'}"

    def _seconds_of_gradient(self):
        """Return the shortest of some calls at one point."""
        q, times = np.zeros(self.density.layout.size), []
        while len(times) < MAX_CALLS and sum(times) < MAX_SECONDS:
            start = perf_counter()
            self.density.potential(q)
            times.append(perf_counter() - start)
        return min(times)


def _rough_cost(node):
    """Return about how many operations on numbers a call on whole arrays takes."""
    size = max([node.size, *(x.size for x in node.inputs)])
    attrs = dict(node.attrs)
    if "length" in attrs:
        return attrs["length"] * size
    if node.op not in ("cumsum", "cumprod", "linear_recurrence", "argsort", "argmax"):
        return size * max(n for x in node.inputs for n in x.shape[-2:] or (1,))
    return size


def _annotated(node):
    return f"{node!r}  # {node.location}" if node.location else repr(node)


def _counted(count, what):
    return f"{count} {what}{'' if count == 1 else 's'}"


def _duration(seconds):
    for factor, unit in ((1.0, "s"), (1e3, "ms"), (1e6, "microseconds")):
        if seconds * factor >= 1.0:
            break
    return f"{seconds * factor:.3g} {unit}"


def _bytes(count):
    for factor, unit in ((2**30, "GB"), (2**20, "MB"), (2**10, "kB")):
        if count >= factor:
            return f"{count / factor:.3g} {unit}"
    return f"{count} bytes"


LONG_FORM = "The graph and the source: explain(...).details()"
MAX_CALLS, MAX_SECONDS = 200, 0.02
MOST_CALLS = 8
