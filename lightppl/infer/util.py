"""Functions of a model's density: public names of NumPyro's ``infer.util``."""

from functools import partial

import numpy as np

from lightppl.density import compile_density, map_over_draws
from lightppl.density.initialize import init_to_uniform
from lightppl.density.log_density import (
    ConstrainSites, RequireValues, guarded_log_densities, log_density,
)
from lightppl.distributions import biject_to, constraints
from lightppl.errors import ModelError
from lightppl.handlers import seed, substitute, trace
from lightppl.infer.mcmc.initialize_model import (
    ModelInfo,
    ParamInfo,
    initialize_model,
    postprocess_of,
    potential_of,
)
from lightppl.infer.predictive import Predictive, sites_of
from lightppl.random import as_generator

__all__ = [
    "ModelInfo",
    "ParamInfo",
    "Predictive",
    "compute_log_probs",
    "constrain_fn",
    "find_valid_initial_params",
    "get_potential_fn",
    "initialize_model",
    "log_density",
    "log_likelihood",
    "potential_energy",
    "transform_fn",
    "unconstrain_fn",
]


def compute_log_probs(model, model_args, model_kwargs, params, sum_log_prob=True):
    """Return the log density of each sample site at constrained values, and the trace.

    Parameters
    ----------
    model : callable
    model_args : tuple
    model_kwargs : dict
    params : dict of str to array
    sum_log_prob : bool
        Whether each site's log densities are summed.

    Returns
    -------
    log_probs : dict of str to array
    trace : Trace

    Raises
    ------
    SiteNameError
        If the model has a latent site that `params` lacks.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> def model():
    ...     lp.sample("x", dist.Normal(0.0, 1.0))
    >>> log_probs, _ = compute_log_probs(model, (), {}, {"x": 0.0})
    >>> round(float(log_probs["x"]), 4)
    -0.9189
    """
    with trace() as tr, RequireValues(None, "compute_log_probs", params), substitute(data=params):
        model(*model_args, **model_kwargs)
    log_probs = guarded_log_densities(tr)
    if sum_log_prob:
        log_probs = {name: np.sum(log_prob) for name, log_prob in log_probs.items()}
    return log_probs, tr


def log_likelihood(model, posterior_samples, *args, parallel=False, batch_ndims=1, **kwargs):
    """Return the log density of each observed value under each posterior draw.

    Parameters
    ----------
    model : callable
    posterior_samples : dict of str to array
        With `batch_ndims` leading axes.
    *args, **kwargs
        Arguments of the model, with the observations.
    parallel : bool
        Accepted for compatibility; draws are always vectorised where the model allows it.
    batch_ndims : int

    Returns
    -------
    dict of str to array
        Per observed site: leading axes of the draws, then the site's batch shape.

    Raises
    ------
    SiteNameError
        If the model has a latent site that `posterior_samples` lacks.
    """
    if not posterior_samples:
        raise ModelError("log_likelihood needs draws of the latent sites, found none.")
    shape = np.shape(next(iter(posterior_samples.values())))[:batch_ndims]
    for name, x in posterior_samples.items():
        if np.shape(x)[:batch_ndims] != shape:
            raise ModelError(
                f"log_likelihood got draws of shape {np.shape(x)} for site {name!r}, expected "
                f"leading axes {shape} as of the first site: all sites need the same draws."
            )
    count = int(np.prod(shape, dtype=np.int64))
    given = {
        name: np.reshape(x, (count,) + np.shape(x)[batch_ndims:])
        for name, x in posterior_samples.items()
    }
    sites = sites_of(model, args, kwargs, {name: x[0] for name, x in given.items()})
    given = {n: x for n, x in given.items() if n in sites and sites[n].type in ("sample", "param")}

    def score(values, _):
        require = RequireValues(None, "log_likelihood", posterior_samples)
        with trace() as found, require, substitute(data=values):
            model(*args, **kwargs)
        return {name: site.log_prob() for name, site in found.observed.items()}

    scores = map_over_draws(score, given, count, None)
    return {name: x.reshape(shape + x.shape[1:]) for name, x in scores.items()}


def constrain_fn(
    model, model_args, model_kwargs, params, return_deterministic=False, batch_ndims=0
):
    """Return constrained values of unconstrained ones.

    Parameters
    ----------
    model : callable
    model_args : tuple
    model_kwargs : dict
    params : dict of str to array
        Unconstrained, for latent sites and for parameters, with `batch_ndims` leading axes.
    return_deterministic : bool
    batch_ndims : int
        1 for draws of one chain, 2 for draws grouped by chain.

    Returns
    -------
    dict of str to array
        With the same leading axes.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> def model():
    ...     lp.sample("x", dist.Exponential(1.0))
    >>> constrain_fn(model, (), {}, {"x": np.zeros((2, 3))}, batch_ndims=2)["x"].shape
    (2, 3)
    """

    def at_one(params, generator):
        def constrained(site):
            transform = _transform_of(site) if site.name in params else None
            return None if transform is None else transform(params[site.name])

        require = RequireValues(None, "constrain_fn", params)
        with trace() as tr, require, substitute(substitute_fn=constrained):
            seed(model, generator)(*model_args, **(model_kwargs or {}))
        return {
            name: site.value
            for name, site in tr.items()
            if name in params or (return_deterministic and site.type == "deterministic")
        }

    if batch_ndims == 0:
        return at_one(params, 0)
    lead = np.shape(next(iter(params.values())))[:batch_ndims]
    count = int(np.prod(lead, dtype=np.int64))
    rows = {n: np.reshape(x, (count, *np.shape(x)[batch_ndims:])) for n, x in params.items()}
    found = map_over_draws(at_one, rows, count, as_generator(0))
    return {name: x.reshape(lead + x.shape[1:]) for name, x in found.items()}



