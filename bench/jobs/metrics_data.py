"""Seven targets for metrics: arguments of their models, the same numbers for every library.

Reference: Hoffman & Gelman (2014), "The No-U-Turn sampler", section 4, for the Wishart matrix.
"""

import numpy as np
from data import simulate_counties


def scales(size=100):
    """Return standard deviations from 1e-2 to 1e2."""
    return {"scale": np.geomspace(1e-2, 1e2, size)}


def correlation():
    """Return the precision of two coordinates that correlate by .999."""
    return {"precision": np.linalg.inv(np.array([[1.0, 0.999], [0.999, 1.0]]))}


def autoregression(size=20, coefficient=0.95):
    """Return the precision of a stationary series with unit variances."""
    lag = np.abs(np.subtract.outer(np.arange(size), np.arange(size)))
    return {"precision": np.linalg.inv(coefficient**lag)}


def wishart(size=100, seed=0):
    """Return a precision drawn from the Wishart distribution with as many degrees as rows."""
    factor = np.random.default_rng(seed).standard_normal((size, size))
    return {"precision": factor @ factor.T}


def logistic(num_rows=500, size=20, seed=0):
    """Return a regression on columns that correlate by .95 with their neighbours."""
    rng = np.random.default_rng(seed)
    lag = np.abs(np.subtract.outer(np.arange(size), np.arange(size)))
    X = rng.standard_normal((num_rows, size)) @ np.linalg.cholesky(0.95**lag).T
    probability = 1 / (1 + np.exp(-X @ rng.standard_normal(size)))
    return {"X": X, "y": (rng.random(num_rows) < probability).astype(int)}


def counties():
    """Return houses in counties, as in the radon data."""
    county, floor, y = simulate_counties()
    return {"county": county, "floor": floor, "y": y}


def gaussian_process(size=150, seed=0):
    """Return counts along a line and the Cholesky factor of their log rates."""
    rng = np.random.default_rng(seed)
    x = np.linspace(0.0, 10.0, size)
    K = np.exp(-0.5 * np.subtract.outer(x, x) ** 2) + 1e-6 * np.eye(size)
    L = np.linalg.cholesky(K)
    return {"L": L, "y": rng.poisson(np.exp(1.0 + L @ rng.standard_normal(size)))}


TARGETS = {
    "scales 1e-2 .. 1e2 (100)": ("scaled", scales),
    "correlation .999 (2)": ("gaussian", correlation),
    "AR .95 (20)": ("gaussian", autoregression),
    "Wishart (100)": ("gaussian", wishart),
    "logistic, correlated (20)": ("logistic", logistic),
    "counties (89)": ("counties", counties),
    "GP, Poisson (150)": ("gaussian_process", gaussian_process),
}
"""The model's name in every library, and its arguments, by target (dimension)."""
