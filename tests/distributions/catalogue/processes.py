"""Rows of processes in time: the whole path as one normal vector, or a sum over every path."""

import numpy as np
from scipy import stats
from scipy.special import logsumexp

import lightppl.distributions as dist
from tests.distributions.catalogue.multivariate import (
    COVARIANCE,
    gaussian,
)
from tests.distributions.catalogue.row import Row

TRIL = np.linalg.cholesky(COVARIANCE)


def quadratic(x, loc, covariance):
    gap = x - loc
    return np.einsum("ni,ij,nj->n", gap, np.linalg.inv(covariance), gap)


def chi2_of(loc, covariance):
    size = len(loc)
    return (lambda x: quadratic(x.reshape(len(x), size), loc, covariance), stats.chi2(size).cdf)


A = np.array([[0.8, 0.3], [-0.2, 0.6]])
Q = np.array([[1.0, 0.2], [0.2, 0.5]])
Z0 = np.array([1.0, -1.0])


def state_space_moments(steps=4):
    """Return mean and covariance of the whole path, entry by entry."""
    mean, covariance = np.zeros((steps, 2)), np.zeros((steps, 2, steps, 2))
    m = Z0
    for t in range(steps):
        m = A @ m
        mean[t] = m
        for s in range(steps):
            covariance[t, :, s] = sum(
                np.linalg.matrix_power(A, t - k) @ Q @ np.linalg.matrix_power(A, s - k).T
                for k in range(min(t, s) + 1)
            )
    return mean.ravel(), covariance.reshape(2 * steps, 2 * steps)


PATH_MEAN, PATH_COVARIANCE = state_space_moments()
PATH = PATH_MEAN.reshape(4, 2) + np.linspace(-1, 1, 8).reshape(4, 2)


def hmm(x, initial_logits, transition_logits, loc):
    """Return the log probability by summing over every path."""
    p0 = np.exp(initial_logits - logsumexp(initial_logits))
    P = np.exp(transition_logits - logsumexp(transition_logits, axis=-1, keepdims=True))
    weights = p0
    for value in x:
        weights = (weights @ P) * stats.norm(loc, 0.5).pdf(value)
    return np.log(weights.sum())


def discrete_hmm(initial_logits, transition_logits, loc, validate_args=None):
    return dist.DiscreteHMM(
        initial_logits,
        transition_logits,
        dist.Normal(np.expand_dims(loc, -2), 0.5, validate_args=validate_args),
        duration=5,
    )


F, G = A.T, np.array([[1.0, 0.3, 0.0], [0.5, -0.2, 1.0]])


def gaussian_hmm(covariance, scale_tril, validate_args=None):
    def noise(matrix):
        return dist.MultivariateNormal(
            np.zeros(2), np.expand_dims(matrix, -3), validate_args=validate_args
        )

    observation = dist.MultivariateNormal(
        np.ones(3), scale_tril=np.expand_dims(scale_tril, -3), validate_args=validate_args
    )
    initial = dist.MultivariateNormal(Z0, Q)
    return dist.GaussianHMM(initial, F, noise(covariance), G, observation, duration=5)


def gaussian_hmm_moments(covariance, scale_tril):
    """Return mean and covariance of all observations, by propagating them step by step."""
    mean, spread = Z0, Q
    means, spreads = [], []
    for _ in range(5):
        mean, spread = mean @ F, F.T @ spread @ F + covariance
        means.append(mean @ G + 1.0)
        spreads.append(spread)
    total = np.zeros((5, 3, 5, 3))
    for t in range(5):
        for s in range(t, 5):
            cross = spreads[t] @ np.linalg.matrix_power(F, s - t)
            total[t, :, s] = G.T @ cross @ G
            total[s, :, t] = total[t, :, s].T
        total[t, :, t] += scale_tril @ scale_tril.T
    return np.concatenate(means), total.reshape(15, 15)


HMM_MEAN, HMM_COVARIANCE = gaussian_hmm_moments(Q, TRIL)
TIMES = np.array([0.0, 0.1, 0.3, 0.6])


def euler_maruyama(scale, validate_args=None):
    first = dist.Normal(0.5, np.expand_dims(scale, -1)[..., 0], validate_args=validate_args)
    return dist.EulerMaruyama(TIMES, lambda x, t: (-x + t, 0.4 + 0.0 * x), first)


