"""Models whose evidence is known in closed form."""

import numpy as np
from scipy import stats
from scipy.special import betaln, gammaln

import lightppl as lp
import lightppl.distributions as dist


def normal_normal(y):
    mu = lp.sample("mu", dist.Normal(0.0, 3.0))
    lp.sample("y", dist.Normal(mu, 1.0), obs=y)


def linear_regression(X, y):
    beta = lp.sample("beta", dist.Normal(np.zeros(X.shape[1]), 2.0).to_event(1))
    lp.sample("y", dist.Normal(X @ beta, 0.5), obs=y)


def beta_binomial(counts, totals):
    p = lp.sample("p", dist.Beta(2.0, 3.0))
    lp.sample("counts", dist.Binomial(totals, probs=p), obs=counts)


def gamma_poisson(counts):
    rate = lp.sample("rate", dist.Gamma(3.0, 0.5))
    lp.sample("counts", dist.Poisson(rate), obs=counts)


_rng = np.random.default_rng(3)
_Y = np.array([1.0, 2.0, 3.0, 1.5, 0.2])
_X = _rng.normal(size=(20, 3))
_Z = _X @ np.array([1.0, -2.0, 0.5]) + 0.5 * _rng.normal(size=20)
_HITS, _TOTALS = np.array([3, 5, 1]), np.array([10, 12, 7])
_COUNTS = np.array([4, 7, 2, 6])


def _beta_binomial_evidence():
    hits, misses = _HITS.sum(), (_TOTALS - _HITS).sum()
    choices = -betaln(_HITS + 1, _TOTALS - _HITS + 1) - np.log(_TOTALS + 1)
    return choices.sum() + betaln(2 + hits, 3 + misses) - betaln(2, 3)


def _gamma_poisson_evidence():
    a, b, n, total = 3.0, 0.5, len(_COUNTS), _COUNTS.sum()
    posterior = gammaln(a + total) - (a + total) * np.log(b + n)
    return posterior + a * np.log(b) - gammaln(a) - gammaln(_COUNTS + 1).sum()


def _normal_evidence(y, covariance):
    return stats.multivariate_normal(np.zeros(len(y)), covariance).logpdf(y)


CONJUGATE = {
    "normal-normal": (normal_normal, (_Y,), _normal_evidence(_Y, np.eye(5) + 9.0)),
    "linear regression": (
        linear_regression,
        (_X, _Z),
        _normal_evidence(_Z, 0.25 * np.eye(20) + 4.0 * _X @ _X.T),
    ),
    "beta-binomial": (beta_binomial, (_HITS, _TOTALS), _beta_binomial_evidence()),
    "gamma-Poisson": (gamma_poisson, (_COUNTS,), _gamma_poisson_evidence()),
}
"""Model, arguments and logarithm of the evidence, by name."""
