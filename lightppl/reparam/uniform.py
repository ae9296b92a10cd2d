"""Sites as functions of uniform numbers: the map from the unit cube to the prior."""

import math

import numpy as np

import lightppl.distributions as dist
from lightppl.autodiff import is_traced
from lightppl.distributions.unwrapping import layers
from lightppl.errors import ModelError, UnsupportedOperationError
from lightppl.language import sample
from lightppl.language.checks import family_name
from lightppl.reparam.cube_generator import CubeGenerator
from lightppl.reparam.reparam import Reparam, unwrap
from lightppl.scipy_functions import SciPyFunction

betaincinv = SciPyFunction("betaincinv")

_HALF_ULP = 2.0**-54
"""Zero and one have no finite quantile in most families."""


class UniformReparam(Reparam):
    """Draw uniform numbers as site ``<name>_base``, and take their quantiles.

    Univariate families are their quantile functions.  A `Dirichlet` breaks a stick at beta
    quantiles, an `LKJCholesky` factor is made of partial correlations that are beta quantiles, a
    transformed distribution transforms the quantiles of its base, a family with finitely many
    values compares with cumulated probabilities, and any other family is given normal, gamma, ...
    quantiles in the place of such draws.

    Raises
    ------
    ModelError
        If the family has no such construction, or is no probability distribution.

    References
    ----------
    Rosenblatt (1952), "Remarks on a multivariate transformation".  Lewandowski, Kurowicka, Joe
    (2009), "Generating random correlation matrices based on vines and extended onion method",
    sec. 2.4, for LKJ.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.handlers import reparam, substitute
    >>> with substitute(data={"x_base": 0.975}), reparam(config={"x": UniformReparam()}):
    ...     x = lp.sample("x", dist.Normal(3.0, 2.0))
    >>> bool(abs(x - (3.0 + 2.0 * 1.959964)) < 1e-6)
    True
    """

    def __call__(self, name, fn, obs):
        self.refuse_value(name, obs)
        for layer in layers(fn):
            if isinstance(layer, (dist.MaskedDistribution, dist.ImproperUniform)):
                kind = "masked" if hasattr(layer, "_mask") else "improper"
                raise ModelError(
                    f"The prior of site {name!r} ({family_name(fn)}) is {kind}, so it has no "
                    "quantiles and the evidence is not defined. Give the site a proper prior."
                )
        family, shape = unwrap(fn)[0], fn.shape()
        family_shape = shape[: len(shape) - family.event_dim]
        try:
            counted = CubeGenerator()
            quantile(family, counted, family_shape)
            num = counted.num_used
            cube_shape = _cube_shape(fn, num)
            uniform = dist.Uniform(0.0, 1.0).expand(cube_shape)
            base = sample(f"{name}_base", uniform.to_event(len(cube_shape) - len(fn.batch_shape)))
            inside = np.clip(np.reshape(base, (num,)), _HALF_ULP, 1.0 - 2.0 * _HALF_ULP)
            value = quantile(family, CubeGenerator(inside), family_shape)
        except (UnsupportedOperationError, NotImplementedError) as error:
            raise ModelError(
                f"Site {name!r} ({family_name(fn)}) has no map from the unit cube: its family has "
                "neither a quantile function nor a sampler that is made of quantiles. Write it as "
                "a transformation of sites that have one, or give a wide prior that has one and "
                "the log ratio of the two as a factor."
            ) from error
        return None, np.reshape(value, shape)


def quantile(family, generator, shape):
    """Return the draw of a distribution without wrappers that a `CubeGenerator` gives.

    Parameters
    ----------
    family : Distribution
    generator : CubeGenerator
    shape : tuple of int
        That the batch shape broadcasts to.

    Returns
    -------
    array
        Of shape ``shape + event_shape``.
    """
    shape = tuple(shape)
    if isinstance(family, dist.Dirichlet):
        return _dirichlet(family, generator, shape)
    if isinstance(family, dist.LKJCholesky):
        return _lkj_cholesky(family, generator, shape)
    if not family.event_dim and _has_quantile_function(family):
        return np.broadcast_to(family.icdf(generator.random(shape)), shape)
    if not family.event_dim and family.is_discrete and family.has_enumerate_support:
        return _enumerated(family, generator, shape)
    if isinstance(family, dist.TransformedDistribution):
        value = _quantile_of_base(family.base_dist, generator, shape + family.event_shape, family)
        for transform in family.transforms:
            value = transform(value)
        return value
    return family._draw(generator, shape)


def _quantile_of_base(base, generator, shape, family):
    batch = shape[: len(shape) - family.event_dim]
    batch = batch + base.batch_shape[len(family.batch_shape) :]
    fn = base.expand(batch)
    inner = unwrap(fn)[0]
    whole = fn.shape()
    return quantile(inner, generator, whole[: len(whole) - inner.event_dim])


def _has_quantile_function(family):
    try:
        with np.errstate(all="ignore"):
            family.icdf(np.full(family.batch_shape, 0.5))
    except (NotImplementedError, UnsupportedOperationError):
        return False
    return True


def _cube_shape(fn, num):
    """Return the shape of the uniform numbers of a site: its own, if there are as many."""
    batch = tuple(fn.batch_shape)
    if num == math.prod(fn.shape()):
        return tuple(fn.shape())
    return batch + (num // max(math.prod(batch), 1),)


def _dirichlet(family, generator, shape):
    """Break a stick: the k-th of K pieces is a beta part of what the pieces before it left."""
    a = family.concentration
    after = np.cumsum(a[..., ::-1], axis=-1)[..., ::-1]
    u = generator.random(shape + (family.event_shape[0] - 1,))
    parts = betaincinv(a[..., :-1], after[..., 1:], u)
    left = np.cumprod(1.0 - parts, axis=-1)
    ones = np.ones(shape + (1,))
    return np.concatenate([parts, ones], -1) * np.concatenate([ones, left], -1)


def _lkj_cholesky(family, generator, shape):
    """Rows of the factor from partial correlations, C-vine: Lewandowski et al. (2009), sec. 2.4."""
    D, rows = family.dimension, []
    for i in range(1, D):
        # column k of the C-vine: Beta(b, b) on (-1, 1), b = eta + (D - 2 - k) / 2
        k = np.arange(i)
        b = np.expand_dims(family.concentration, -1) + 0.5 * (D - 2.0 - k)
        partial = 2.0 * betaincinv(b, b, generator.random(shape + (i,))) - 1.0
        left = np.sqrt(np.cumprod(1.0 - partial * partial, axis=-1))
        ones, zeros = np.ones(shape + (1,)), np.zeros(shape + (D - 1 - i,))
        row = np.concatenate([partial, ones], -1) * np.concatenate([ones, left], -1)
        rows.append(np.concatenate([row, zeros], -1))
    first = np.broadcast_to(np.eye(D)[0], shape + (D,))
    return np.stack([first, *rows], axis=-2)


def _enumerated(family, generator, shape):
    """Return the value at which the cumulated probability first reaches a uniform number."""
    values = family.enumerate_support(expand=False)
    expanded = family.enumerate_support()
    probs = np.exp(np.stack([family.log_prob(x) for x in expanded], axis=-1))
    cumulated = np.cumsum(probs, axis=-1)
    u = np.expand_dims(generator.random(shape), -1)
    index = np.sum(np.less(cumulated[..., :-1], u), axis=-1)
    table = np.ravel(values)
    is_range = not is_traced(table) and np.array_equal(table, table[0] + np.arange(table.size))
    return index + int(table[0]) if is_range else np.take(table, index)
