"""Rows of families built on the normal distribution, against its density."""

import numpy as np
from mpmath import log, log1p, loggamma, mpf, pi
from scipy import stats

import lightppl.distributions as dist
from tests.distributions.catalogue.multivariate import (
    COVARIANCE,
    LOC,
    POINTS,
    gaussian,
)
from tests.distributions.catalogue.row import Row

TRIL = np.linalg.cholesky(COVARIANCE)
W = np.array([[1.0, 0.2], [0.3, -0.5], [0.0, 0.7]])


def quadratic(x, loc, covariance):
    gap = x - loc
    return np.einsum("ni,ij,nj->n", gap, np.linalg.inv(covariance), gap)


def chi2_of(loc, covariance):
    size = len(loc)
    return (lambda x: quadratic(x.reshape(len(x), size), loc, covariance), stats.chi2(size).cdf)


LOW_RANK = W @ W.T + np.diag([0.5, 1.0, 2.0])
ROW, COLUMN = np.array([[1.0, 0.0], [0.5, 2.0]]), TRIL
MATRIX = np.arange(6.0).reshape(2, 3)
MATRIX_COVARIANCE = np.kron(ROW @ ROW.T, COLUMN @ COLUMN.T)


def zero_sum(x, scale):
    # coordinates in an orthonormal basis of the subspace
    basis = np.linalg.svd(np.eye(4) - 0.25)[0][:, :3]
    return stats.norm(0, scale).logpdf(x @ basis).sum()


ADJACENCY = np.array([[0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 1, 0]], float)
ADJACENCY[0, 2] = ADJACENCY[2, 0] = 1.0
FIELD = np.array([0.3, -0.2, 1.0, 0.5])
RING_ROW = np.array([2.0, 0.8, 0.3, 0.3, 0.8])
RING = np.array([[RING_ROW[(j - i) % 5] for j in range(5)] for i in range(5)])
RING_POINT = np.array([0.3, -0.2, 1.0, 0.5, -0.7])


def car_covariance(correlation=0.6, precision=1.5):
    return np.linalg.inv(precision * (np.diag(ADJACENCY.sum(1)) - correlation * ADJACENCY))


R = np.array([[1.0, 0.5], [0.5, 1.0]])


def copula_beta(x, concentration1, concentration0, correlation_matrix):
    marginal = stats.beta(concentration1, concentration0)
    z = stats.norm.ppf(marginal.cdf(x))
    return (
        marginal.logpdf(x).sum()
        + stats.multivariate_normal(np.zeros(2), correlation_matrix).logpdf(z)
        - stats.norm.logpdf(z).sum()
    )


RIGID = {"moments": "no closed form"}


def student(x, df, loc, scale_tril):
    z = np.linalg.solve(scale_tril, x - loc)
    df, square = mpf(df), sum(mpf(v) ** 2 for v in z)
    log_det = float(np.log(np.diagonal(scale_tril)).sum())
    return float(
        loggamma((df + 3) / 2)
        - loggamma(df / 2)
        - mpf(3) / 2 * log(df * pi)
        - log_det
        - (df + 3) / 2 * log1p(square / df)
    )


def logistic_normal(x, loc, scale):
    left = 1.0 - np.concatenate([[0.0], np.cumsum(x)[:-1]])
    share = (x / left)[:-1]
    offsets = np.log(np.arange(len(share), 0.0, -1.0))
    y = np.log(share / (1 - share)) + offsets
    log_jacobian = np.sum(np.log(share * (1 - share)) + np.log(left[:-1]))
    return stats.norm(loc, scale).logpdf(y).sum() - log_jacobian


