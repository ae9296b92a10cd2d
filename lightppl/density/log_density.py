"""The log density of a model: of its sites, and as a function of the flat unconstrained vector."""

import numpy as np

from lightppl.autodiff.known_factors import remembering_factors
from lightppl.autodiff.operation import at_user_line
from lightppl.distributions import biject_to
from lightppl.errors import ShapeError, SiteNameError
from lightppl.handlers import substitute, trace
from lightppl.language import Messenger, check_log_prob_shape, check_scale_shape
from lightppl.density.held import INVERSE_TEMPERATURE
from lightppl.density.layout import is_inferred


class ConstrainSites(Messenger):
    """Gives each latent site its value from unconstrained values, and sums the log Jacobians.

    The bijector is made from the support of the distribution that is met, so supports may depend on
    other sites.

    Parameters
    ----------
    fn : callable, optional
    unconstrained : dict of str to array
    is_complete : bool
        Whether `unconstrained` names every latent site; then another one is an error.
    held : dict of str to array, optional
        Values, as the model sees them, of sites and of indices of subsampled plates.

    Raises
    ------
    SiteNameError
        When the model meets a latent site that is missing in a complete `unconstrained`.
    ShapeError
        When a latent site has another shape than its value in a complete `unconstrained`.
    """

    def __init__(self, fn=None, unconstrained=None, *, is_complete=False, held=None):
        self.unconstrained, self.held = unconstrained, held or {}
        self.is_complete = is_complete
        self.log_jacobian = 0.0
        super().__init__(fn)

    @classmethod
    def at(cls, layout, point, is_complete=True):
        """Return the handler that gives the sites of a layout their values at a point (D + H,)."""
        q, held = point[: layout.size], layout.held.unflatten(point[layout.size :])
        return cls(unconstrained=layout.unflatten(q), is_complete=is_complete, held=held)

    def process_message(self, msg):
        if msg.name in self.held:
            msg.value = self.held[msg.name]
            return
        if msg.type != "sample" or msg.is_observed or msg.value is not None:
            return
        if msg.name not in self.unconstrained:
            if self.is_complete:
                raise _appears_sometimes(msg.name, f"appeared{at_user_line()}", "did not")
            return
        transform = biject_to(msg.fn.support)
        x = self.unconstrained[msg.name]
        if self.is_complete:
            _require_steady_shape(msg, transform, np.shape(x))
        msg.value = transform(x)
        self.log_jacobian = self.log_jacobian + np.sum(transform.log_abs_det_jacobian(x, msg.value))


class RequireValues(Messenger):
    """Refuses to draw: a latent site that inner handlers left without a value is an error.

    Parameters
    ----------
    fn : callable, optional
    what : str
        Who needs the values, for the message.
    given : container of str
        The sites that were given values.
    """

    def __init__(self, fn=None, what="log_density", given=()):
        self.what, self.given = what, given
        super().__init__(fn)

    def process_message(self, msg):
        if is_inferred(msg) and msg.value is None:
            raise SiteNameError(
                f"{self.what} was given no value for the latent site {msg.name!r}, but for "
                f"{', '.join(map(repr, self.given)) or 'no site'}. It is not drawn at random: pass "
                "a value for every latent site, or condition the model on it."
            )


def site_log_density(site):
    """Return the log density of a sample site: masked, scaled, one number per event.

    A latent value comes from a bijector onto the support, so only observed values are checked.
    """
    fn = site.fn if site.mask is None else site.fn.mask(site.mask)
    score = fn.log_prob if site.is_observed else fn.log_density
    log_prob = score(site.value)
    check_log_prob_shape(site, np.shape(log_prob))
    return _scaled(site, log_prob)


def guarded_log_density(site):
    """Return `site_log_density` with every value checked against its support."""
    return _scaled(site, site.log_prob())


def _scaled(site, log_prob):
    if site.scale is None:
        return log_prob
    check_scale_shape(site)
    return site.scale * log_prob


def guarded_log_densities(found):
    """Return the guarded log densities of the sample sites of a trace, by name."""
    return {n: guarded_log_density(site) for n, site in found.items() if site.type == "sample"}


