"""Rows of matrices and of directions."""

import numpy as np
from scipy import stats
from scipy.integrate import quad
from scipy.special import i0, logsumexp

import lightppl.distributions as dist
from tests.distributions.catalogue.multivariate import (
    COVARIANCE,
    factor,
    lkj_cholesky,
)
from tests.distributions.catalogue.row import Row

TRIL = np.linalg.cholesky(COVARIANCE)
NU = 6.5


def projected(x, concentration):
    # polar integral over the length
    size = len(concentration)
    log_density = lambda r: (  # noqa: E731
        (size - 1) * np.log(r)
        - 0.5 * np.sum((r * x - concentration) ** 2)
        - 0.5 * size * np.log(2 * np.pi)
    )
    peak = max(float(x @ concentration), 1.0)
    scale = log_density(peak)
    total = quad(
        lambda r: np.exp(log_density(r) - scale),
        0,
        peak + 40,
        points=[peak],
        epsabs=0,
        epsrel=1e-13,
        limit=300,
    )[0]
    return np.log(total) + scale


def projected_cdf(v, length):
    """Return the cdf of the component along the mean, from the closed form for three dimensions."""
    grid = np.linspace(-1.0, 1.0, 20001)
    t = grid * length
    density = t + (1 + t**2) * np.exp(stats.norm.logcdf(t) - stats.norm.logpdf(t))
    mass = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2)])
    return np.interp(v, grid, mass / mass[-1])


def on_sphere(*entries):
    entries = np.array(entries)
    return entries / np.linalg.norm(entries)


def sine_von_mises(x, phi_loc, psi_loc, phi_concentration, psi_concentration, correlation):
    grid = np.linspace(-np.pi, np.pi, 401)[:-1]
    a, b = grid[:, None], grid
    weights = (
        phi_concentration * np.cos(a)
        + psi_concentration * np.cos(b)
        + correlation * np.sin(a) * np.sin(b)
    )
    constant = logsumexp(weights) + 2 * np.log(2 * np.pi / 400)
    phi, psi = x[0] - phi_loc, x[1] - psi_loc
    return (
        phi_concentration * np.cos(phi)
        + psi_concentration * np.cos(psi)
        + correlation * np.sin(phi) * np.sin(psi)
        - constant
    )


def sine_marginal_cdf(x):
    grid = np.linspace(-np.pi, np.pi, 20001)
    gap = grid - 0.5
    density = np.exp(2.0 * np.cos(gap)) * i0(np.sqrt(9.0 + (1.5 * np.sin(gap)) ** 2))
    mass = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2)])
    return np.interp(x, grid, mass / mass[-1])


def skewed_cdf(x):
    grid = np.linspace(-np.pi, np.pi, 20001)
    density = np.exp(2 * np.cos(grid - 0.3)) * (1 + 0.6 * np.sin(grid - 0.3))
    mass = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2)])
    return np.interp(x, grid, mass / mass[-1])


SPD = [COVARIANCE, np.eye(3), COVARIANCE @ COVARIANCE + 1e-3 * np.eye(3), 1e4 * COVARIANCE]


def log_jacobian_of_square(x):
    return 3 * np.log(2.0) + np.array([3, 2, 1]) @ np.log(np.diagonal(x))


RIGID = {"moments": "no closed form"}

