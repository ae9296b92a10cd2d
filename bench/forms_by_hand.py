"""Log densities of the forms of `form_models.py` with gradients, written by hand in Numba.

As in `handwritten.py`: each function fills ``grad`` with the gradient of U = -log density at ``q``
and returns U up to a constant.  Where a form is the same density in the same coordinates as a
model there, the function there serves.
"""

import math

import numpy as np
from by_numba import compiled, sums_in_any_order
from handwritten import BLOCK, linear, logistic, poisson
from handwritten_latent import garch, gaussian_process, hidden_markov_of, mixture


@compiled
def eight_schools_centered(q, grad, error, effect):
    """q = (mu, log tau, theta_1..theta_J); tau ~ HalfCauchy(5)."""
    mu, tau = q[0], math.exp(q[1])
    U = 0.5 * (mu / 5) ** 2 + math.log1p((tau / 5) ** 2) - q[1]
    inverse = 1 / tau
    total, squares = 0.0, 0.0
    for j in range(effect.size):
        z = (q[2 + j] - mu) * inverse
        residual = (effect[j] - q[2 + j]) / error[j]
        U += 0.5 * z * z + 0.5 * residual * residual + q[1]
        total += z
        squares += z * z
        grad[2 + j] = z * inverse - residual / error[j]
    grad[0] = mu / 25 - total * inverse
    grad[1] = 2 * tau * tau / (25 + tau * tau) - 1 + effect.size - squares
    return U


@sums_in_any_order
def hierarchical_centered(q, grad, group, x, y):
    """q = (mu, log tau, slope, intercept_1..intercept_J); tau ~ HalfNormal(2)."""
    mu, tau, slope = q[0], math.exp(q[1]), q[2]
    intercept, by_group = q[3:], grad[3:]
    by_group[:] = 0.0
    U = 0.02 * (mu * mu + slope * slope) + 0.125 * tau * tau - q[1] + intercept.size * q[1]
    grad_slope = slope / 25
    for i in range(y.size):
        eta = intercept[group[i]] + slope * x[i]
        decay = math.exp(-abs(eta))
        U += max(eta, 0.0) - y[i] * eta + math.log1p(decay)
        step = (1.0 if eta >= 0 else decay) / (1 + decay) - y[i]
        grad_slope += step * x[i]
        by_group[group[i]] += step
    grad_mu, squares = mu / 25, 0.0
    for j in range(intercept.size):
        z = (intercept[j] - mu) / tau
        squares += z * z
        grad_mu -= z / tau
        by_group[j] += z / tau
    grad[0], grad[2] = grad_mu, grad_slope
    grad[1] = 0.25 * tau * tau - 1 + intercept.size - squares
    return U + 0.5 * squares


@sums_in_any_order
def varying_slopes(q, grad, group, X, y):
    """q = (log tau_1..3, log sigma, beta by group); tau, sigma ~ HalfNormal(2)."""
    K = 3
    beta, by_beta = q[K + 1 :], grad[K + 1 :]
    num_groups = beta.size // K
    tau, sigma = np.exp(q[:K]), math.exp(q[K])
    U = 0.125 * sigma * sigma - q[K] + y.size * q[K]
    for k in range(K):
        grad[k] = 0.25 * tau[k] * tau[k] - 1 + num_groups
        U += 0.125 * tau[k] * tau[k] - q[k] + num_groups * q[k]
    for g in range(num_groups):
        for k in range(K):
            z = beta[K * g + k] / tau[k]
            U += 0.5 * z * z
            grad[k] -= z * z
            by_beta[K * g + k] = z / tau[k]
    precision, squares = 1 / (sigma * sigma), 0.0
    for i in range(y.size):
        start = K * group[i]
        residual = y[i]
        for k in range(K):
            residual -= X[i, k] * beta[start + k]
        squares += residual * residual
        for k in range(K):
            by_beta[start + k] -= precision * residual * X[i, k]
    grad[K] = 0.25 * sigma * sigma - 1 + y.size - precision * squares
    return U + 0.5 * precision * squares


