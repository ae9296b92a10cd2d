"""Kullback-Leibler divergences in closed form.

`kl_divergence` looks the pair of types up in a table; users add pairs with `register_kl`.

References
----------
Soch and others, "The book of statistical proofs": divergences of the exponential families;
Bauckhage (2013), "Computing the Kullback-Leibler divergence between two generalized gamma
distributions".
"""

import math

import numpy as np

from lightppl.autodiff import linalg
from lightppl.autodiff.special import betaln, digamma, gammaln, log1mexp, log_softmax, xlogy
from lightppl.distributions.asymmetric import EULER_GAMMA
from lightppl.distributions.categorical import CategoricalLogits, CategoricalProbs
from lightppl.distributions.counts import BernoulliLogits, BernoulliProbs, Poisson
from lightppl.distributions.degenerate import Delta
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.heavy_tails import Weibull
from lightppl.distributions.interval import Beta, Kumaraswamy
from lightppl.distributions.multivariate_normal import MultivariateNormal, whiten
from lightppl.distributions.positive import Exponential, Gamma
from lightppl.distributions.real_line import Normal
from lightppl.distributions.simplex import Dirichlet
from lightppl.distributions.spatial import CirculantNormal
from lightppl.distributions.transforms import sum_rightmost
from lightppl.distributions.unwrapping import innermost
from lightppl.distributions.wrappers import (
    ExpandedDistribution,
    Independent,
    MaskedDistribution,
)
from lightppl.errors import ShapeError

_rules = {}


def kl_divergence(p, q):
    """Return the divergence from `q` to `p`: the mean under `p` of ``log p - log q``.

    Parameters
    ----------
    p, q : Distribution

    Returns
    -------
    array
        Of the joint batch shape.

    Raises
    ------
    NotImplementedError
        If no closed form is known for the pair.

    Examples
    --------
    >>> float(kl_divergence(Normal(0.0, 1.0), Normal(1.0, 1.0)))
    0.5
    """
    for p_type in type(p).__mro__:
        for q_type in type(q).__mro__:
            if (p_type, q_type) in _rules:
                return _rules[p_type, q_type](p, q)
    raise NotImplementedError(
        f"No closed form is known for the divergence of {type(p).__name__} from "
        f"{type(q).__name__}; add one with register_kl, or average the log ratio over draws."
    )


def register_kl(p_type, q_type):
    """Return a decorator that enters a divergence for a pair of types.

    Parameters
    ----------
    p_type, q_type : type
        Subclasses of Distribution.
    """

    def enter(rule):
        _rules[p_type, q_type] = rule
        return rule

    return enter


@register_kl(ExpandedDistribution, ExpandedDistribution)
def _expanded_both(p, q):
    return _spread(kl_divergence(p.base_dist, q.base_dist), p, q)


@register_kl(ExpandedDistribution, Distribution)
def _expanded_first(p, q):
    return _spread(kl_divergence(p.base_dist, q), p, q)


@register_kl(Distribution, ExpandedDistribution)
def _expanded_second(p, q):
    return _spread(kl_divergence(p, q.base_dist), p, q)


def _spread(kl, p, q):
    return np.broadcast_to(kl, np.broadcast_shapes(p.batch_shape, q.batch_shape))


@register_kl(Delta, Distribution)
@register_kl(Delta, ExpandedDistribution)
def _delta(p, q):
    return p.log_density_at_v - q.log_prob(p.v)


@register_kl(Independent, Independent)
def _independent(p, q):
    extra = min(p.reinterpreted_batch_ndims, q.reinterpreted_batch_ndims)
    inner = kl_divergence(_release(p, extra), _release(q, extra))
    return sum_rightmost(inner, extra)


def _release(d, count):
    """Return an Independent distribution with `count` event axes made batch axes again."""
    left = d.reinterpreted_batch_ndims - count
    return Independent(d.base_dist, left) if left else d.base_dist


@register_kl(MaskedDistribution, MaskedDistribution)
def _masked(p, q):
    kl = kl_divergence(p.base_dist, q.base_dist)
    return np.where(np.logical_and(p._mask, q._mask), kl, 0.0)


@register_kl(Normal, Normal)
def _normal(p, q):
    ratio = p.scale / q.scale
    gap = (p.loc - q.loc) / q.scale
    return 0.5 * (ratio * ratio + gap * gap - 1.0) - np.log(ratio)


@register_kl(MultivariateNormal, MultivariateNormal)
def _multivariate_normal(p, q):
    size = p.event_shape[0]
    if q.event_shape[0] != size:
        raise ShapeError(
            f"kl_divergence got event shapes {p.event_shape} and {q.event_shape}; they must agree."
        )
    p_factor, q_factor = p.scale_tril, q.scale_tril
    ratio = linalg.solve_triangular(q_factor, p_factor)
    gap = whiten(q_factor, q.loc - p.loc)
    log_dets = linalg.log_det_triangular(q_factor) - linalg.log_det_triangular(p_factor)
    squares = np.sum(ratio * ratio, axis=(-2, -1)) + np.sum(gap * gap, axis=-1)
    return 0.5 * (squares - size) + log_dets


