"""Where chains start: strategies, and the search for a point with finite density and gradient.

A strategy is a function ``strategy(site) -> value or None``: the constrained value of a latent
site, or None to leave it to `init_to_uniform`.  Called without a site, each strategy here returns
itself with its options bound, so ``init_to_uniform(radius=1)`` and ``init_to_uniform`` can both
be passed around.

A strategy that has to look at the density has, besides, a method ``find_point(potential, propose,
is_free, rng) -> q`` for all sites at once: ``potential(q)`` gives -log density and its gradient,
``propose()`` a point with finite density to set out from, and coordinates that are not free keep
the value they have there.  `lightppl.infer.init_to_pathfinder` is one.
"""

from functools import partial

import numpy as np

from lightppl.arguments import check_by_name, check_count, check_number, check_numbers
from lightppl.density.held import INVERSE_TEMPERATURE
from lightppl.density.layout import is_inferred
from lightppl.distributions import biject_to
from lightppl.distributions.constraints import is_dependent
from lightppl.errors import ConstraintError, InitializationError, ShapeError
from lightppl.handlers import seed, trace
from lightppl.language import Messenger
from lightppl.language.checks import family_name
from lightppl.random import as_generator
from lightppl.when_used import module_when_used

blame = module_when_used("lightppl.density.blame")

MAX_ATTEMPTS = 100

NUM_CANDIDATES = 5
"""Points that are compared for each chain.

Far out a density may be flat, wildly steep, or rough, as where a solver's error is all that is left
of a solution.  There step sizes collapse and a chain hardly moves again: of one-compartment models
with Michaelis-Menten elimination, 2 chains of 100 that began at the first point, and none of those
that began at the best of five, which took half as many gradients to warm up.
"""


def init_to_uniform(site=None, radius=2):
    """Draw uniformly from ``(-radius, radius)`` in unconstrained space.

    Parameters
    ----------
    site : Message, optional
    radius : float
        Positive.
    """
    if site is None:
        return partial(init_to_uniform, radius=check_number(radius, "radius", least=0))
    transform = biject_to(site["fn"].support)
    shape = transform.inverse_shape(_shape(site))
    rng = as_generator(site["kwargs"]["rng_key"])
    return transform(rng.uniform(-radius, radius, size=shape))


def init_to_feasible(site=None):
    """Start at an arbitrary fixed point of the support: zero in unconstrained space.

    Parameters
    ----------
    site : Message, optional
    """
    return init_to_feasible if site is None else init_to_uniform(site, radius=0)


def init_to_sample(site=None):
    """Start at a draw from the prior; where it cannot draw, as by `init_to_uniform`.

    Parameters
    ----------
    site : Message, optional
    """
    return init_to_sample if site is None else init_to_median(site, num_samples=1)


def init_to_median(site=None, num_samples=15):
    """Start at the median of a few draws from the prior, taken in unconstrained space.

    Where the prior cannot draw, start as by `init_to_uniform`.

    Parameters
    ----------
    site : Message, optional
    num_samples : int
    """
    if site is None:
        return partial(init_to_median, num_samples=check_count(num_samples, "num_samples", least=1))
    try:
        draws = _draw(site, (num_samples,))
    except NotImplementedError:
        return init_to_uniform(site)
    if num_samples == 1:
        return draws[0]
    # a median entry by entry may leave a support such as the simplex, but not the reals
    transform = biject_to(site["fn"].support)
    return transform(np.median(transform.inv(draws), axis=0))


def init_to_mean(site=None):
    """Start at the mean of the prior, or at its median where no mean inside the support is known.

    Parameters
    ----------
    site : Message, optional
    """
    if site is None:
        return init_to_mean
    try:
        mean = np.asarray(site["fn"].mean, dtype=np.float64)
    except NotImplementedError:
        return init_to_median(site)
    if not (np.all(np.isfinite(mean)) and np.all(site["fn"].support(mean))):
        return init_to_median(site)
    return np.broadcast_to(mean, _shape(site))


def init_to_value(site=None, values=None):
    """Start at given constrained values; sites without one start as by `init_to_uniform`.

    Parameters
    ----------
    site : Message, optional
    values : dict of str to array
    """
    values = {} if values is None else values
    if site is None:
        return partial(init_to_value, values=check_by_name(values, "values"))
    if site["name"] not in values:
        return None
    what = f"values of init_to_value for site {site['name']!r}"
    value = check_numbers(values[site["name"]], what).astype(np.float64)
    if value.shape != _shape(site):
        raise ShapeError(f"{what} has shape {value.shape}; expected {_shape(site)}.")
    return value


def initial_points(density, rngs, init_strategy=init_to_uniform, init_params=None):
    """Return one starting point a chain, each with finite log density and gradient.

    A strategy is asked for five points a chain, and the one of largest density is taken: random
    starts stay dispersed, but are not as far out as the worst of them.

    Parameters
    ----------
    density : ModelDensity
    rngs : list of Generator
        One a chain.
    init_strategy : callable
    init_params : dict of str to array, optional
        Constrained values; may be partial, and may have a leading axis of length ``len(rngs)``.

    Returns
    -------
    (C, D + H) float64
        With what the density holds, drawn from the prior unless `init_params` gives it.

    Raises
    ------
    InitializationError
        If a chain finds no such point in 100 attempts; names the site that fails.
    SiteNameError, ShapeError, ConstraintError
        If `init_params` do not fit the model.
    """
    given = _check_init_params(density, init_params, len(rngs))
    return np.stack(
        [_search(density, rng, init_strategy, given[chain]) for chain, rng in enumerate(rngs)]
    )