@sums_in_any_order
def ordered_logistic(q, grad, X, y):
    """q = (beta, first cut, logs of the distances between cuts); prior before the transform."""
    P, C = X.shape[1], q.size - X.shape[1]
    beta = q[:P]
    ends, by_end = np.empty(C + 2), np.zeros(C + 2)
    ends[0], ends[1], ends[C + 1] = -np.inf, q[P], np.inf
    for c in range(1, C):
        ends[c + 1] = ends[c] + math.exp(q[P + c])
    U = 0.0
    for k in range(P):
        U += 0.125 * beta[k] * beta[k]
        grad[k] = 0.25 * beta[k]
    for start in range(0, y.size, BLOCK):
        rows = X[start : start + BLOCK]
        eta = np.dot(rows, beta)
        for i in range(eta.size):
            category = y[start + i]
            below = 1 / (1 + math.exp(eta[i] - ends[category]))
            above = 1 / (1 + math.exp(ends[category + 1] - eta[i]))
            probability = 1 - below - above
            U -= math.log(probability)
            by_end[category] += below * (1 - below) / probability
            by_end[category + 1] -= above * (1 - above) / probability
            eta[i] = above - below
        slope = np.dot(eta, rows)
        for k in range(P):
            grad[k] += slope[k]
    left = 0.0
    for c in range(C - 1, -1, -1):
        left += by_end[c + 1]
        U += q[P + c] ** 2 / 18
        grad[P + c] = q[P + c] / 9 + left * (math.exp(q[P + c]) if c > 0 else 1.0)
    return U


@sums_in_any_order
def item_response_long(q, grad, person, item, y):
    """q = (difficulty_1..50, log discrimination_1..50, ability)."""
    num_items = 50
    difficulty, ability = q[:num_items], q[2 * num_items :]
    discrimination = np.exp(q[num_items : 2 * num_items])
    by_difficulty, by_log = grad[:num_items], grad[num_items : 2 * num_items]
    by_ability = grad[2 * num_items :]
    U = 0.0
    for j in range(num_items):
        log_discrimination = q[num_items + j]
        U += 0.125 * difficulty[j] ** 2 + 2 * log_discrimination**2
        by_difficulty[j], by_log[j] = 0.25 * difficulty[j], 4 * log_discrimination
    for i in range(ability.size):
        U += 0.5 * ability[i] ** 2
        by_ability[i] = ability[i]
    for n in range(y.size):
        i, j = person[n], item[n]
        eta = discrimination[j] * (ability[i] - difficulty[j])
        decay = math.exp(-abs(eta))
        U += max(eta, 0.0) - y[n] * eta + math.log1p(decay)
        step = (1.0 if eta >= 0 else decay) / (1 + decay) - y[n]
        slope = step * discrimination[j]
        by_ability[i] += slope
        by_difficulty[j] -= slope
        by_log[j] += step * eta
    return U


BY_HAND = {
    "eight schools, Python loop": eight_schools_centered,
    "linear, factor": linear,
    "linear, loop over columns": linear,
    "logistic, einsum": logistic,
    "Poisson, factor": poisson,
    "hierarchical, sorted rows": hierarchical_centered,
    "hierarchical, factor": hierarchical_centered,
    "varying slopes, einsum": varying_slopes,
    "ordered logistic": ordered_logistic,
    "GP, factor": gaussian_process,
    "GARCH, sum in the carry": garch,
    "HMM 2, logsumexp": hidden_markov_of(2),
    "HMM 4, logsumexp": hidden_markov_of(4),
    "HMM 16, logsumexp": hidden_markov_of(16),
    "mixture, logsumexp": mixture,
    "IRT long, sorted rows": item_response_long,
    "IRT long, random rows": item_response_long,
}