@register_kl(Independent, CirculantNormal)
def _independent_circulant(p, q):
    # the diagonal of the inverse of a circulant matrix is the mean inverse eigenvalue
    if not isinstance(innermost(p), Normal):
        raise NotImplementedError("kl_divergence with CirculantNormal expects independent normals.")
    size = q.event_shape[0]
    spectrum = q._spectrum()
    variance = np.broadcast_to(p.variance, p.batch_shape + p.event_shape)
    square = np.sum(variance, axis=-1) * np.sum(1.0 / spectrum, axis=-1) / size
    gap_density = q.log_density(np.broadcast_to(p.mean, p.batch_shape + p.event_shape))
    return -p.entropy() + 0.5 * square - gap_density


@register_kl(Beta, Beta)
def _beta(p, q):
    a, b = p.concentration1, p.concentration0
    c, d = q.concentration1, q.concentration0
    slopes = (a - c) * digamma(a) + (b - d) * digamma(b) - (a + b - c - d) * digamma(a + b)
    return betaln(c, d) - betaln(a, b) + slopes


@register_kl(CategoricalProbs, CategoricalProbs)
@register_kl(CategoricalProbs, CategoricalLogits)
@register_kl(CategoricalLogits, CategoricalProbs)
@register_kl(CategoricalLogits, CategoricalLogits)
def _categorical(p, q):
    probs = p.probs
    return np.sum(xlogy(probs, probs) - _times_log_probs(probs, q), axis=-1)


def _times_log_probs(weights, q):
    if isinstance(q, CategoricalProbs):
        return xlogy(weights, q.probs)
    return np.where(np.equal(weights, 0.0), 0.0, weights * log_softmax(q.logits, axis=-1))


@register_kl(BernoulliProbs, BernoulliProbs)
@register_kl(BernoulliProbs, BernoulliLogits)
@register_kl(BernoulliLogits, BernoulliProbs)
@register_kl(BernoulliLogits, BernoulliLogits)
def _bernoulli(p, q):
    one, zero = p.probs, 1.0 - p.probs
    cross = one * q.log_density(1) + zero * q.log_density(0)
    return -p.entropy() - cross


@register_kl(Dirichlet, Dirichlet)
def _dirichlet(p, q):
    a, b = p.concentration, q.concentration
    total = np.sum(a, axis=-1, keepdims=True)
    slopes = np.sum((a - b) * (digamma(a) - digamma(total)), axis=-1)
    return q._log_normalizer() - p._log_normalizer() + slopes


@register_kl(Gamma, Gamma)
def _gamma(p, q):
    a, b = p.concentration, q.concentration
    ratio = q.rate / p.rate
    normalizers = gammaln(b) - gammaln(a)
    return (a - b) * digamma(a) + normalizers - b * np.log(ratio) + a * (ratio - 1.0)


@register_kl(Exponential, Exponential)
def _exponential(p, q):
    ratio = q.rate / p.rate
    return ratio - 1.0 - np.log(ratio)


@register_kl(Poisson, Poisson)
def _poisson(p, q):
    return xlogy(p.rate, p.rate / q.rate) - p.rate + q.rate


@register_kl(Weibull, Gamma)
def _weibull_gamma(p, q):
    k, a = p.concentration, q.concentration
    log_scale = np.log(p.scale)
    mean_log = log_scale - EULER_GAMMA / k
    cross = (a - 1.0) * mean_log - q.rate * p.mean + a * np.log(q.rate) - gammaln(a)
    return -p.entropy() - cross


@register_kl(Kumaraswamy, Beta)
def _kumaraswamy_beta(p, q):
    # the mean of log x is -H_b / a
    a, b = p.concentration1, p.concentration0
    c, d = q.concentration1, q.concentration0
    harmonic = digamma(b + 1.0) + EULER_GAMMA
    cross = (1.0 - c) * harmonic / a + (1.0 - d) * _log_rest(a, b) - betaln(c, d)
    return -p.entropy() - cross


def _log_rest(a, b):
    """Return the mean of ``-log(1 - x)`` for a Kumaraswamy variable x, by quadrature.

    With ``x = (1 - u^(1/b))^(1/a)`` and u uniform; the double exponential rule meets the
    logarithmic ends of the interval without loss.  Takahasi, Mori (1974).
    """
    step = 6.8 / 256
    t = np.arange(-128, 129) * step
    weight = step * 0.5 * math.pi * np.cosh(t)
    s = 0.5 * math.pi * np.sinh(t)
    log_u = -np.logaddexp(0.0, -2.0 * s)
    log_weights = np.log(2.0 * weight) + log_u - np.logaddexp(0.0, 2.0 * s)
    a, b = np.expand_dims(a, -1), np.expand_dims(b, -1)
    log_x = log1mexp(-log_u / b) / a
    return -np.sum(np.exp(log_weights) * log1mexp(-log_x), axis=-1)
