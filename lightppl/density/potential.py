"""Model and data to a compiled potential: the whole line, in the order in which it happens."""

import time
from functools import partial

import numpy as np

from lightppl.arguments import shown
from lightppl.compiler.build import Potential, build_function
from lightppl.compiler.write.program import emit_program
from lightppl.compiler.passes import optimize_graph
from lightppl.autodiff.gradient import misuse_named
from lightppl.autodiff.remarks import collect_remarks
from lightppl.compiler.record.record import record_value_and_gradient
from lightppl.compiler.schedule.plan import schedule_graph
from lightppl.density.agreement import require_agreement
from lightppl.density.bound_data import (
    bound, is_refused_write, on_copies, refuse_masked_product,
)
from lightppl.density.debug_ladder import (
    check_source, show_graph, show_schedule, show_seconds, show_source, shown_after_pass,
)
from lightppl.density.density import FunctionDensity, ModelDensity
from lightppl.density.eager import EagerPotential, is_floating_point_failure
from lightppl.density.held import INVERSE_TEMPERATURE, held_values, layout_held
from lightppl.density.layout import is_inferred, layout_leaves, layout_sites
from lightppl.density.log_density import flat_log_density
from lightppl.distributions import biject_to
from lightppl.errors import (
    ArgumentError, CompilationError, FallbackWarning, LightPPLError, ShapeError, TracingError,
    UnsupportedOperationError,
)
from lightppl.handlers import seed, trace
from lightppl.keys import fold_in
from lightppl.language import Messenger, check_trace, unused_sites
from lightppl.language.traced_index import indexable
from lightppl.random import as_generator
from lightppl.settings import debug_level, is_validation_enabled
from lightppl.user_line import warn
from lightppl.when_used import module_when_used

blame = module_when_used("lightppl.density.blame")
user_expression = module_when_used("lightppl.autodiff.user_expression")


MOST_RUNS = 5
"""Of a model, to find held values that are all other ones."""


def compile_density(
    model, model_args=(), model_kwargs=None, *, rng_key=0, jit=True, source=None,
    held=(), tempered=None, estimate=None,
):
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
    held : sequence of str
        Latent sites, and plates with a subsample, whose values are given from outside and may
        change between calls; discrete sites have to be.
    tempered : {None, "likelihood", "all"}
        What is multiplied by a further held value, the inverse temperature: the log density of
        observed sites, or that of all.
    estimate : callable, optional
        ``estimate(density)``, of a density without a potential, returns what stands for the log
        density of all sites, see `flat_log_density`; of a density that is not tempered.

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
    lightppl.density.held : What it means that values are held.
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
    held_layout = layout_held(found, held, tempered)
    layout = layout_sites(found, held_layout)
    if held_layout.size:
        model, model_args, model_kwargs = map(indexable, (model, model_args, model_kwargs))
    density = ModelDensity(
        None, layout, found, model, model_args, model_kwargs,
        recompile=partial(compile_density, held=held, tempered=tempered, estimate=estimate),
    )
    log_density_at = flat_log_density(
        model, layout, model_args, model_kwargs, tempered,
        None if estimate is None else estimate(density),
    )
    start = start_of(layout, found)
    objective = lambda q, held=(): -log_density_at(q, held)  # noqa: E731
    values = []
    if held_layout.size:
        values = [_held_at(held_layout, found, 1.0)]
        for key in range(MOST_RUNS):
            again = _first_run(model, model_args, model_kwargs, fold_in(rng_key, key))
            values[1:] = [_held_at(held_layout, again, 0.5)]
            if np.all(values[0] != values[1]):
                break
    if layout.size == 0 and not values:
        # nothing is inferred, so the density is one number; chains run and find what is computed
        U = objective(start)
        density.potential = EagerPotential(lambda q: U, 0)
        return density
    density.potential = compile_objective(
        objective,
        start,
        jit,
        density.stages,
        lambda: blame.describe_unsteady_site(density, np.concatenate([start, *values[:1]])),
        source=source,
        held=values,
    )
    return density


def _held_at(layout, found, inverse_temperature):
    """Return what is held in a trace, flat."""
    names = [name for name in layout.names if name in found]
    values = held_values(found, names)
    return layout.flatten({**values, INVERSE_TEMPERATURE: inverse_temperature})


