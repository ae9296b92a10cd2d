"""Centred, non-centred and anything between, for families with a location and a scale."""

import numpy as np

from lightppl.autodiff import is_traced
from lightppl.distributions import constraints
from lightppl.errors import ModelError
from lightppl.language import param, sample
from lightppl.reparam.reparam import Reparam, unwrap


class LocScaleReparam(Reparam):
    """Draw a decentred value, then shift and scale it: the remedy for funnels.

    ``x ~ F(loc, scale)`` becomes ``x' ~ F(c loc, scale**c)`` and
    ``x = loc + scale**(1 - c) (x' - c loc)`` with the centredness ``c`` between 0 (non-centred)
    and 1 (centred, unchanged).

    Parameters
    ----------
    centered : float or array, optional
        In [0, 1]; default a parameter ``<name>_centered``, to be learned by SVI.
    shape_params : sequence of str
        Further parameters of the family, passed on unchanged, as ``["df"]`` of StudentT.

    References
    ----------
    Gorinova, Moore and Hoffman (2020), "Automatic reparameterisation of probabilistic programs",
    sec. 4.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.handlers import reparam, trace
    >>> with trace() as tr, reparam(config={"x": LocScaleReparam(0)}):
    ...     x = lp.sample("x", dist.Normal(3.0, 2.0))
    >>> bool(np.isclose(x, 3.0 + 2.0 * tr["x_decentered"].value))
    True
    """

    def __init__(self, centered=None, shape_params=()):
        is_plain = centered is not None and not is_traced(centered)
        if is_plain and not np.all((np.asarray(centered) >= 0) & (np.asarray(centered) <= 1)):
            raise ModelError(f"LocScaleReparam needs centered in [0, 1], found {centered}.")
        if not all(isinstance(name, str) for name in shape_params):
            raise TypeError("shape_params must be names of parameters.")
        self.centered = centered
        self.shape_params = tuple(shape_params)

    def __call__(self, name, fn, obs):
        self.refuse_value(name, obs)
        base, wrapping = unwrap(fn)
        if not (hasattr(base, "loc") and hasattr(base, "scale")) or base.event_dim:
            raise ModelError(
                f"Site {name!r} has a {type(base).__name__}; LocScaleReparam needs a family on the "
                "real line with parameters loc and scale."
            )
        centered = self.centered
        if centered is None:
            centered = param(
                f"{name}_centered",
                lambda: np.full(fn.event_shape, 0.5),
                constraint=constraints.unit_interval,
            )
        if _is_number(centered, 1):
            return fn, None
        loc, scale = base.loc, base.scale
        params = {shape_param: getattr(base, shape_param) for shape_param in self.shape_params}
        if _is_number(centered, 0):
            # The usual case, kept free of products with zero and powers of zero.
            params.update(loc=np.zeros(np.shape(loc)), scale=np.ones(np.shape(scale)))
            decentered = type(base)(**params)
            return None, loc + scale * sample(f"{name}_decentered", wrapping.put_on(decentered))
        decentered = type(base)(loc=centered * loc, scale=scale**centered, **params)
        shifted = sample(f"{name}_decentered", wrapping.put_on(decentered)) - centered * loc
        return None, loc + scale ** (1.0 - centered) * shifted


def _is_number(x, number):
    return not is_traced(x) and np.ndim(x) == 0 and x == number
