"""What Hamiltonian samplers are given to sample: a model with data, or a potential function.

Both become the same thing: a compiled potential of a flat vector, names of its pieces, and the way
back from flat vectors to what the user wants to see.
"""

import numpy as np

from lightppl.arguments import shown
from lightppl.density import compile_density, compile_objective
from lightppl.errors import ArgumentError, InitializationError, ModelError, ShapeError
from lightppl.language.structure import leaves_of, map_leaves, paths_and_leaves, rebuild


class ModelProblem:
    """A model with its arguments.

    Attributes
    ----------
    potential : Potential
    size : int
    slices : dict of str to slice
        Where each site stands in the flat vector.
    """

    def __init__(self, model, model_args, model_kwargs, *, rng_key, jit):
        self.density = compile_density(model, model_args, model_kwargs, rng_key=rng_key, jit=jit)
        self.potential = self.density.potential
        self.size = self.density.layout.size
        self.slices = self.density.layout.slices

    def unflatten(self, q):
        """Return unconstrained values by site of a flat vector (..., D)."""
        layout = self.density.layout
        return {
            name: q[..., layout.slices[name]].reshape(
                q.shape[:-1] + layout.unconstrained_shapes[name]
            )
            for name in layout.names
        }

    def flatten(self, z):
        """Return the flat vector of unconstrained values by site."""
        return self.density.layout.flatten(z)

    def postprocess(self, points):
        """Return site values, with deterministic sites, at each row of `points` (B, D)."""
        return self.density.constrain(points)

    def initial_points(self, rngs, init_strategy, init_params):
        """Return a starting point for each generator, (C, D)."""
        return self.density.initial_points(rngs, init_strategy, init_params)


class FunctionProblem:
    """A potential function of an array, or of a nested structure of arrays.

    Parameters
    ----------
    potential_fn : callable
        ``-log density``, in plain NumPy.
    init_params : array or structure of arrays
        With several chains, every leaf may have a leading axis of that length.
    num_chains : int
    jit : bool
    """

    def __init__(self, potential_fn, init_params, num_chains, *, jit):
        if init_params is None:
            raise ModelError(
                "With potential_fn there is no model to tell the shape of the parameters: pass "
                "init_params= to run, an array or a dict of arrays."
            )
        if not leaves_of(init_params):
            raise ModelError("init_params is empty, so there is nothing to sample.")
        # The `param_info` of `initialize_model` is accepted as it is.
        init_params = getattr(init_params, "z", init_params)
        params = map_leaves(lambda x: np.asarray(x, np.float64), init_params)
        is_batched = num_chains > 1 and all(
            np.ndim(x) > 0 and len(x) == num_chains for x in leaves_of(params)
        )
        self.starts = [
            map_leaves(lambda x, c=c: x[c], params) if is_batched else params
            for c in range(num_chains)
        ]
        self.template = self.starts[0]
        self.slices, start = {}, 0
        for path, leaf in paths_and_leaves(self.template):
            self.slices[".".join(map(str, path)) or "z"] = slice(start, start + leaf.size)
            start += leaf.size
        self.size = start
        self.potential = compile_objective(
            lambda q: _one_number(potential_fn(self.unflatten(q))), self.flatten(self.template), jit
        )

    def unflatten(self, q):
        """Return the structure of a flat vector (..., D); its leaves get the leading axes."""
        leaves = leaves_of(self.template)
        batch = tuple(np.shape(q)[:-1])
        pieces = (
            np.reshape(q[..., piece], batch + leaf.shape)
            for piece, leaf in zip(self.slices.values(), leaves)
        )
        return rebuild(self.template, pieces)

    def flatten(self, z):
        """Return the flat vector of a structure."""
        return np.concatenate([np.ravel(leaf) for leaf in leaves_of(z)])

    def postprocess(self, points):
        """Return the structure at each row of `points` (B, D)."""
        return self.unflatten(points)

    def initial_points(self, rngs, init_strategy, init_params):
        """Return the given starting points, (C, D), after checking them."""
        if len(rngs) != len(self.starts):
            raise ShapeError(f"{len(self.starts)} starting points for {len(rngs)} chains.")
        points = np.stack([self.flatten(start) for start in self.starts])
        for chain, q in enumerate(points):
            U, grad = self.potential(q)
            if not (np.isfinite(U) and np.all(np.isfinite(grad))):
                raise InitializationError(
                    f"potential_fn is {U} at the starting point of chain {chain}, or its gradient "
                    "is not finite there. Pass other init_params.",
                    init_params=self.starts[chain],
                    gradient=grad,
                )
        return points


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