def compile_function(potential_fn, start, *, jit=True, tempered=None):
    """Return the compiled density of a potential function.

    Parameters
    ----------
    potential_fn : callable
        ``-log density`` of an array or a nested structure of arrays, in plain NumPy.
    start : array or structure of float64 arrays
        Tells the structure; the function is recorded there.
    jit : bool
    tempered : {None, "all"}
        Whether the function is multiplied by a held value, the inverse temperature.

    Returns
    -------
    FunctionDensity
    """
    held = layout_held({}, (), tempered)
    density = FunctionDensity(None, layout_leaves(start, held), start)

    def objective(q, held=()):
        U = _one_number(potential_fn(density.unflatten(q)))
        return held[0] * U if tempered else U

    q = density.flatten(start)[: density.size]
    values = [np.ones(1), np.full(1, 0.5)] if tempered else []
    density.potential = compile_objective(objective, q, jit, held=values)
    return density


def _one_number(value):
    """Return what a potential function returned, which must be a real number."""
    # a traced value has a dtype, and must not become a plain array
    dtype = value.dtype if hasattr(value, "dtype") else np.asarray(value).dtype
    shape, is_real = np.shape(value), dtype.kind in "biuf"
    if is_real and shape == ():
        return value
    if is_real:
        found = f"an array of shape {shape}. Sum its elements, for example with np.sum"
    else:
        found = "a complex number" if dtype.kind == "c" else shown(value)
    raise ArgumentError(f"potential_fn must return a number, -log density; it returned {found}.")


def _first_run(model, model_args, model_kwargs, rng_key):
    """The trace of one run at any point, which shows the sites."""
    with unused_sites("error"), trace() as found, AnyPoint(as_generator(rng_key)):
        seed(model, rng_key)(*model_args, **model_kwargs)
    return found


def compile_objective(
    objective, q, jit=True, stages=None, describe_unsteady=lambda: "", *, source=None, held=()
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
    held : sequence of (H,) float64
        Values of what is held, if anything; then ``objective(q, held)``.  The first are those at
        which it is recorded, and at all of them it is compared with what is compiled.

    Returns
    -------
    Potential, or EagerPotential after one warning if the function cannot be compiled

    Raises
    ------
    ModelError
        If the function gives different values at the same point.
    """
    eager = EagerPotential(objective, len(q), *held[:1])
    if not jit:
        return eager
    stages = {} if stages is None else stages
    try:
        potential = _compiled(objective, q, stages, source, held)
    except (TracingError, UnsupportedOperationError, CompilationError) as error:
        if isinstance(error, TracingError) and not (error.is_recoverable or len(held)):
            raise
        return _fallen_back(eager, q, error, stages)
    except Exception as error:
        is_own = isinstance(error, LightPPLError) or is_floating_point_failure(error)
        if is_own or debug_level() >= 1:
            raise
        return _fallen_back_from_failure(eager, q, error, stages)
    with _timed(stages["seconds"], "compare"):
        return require_agreement(potential, objective, q, describe_unsteady, held)


def _compiled(objective, q, stages, source, held=()):
    seconds = stages.setdefault("seconds", {})
    with _timed(seconds, "record"), misuse_named(), np.errstate(all="ignore"):
        with collect_remarks() as stages["remarks"]:
            recorded = record_value_and_gradient(objective, q, *held[:1])
    stages["recorded"] = recorded
    show_graph("recorded", recorded)
    with _timed(seconds, "optimize"):
        graph = optimize_graph(recorded, shown_after_pass(recorded, q, held))
    stages["optimized"] = graph
    with _timed(seconds, "schedule"):
        schedule = schedule_graph(graph)
    stages["schedule"] = schedule
    show_schedule(schedule)
    with _timed(seconds, "emit"):
        program = emit_program(schedule, *map(len, held[:1]))
    stages["program"] = program
    show_source(program.source)
    check_source(program, recorded, q, held)
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
        *held[:1],
    )


def _fallen_back(potential, q, error, stages):
    stages["reason"] = error.message
    loss = potential.find_gradient_loss(q)
    slower = f"{error.message} The model runs eagerly through autograd instead, which is slower."
    warn(loss or slower, FallbackWarning, user_expression.location_of_error(error))
    return potential


def _fallen_back_from_failure(potential, q, error, stages):
    """Run eagerly what the compiler failed at; what fails eagerly too is the model's own error."""
    stages["reason"] = f"{type(error).__name__}: {error}"
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


def start_of(layout, found):
    """Return the flat vector of one run of the model: a point where shapes are known to work."""
    pieces = {}
    for name in layout.names:
        site = found[name]
        pieces[name] = biject_to(site.fn.support).inv(np.asarray(site.value, dtype=np.float64))
    q = layout.vector(pieces)
    return np.where(np.isfinite(q), q, 0.0)
