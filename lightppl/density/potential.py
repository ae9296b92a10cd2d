"""Model and data to a compiled potential: the whole line, in the order in which it happens."""

import time
from dataclasses import dataclass, field

import numpy as np

from lightppl.compiler.build import Potential, build_function
from lightppl.compiler.emit import emit_program
from lightppl.compiler.passes import optimize_graph
from lightppl.autodiff.gradient import misuse_named
from lightppl.autodiff.remarks import collect_remarks
from lightppl.autodiff.user_expression import location_of_error
from lightppl.compiler.record import record_value_and_gradient
from lightppl.compiler.schedule import schedule_graph
from lightppl.density.agreement import require_agreement
from lightppl.density.blame import describe_unsteady_site
from lightppl.density.bound_data import (
    bound, is_refused_write, on_copies, refuse_masked_product,
)
from lightppl.density.debug_ladder import (
    check_source, show_graph, show_seconds, show_source, shown_after_pass,
)
from lightppl.density.draws import map_over_draws
from lightppl.density.eager import EagerPotential, is_floating_point_failure
from lightppl.density.initialize import init_to_uniform, initial_points
from lightppl.density.layout import is_inferred, layout_sites
from lightppl.density.log_density import constrained_values, flat_log_density
from lightppl.distributions import biject_to
from lightppl.errors import (
    CompilationError, FallbackWarning, LightPPLError, ShapeError, TracingError,
    UnsupportedOperationError,
)
from lightppl.handlers import seed, substitute, trace
from lightppl.language import Messenger, check_trace, unused_sites
from lightppl.random import as_generator
from lightppl.settings import debug_level, is_validation_enabled
from lightppl.user_line import warn


@dataclass
class ModelDensity:
    """A model with its data: potential, layout, and the way back to site values.

    Attributes
    ----------
    potential : Potential or EagerPotential
        ``U = -log density`` of the flat unconstrained vector, with gradient.
    layout : SiteLayout
    trace : Trace
        One run of the model.
    model, model_args, model_kwargs
        What was compiled; the arguments are copies, see `lightppl.density.bound_data`.
    stages : dict of str to object
        Graphs, schedule, source and seconds of each stage, for `explain`.
    """

    potential: object
    layout: object
    trace: object
    model: object
    model_args: tuple
    model_kwargs: dict
    stages: dict = field(default_factory=dict)

    def set_data(self, *model_args, **model_kwargs):
        """Bind other data, of the same shapes, without compiling anything.

        Parameters
        ----------
        *model_args, **model_kwargs
            Arguments of the model.

        Raises
        ------
        ShapeError
            If other code would be needed; then this density stays as it is.
        """
        is_compiled = isinstance(self.potential, Potential)
        other = compile_density(
            self.model,
            model_args,
            model_kwargs,
            jit=is_compiled,
            source=self.stages["program"].source if is_compiled else None,
        )
        if other.layout != self.layout:
            raise ShapeError(
                "set_data was given data with which the model has the latent sites "
                f"{other.layout.shapes}; with the data before it had {self.layout.shapes}. "
                "Compile a density of its own for them."
            )
        self.trace, self.stages = other.trace, other.stages
        self.model, self.model_args = other.model, other.model_args
        self.model_kwargs, self.potential = other.model_kwargs, other.potential

    def constrain(self, points, exclude_deterministic=False):
        """Return the values of latent and deterministic sites at each row of `points`.

        Parameters
        ----------
        points : (B, D) float64
            Unconstrained.
        exclude_deterministic : bool

        Returns
        -------
        dict of str to (B, ...) array
        """
        values_at = constrained_values(
            self.model, self.layout, self.model_args, self.model_kwargs, exclude_deterministic
        )
        points = np.asarray(points, dtype=np.float64)
        return map_over_draws(
            lambda values, _: values_at(values["q"]), {"q": points}, len(points), None
        )

    def unconstrain(self, values):
        """Return the flat vector of constrained site values.

        Parameters
        ----------
        values : dict of str to array
            A value for every latent site.

        Returns
        -------
        (D,) float64
        """
        with trace() as tr, substitute(data=values):
            seed(self.model, 0)(*self.model_args, **self.model_kwargs)
        pieces = {
            name: biject_to(tr[name].fn.support).inv(np.asarray(values[name], dtype=np.float64))
            for name in self.layout.names
        }
        return self.layout.flatten(pieces)

    def initial_points(self, rngs, init_strategy=init_to_uniform, init_params=None):
        """Return one starting point a chain, see `lightppl.density.initialize.initial_points`."""
        return initial_points(self, rngs, init_strategy, init_params)


def compile_density(model, model_args=(), model_kwargs=None, *, rng_key=0, jit=True, source=None):
    """Return the compiled log density of a model with its data, which are bound once.

    Parameters
    ----------
    model : callable
    model_args : tuple
    model_kwargs : dict, optional
    rng_key : key, optional
        For the one run that finds the sites.
    jit : bool
        If False, the density runs eagerly through autograd.
    source : str, optional
        The only source that may result: then nothing has to be compiled.

    Returns
    -------
    ModelDensity

    Raises
    ------
    ModelError
        If model and data do not fit; see the subclasses.

    See Also
    --------
    lightppl.density.bound_data : What it means that data are bound.
    """
    model_args, model_kwargs = bound(tuple(model_args)), bound(dict(model_kwargs or {}))
    try:
        found = _first_run(model, model_args, model_kwargs, rng_key)
    except Exception as error:
        refuse_masked_product(error)
        if not is_refused_write(error):
            raise
        model = on_copies(model)
        found = _first_run(model, model_args, model_kwargs, rng_key)
    if is_validation_enabled():
        check_trace(found)
    layout = layout_sites(found)
    log_density_at = flat_log_density(model, layout, model_args, model_kwargs)
    density = ModelDensity(None, layout, found, model, model_args, model_kwargs)
    start = _start_of(layout, found)
    objective = lambda q: -log_density_at(q)  # noqa: E731
    if layout.size == 0:
        # nothing is inferred, so the density is one number; chains run and find what is computed
        U = objective(start)
        density.potential = EagerPotential(lambda q: U, 0)
        return density
    density.potential = compile_objective(
        objective,
        start,
        jit,
        density.stages,
        lambda: describe_unsteady_site(density, start),
        source=source,
    )
    return density


