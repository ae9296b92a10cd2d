"""What samplers are given to sample: a potential of a flat vector, and the way back from there.

A `Density` is either that of a model with its data (`ModelDensity`, by `compile_density`) or that
of a potential function (`FunctionDensity`, by `compile_function`); samplers do not ask which.

Legend: ``D`` size of the flat vector; ``H`` number of held values (`lightppl.density.held`), which
follow it in a point; ``C`` chains; ``B`` batch.
"""

from dataclasses import field
from typing import Protocol

import numpy as np

from lightppl.compiler.build import Potential
from lightppl.density.draws import OverDraws
from lightppl.density.initialize import init_to_uniform, initial_points
from lightppl.density.log_density import constrained_values
from lightppl.distributions import biject_to
from lightppl.errors import InitializationError, ModelError, ShapeError
from lightppl.handlers import seed, substitute, trace
from lightppl.language.structure import leaves_of, map_leaves, rebuild
from lightppl.records import record


class Density(Protocol):
    """A log density of a flat unconstrained vector, whose pieces have names.

    Attributes
    ----------
    potential : Potential or EagerPotential
        ``U = -log density`` of the flat vector, with gradient; what kernels are given.
    size : int
        D.
    slices : dict of str to slice
        Where each piece stands in the flat vector.
    held : HeldLayout
        Where each held value stands behind it.
    """

    potential: object
    size: int
    slices: dict
    held: object

    def flatten(self, z):
        """Return the point, (D + H,), of a structure of unconstrained and held values."""

    def unflatten(self, q):
        """Return the structure of vectors (..., D) or (..., D + H); leaves get the leading axes."""

    def constrain(self, points):
        """Return what users see at rows of `points` (B, D + H): a structure of (B, ...) arrays."""

    def constraining(self):
        """Return a function ``constrain(points, num_threads=1)`` that may be called often."""

    def initial_points(self, rngs, init_strategy, init_params):
        """Return a starting point for each of C generators, (C, D + H)."""


@record(frozen=False)
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
    recompile : callable
        Makes such a density of a model and its arguments: `compile_density`.
    """

    potential: object
    layout: object
    trace: object
    model: object
    model_args: tuple
    model_kwargs: dict
    stages: dict = field(default_factory=dict)
    recompile: object = None

    @property
    def size(self):
        """D."""
        return self.layout.size

    @property
    def slices(self):
        """Where each latent site stands in the flat vector."""
        return self.layout.slices

    @property
    def held(self):
        """Where each held value stands behind it."""
        return self.layout.held

    def flatten(self, z):
        """Return the point, (D + H,), of unconstrained and held values by site."""
        return self.layout.flatten(z)

    def unflatten(self, q):
        """Return unconstrained, and held, values by site of vectors (..., D) or (..., D + H)."""
        return self.layout.unflatten(q)

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
        other = self.recompile(
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
        points : (B, D + H) float64
            Unconstrained; then what is held.
        exclude_deterministic : bool

        Returns
        -------
        dict of str to (B, ...) array
        """
        return self.constraining(exclude_deterministic)(points)

    def constraining(self, exclude_deterministic=False):
        """Return a function that does what `constrain` does, and looks at the model only once.

        Parameters
        ----------
        exclude_deterministic : bool

        Returns
        -------
        callable
            ``constrain(points, num_threads=1)``; values do not depend on the number of threads.
        """
        values_at = constrained_values(
            self.model, self.layout, self.model_args, self.model_kwargs, exclude_deterministic
        )
        over_draws = OverDraws(lambda values, _: values_at(values["q"]))

        def constrain(points, num_threads=1):
            points = np.asarray(points, dtype=np.float64)
            return over_draws({"q": points}, len(points), None, num_threads)

        return constrain

    def unconstrain(self, values):
        """Return the point of constrained site values.

        Parameters
        ----------
        values : dict of str to array
            A value for every latent site, and for all that is held.

        Returns
        -------
        (D + H,) float64
        """
        with trace() as tr, substitute(data=values):
            seed(self.model, 0)(*self.model_args, **self.model_kwargs)
        pieces = {
            name: biject_to(tr[name].fn.support).inv(np.asarray(values[name], dtype=np.float64))
            for name in self.layout.names
        }
        return self.layout.flatten({**values, **pieces})

    def initial_points(self, rngs, init_strategy=init_to_uniform, init_params=None):
        """Return one starting point a chain, see `lightppl.density.initialize.initial_points`."""
        return initial_points(self, rngs, init_strategy, init_params)