def euler_moments(scale):
    mean, covariance = [0.5], np.zeros((4, 4))
    covariance[0, 0] = scale**2
    for i in range(3):
        dt = TIMES[i + 1] - TIMES[i]
        mean.append(mean[-1] + (-mean[-1] + TIMES[i]) * dt)
        covariance[i + 1, : i + 1] = covariance[: i + 1, i + 1] = (1 - dt) * covariance[i, : i + 1]
        covariance[i + 1, i + 1] = (1 - dt) ** 2 * covariance[i, i] + 0.16 * dt
    return np.array(mean), covariance


RIGID = {"moments": "no closed form"}


def hmm_last_cdf(v):
    params = ROWS[3].ordinary[0]
    p = np.exp(params["initial_logits"] - logsumexp(params["initial_logits"]))
    logits = params["transition_logits"]
    P = np.exp(logits - logsumexp(logits, axis=-1, keepdims=True))
    p = p @ np.linalg.matrix_power(P, 5)
    return stats.norm(params["loc"], 0.5).cdf(np.expand_dims(v, -1)) @ p


ROWS = [
    Row(
        "GaussianRandomWalk",
        dist.GaussianRandomWalk,
        [
            ({"scale": 1.3, "num_steps": 4}, [np.zeros(4), np.array([1.0, 3.0, 2.0, -5.0])]),
            ({"scale": 1e-5, "num_steps": 4}, [np.zeros(4), np.array([1.0, 3.0, 2.0, -5.0])]),
        ],
        lambda x, scale, num_steps: stats.norm(0, scale).logpdf(np.diff(x, prepend=0.0)).sum(),
        exact=False,
        outside=[np.full(4, np.nan)],
        invalid={"scale": 0.0},
        static=("num_steps",),
        functionals={"last": (lambda x: x[:, -1], stats.norm(0, 2.6).cdf)},
    ),
    Row(
        "GaussianStateSpace",
        dist.GaussianStateSpace,
        [
            (
                {
                    "num_steps": 4,
                    "transition_matrix": A,
                    "covariance_matrix": Q,
                    "initial_value": Z0,
                },
                [PATH, np.zeros((4, 2))],
            )
        ],
        lambda x, **params: gaussian(x.ravel(), PATH_MEAN, PATH_COVARIANCE),
        exact=False,
        outside=[np.full((4, 2), np.nan)],
        invalid={"covariance_matrix": -Q},
        static=("num_steps",),
        event_dims={"transition_matrix": 2, "covariance_matrix": 2, "initial_value": 1},
        functionals={
            "squared length": chi2_of(PATH_MEAN, PATH_COVARIANCE),
            "last": (
                lambda x: x[:, -1, 1],
                stats.norm(PATH_MEAN[-1], np.sqrt(PATH_COVARIANCE[-1, -1])).cdf,
            ),
        },
    ),
    Row(
        "EulerMaruyama",
        euler_maruyama,
        [({"scale": 0.8}, [np.zeros(4), np.array([0.5, 0.4, 0.6, -0.3])])],
        lambda x, scale: gaussian(x, *euler_moments(scale)),
        exact=False,
        outside=[np.full(4, np.nan)],
        functionals={"squared length": chi2_of(*euler_moments(0.8))},
        skip=RIGID,
    ),
    Row(
        "DiscreteHMM",
        discrete_hmm,
        [
            (
                {
                    "initial_logits": np.array([0.1, 0.5, -0.3]),
                    "transition_logits": np.array(
                        [[1.0, 0.0, -1.0], [0.3, 2.0, 0.0], [0.0, 0.5, 1.5]]
                    ),
                    "loc": np.array([-1.0, 0.0, 2.0]),
                },
                [np.array([-1.0, 0.1, 0.3, 2.2, 1.9]), np.array([5.0, -5.0, 5.0, -5.0, 0.0])],
            )
        ],
        hmm,
        exact=False,
        outside=[np.full(5, np.nan)],
        event_dims={"initial_logits": 1, "transition_logits": 2, "loc": 1},
        functionals={"last": (lambda x: x[:, -1], lambda v: hmm_last_cdf(v))},
        skip={**RIGID, "shapes": "transition_logits have a time axis"},
    ),
    Row(
        "GaussianHMM",
        gaussian_hmm,
        [
            (
                {"covariance": Q, "scale_tril": TRIL},
                [np.zeros((5, 3)), HMM_MEAN.reshape(5, 3) + 0.5],
            )
        ],
        lambda x, covariance, scale_tril: gaussian(
            x.ravel(), *gaussian_hmm_moments(covariance, scale_tril)
        ),
        exact=False,
        outside=[np.full((5, 3), np.nan)],
        event_dims={"covariance": 2, "scale_tril": 2},
        functionals={"squared length": chi2_of(HMM_MEAN, HMM_COVARIANCE)},
        skip={**RIGID, "gradient": "made of several distributions"},
    ),
]
