"""Log densities written by hand, continued: processes, hidden states and crossed effects."""

import math

import numpy as np
from by_numba import compiled, sums_in_any_order


@sums_in_any_order
def gaussian_process(q, grad, squared_distance, y):
    """q = log (amplitude, length, noise)."""
    N = y.size
    amplitude, length, noise = math.exp(q[0]), math.exp(q[1]), math.exp(q[2])
    scale, nugget = -0.5 / (length * length), noise * noise + 1e-8
    K = np.empty((N, N))
    for i in range(N):
        for j in range(i + 1):
            K[i, j] = amplitude * amplitude * math.exp(scale * squared_distance[i, j])
            K[j, i] = K[i, j]
        K[i, i] += nugget
    L = np.linalg.cholesky(K)
    inverse = np.linalg.inv(K)
    weights = np.dot(inverse, y)
    U = 0.125 * amplitude * amplitude + 0.5 * q[1] * q[1] + 0.5 * noise * noise - q[0] - q[2]
    by_amplitude, by_length, by_nugget = 0.0, 0.0, 0.0
    for i in range(N):
        U += math.log(L[i, i]) + 0.5 * y[i] * weights[i]
        by_nugget += inverse[i, i] - weights[i] * weights[i]
        by_amplitude += 0.5 * (inverse[i, i] - weights[i] * weights[i]) * (K[i, i] - nugget)
        for j in range(i):
            term = (inverse[i, j] - weights[i] * weights[j]) * K[i, j]
            by_amplitude += term
            by_length += term * squared_distance[i, j]
    grad[0] = 0.25 * amplitude * amplitude - 1 + 2 * by_amplitude
    grad[1] = q[1] + by_length / (length * length)
    grad[2] = noise * noise * (1 + by_nugget) - 1
    return U


@compiled
def garch(q, grad, y):
    """q = (mu, log level, logit shock, logit share); shock, share ~ Beta(2, 2)."""
    mu, level = q[0], math.exp(q[1])
    shock, share = 1 / (1 + math.exp(-q[2])), 1 / (1 + math.exp(-q[3]))
    memory = (1 - shock) * share
    variance = np.var(y)
    # derivatives of the variance go forwards: there are only four
    by_mu, by_level, by_shock, by_share = 0.0, 0.0, 0.0, 0.0
    log_priors = 2 * math.log(shock * (1 - shock)) + 2 * math.log(share * (1 - share))
    U = 0.02 * mu * mu + 0.5 * level * level - q[1] - log_priors
    total_mu, total_level, total_shock, total_share = mu / 25, level, 0.0, 0.0
    product = 1.0
    for t in range(y.size):
        residual = y[t] - mu
        square = residual * residual
        precision = 1 / variance
        product *= variance
        if not 1e-200 < product < 1e200:
            U += 0.5 * math.log(product)
            product = 1.0
        U += 0.5 * square * precision
        by_variance = 0.5 * precision * (1 - square * precision)
        total_mu += by_variance * by_mu - residual * precision
        total_level += by_variance * by_level
        total_shock += by_variance * by_shock
        total_share += by_variance * by_share
        by_mu = memory * by_mu - 2 * shock * residual
        by_level = memory * by_level + 1
        by_shock = memory * by_shock + square - share * variance
        by_share = memory * by_share + (1 - shock) * variance
        variance = level + shock * square + memory * variance
    grad[0] = total_mu
    grad[1] = total_level * level - 1
    grad[2] = total_shock * shock * (1 - shock) - 2 * (1 - 2 * shock)
    grad[3] = total_share * share * (1 - share) - 2 * (1 - 2 * share)
    return U + 0.5 * math.log(product)


