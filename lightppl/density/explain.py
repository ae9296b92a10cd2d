"""Show how a model becomes machine code: stages, counts, times, graph, source."""

from lightppl.density.potential import compile_density


def explain(model, *args, **kwargs):
    """Return a report of every stage of compiling a model with its data.

    Parameters
    ----------
    model : callable
    *args, **kwargs
        Arguments of the model.

    Returns
    -------
    Explanation
        Prints itself; its attribute `stages` holds the objects.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> def model():
    ...     lp.sample("x", dist.Normal(0.0, 1.0))
    >>> "optimized graph" in str(explain(model))
    True
    """
    return Explanation(compile_density(model, args, kwargs))


class Explanation:
    """What `explain` found.

    Parameters
    ----------
    density : ModelDensity
    """

    def __init__(self, density):
        self.density = density
        self.stages = density.stages

    def __str__(self):
        if "program" not in self.stages:
            return "The density runs eagerly through autograd: it could not be compiled."
        recorded, optimized = self.stages["recorded"], self.stages["optimized"]
        program, schedule = self.stages["program"], self.stages["schedule"]
        layout = self.density.layout
        seconds = self.stages["seconds"]
        loops = sum(len(schedule.loops(level)) for level in range(schedule.num_levels))
        lines = [
            f"flat vector: {layout.size} numbers, "
            + ", ".join(f"{name}{list(layout.shapes[name])}" for name in layout.names),
            f"nodes: {len(recorded.nodes())} recorded, {len(optimized.nodes())} optimized",
            f"schedule: {schedule.num_levels} levels, {loops} loops, {len(schedule.scalars)} "
            "scalars, "
            f"{len(schedule.calls)} calls",
            f"memory: copied data {8 * (program.float_data.size + program.int_data.size)} bytes, "
            f"data read where they were bound {8 * sum(x.size for x in program.streams)} bytes, "
            f"workspace {8 * program.workspace_size} bytes",
            "seconds: " + ", ".join(f"{name} {value:.4f}" for name, value in seconds.items()),
            "",
            "-- optimized graph, with the lines of the model --",
            *(_annotated(node) for node in optimized.nodes()),
            "",
            "-- source --",
            program.source,
        ]
        return "\n".join(lines)

    __repr__ = __str__


def _annotated(node):
    return f"{node!r}  # {node.location}" if node.location else repr(node)
