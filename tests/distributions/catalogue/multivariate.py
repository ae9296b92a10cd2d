"""Rows of vectors and matrices."""

import numpy as np
from scipy import stats
from scipy.special import gammaln

import lightppl.distributions as dist
from tests.distributions.catalogue.row import Row

COVARIANCE = np.array([[2.0, 0.6, -0.3], [0.6, 1.0, 0.2], [-0.3, 0.2, 0.5]])
LOC = np.array([0.5, -1.0, 2.0])
POINTS = [np.zeros(3), LOC, LOC + [1.0, -2.0, 0.3], np.array([30.0, -40.0, 50.0])]
ILL = np.diag([1e-8, 1.0, 1e8])


def gaussian(x, loc, covariance):
    gap = np.atleast_1d(x - loc)
    log_det = np.linalg.slogdet(2 * np.pi * covariance)[1]
    return -0.5 * gap @ np.linalg.solve(covariance, gap) - 0.5 * log_det


def squared_length(draws):
    gap = draws - LOC
    return np.einsum("ni,ij,nj->n", gap, np.linalg.inv(COVARIANCE), gap)


GAUSSIAN_FUNCTIONALS = {
    "squared length": (squared_length, stats.chi2(3).cdf),
    "first entry": (lambda x: x[:, 0], stats.norm(LOC[0], np.sqrt(2.0)).cdf),
    "contrast": (
        lambda x: x[:, 0] - x[:, 1],
        stats.norm(LOC[0] - LOC[1], np.sqrt(2.0 + 1.0 - 1.2)).cdf,
    ),
}


def lkj_cholesky(x, concentration, dimension):
    # det(R) ** (eta - 1) times the Jacobian of the Cholesky map, normalised by LKJ (2009) eq. (16)
    d, eta = dimension, concentration
    k = np.arange(1, d)
    log_constant = np.sum((2 * eta - 2 + d - k) * (d - k)) * np.log(2.0) + np.sum(
        (d - k) * (2 * gammaln(eta + (d - k - 1) / 2) - gammaln(2 * eta + d - k - 1))
    )
    diagonal = np.diagonal(x)
    powers = d - np.arange(1, d + 1)
    return 2 * (eta - 1) * np.sum(np.log(diagonal)) + powers @ np.log(diagonal) - log_constant


def factor(*partials):
    t = dist.transforms.CorrCholeskyTransform()
    return t(np.array(partials))


ROWS = [
    Row(
        "MultivariateNormal(covariance)",
        dist.MultivariateNormal,
        [
            ({"loc": LOC, "covariance_matrix": COVARIANCE}, POINTS),
            ({"loc": LOC, "covariance_matrix": ILL}, POINTS),
        ],
        lambda x, loc, covariance_matrix: gaussian(x, loc, covariance_matrix),
        exact=False,
        outside=[np.array([0.0, np.nan, 1.0])],
        invalid={"covariance_matrix": np.diag([1.0, -1.0, 1.0])},
        event_dims={"loc": 1, "covariance_matrix": 2},
        functionals=GAUSSIAN_FUNCTIONALS,
    ),
    Row(
        "MultivariateNormal(precision)",
        dist.MultivariateNormal,
        [
            ({"loc": LOC, "precision_matrix": np.linalg.inv(COVARIANCE)}, POINTS),
            ({"loc": LOC, "precision_matrix": np.diag([1e8, 1.0, 1e-8])}, POINTS),
        ],
        lambda x, loc, precision_matrix: gaussian(x, loc, np.linalg.inv(precision_matrix)),
        exact=False,
        outside=[np.array([0.0, np.nan, 1.0])],
        invalid={"precision_matrix": np.diag([1.0, -1.0, 1.0])},
        event_dims={"loc": 1, "precision_matrix": 2},
        functionals=GAUSSIAN_FUNCTIONALS,
    ),
    Row(
        "MultivariateNormal(scale_tril)",
        dist.MultivariateNormal,
        [({"loc": LOC, "scale_tril": np.linalg.cholesky(COVARIANCE)}, POINTS)],
        lambda x, loc, scale_tril: gaussian(x, loc, scale_tril @ scale_tril.T),
        exact=False,
        outside=[np.array([0.0, np.nan, 1.0])],
        invalid={"scale_tril": COVARIANCE},
        event_dims={"loc": 1, "scale_tril": 2},
        functionals=GAUSSIAN_FUNCTIONALS,
    ),
    Row(
        "Dirichlet",
        dist.Dirichlet,
        [
            (
                {"concentration": np.array([1.5, 2.0, 0.7])},
                [np.array([0.2, 0.3, 0.5]), np.array([1e-12, 0.5, 0.5 - 1e-12])],
            ),
            ({"concentration": np.ones(3)}, [np.array([0.0, 0.4, 0.6]), np.array([1.0, 0.0, 0.0])]),
            (
                {"concentration": np.array([1e-3, 1e4, 10.0])},
                [np.array([0.2, 0.3, 0.5]), np.array([1e-200, 0.999, 0.001])],
            ),
        ],
        lambda x, concentration: (
            gammaln(concentration.sum())
            - gammaln(concentration).sum()
            + sum((a - 1) * np.log(v) for a, v in zip(concentration, x) if a != 1)
        ),
        exact=False,
        outside=[np.array([0.5, 0.6, 0.5]), np.array([1.2, -0.2, 0.0]), np.full(3, np.nan)],
        invalid={"concentration": np.array([1.0, 0.0])},
        event_dims={"concentration": 1},
        functionals={
            "first share": (lambda x: x[:, 0], stats.beta(1.5, 2.7).cdf),
            "last share": (lambda x: x[:, 2], stats.beta(0.7, 3.5).cdf),
        },
    ),
    Row(
        "LKJCholesky",
        dist.LKJCholesky,
        [
            (
                {"dimension": 3, "concentration": 1.7},
                [np.eye(3), factor(0.3, -0.5, 0.8), factor(-3.0, 2.0, 4.0)],
            ),
            (
                {"dimension": 4, "concentration": 1e-2},
                [np.eye(4), factor(0.3, -0.5, 0.8, 0.1, 0.2, -0.6)],
            ),
            ({"dimension": 2, "concentration": 1e3}, [np.eye(2), factor(0.01)]),
        ],
        lkj_cholesky,
        exact=False,
        outside=[2.0 * np.eye(3), np.full((3, 3), 0.1), np.full((3, 3), np.nan)],
        invalid={"concentration": -1.0},
        static=("dimension",),
        functionals={
            # each correlation is beta(eta + (D - 2) / 2) on (-1, 1), LKJ (2009) sec. 3.2
            "r12": (
                lambda x: (x @ x.swapaxes(-1, -2))[:, 0, 1] / 2 + 0.5,
                stats.beta(2.2, 2.2).cdf,
            ),
            "r23": (
                lambda x: (x @ x.swapaxes(-1, -2))[:, 1, 2] / 2 + 0.5,
                stats.beta(2.2, 2.2).cdf,
            ),
        },
        skip={"moments": "no closed form"},
    ),
]
