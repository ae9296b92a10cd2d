"""`initialize_model`: start, potential and postprocessing of a model, for samplers of one's own."""

from typing import NamedTuple

import numpy as np

from lightppl.autodiff import is_traced
from lightppl.density import compile_density
from lightppl.density.initialize import init_to_uniform
from lightppl.density.log_density import flat_log_density
from lightppl.keys import Purpose, as_generator, as_key, fold_in
from lightppl.language.structure import map_leaves


class ParamInfo(NamedTuple):
    """A starting point.

    Attributes
    ----------
    z : dict of str to array
        Unconstrained values of the latent sites.
    potential_energy : float
    z_grad : dict of str to array
        Gradient of the potential energy.
    """

    z: object
    potential_energy: object
    z_grad: object


class ModelInfo(NamedTuple):
    """What a sampler needs of a model.

    Attributes
    ----------
    param_info : ParamInfo
    potential_fn : callable
        ``{site: unconstrained array} -> float``; with `dynamic_args` a function of the model's
        arguments that returns this function.
    postprocess_fn : callable
        ``{site: unconstrained array} -> {site: array}`` with deterministic sites; with
        `dynamic_args` likewise.
    model_trace : Trace
    """

    param_info: object
    potential_fn: object
    postprocess_fn: object
    model_trace: object


def initialize_model(
    rng_key,
    model,
    *,
    init_strategy=init_to_uniform,
    dynamic_args=False,
    model_args=(),
    model_kwargs=None,
    forward_mode_differentiation=False,
    validate_grad=True,
):
    """Return a starting point of a model, its potential energy and what constrains its draws.

    Parameters
    ----------
    rng_key : key, or list of keys
        With a list, the arrays of `param_info` get a leading axis.
    model : callable
    init_strategy : callable
    dynamic_args : bool
        Whether `potential_fn` and `postprocess_fn` are to be functions of the arguments.
    model_args : tuple
    model_kwargs : dict, optional
    forward_mode_differentiation, validate_grad
        Accepted for compatibility: gradients are in reverse mode and always checked.

    Returns
    -------
    ModelInfo

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> info = initialize_model(0, lambda: lp.sample("x", dist.Exponential(1.0)))
    >>> z = {"x": np.array(0.5)}
    >>> round(float(info.potential_fn(z)), 6), round(float(info.postprocess_fn(z)["x"]), 6)
    (1.148721, 1.648721)
    """
    is_batched = isinstance(rng_key, (list, tuple))
    keys = [as_key(key) for key in (rng_key if is_batched else [rng_key])]
    model_kwargs = dict(model_kwargs or {})
    key = fold_in(keys[0], Purpose.SITES)
    density = compile_density(model, tuple(model_args), model_kwargs, rng_key=key)
    points = density.initial_points([as_generator(key) for key in keys], init_strategy)
    found = [ParamInfo(*_describe(density, q)) for q in points]
    param_info = map_leaves(lambda *x: np.stack(x), *found) if is_batched else found[0]
    functions = potential_of(density), postprocess_of(density)
    if dynamic_args:
        functions = (
            lambda *args, **kwargs: potential_of(compile_density(model, args, kwargs)),
            lambda *args, **kwargs: postprocess_of(compile_density(model, args, kwargs)),
        )
    return ModelInfo(param_info, *functions, density.trace)


def _describe(density, q):
    U, grad = density.potential(q)
    return density.layout.unflatten(q), U, density.layout.unflatten(grad)


def potential_of(density):
    """Return the potential energy of a density as a function of ``{site: unconstrained array}``.

    Parameters
    ----------
    density : ModelDensity
    """
    layout = density.layout
    plain = flat_log_density(density.model, layout, density.model_args, density.model_kwargs)

    def potential_fn(z):
        """Return the potential energy; differentiable where `z` is traced, compiled elsewhere."""
        layout.require_names(z, "potential_fn")
        if any(is_traced(x) for x in z.values()):
            return -plain(np.concatenate([np.ravel(z[name]) for name in layout.names]))
        return density.potential(layout.flatten(z))[0]

    def value_and_gradient(z):
        """Return the potential energy and its gradient, compiled."""
        layout.require_names(z, "potential_fn")
        U, grad = density.potential(layout.flatten(z))
        return U, layout.unflatten(grad)

    potential_fn.value_and_gradient = value_and_gradient  # what loops of one's own ask for
    return potential_fn


def postprocess_of(density):
    """Return a function from ``{site: unconstrained array}`` to the values of all sites.

    Parameters
    ----------
    density : ModelDensity
    """

    def postprocess_fn(z):
        """Return the values of all sites."""
        values = density.constrain(density.layout.flatten(z)[None])
        return {name: x[0] for name, x in values.items()}

    return postprocess_fn