ROWS = [
    Row(
        "MultivariateStudentT",
        dist.MultivariateStudentT,
        [
            ({"df": 6.5, "loc": LOC, "scale_tril": TRIL}, POINTS),
            ({"df": 1e-2, "loc": LOC, "scale_tril": TRIL}, POINTS),
            ({"df": 1e7, "loc": LOC, "scale_tril": TRIL}, POINTS[:3]),
        ],
        lambda x, df, loc, scale_tril: student(x, df, loc, scale_tril),
        exact=False,
        outside=[np.array([0.0, np.nan, 1.0])],
        invalid={"df": 0.0, "scale_tril": COVARIANCE},
        event_dims={"loc": 1, "scale_tril": 2},
        functionals={
            "squared length": (lambda x: quadratic(x, LOC, COVARIANCE) / 3, stats.f(3, 6.5).cdf)
        },
    ),
    Row(
        "LowRankMultivariateNormal",
        dist.LowRankMultivariateNormal,
        [
            ({"loc": LOC, "cov_factor": W, "cov_diag": np.array([0.5, 1.0, 2.0])}, POINTS),
            ({"loc": LOC, "cov_factor": 0.0 * W, "cov_diag": np.array([1e-6, 1.0, 1e6])}, POINTS),
        ],
        lambda x, loc, cov_factor, cov_diag: gaussian(
            x, loc, cov_factor @ cov_factor.T + np.diag(cov_diag)
        ),
        exact=False,
        outside=[np.array([0.0, np.nan, 1.0])],
        invalid={"cov_diag": np.array([1.0, 0.0, 1.0])},
        event_dims={"loc": 1, "cov_factor": 2, "cov_diag": 1},
        functionals={"squared length": chi2_of(LOC, LOW_RANK)},
    ),
    Row(
        "ZeroSumNormal",
        dist.ZeroSumNormal,
        [
            ({"scale": 1.3, "event_shape": (4,)}, [np.zeros(4), np.array([1.0, -2.0, 0.5, 0.5])]),
            ({"scale": 1e-6, "event_shape": (4,)}, [np.zeros(4), np.array([1.0, -2.0, 0.5, 0.5])]),
        ],
        lambda x, scale, event_shape: zero_sum(x, scale),
        exact=False,
        outside=[np.ones(4), np.full(4, np.nan)],
        invalid={"scale": 0.0},
        static=("event_shape",),
        functionals={"squared length": (lambda x: (x**2).sum(-1) / 1.69, stats.chi2(3).cdf)},
    ),
    Row(
        "MatrixNormal",
        dist.MatrixNormal,
        [
            (
                {"loc": MATRIX, "scale_tril_row": ROW, "scale_tril_column": COLUMN},
                [MATRIX, np.zeros((2, 3)), 10 * MATRIX],
            )
        ],
        lambda x, loc, scale_tril_row, scale_tril_column: gaussian(
            x.ravel(),
            loc.ravel(),
            np.kron(scale_tril_row @ scale_tril_row.T, scale_tril_column @ scale_tril_column.T),
        ),
        exact=False,
        outside=[np.full((2, 3), np.nan)],
        invalid={"scale_tril_row": -ROW},
        event_dims={"loc": 2, "scale_tril_row": 2, "scale_tril_column": 2},
        functionals={"squared length": chi2_of(MATRIX.ravel(), MATRIX_COVARIANCE)},
    ),
    Row(
        "CAR",
        dist.CAR,
        [
            (
                {
                    "loc": FIELD,
                    "correlation": 0.6,
                    "conditional_precision": 1.5,
                    "adj_matrix": ADJACENCY,
                },
                [np.zeros(4), 2.0 * FIELD],
            ),
            (
                {
                    "loc": FIELD,
                    "correlation": -0.99,
                    "conditional_precision": 1e4,
                    "adj_matrix": ADJACENCY,
                },
                [np.zeros(4), 2.0 * FIELD],
            ),
        ],
        lambda x, loc, correlation, conditional_precision, adj_matrix: gaussian(
            x, loc, car_covariance(correlation, conditional_precision)
        ),
        exact=False,
        outside=[np.full(4, np.nan)],
        invalid={"correlation": 1.0, "conditional_precision": 0.0},
        static=("adj_matrix",),
        event_dims={"loc": 1},
        functionals={"squared length": chi2_of(FIELD, car_covariance())},
    ),
    Row(
        "CirculantNormal(row)",
        dist.CirculantNormal,
        [
            (
                {"loc": RING_POINT, "covariance_row": RING_ROW},
                [np.zeros(5), RING_POINT, np.arange(5.0)],
            )
        ],
        lambda x, loc, covariance_row: gaussian(x, loc, RING),
        exact=False,
        outside=[np.full(5, np.nan)],
        invalid={"covariance_row": np.array([1.0, 2.0, 0.0, 0.0, 2.0])},
        event_dims={"loc": 1, "covariance_row": 1},
        functionals={"squared length": chi2_of(RING_POINT, RING)},
        skip={"gradient": "the row has no bijector"},
    ),
    Row(
        "CirculantNormal(rfft)",
        dist.CirculantNormal,
        [
            (
                {"loc": RING_POINT, "covariance_rfft": np.fft.rfft(RING_ROW).real},
                [np.zeros(5), RING_POINT, np.arange(5.0)],
            )
        ],
        lambda x, loc, covariance_rfft: gaussian(x, loc, RING),
        exact=False,
        outside=[np.full(5, np.nan)],
        invalid={"covariance_rfft": np.array([1.0, 0.0, 1.0])},
        event_dims={"loc": 1, "covariance_rfft": 1},
        functionals={"squared length": chi2_of(RING_POINT, RING)},
    ),
    Row(
        "GaussianCopulaBeta",
        dist.GaussianCopulaBeta,
        [
            (
                {
                    "concentration1": np.array([2.0, 3.0]),
                    "concentration0": np.array([1.5, 4.0]),
                    "correlation_matrix": R,
                },
                [np.array([0.3, 0.6]), np.array([0.1, 0.9])],
            )
        ],
        copula_beta,
        exact=False,
        outside=[np.array([0.3, 1.6])],
        invalid={"correlation_matrix": np.array([[1.0, 2.0], [2.0, 1.0]])},
        event_dims={"concentration1": 1, "concentration0": 1, "correlation_matrix": 2},
        functionals={
            "first": (lambda x: x[:, 0], stats.beta(2.0, 1.5).cdf),
            "coupling": (
                lambda x: (
                    stats.norm.ppf(stats.beta(2.0, 1.5).cdf(x[:, 0]))
                    - stats.norm.ppf(stats.beta(3.0, 4.0).cdf(x[:, 1]))
                ),
                stats.norm(0, 1).cdf,
            ),
        },
    ),
    Row(
        "LogisticNormal",
        dist.LogisticNormal,
        [
            (
                {"loc": np.array([0.3, -0.5]), "scale": np.array([0.8, 1.2])},
                [np.array([0.2, 0.3, 0.5])],
            )
        ],
        lambda x, loc, scale: logistic_normal(x, loc, scale),
        exact=False,
        outside=[np.array([0.5, 0.6, 0.5])],
        invalid={"scale": np.array([1.0, -1.0])},
        event_dims={"loc": 1, "scale": 1},
        functionals={
            "first": (
                lambda x: np.log(x[:, 0] / (1 - x[:, 0])) + np.log(2.0),
                stats.norm(0.3, 0.8).cdf,
            )
        },
        skip=RIGID,
    ),
    Row(
        "NanMaskedMultivariateNormal",
        dist.NanMaskedMultivariateNormal,
        [
            (
                {"loc": LOC, "covariance_matrix": COVARIANCE},
                [LOC + 1.0, np.array([0.3, np.nan, 1.0]), np.array([np.nan, 0.2, np.nan])],
            )
        ],
        lambda x, loc, covariance_matrix: gaussian(
            x[~np.isnan(x)],
            loc[~np.isnan(x)],
            covariance_matrix[np.ix_(~np.isnan(x), ~np.isnan(x))],
        ),
        exact=False,
        outside=[np.array([np.inf, 0.0, np.nan])],
        event_dims={"loc": 1, "covariance_matrix": 2},
        functionals={"squared length": chi2_of(LOC, COVARIANCE)},
    ),
]