def _first_run(model, model_args, model_kwargs, rng_key):
    """The trace of one run at any point, which shows the sites."""
    with unused_sites("error"), trace() as found, AnyPoint(as_generator(rng_key)):
        seed(model, rng_key)(*model_args, **model_kwargs)
    return found


def compile_objective(
    objective, q, jit=True, stages=None, describe_unsteady=lambda: "", *, source=None
):
    """Return value and gradient of a scalar function of a flat vector, compiled.

    Parameters
    ----------
    objective : callable
        Plain NumPy, ``(D,) -> float``.
    q : (D,) float64
        Where it is recorded.
    jit : bool
    stages : dict, optional
        Receives what each stage made.
    describe_unsteady : callable, optional
        See `require_agreement`.
    source : str, optional
        The only source that may result.

    Returns
    -------
    Potential, or EagerPotential after one warning if the function cannot be compiled

    Raises
    ------
    ModelError
        If the function gives different values at the same point.
    """
    if not jit:
        return EagerPotential(objective, len(q))
    stages = {} if stages is None else stages
    try:
        potential = _compiled(objective, q, stages, source)
    except (TracingError, UnsupportedOperationError, CompilationError) as error:
        if isinstance(error, TracingError) and not error.is_recoverable:
            raise
        return _fallen_back(objective, q, error, stages)
    except Exception as error:
        is_own = isinstance(error, LightPPLError) or is_floating_point_failure(error)
        if is_own or debug_level() >= 1:
            raise
        return _fallen_back_from_failure(objective, q, error, stages)
    with _timed(stages["seconds"], "compare"):
        return require_agreement(potential, objective, q, describe_unsteady)


def _compiled(objective, q, stages, source):
    seconds = stages.setdefault("seconds", {})
    with _timed(seconds, "record"), misuse_named(), np.errstate(all="ignore"):
        with collect_remarks() as stages["remarks"]:
            recorded = record_value_and_gradient(objective, q)
    stages["recorded"] = recorded
    show_graph("recorded", recorded)
    with _timed(seconds, "optimize"):
        graph = optimize_graph(recorded, shown_after_pass(recorded, q))
    stages["optimized"] = graph
    with _timed(seconds, "schedule"):
        schedule = schedule_graph(graph)
    stages["schedule"] = schedule
    with _timed(seconds, "emit"):
        program = emit_program(schedule)
    stages["program"] = program
    show_source(program.source)
    check_source(program, recorded, q)
    if source not in (None, program.source):
        raise ShapeError(
            "These data need other code than the data before: their shapes or types differ, or the "
            "model does something else with them. Compile a density of its own for them."
        )
    with _timed(seconds, "build"):
        function = build_function(program.source)
    return Potential(
        function,
        len(q),
        program.float_data,
        program.int_data,
        program.workspace_size,
        program.streams,
    )


def _fallen_back(objective, q, error, stages):
    stages["reason"] = error.message
    potential = EagerPotential(objective, len(q))
    loss = potential.find_gradient_loss(q)
    slower = f"{error.message} The model runs eagerly through autograd instead, which is slower."
    warn(loss or slower, FallbackWarning, location_of_error(error))
    return potential


def _fallen_back_from_failure(objective, q, error, stages):
    """Run eagerly what the compiler failed at; what fails eagerly too is the model's own error."""
    stages["reason"] = f"{type(error).__name__}: {error}"
    potential = EagerPotential(objective, len(q))
    try:
        potential.find_gradient_loss(q)
    except Exception:
        raise error from None
    warn(
        f"The model could not be compiled, by a fault of lightppl ({stages['reason']}). Please "
        "report the model. It runs eagerly through autograd instead, which is slower.",
        FallbackWarning,
    )
    return potential


class AnyPoint(Messenger):
    """Gives latent sites an arbitrary value inside their support, so that shapes can be seen.

    No distribution has to be able to draw.

    Parameters
    ----------
    rng : Generator
    """

    def __init__(self, rng):
        self.rng = rng
        super().__init__()

    def process_message(self, msg):
        if not is_inferred(msg) or msg.value is not None or msg.fn.support is None:
            return
        if msg.fn.is_discrete:
            return
        transform = biject_to(msg.fn.support)
        shape = transform.inverse_shape(msg.kwargs.get("sample_shape", ()) + tuple(msg.fn.shape()))
        msg.value = transform(self.rng.uniform(-1.0, 1.0, size=shape))


class _timed:
    def __init__(self, seconds, name):
        self.seconds, self.name = seconds, name

    def __enter__(self):
        self.start = time.perf_counter()

    def __exit__(self, *exc):
        self.seconds[self.name] = time.perf_counter() - self.start
        show_seconds(self.name, self.seconds[self.name])


def _start_of(layout, found):
    """The flat vector of one run of the model: a point where shapes are known to work."""
    pieces = {}
    for name in layout.names:
        site = found[name]
        pieces[name] = biject_to(site.fn.support).inv(np.asarray(site.value, dtype=np.float64))
    q = layout.flatten(pieces)
    return np.where(np.isfinite(q), q, 0.0)
