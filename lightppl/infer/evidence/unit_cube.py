"""A model as a function on the unit cube: its likelihood, and the values of its sites.

Every latent site is the quantile of uniform numbers (`UniformReparam`), so that the prior is
uniform on the cube; what is left of the joint density is the likelihood: observed sites, factors,
and what a scale makes of a latent site beyond its prior.

Legend: ``C`` dimension of the cube; ``B`` batch.
"""

import numpy as np

from lightppl.autodiff.special import stop_gradient
from lightppl.density import map_over_draws
from lightppl.density.bound_data import bound
from lightppl.density.eager import EagerPotential
from lightppl.density.layout import SiteLayout, is_inferred
from lightppl.density.log_density import total_log_density
from lightppl.density.potential import compile_objective
from lightppl.errors import FallbackWarning, ModelError, TracingError
from lightppl.handlers import reparam, seed, substitute, trace
from lightppl.language import check_trace, factor, unused_sites
from lightppl.records import record
from lightppl.reparam.uniform import UniformReparam
from lightppl.settings import is_validation_enabled
from lightppl.user_line import warn


@record(frozen=False)
class CubeModel:
    """A model with its data on the unit cube; `on_unit_cube` makes it.

    Attributes
    ----------
    layout : SiteLayout
        Where the uniform numbers of each site stand.
    log_likelihood : callable
        ``(C,) float64 -> float``; minus infinity where the likelihood is zero or fails.
    is_compiled : bool
    model : callable
        The model in terms of the uniform numbers, which are sample sites ``<name>_base``.
    args : tuple
    kwargs : dict
    """

    layout: SiteLayout
    log_likelihood: object
    is_compiled: bool
    model: object
    args: tuple
    kwargs: dict

    @property
    def size(self):
        """C."""
        return self.layout.size

    def sites_at(self, points):
        """Return the values of latent and deterministic sites at points of the cube.

        Parameters
        ----------
        points : (B, C) float64

        Returns
        -------
        dict of str to (B, ...) array
        """

        def run(values, generator):
            with unused_sites("ignore"), trace() as tr, substitute(data=values):
                self.model(*self.args, **self.kwargs)
            return {k: site.value for k, site in tr.items() if site.type == "deterministic"}

        return map_over_draws(run, self.layout.unflatten(points), len(points), None)


def on_unit_cube(model, args, kwargs, rng_key):
    """Return a model with its data as functions on the unit cube.

    Parameters
    ----------
    model : callable
    args : tuple
    kwargs : dict
    rng_key : key
        For the run that finds the sites.

    Returns
    -------
    CubeModel

    Raises
    ------
    ModelError
        If there is no latent site, or one that has no map from the cube.
    """
    args, kwargs = bound(tuple(args)), bound(dict(kwargs))
    cubed = reparam(model, config=_Strategies())
    with unused_sites("error"), trace() as found:
        seed(cubed, rng_key)(*args, **kwargs)
    if is_validation_enabled():
        check_trace(found)
    layout = _layout(found)
    if layout.size == 0:
        raise ModelError("The model has no latent site, so there is no posterior to sample.")

    def log_likelihood_at(u):
        with trace() as tr, substitute(data=layout.unflatten(u)):
            cubed(*args, **kwargs)
        return total_log_density(tr)

    log_likelihood, is_compiled = _compiled(log_likelihood_at, layout.size)
    return CubeModel(layout, log_likelihood, is_compiled, cubed, args, kwargs)


class _Strategies:
    """How `reparam` rewrites sites: the latent ones of the model, not the uniform numbers."""

    def __init__(self):
        self._uniform = set()

    def __call__(self, site):
        if not is_inferred(site) or site.name in self._uniform:
            return None
        self._uniform.add(f"{site.name}_base")
        return _Weighted(site.mask, site.scale)


class _Weighted(UniformReparam):
    """`UniformReparam` of a site that may have a mask or a scale.

    Parameters
    ----------
    mask, scale : array or None
    """

    def __init__(self, mask, scale):
        self.mask, self.scale = mask, scale

    def __call__(self, name, fn, obs):
        new_fn, value = super().__call__(name, fn if self.mask is None else fn.mask(self.mask), obs)
        if self.scale is not None:
            # the handlers that scale the site scale the factor too: (scale - 1) log p in all
            factor(f"{name}_scale", (1.0 - 1.0 / self.scale) * fn.log_prob(value))
        return new_fn, value


def _layout(found):
    names = tuple(name for name, site in found.items() if is_inferred(site))
    shapes = {name: np.shape(found[name].value) for name in names}
    slices, start = {}, 0
    for name in names:
        stop = start + int(np.prod(shapes[name], dtype=np.int64))
        slices[name], start = slice(start, stop), stop
    return SiteLayout(names, slices, shapes, shapes, start)


def _compiled(log_likelihood_at, size):
    """Return a function on the cube, compiled if it can be, and whether it was."""

    def objective(q):
        # compiled code is compared with the model at points outside of the cube too
        u = stop_gradient(q)
        return -log_likelihood_at(u - np.floor(u))

    try:
        potential = compile_objective(objective, np.full(size, 0.375))
    except TracingError as error:
        warn(
            f"{error.message} Nested sampling runs the model in plain Python instead, which is "
            "slower.",
            FallbackWarning,
        )
        return _in_python(log_likelihood_at), False
    if isinstance(potential, EagerPotential):  # no gradient is needed, so no autograd
        return _in_python(log_likelihood_at), False

    def log_likelihood(u):
        U = potential(u)[0]
        return -U if U == U else -np.inf

    return log_likelihood, True


def _in_python(log_likelihood_at):
    def log_likelihood(u):
        with np.errstate(all="ignore"):
            value = float(log_likelihood_at(u))
        return -np.inf if np.isnan(value) else value

    return log_likelihood
