"""Log densities with gradients written by hand: how fast a careful author's Numba code is.

Each function fills ``grad`` with the gradient of the potential U = -log density at ``q`` and
returns U up to a constant, in the layout in which the model in `models.py` names its sites.  Each
passes over the data once; rows of design matrices go to BLAS in blocks that stay in the cache.
"""

import math

import numpy as np
from by_numba import compiled, sums_in_any_order
from handwritten_latent import garch, gaussian_process, hidden_markov, item_response, mixture

BLOCK = 256


@compiled
def eight_schools(q, grad, error, effect):
    """q = (mu, log tau, z_1..z_J); tau ~ HalfCauchy(5)."""
    mu, tau = q[0], math.exp(q[1])
    U = 0.5 * (mu / 5) ** 2 + math.log1p((tau / 5) ** 2) - q[1]
    grad_mu = mu / 25
    grad_tau = 2 * tau / (25 + tau * tau)
    for j in range(effect.size):
        z = q[2 + j]
        residual = (effect[j] - mu - tau * z) / error[j]
        U += 0.5 * z * z + 0.5 * residual * residual
        slope = residual / error[j]
        grad_mu -= slope
        grad_tau -= slope * z
        grad[2 + j] = z - slope * tau
    grad[0] = grad_mu
    grad[1] = grad_tau * tau - 1
    return U


@sums_in_any_order
def linear(q, grad, X, y):
    """q = (alpha, log sigma, beta); priors Normal(0, 5), HalfNormal(2), Normal(0, 2)."""
    alpha, sigma, beta = q[0], math.exp(q[1]), q[2:]
    residual = np.dot(X, beta)
    total, squares = 0.0, 0.0
    for i in range(y.size):
        residual[i] = y[i] - alpha - residual[i]
        total += residual[i]
        squares += residual[i] * residual[i]
    precision = 1 / (sigma * sigma)
    grad[0] = alpha / 25 - precision * total
    grad[1] = 0.25 * sigma * sigma - 1 + y.size - precision * squares
    U = 0.02 * alpha * alpha + 0.125 * sigma * sigma - q[1]
    slope = np.dot(residual, X)
    for k in range(beta.size):
        U += 0.125 * beta[k] * beta[k]
        grad[2 + k] = 0.25 * beta[k] - precision * slope[k]
    return U + 0.5 * precision * squares + y.size * q[1]


@sums_in_any_order
def logistic(q, grad, X, y):
    """q = beta ~ Normal(0, 2)."""
    U = 0.0
    for k in range(q.size):
        U += 0.125 * q[k] * q[k]
        grad[k] = 0.25 * q[k]
    for start in range(0, y.size, BLOCK):
        rows = X[start : start + BLOCK]
        eta = np.dot(rows, q)
        for i in range(eta.size):
            response = y[start + i]
            decay = math.exp(-abs(eta[i]))
            U += max(eta[i], 0.0) - response * eta[i] + math.log1p(decay)
            eta[i] = (1.0 if eta[i] >= 0 else decay) / (1 + decay) - response
        slope = np.dot(eta, rows)
        for k in range(q.size):
            grad[k] += slope[k]
    return U


@sums_in_any_order
def poisson(q, grad, X, offset, y):
    """q = beta ~ Normal(0, 1)."""
    U = 0.0
    for k in range(q.size):
        U += 0.5 * q[k] * q[k]
        grad[k] = q[k]
    for start in range(0, y.size, BLOCK):
        rows = X[start : start + BLOCK]
        eta = np.dot(rows, q)
        for i in range(eta.size):
            log_mean = eta[i] + offset[start + i]
            mean = math.exp(log_mean)
            U += mean - y[start + i] * log_mean
            eta[i] = mean - y[start + i]
        slope = np.dot(eta, rows)
        for k in range(q.size):
            grad[k] += slope[k]
    return U


@sums_in_any_order
def hierarchical(q, grad, group, x, y):
    """q = (mu, log tau, slope, z_1..z_J); tau ~ HalfNormal(2)."""
    mu, tau, slope = q[0], math.exp(q[1]), q[2]
    z, by_group = q[3:], grad[3:]
    intercept = mu + tau * z
    by_group[:] = 0.0
    U = 0.02 * (mu * mu + slope * slope) + 0.125 * tau * tau - q[1]
    grad_slope = slope / 25
    for i in range(y.size):
        eta = intercept[group[i]] + slope * x[i]
        decay = math.exp(-abs(eta))
        U += max(eta, 0.0) - y[i] * eta + math.log1p(decay)
        step = (1.0 if eta >= 0 else decay) / (1 + decay) - y[i]
        grad_slope += step * x[i]
        by_group[group[i]] += step
    grad_mu, grad_tau = mu / 25, 0.25 * tau
    for j in range(z.size):
        U += 0.5 * z[j] * z[j]
        grad_mu += by_group[j]
        grad_tau += by_group[j] * z[j]
        by_group[j] = z[j] + tau * by_group[j]
    grad[0], grad[1], grad[2] = grad_mu, grad_tau * tau - 1, grad_slope
    return U


BY_HAND = {
    "eight schools": eight_schools,
    "linear 10^3 x 5": linear,
    "logistic 10^4 x 50": logistic,
    "Poisson 10^5 x 10": poisson,
    "hierarchical 10^5": hierarchical,
    "GP 200": gaussian_process,
    "GARCH 500": garch,
    "HMM 4 x 1000": hidden_markov,
    "mixture 5 x 10^4": mixture,
    "IRT 500 x 50": item_response,
}


def repeated(function):
    """Return a loop over calls, so that the function is measured and not the way into it.

    The loop takes ``(q, grad, *data, times)``; data in a tuple would cost a quarter of the time of
    the smallest model in reference counts.
    """

    @compiled
    def repeat_one(q, grad, first, times):
        total = 0.0
        for _ in range(times):
            total += function(q, grad, first)
        return total

    @compiled
    def repeat_two(q, grad, first, second, times):
        total = 0.0
        for _ in range(times):
            total += function(q, grad, first, second)
        return total

    @compiled
    def repeat_three(q, grad, first, second, third, times):
        total = 0.0
        for _ in range(times):
            total += function(q, grad, first, second, third)
        return total

    num_data = function.py_func.__code__.co_argcount - 2
    return {1: repeat_one, 2: repeat_two, 3: repeat_three}[num_data]