def hidden_markov_of(S):
    """Return the function for a number of states; the compiler unrolls loops over a few."""

    @sums_in_any_order
    def hidden_markov(q, grad, y):
        """q = (mean, logits by row, log sigma): the scaled forward and backward recursions.

        References
        ----------
        Rabiner (1989), "A tutorial on hidden Markov models", sec. V.A.
        """
        T = y.size
        mean, logits, sigma = q[:S], q[S : S + S * S].reshape(S, S), math.exp(q[S + S * S])
        precision = 1 / (sigma * sigma)
        P = np.empty((S, S))
        U = 0.125 * sigma * sigma - q[S + S * S] + T * q[S + S * S]
        for i in range(S):
            total = 0.0
            for j in range(S):
                P[i, j] = math.exp(logits[i, j])
                total += P[i, j]
                U += 0.5 * logits[i, j] * logits[i, j]
            for j in range(S):
                P[i, j] /= total
            U += 0.5 * mean[i] * mean[i] / 9
        filtered, emission, evidence = np.empty((T + 1, S)), np.empty((T, S)), np.empty(T)
        filtered[0] = 1 / S
        for t in range(T):
            nearest = np.inf
            for j in range(S):
                emission[t, j] = 0.5 * precision * (y[t] - mean[j]) ** 2
                nearest = min(nearest, emission[t, j])
            evidence[t] = 0.0
            for j in range(S):
                emission[t, j] = math.exp(nearest - emission[t, j])
                predicted = 0.0
                for i in range(S):
                    predicted += filtered[t, i] * P[i, j]
                filtered[t + 1, j] = predicted * emission[t, j]
                evidence[t] += filtered[t + 1, j]
            for j in range(S):
                filtered[t + 1, j] /= evidence[t]
            U += nearest - math.log(evidence[t])
        backward, jumps = np.ones(S), np.zeros((S, S))
        to_state, squares = np.empty(S), 0.0
        grad[:S] = mean / 9
        for t in range(T - 1, -1, -1):
            for j in range(S):
                occupied = filtered[t + 1, j] * backward[j]
                residual = y[t] - mean[j]
                grad[j] -= precision * occupied * residual
                squares += precision * occupied * residual * residual
                to_state[j] = emission[t, j] * backward[j] / evidence[t]
            for i in range(S):
                backward[i] = 0.0
                for j in range(S):
                    jumps[i, j] += filtered[t, i] * P[i, j] * to_state[j]
                    backward[i] += P[i, j] * to_state[j]
        for i in range(S):
            left = jumps[i].sum()
            for j in range(S):
                grad[S + S * i + j] = logits[i, j] - jumps[i, j] + P[i, j] * left
        grad[S + S * S] = 0.25 * sigma * sigma - 1 + T - squares
        return U

    return hidden_markov


hidden_markov = hidden_markov_of(4)


@sums_in_any_order
def mixture(q, grad, y):
    """q = (logits, mean, log sigma), five each."""
    S = 5
    mean, sigma = q[S : 2 * S], np.exp(q[2 * S :])
    weights = np.exp(q[:S])
    weights /= weights.sum()
    height, precision = np.log(weights) - q[2 * S :], 1 / sigma**2
    count, first, second = np.zeros(S), np.zeros(S), np.zeros(S)
    log_density, U = np.empty(S), 0.0
    for i in range(y.size):
        largest = -np.inf
        for s in range(S):
            residual = y[i] - mean[s]
            log_density[s] = height[s] - 0.5 * precision[s] * residual * residual
            largest = max(largest, log_density[s])
        total = 0.0
        for s in range(S):
            log_density[s] = math.exp(log_density[s] - largest)
            total += log_density[s]
        U -= largest + math.log(total)
        inverse = 1 / total
        for s in range(S):
            share, residual = log_density[s] * inverse, y[i] - mean[s]
            count[s] += share
            first[s] += share * residual
            second[s] += share * residual * residual
    for s in range(S):
        U += 0.5 * q[s] ** 2 + 0.02 * mean[s] ** 2 + 0.125 * sigma[s] ** 2 - q[2 * S + s]
        grad[s] = q[s] - count[s] + y.size * weights[s]
        grad[S + s] = mean[s] / 25 - precision[s] * first[s]
        grad[2 * S + s] = 0.25 * sigma[s] ** 2 - 1 + count[s] - precision[s] * second[s]
    return U


@sums_in_any_order
def item_response(q, grad, y):
    """q = (difficulty, log discrimination, ability)."""
    num_persons, num_items = y.shape
    difficulty, ability = q[:num_items], q[2 * num_items :]
    discrimination = np.exp(q[num_items : 2 * num_items])
    by_difficulty, by_log = grad[:num_items], grad[num_items : 2 * num_items]
    U = 0.0
    for j in range(num_items):
        log_discrimination = q[num_items + j]
        U += 0.125 * difficulty[j] ** 2 + 2 * log_discrimination**2
        by_difficulty[j], by_log[j] = 0.25 * difficulty[j], 4 * log_discrimination
    for i in range(num_persons):
        U += 0.5 * ability[i] ** 2
        by_ability = ability[i]
        for j in range(num_items):
            eta = discrimination[j] * (ability[i] - difficulty[j])
            decay = math.exp(-abs(eta))
            U += max(eta, 0.0) - y[i, j] * eta + math.log1p(decay)
            step = (1.0 if eta >= 0 else decay) / (1 + decay) - y[i, j]
            by_ability += step * discrimination[j]
            by_difficulty[j] -= step * discrimination[j]
            by_log[j] += step * eta
        grad[2 * num_items + i] = by_ability
    return U