def total_log_density(found, likelihood_power=None):
    """Return the sum of the log densities of all sample sites of a trace.

    Parameters
    ----------
    found : Trace
    likelihood_power : float, optional
        By which the log densities of observed sites are multiplied.
    """
    total = 0.0
    for site in found.values():
        if site.type == "sample":
            log_prob = np.sum(site_log_density(site))
            if likelihood_power is not None and site.is_observed:
                log_prob = likelihood_power * log_prob
            total = total + log_prob
    return total


def log_density(model, model_args, model_kwargs, params):
    """Return the log density of a model at constrained values, and its trace.

    Parameters
    ----------
    model : callable
    model_args : tuple
    model_kwargs : dict
    params : dict of str to array
        Values of the latent sites and parameters.

    Returns
    -------
    log_joint : float
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
    >>> value, trace = log_density(model, (), {}, {"x": 0.0})
    >>> round(float(value), 6)
    -0.918939
    """
    with trace() as tr, RequireValues(given=params), substitute(data=params):
        model(*model_args, **model_kwargs)
    total = sum(np.sum(log_prob) for log_prob in guarded_log_densities(tr).values())
    return total, tr


def flat_log_density(model, layout, model_args, model_kwargs, tempered=None, estimate=None):
    """Return the log density as a function of the flat unconstrained vector: plain NumPy.

    Parameters
    ----------
    model : callable
    layout : SiteLayout
    model_args : tuple
    model_kwargs : dict
    tempered : {None, "likelihood", "all"}
        What is multiplied by the held inverse temperature.
    estimate : callable, optional
        ``(trace, q, held) -> float``, of a trace at the flat vector `q` and of held values by name,
        stands for the sum of the log densities of all sample sites.

    Returns
    -------
    callable
        ``(q, held=()) -> float`` of vectors (D,) and (H,), Jacobians included.
    """

    def log_density_at(q, held=()):
        values = layout.held.unflatten(held)
        power = values.pop(INVERSE_TEMPERATURE, None)
        sites = ConstrainSites(unconstrained=layout.unflatten(q), is_complete=True, held=values)
        with remembering_factors():
            with trace() as tr, sites:
                model(*model_args, **model_kwargs)
            _require_all_sites(layout, tr)
            if estimate is None:
                total = total_log_density(tr, power if tempered == "likelihood" else None)
            else:
                total = estimate(tr, q, values)
            total = total + sites.log_jacobian
            return power * total if tempered == "all" else total

    return log_density_at


def constrained_values(model, layout, model_args, model_kwargs, exclude_deterministic=False):
    """Return a function from the flat vector to the values of latent and deterministic sites.

    Parameters
    ----------
    model : callable
    layout : SiteLayout
    model_args : tuple
    model_kwargs : dict
    exclude_deterministic : bool

    Returns
    -------
    callable
        ``(D + H,) float64 -> {site: value}``.
    """

    def values_at(point):
        with trace() as tr, ConstrainSites.at(layout, point):
            model(*model_args, **model_kwargs)
        _require_all_sites(layout, tr)
        return {
            name: site.value
            for name, site in tr.items()
            if is_inferred(site) or (site.type == "deterministic" and not exclude_deterministic)
        }

    return values_at


def _require_all_sites(layout, found):
    for name in layout.names:
        if name not in found:
            raise _appears_sometimes(name, "did not appear", "did")


def _require_steady_shape(msg, transform, at_first):
    """Raise a `ShapeError` if a site would take a value of another shape, perhaps by broadcasting.
    """
    shape = tuple(msg.kwargs.get("sample_shape", ())) + tuple(msg.fn.shape())
    now = tuple(transform.inverse_shape(shape))
    if now != at_first:
        raise ShapeError(
            f"The latent site {msg.name!r} has shape {shape}{at_user_line()} and unconstrained "
            f"shape {now}, but unconstrained shape {at_first} when the sites of the model were "
            "found: its shape depends on latent values, so the number of unknowns changes and "
            "there is no density. Sample the larger shape always, and let np.where choose what "
            "counts."
        )


def _appears_sometimes(name, now, at_first):
    return SiteNameError(
        f"The latent site {name!r} {now}, but {at_first} when the sites of the model were found: "
        "it exists for some latent values only, so the number of unknowns changes and there is no "
        "density. Sample it always, and let np.where choose where it counts."
    )
