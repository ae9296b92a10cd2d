"""Functions of a model's density: public names of NumPyro's ``infer.util``."""

import numpy as np

from lightppl.density import compile_density, map_over_draws
from lightppl.density.log_density import (
    ConstrainSites, RequireValues, guarded_log_densities, log_density,
)
from lightppl.distributions import biject_to
from lightppl.errors import ModelError
from lightppl.handlers import seed, substitute, trace
from lightppl.infer.mcmc.initialize_model import ModelInfo, ParamInfo, initialize_model

__all__ = [
    "ModelInfo",
    "ParamInfo",
    "compute_log_probs",
    "constrain_fn",
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
    count = int(np.prod(shape, dtype=np.int64))
    with trace() as tr:
        seed(model, 0)(*args, **kwargs)
    given = {
        name: np.reshape(x, (count,) + np.shape(x)[batch_ndims:])
        for name, x in posterior_samples.items()
        if name in tr and tr[name].type == "sample"
    }

    def score(values, _):
        require = RequireValues(None, "log_likelihood", posterior_samples)
        with trace() as found, require, substitute(data=values):
            model(*args, **kwargs)
        return {name: site.log_prob() for name, site in found.observed.items()}

    scores = map_over_draws(score, given, count, None)
    return {name: x.reshape(shape + x.shape[1:]) for name, x in scores.items()}


def constrain_fn(model, model_args, model_kwargs, params, return_deterministic=False):
    """Return constrained site values of unconstrained ones.

    Parameters
    ----------
    model : callable
    model_args : tuple
    model_kwargs : dict
    params : dict of str to array
        Unconstrained, for every latent site.
    return_deterministic : bool

    Returns
    -------
    dict of str to array
    """
    require = RequireValues(None, "constrain_fn", params)
    with trace() as tr, require, ConstrainSites(unconstrained=params):
        model(*model_args, **model_kwargs)
    return {
        name: site.value
        for name, site in tr.items()
        if name in params or (return_deterministic and site.type == "deterministic")
    }


def unconstrain_fn(model, model_args, model_kwargs, params):
    """Return unconstrained site values of constrained ones; the inverse of `constrain_fn`.

    Parameters
    ----------
    model : callable
    model_args : tuple
    model_kwargs : dict
    params : dict of str to array

    Returns
    -------
    dict of str to array
    """
    with trace() as tr, substitute(data=params):
        seed(model, 0)(*model_args, **model_kwargs)
    return {name: biject_to(tr[name].fn.support).inv(x) for name, x in params.items()}


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


def get_potential_fn(model, model_args=(), model_kwargs=None):
    """Return the compiled potential energy as a function of unconstrained site values.

    Parameters
    ----------
    model : callable
    model_args : tuple
    model_kwargs : dict, optional

    Returns
    -------
    callable
        ``{site: unconstrained value} -> float``.
    """
    density = compile_density(model, model_args, model_kwargs)
    return lambda params: density.potential(density.layout.flatten(params))[0]