ROWS = [
    Row(
        "LKJ",
        dist.LKJ,
        [
            (
                {"dimension": 3, "concentration": 1.7},
                [np.eye(3), factor(0.3, -0.5, 0.8) @ factor(0.3, -0.5, 0.8).T],
            )
        ],
        lambda x, dimension, concentration: (
            lkj_cholesky(np.linalg.cholesky(x), concentration, dimension)
            - np.array([2, 1, 0]) @ np.log(np.diagonal(np.linalg.cholesky(x)))
        ),
        exact=False,
        outside=[2.0 * np.eye(3), np.full((3, 3), np.nan)],
        invalid={"concentration": -1.0},
        static=("dimension",),
        functionals={"r13": (lambda x: x[:, 0, 2] / 2 + 0.5, stats.beta(2.2, 2.2).cdf)},
    ),
    Row(
        "Wishart(scale)",
        dist.Wishart,
        [({"concentration": NU, "scale_matrix": COVARIANCE}, SPD)],
        lambda x, concentration, scale_matrix: stats.wishart(concentration, scale_matrix).logpdf(x),
        exact=False,
        outside=[np.diag([1.0, -1.0, 1.0]), np.full((3, 3), np.nan)],
        invalid={"concentration": 1.9, "scale_matrix": -COVARIANCE},
        event_dims={"scale_matrix": 2},
        functionals={"corner": (lambda x: x[:, 0, 0] / 2.0, stats.chi2(NU).cdf)},
    ),
    Row(
        "Wishart(rate)",
        dist.Wishart,
        [({"concentration": NU, "rate_matrix": np.linalg.inv(COVARIANCE)}, SPD[:3])],
        lambda x, concentration, rate_matrix: stats.wishart(
            concentration, np.linalg.inv(rate_matrix)
        ).logpdf(x),
        exact=False,
        invalid={"rate_matrix": -COVARIANCE},
        event_dims={"rate_matrix": 2},
        functionals={"corner": (lambda x: x[:, 2, 2] / 0.5, stats.chi2(NU).cdf)},
    ),
    Row(
        "WishartCholesky",
        dist.WishartCholesky,
        [({"concentration": NU, "scale_tril": TRIL}, [TRIL, np.eye(3)])],
        lambda x, concentration, scale_tril: (
            stats.wishart(concentration, scale_tril @ scale_tril.T).logpdf(x @ x.T)
            + log_jacobian_of_square(x)
        ),
        exact=False,
        outside=[COVARIANCE, -TRIL],
        invalid={"scale_tril": COVARIANCE},
        event_dims={"scale_tril": 2},
        functionals={"corner": (lambda x: x[:, 0, 0] ** 2 / 2.0, stats.chi2(NU).cdf)},
        skip=RIGID,
    ),
    Row(
        "InverseWishart",
        dist.InverseWishart,
        [({"concentration": 9.5, "scale_matrix": COVARIANCE}, SPD)],
        lambda x, concentration, scale_matrix: stats.invwishart(concentration, scale_matrix).logpdf(
            x
        ),
        exact=False,
        outside=[np.diag([1.0, -1.0, 1.0]), np.full((3, 3), np.nan)],
        invalid={"concentration": 1.9},
        event_dims={"scale_matrix": 2},
        functionals={
            "corner": (lambda x: x[:, 0, 0], stats.invgamma(0.5 * 7.5, scale=0.5 * 2.0).cdf),
            "inverse": (
                lambda x: np.linalg.inv(x)[:, 1, 1] / np.linalg.inv(COVARIANCE)[1, 1],
                stats.chi2(9.5).cdf,
            ),
        },
        skip={"moments": "checked without a fourth moment elsewhere"},
    ),
    Row(
        "InverseWishartCholesky",
        dist.InverseWishartCholesky,
        [({"concentration": 9.5, "scale_tril": TRIL}, [TRIL, np.eye(3)])],
        lambda x, concentration, scale_tril: (
            stats.invwishart(concentration, scale_tril @ scale_tril.T).logpdf(x @ x.T)
            + log_jacobian_of_square(x)
        ),
        exact=False,
        outside=[COVARIANCE],
        invalid={"concentration": 1.9},
        event_dims={"scale_tril": 2},
        functionals={
            "corner": (lambda x: x[:, 0, 0] ** 2, stats.invgamma(0.5 * 7.5, scale=0.5 * 2.0).cdf)
        },
        skip=RIGID,
    ),
    Row(
        "ProjectedNormal(3)",
        dist.ProjectedNormal,
        [
            (
                {"concentration": np.array([0.5, -1.0, 0.8])},
                [on_sphere(1.0, 0.0, 0.0), on_sphere(0.5, -1.0, 0.8), on_sphere(-0.5, 1.0, -0.8)],
            ),
            (
                {"concentration": np.array([5.0, -10.0, 8.0])},
                [on_sphere(1.0, 0.0, 0.0), on_sphere(0.5, -1.0, 0.8), on_sphere(-0.5, 1.0, -0.8)],
            ),
        ],
        projected,
        exact=False,
        outside=[np.ones(3), np.full(3, np.nan)],
        invalid={"concentration": np.array([0.0, np.nan, 1.0])},
        event_dims={"concentration": 1},
        functionals={
            "along the mean": (
                lambda x: x @ np.array([0.5, -1.0, 0.8]) / np.sqrt(1.89),
                lambda v: projected_cdf(v, np.sqrt(1.89)),
            )
        },
        skip={**RIGID, "gradient": "the sphere has no bijector"},
    ),
    Row(
        "SineBivariateVonMises",
        dist.SineBivariateVonMises,
        [
            (
                {
                    "phi_loc": 0.5,
                    "psi_loc": -1.0,
                    "phi_concentration": 2.0,
                    "psi_concentration": 3.0,
                    "correlation": 1.5,
                },
                [np.zeros(2), np.array([0.5, -1.0]), np.array([3.0, -3.0])],
            ),
            (
                {
                    "phi_loc": 0.5,
                    "psi_loc": -1.0,
                    "phi_concentration": 500.0,
                    "psi_concentration": 500.0,
                    "correlation": 490.0,
                },
                [np.zeros(2), np.array([0.5, -1.0]), np.array([3.0, -3.0])],
            ),
        ],
        sine_von_mises,
        exact=False,
        outside=[np.array([0.0, 3.2])],
        invalid={"phi_concentration": 0.0},
        functionals={"first": (lambda x: x[:, 0], sine_marginal_cdf)},
        skip=RIGID,
    ),
    Row(
        "SineSkewed",
        lambda skewness, validate_args=None: dist.SineSkewed(
            dist.VonMises(np.array([0.3]), 2.0).to_event(1), skewness, validate_args=validate_args
        ),
        [({"skewness": np.array([0.6])}, [np.array([0.0]), np.array([-3.0])])],
        lambda x, skewness: (
            2.0 * np.cos(x - 0.3)
            - np.log(2 * np.pi * i0(2.0))
            + np.log1p(skewness * np.sin(x - 0.3))
        )[0],
        exact=False,
        outside=[np.array([3.2])],
        invalid={"skewness": np.array([1.2])},
        event_dims={"skewness": 1},
        functionals={"angle": (lambda x: x[:, 0], skewed_cdf)},
        skip=RIGID,
    ),
]