@record(frozen=False)
class FunctionDensity:
    """A potential function of an array, or of a nested structure of arrays.

    Attributes
    ----------
    potential : Potential or EagerPotential
    layout : SiteLayout
        Of the leaves, named by their paths.
    template : structure of arrays
        Such as the function takes.
    """

    potential: object
    layout: object
    template: object

    @property
    def size(self):
        """D."""
        return self.layout.size

    @property
    def slices(self):
        """Where each leaf stands in the flat vector."""
        return self.layout.slices

    @property
    def held(self):
        """Where each held value stands behind it: an inverse temperature, if anything."""
        return self.layout.held

    def flatten(self, z):
        """Return the point, (D + H,), of a structure; what is held is 1."""
        held = dict.fromkeys(self.held.names, 1.0)
        return self.layout.flatten({**dict(zip(self.layout.names, leaves_of(z))), **held})

    def unflatten(self, q):
        """Return the structure of vectors (..., D) or (..., D + H), without what is held."""
        return rebuild(self.template, iter(self.layout.unflatten(q[..., : self.size]).values()))

    def constrain(self, points):
        """Return the structure at rows of `points` (B, D + H): nothing is constrained."""
        return self.unflatten(points)

    def constraining(self):
        """Return a function ``constrain(points, num_threads=1)``."""
        return lambda points, num_threads=1: self.unflatten(points)

    def initial_points(self, rngs, init_strategy=None, init_params=None):
        """Return the starting points that were given, (C, D + H), after checking them.

        Parameters
        ----------
        rngs : list of Generator
            One a chain; not used.
        init_strategy : callable
            Not used: a function has no sites.
        init_params : structure of arrays
            See `starts_of_chains`.

        Raises
        ------
        InitializationError
            If the potential or its gradient is not finite there.
        """
        starts = starts_of_chains(init_params, len(rngs))
        points = np.stack([self.flatten(start) for start in starts])
        for chain, q in enumerate(points):
            U, grad = self.potential(q[: self.size], q[self.size :])
            if not (np.isfinite(U) and np.all(np.isfinite(grad))):
                raise InitializationError(
                    f"potential_fn is {U} at the starting point of chain {chain}, or its gradient "
                    "is not finite there. Pass other init_params.",
                    init_params=starts[chain],
                    gradient=grad,
                )
        return points


def starts_of_chains(init_params, num_chains):
    """Return where chains of a potential function start, a list of structures of arrays.

    Parameters
    ----------
    init_params : array or structure of arrays
        With several chains, every leaf may have a leading axis of that length.
    num_chains : int

    Raises
    ------
    ModelError
        If there are none.

    Examples
    --------
    >>> starts_of_chains({"x": np.array([1.0, 2.0])}, 2)
    [{'x': array(1.)}, {'x': array(2.)}]
    """
    if init_params is None:
        raise ModelError(
            "With potential_fn there is no model to tell the shape of the parameters: pass "
            "init_params= to run, an array or a dict of arrays."
        )
    if not leaves_of(init_params):
        raise ModelError("init_params is empty, so there is nothing to sample.")
    # the `param_info` of `initialize_model` is accepted as it is
    init_params = getattr(init_params, "z", init_params)
    params = map_leaves(lambda x: np.asarray(x, np.float64), init_params)
    is_batched = num_chains > 1 and all(
        np.ndim(x) > 0 and len(x) == num_chains for x in leaves_of(params)
    )
    if not is_batched:
        return [params] * num_chains
    return [map_leaves(lambda x, c=c: np.asarray(x[c]), params) for c in range(num_chains)]
