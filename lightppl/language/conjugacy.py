"""Marginal log densities of conjugate pairs: observations with the site above them integrated out.

Legend: ``K`` entries of the undrawn value, ``E`` entries of one observed value; sums over the
evidence of each entry have shape (K,).

References: Bernardo and Smith (1994), "Bayesian Theory", appendix A.
"""

import numpy as np

import lightppl.distributions as dist
from lightppl.autodiff import as_array, is_traced
from lightppl.autodiff.special import betaln, gammaln
from lightppl.autodiff.structural import scatter_add
from lightppl.records import record


@record
class Evidence:
    """One observed statement under an undrawn site.

    Parameters
    ----------
    fn : Distribution
        The family itself, without wrappers.
    value : array
    counts : bool or bool array
        Which entries count.
    index : (*E) int array
        Entry of the undrawn value that each observation depends on.
    coef, offset : array or None
        The parameter is ``coef * x[index] + offset``; None stands for 1 and 0.
    """

    fn: object
    value: object
    counts: object
    index: object
    coef: object = None
    offset: object = None

    def total(self, values, num_entries):
        """Return the sum of `values` over the observations of each entry of the undrawn value."""
        if self.counts is not True:
            values = np.where(self.counts, values, 0.0)
        values = np.reshape(np.broadcast_to(values, self.index.shape), (-1,))
        index = self.index.ravel()
        if is_traced(values):
            return scatter_add(values, index, axis=0, size=num_entries)
        return np.bincount(index, weights=values, minlength=num_entries)


def log_marginal(prior, shape, evidence):
    """Return the log density of the evidence with the undrawn value integrated out.

    Parameters
    ----------
    prior : Distribution
        Without wrappers.
    shape : tuple of int
        Of the undrawn value.
    evidence : list of Evidence

    Returns
    -------
    array, batch shape of the undrawn value
    """
    family = next(family for family in PAIRS if type(prior) is family)
    rule, _ = PAIRS[family]
    result = rule(prior, shape, evidence)
    return np.reshape(result, shape[: len(shape) - prior.event_dim])


def _flat(parameter, shape):
    return np.reshape(np.broadcast_to(parameter, shape), (-1,))


def _beta_marginal(prior, shape, evidence):
    a, b = _flat(prior.concentration1, shape), _flat(prior.concentration0, shape)
    size, hits, misses, constant = int(np.prod(shape)), 0.0, 0.0, 0.0
    for e in evidence:
        y = as_array(e.value)
        n = e.fn.total_count if isinstance(e.fn, dist.BinomialProbs) else 1
        hits = hits + e.total(y, size)
        misses = misses + e.total(n - y, size)
        if isinstance(e.fn, dist.BinomialProbs):
            ways = gammaln(n + 1.0) - gammaln(y + 1.0) - gammaln(n - y + 1.0)
            constant = constant + e.total(ways, size)
    return betaln(a + hits, b + misses) - betaln(a, b) + constant


def _gamma_marginal(prior, shape, evidence):
    a, b = _flat(prior.concentration, shape), _flat(prior.rate, shape)
    size, events, exposure, constant = int(np.prod(shape)), 0.0, 0.0, 0.0
    for e in evidence:
        y = as_array(e.value)
        c = 1.0 if e.coef is None else e.coef
        if isinstance(e.fn, dist.Poisson):
            events = events + e.total(y, size)
            exposure = exposure + e.total(c, size)
            constant = constant + e.total(y * np.log(c) - gammaln(y + 1.0), size)
        else:  # Exponential: one event after an exposure of c y
            events = events + e.total(1.0, size)
            exposure = exposure + e.total(c * y, size)
            constant = constant + e.total(np.log(c), size)
    shrunk = gammaln(a + events) - gammaln(a) - (a + events) * np.log(b + exposure)
    return a * np.log(b) + shrunk + constant


def _normal_marginal(prior, shape, evidence):
    mean, sd = _flat(prior.loc, shape), _flat(prior.scale, shape)
    size, precision, pull, constant = int(np.prod(shape)), 0.0, 0.0, 0.0
    for e in evidence:
        c = 1.0 if e.coef is None else e.coef
        d = 0.0 if e.offset is None else e.offset
        # residuals from the prior mean, so that nothing large cancels
        r = e.value - d - c * mean[e.index]
        s = e.fn.scale
        precision = precision + e.total(c * c / (s * s), size)
        pull = pull + e.total(c * r / (s * s), size)
        log_prob = -0.5 * (r / s) ** 2 - np.log(s) - 0.5 * np.log(2 * np.pi)
        constant = constant + e.total(log_prob, size)
    # x - mean has prior precision 1 / sd^2 and posterior precision 1 / sd^2 + precision
    shrink = 1.0 + precision * sd * sd
    return constant - 0.5 * np.log(shrink) + 0.5 * pull * pull * sd * sd / shrink


def _dirichlet_marginal(prior, shape, evidence):
    alpha = np.reshape(np.broadcast_to(prior.concentration, shape), (-1, shape[-1]))
    size, counts, constant = int(np.prod(shape)), 0.0, 0.0
    for e in evidence:
        y = np.asarray(e.value)
        one_hot = y[..., None] == np.arange(shape[-1])
        counts = counts + np.reshape(e.total(one_hot.astype(np.float64), size), alpha.shape)
    total, added = np.sum(alpha, -1), np.sum(counts, -1)
    ratio = np.sum(gammaln(alpha + counts) - gammaln(alpha), -1)
    return ratio + gammaln(total) - gammaln(total + added) + constant


PAIRS = {
    dist.Beta: (_beta_marginal, {dist.BernoulliProbs: "probs", dist.BinomialProbs: "probs"}),
    dist.Gamma: (_gamma_marginal, {dist.Poisson: "rate", dist.Exponential: "rate"}),
    dist.Normal: (_normal_marginal, {dist.Normal: "loc"}),
    dist.Dirichlet: (_dirichlet_marginal, {dist.CategoricalProbs: "probs"}),
}
"""Family of the undrawn site -> (its rule, {family observed under it: the parameter it may be})."""

SCALED = {dist.Gamma: ("coef",), dist.Normal: ("coef", "offset")}
"""Families whose value may enter scaled or shifted; others enter as they are."""