def _search(density, rng, strategy, given):
    """Return the point of largest density among a few that a strategy proposes."""
    is_careful = hasattr(strategy, "find_point")  # it has looked at the density itself
    best, best_U, last, num_wanted = None, np.inf, None, 1 if is_careful else NUM_CANDIDATES
    num_wanted, size = min(num_wanted, 1) if density.held.size else num_wanted, density.size
    for _ in range(MAX_ATTEMPTS):
        held = _draw_held(density, rng, given)
        point = np.concatenate([_propose(density, rng, strategy, given, held), held])
        U, grad = density.potential(point[:size], held)
        if np.isfinite(U) and np.all(np.isfinite(grad)):
            num_wanted -= 1
            if U < best_U:
                best, best_U = point, U
        if num_wanted == 0 or np.array_equal(point, last):  # a fixed point is proposed only once
            break
        last = point
    if best is not None:
        return best
    raise InitializationError(
        "No starting point with a finite log density and gradient was found. "
        + blame.describe_failure(density, point, U, grad)
    )


def _draw_held(density, rng, given):
    """Return what a density holds, flat: as given, or a draw of the model."""
    held = density.held
    if all(name in given for name in held.names):
        return held.flatten(given)
    with np.errstate(all="ignore"), trace() as found, _StartSites(init_to_sample, given):
        seed(density.model, rng)(*density.model_args, **density.model_kwargs)
    drawn = {name: site.value for name, site in found.items() if name in held.names}
    return held.flatten({INVERSE_TEMPERATURE: 1.0, **drawn, **given})


def _propose(density, rng, strategy, given, held=()):
    layout = density.layout
    if hasattr(strategy, "find_point"):
        return _find(density, rng, strategy, given, held)
    is_uniform = strategy is init_to_uniform or getattr(strategy, "func", None) is init_to_uniform
    if is_uniform and not given:
        radius = getattr(strategy, "keywords", {}).get("radius", 2)
        return rng.uniform(-radius, radius, size=layout.size)
    handler = _StartSites(strategy, {**given, **density.held.unflatten(held)})
    with np.errstate(all="ignore"), trace() as tr, handler:
        seed(density.model, rng)(*density.model_args, **density.model_kwargs)
    pieces = {}
    for name in layout.names:
        pieces[name] = biject_to(tr[name].fn.support).inv(np.asarray(tr[name].value, np.float64))
    return layout.vector(pieces)


def _find(density, rng, strategy, given, held):
    """Let a strategy find a point for all sites but the given ones."""
    slices, potential = density.layout.slices, density.potential
    is_free = np.ones(density.layout.size, np.bool_)
    for name in given:
        is_free[slices.get(name, slice(0))] = False
    fixed = {**given, **density.held.unflatten(held)}
    q = strategy.find_point(
        partial(potential, held=held) if len(held) else potential,
        lambda: _search(density, rng, init_to_uniform, fixed)[: density.size], is_free, rng,
    )
    if not given:
        return q
    # the support of a given site may depend on other sites, which have moved
    point = np.concatenate([q, held])
    values = {name: x[0] for name, x in density.constrain(point[None]).items()}
    return _propose(density, rng, init_to_value(values=values), given, held)


class _StartSites(Messenger):
    """Gives latent sites their starting value."""

    def __init__(self, strategy, given):
        self.strategy = strategy
        self.given = given
        super().__init__()

    def process_message(self, msg):
        if msg.type == "plate" and msg.name in self.given:
            msg.value = self.given[msg.name]
        if not is_inferred(msg) or msg.value is not None:
            return
        if msg.name in self.given:
            msg.value = self.given[msg.name]
            _check_inside(msg)
            return
        value = self.strategy(msg)
        msg.value = init_to_uniform(msg) if value is None else value


def _check_inside(msg):
    """Raise a `ConstraintError` if `init_params` gave a site a value outside of its support."""
    support = msg.fn.support
    if support is None or is_dependent(support) or np.all(support(msg.value)):
        return
    raise ConstraintError(
        f"init_params gives site {msg.name!r} a value outside the support of its distribution "
        f"{family_name(msg.fn)}. Give the value as the model sees it, constrained, not on the "
        "unconstrained scale of the sampler.",
        value=msg.value,
        support=support,
    )


def _shape(site):
    return tuple(site["kwargs"].get("sample_shape", ())) + tuple(site["fn"].shape())


def _draw(site, extra_shape=()):
    sample_shape = tuple(extra_shape) + tuple(site["kwargs"].get("sample_shape", ()))
    return np.asarray(site["fn"].sample(site["kwargs"]["rng_key"], sample_shape))


def _check_init_params(density, init_params, num_chains):
    if init_params is None:
        return [{} for _ in range(num_chains)]
    init_params = check_by_name(init_params, "init_params")
    layout, held = density.layout, density.held
    layout.require_names(init_params, "init_params")
    shapes, dtypes = {**layout.shapes, **held.shapes}, held.dtypes
    given = [{} for _ in range(num_chains)]
    for name, value in init_params.items():
        value = check_numbers(value, f"init_params of site {name!r}")
        value, shape = value.astype(dtypes.get(name, np.float64)), shapes[name]
        if value.shape == shape:
            value = np.broadcast_to(value, (num_chains,) + shape)
        elif value.shape != (num_chains,) + shape:
            raise ShapeError(
                f"init_params of site {name!r} has shape {value.shape}; expected {shape}, or "
                f"{(num_chains,) + shape} for one value a chain."
            )
        for chain in range(num_chains):
            given[chain][name] = value[chain]
    return given