def unconstrain_fn(model, model_args, model_kwargs, params):
    """Return unconstrained values of constrained ones; the inverse of `constrain_fn`.

    Parameters
    ----------
    model : callable
    model_args : tuple
    model_kwargs : dict
    params : dict of str to array
        For latent sites and for parameters; values of other sites are returned as they are.

    Returns
    -------
    dict of str to array
    """
    with trace() as tr, substitute(data=params):
        seed(model, 0)(*model_args, **(model_kwargs or {}))
    transforms = {name: _transform_of(tr[name]) for name in params if name in tr}
    return transform_fn({n: t for n, t in transforms.items() if t is not None}, params, invert=True)


def _transform_of(site):
    """Return the transform from the reals to the values of a latent site or a parameter."""
    if site.type == "param":
        return biject_to(site.kwargs.get("constraint", constraints.real))
    if site.type == "sample" and not site.is_observed:
        return biject_to(site.fn.support)
    return None


def transform_fn(transforms, params, invert=False):
    """Return `params` with each value passed through the transform of its name.

    Parameters
    ----------
    transforms : dict of str to Transform
    params : dict of str to array
    invert : bool

    Returns
    -------
    dict of str to array
    """
    return {
        name: (transforms[name].inv(x) if invert else transforms[name](x))
        if name in transforms
        else x
        for name, x in params.items()
    }


def potential_energy(model, model_args, model_kwargs, params, enum=False):
    """Return minus the log density, Jacobians included, at unconstrained values.

    Parameters
    ----------
    model : callable
    model_args : tuple
    model_kwargs : dict
    params : dict of str to array
        Unconstrained.
    enum : bool
        Must be False: discrete sites are not summed out here.

    Returns
    -------
    float
    """
    if enum:
        raise ValueError("potential_energy(enum=True): discrete sites are not summed out here.")
    require = RequireValues(None, "potential_energy", params)
    with trace() as tr, require, ConstrainSites(unconstrained=params) as sites:
        model(*model_args, **model_kwargs)
    total = sum(np.sum(log_prob) for log_prob in guarded_log_densities(tr).values())
    return -(total + sites.log_jacobian)


def get_potential_fn(
    model,
    inv_transforms,
    *,
    enum=False,
    replay_model=False,
    dynamic_args=False,
    model_args=(),
    model_kwargs=None,
):
    """Return the compiled potential energy of a model, and what constrains its draws.

    Parameters
    ----------
    model : callable
    inv_transforms : dict of str to Transform
        From unconstrained values to the supports, by site.
    enum : bool
        Must be False: discrete sites are not summed out here.
    replay_model : bool
        Whether draws are constrained by running the model, which finds deterministic sites and
        supports that depend on other sites, instead of by `inv_transforms`.
    dynamic_args : bool
        Whether both are to be functions of the model's arguments that return these functions.
    model_args : tuple
    model_kwargs : dict, optional

    Returns
    -------
    potential_fn : callable
        ``{site: unconstrained array} -> float``.
    postprocess_fn : callable
        ``{site: unconstrained array} -> {site: array}``.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> def model():
    ...     lp.sample("x", dist.Exponential(1.0))
    >>> potential_fn, postprocess_fn = get_potential_fn(
    ...     model, {"x": dist.biject_to(dist.constraints.positive)})
    >>> potential_fn({"x": np.zeros(())}), float(postprocess_fn({"x": np.zeros(())})["x"])
    (1.0, 1.0)
    """
    if enum:
        raise ValueError("get_potential_fn(enum=True): discrete sites are not summed out here.")

    def functions_for(*args, **kwargs):
        density = compile_density(model, args, kwargs)
        by_transforms = partial(transform_fn, inv_transforms)
        return potential_of(density), postprocess_of(density) if replay_model else by_transforms

    if not dynamic_args:
        return functions_for(*model_args, **(model_kwargs or {}))
    return (
        lambda *args, **kwargs: functions_for(*args, **kwargs)[0],
        lambda *args, **kwargs: functions_for(*args, **kwargs)[1],
    )


def find_valid_initial_params(
    rng_key,
    model,
    *,
    init_strategy=init_to_uniform,
    enum=False,
    model_args=(),
    model_kwargs=None,
    prototype_params=None,
    forward_mode_differentiation=False,
    validate_grad=True,
):
    """Return a starting point with finite density and gradient, and True, as there is one.

    Parameters
    ----------
    rng_key : key, or list of keys
    model : callable
    init_strategy : callable
    enum : bool
        Must be False: discrete sites are not summed out here.
    model_args : tuple
    model_kwargs : dict, optional
    prototype_params, forward_mode_differentiation, validate_grad
        Accepted for compatibility.

    Returns
    -------
    ParamInfo, bool

    Raises
    ------
    InitializationError
        If no such point is found.
    """
    if enum:
        raise ValueError("find_valid_initial_params(enum=True): discrete sites are not summed out.")
    info = initialize_model(
        rng_key,
        model,
        init_strategy=init_strategy,
        model_args=model_args,
        model_kwargs=model_kwargs,
    )
    return info.param_info, True
