"""Leave-one-out cross-validation from the draws of one fit.

References
----------
Vehtari, Gelman, Gabry (2017), "Practical Bayesian model evaluation using leave-one-out
cross-validation and WAIC", Statistics and Computing 27(5).
"""

import numpy as np

from lightppl.arguments import check_numbers
from lightppl.diagnostics.ess import ess_mean
from lightppl.diagnostics.pareto import psis, reliable_k
from lightppl.errors import LightPPLWarning, ShapeError
from lightppl.records import record
from lightppl.user_line import warn


@record
class LOO:
    """Expected log predictive density of each observation, had it been left out.

    Attributes
    ----------
    elpd : float
        Sum over observations; higher predicts better.
    se : float
        Standard error of `elpd` over observations.
    p_eff : float
        Effective number of parameters.
    pointwise : array of the shape of the observations
        Contributions to `elpd`.
    pareto_k : array of the shape of the observations
        Reliability of each contribution; inf where a log likelihood is not finite.
    threshold : float
        Largest reliable `pareto_k`.
    """

    elpd: float
    se: float
    p_eff: float
    pointwise: np.ndarray
    pareto_k: np.ndarray
    threshold: float

    def __str__(self):
        lines = [
            f"elpd_loo {self.elpd:10.2f}   se {self.se:.2f}",
            f"p_loo    {self.p_eff:10.2f}",
        ]
        return "\n".join(lines + _troubles(self.pareto_k, self.threshold))


def loo(log_likelihood):
    """Estimate leave-one-out predictive accuracy by Pareto smoothed importance sampling.

    Parameters
    ----------
    log_likelihood : (C, N, *shape) array
        Log likelihood of each observation under each draw.

    Returns
    -------
    LOO

    Warns
    -----
    LightPPLWarning
        If contributions are not reliable.  An observation that is impossible under a draw, with a
        log likelihood of -inf, has an infinite importance ratio: it contributes -inf.

    References
    ----------
    Vehtari, Gelman, Gabry (2017), eqs. (4), (10), (23).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y, mu = rng.standard_normal(20), 0.2 * rng.standard_normal((4, 500, 1))
    >>> result = loo(-0.5 * (y - mu) ** 2 - 0.919)
    >>> bool(result.elpd < 0), bool(np.all(result.pareto_k < 0.7))
    (True, True)
    """
    log_likelihood = check_numbers(log_likelihood, "log_likelihood", finite=False)
    log_likelihood = log_likelihood.astype(np.float64)
    if log_likelihood.ndim < 3:
        raise ShapeError(
            "loo needs log likelihoods of shape (chain, draw, *observations), found "
            f"{log_likelihood.shape}."
        )
    shape = log_likelihood.shape[2:]
    num_draws = log_likelihood.shape[0] * log_likelihood.shape[1]
    flat = log_likelihood.reshape(num_draws, -1)
    relative_ess = _relative_ess(log_likelihood).reshape(-1)
    log_weights, pareto_k = psis(-flat, relative_ess)
    pareto_k = np.where(np.all(np.isfinite(flat), axis=0), pareto_k, np.inf)
    threshold = reliable_k(num_draws)
    for sentence in _troubles(pareto_k, threshold):
        warn(f"loo: {sentence}", LightPPLWarning)
    with np.errstate(invalid="ignore"):  # infinite contributions have no standard error
        pointwise = _log_sum_exp(flat + log_weights)
        density = _log_sum_exp(flat) - np.log(num_draws)
        return LOO(
            elpd=float(pointwise.sum()),
            se=float(np.sqrt(len(pointwise) * pointwise.var())),
            p_eff=float((density - pointwise).sum()),
            pointwise=pointwise.reshape(shape),
            pareto_k=pareto_k.reshape(shape),
            threshold=threshold,
        )


def _troubles(pareto_k, threshold):
    """Return a sentence on observations that no draw can weigh, and one on those with heavy tails.
    """
    num_infinite = int(np.sum(np.isinf(pareto_k) & (pareto_k > 0)))
    num_bad = int(np.sum(~(pareto_k <= threshold))) - num_infinite
    sentences = []
    if num_infinite:
        sentences.append(
            f"{num_infinite} of {pareto_k.size} observations have a log likelihood that is not "
            "finite under some draw, or too few draws (Pareto k is inf): leaving them out cannot "
            "be estimated from these draws. Refit without them, or make the model give them some "
            "probability."
        )
    if num_bad:
        sentences.append(
            f"{num_bad} of {pareto_k.size} observations have Pareto k above {threshold:.2f}: their "
            "contributions are not reliable. Refit without them, or make the model robust to them."
        )
    return sentences


def _relative_ess(log_likelihood):
    with np.errstate(invalid="ignore"):
        likelihood = np.exp(log_likelihood - log_likelihood.max(axis=(0, 1)))
    share = np.asarray(ess_mean(likelihood)) / likelihood[..., 0].size
    return np.where(np.isfinite(share), share, 1.0)


def _log_sum_exp(x):
    largest = x.max(axis=0)
    largest = np.where(np.isneginf(largest), 0.0, largest)  # a sum of zeros
    with np.errstate(divide="ignore"):
        return largest + np.log(np.sum(np.exp(x - largest), axis=0))
