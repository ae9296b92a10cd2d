"""From the name of a target of `metrics.py` to a problem of `sampler_job`."""

import numpy as np
from metrics_data import TARGETS
from sampler_job import Problem


def finder(models):
    """Return what maps names of targets to problems, given models by name."""

    def find(target, folder):
        name, arguments = TARGETS[target]
        return Problem(models[name], arguments, arguments, lambda: points_of(name, arguments()))

    return find


def points_of(name, arguments, num_points=5):
    """Return random points and the log densities there, written out in NumPy."""
    rng = np.random.default_rng(1)
    draw, log_density = DENSITIES[name]
    points = [draw(rng, **arguments) for _ in range(num_points)]
    found = np.array([log_density(point, **arguments) for point in points])
    return points, found - found[0]


def _gaussian(point, precision):
    return -0.5 * point["x"] @ precision @ point["x"]


def _scaled(point, scale):
    return -0.5 * np.sum((point["x"] / scale) ** 2)


def _logistic(point, X, y):
    eta = X @ point["beta"]
    return np.sum(y * eta - np.logaddexp(0.0, eta)) - np.sum(point["beta"] ** 2) / 8


def _counties(point, county, floor, y):
    level = point["mu"] + point["tau"] * point["z"]
    residual = (y - level[county] - point["slope"] * floor) / point["sigma"]
    prior = (point["mu"] ** 2 + point["slope"] ** 2) / 25
    prior += (point["tau"] ** 2 + point["sigma"] ** 2) / 4 + np.sum(point["z"] ** 2)
    return -0.5 * (np.sum(residual**2) + prior) - len(y) * np.log(point["sigma"])


def _gaussian_process(point, L, y):
    eta = 1.0 + L @ point["z"]
    return np.sum(y * eta - np.exp(eta)) - 0.5 * np.sum(point["z"] ** 2)


def _vector(site, argument, axis):
    def draw(rng, **arguments):
        return {site: rng.standard_normal(arguments[argument].shape[axis])}

    return draw


def _draw_counties(rng, county, **_):
    mu, slope, tau, sigma = rng.standard_normal(4)
    z = rng.standard_normal(county.max() + 1)
    values = {"mu": mu, "slope": slope, "tau": np.exp(tau), "sigma": np.exp(sigma), "z": z}
    return {name: np.asarray(value) for name, value in values.items()}


DENSITIES = {
    "scaled": (_vector("x", "scale", 0), _scaled),
    "gaussian": (_vector("x", "precision", 0), _gaussian),
    "logistic": (_vector("beta", "X", 1), _logistic),
    "counties": (_draw_counties, _counties),
    "gaussian_process": (_vector("z", "L", 1), _gaussian_process),
}
"""How to draw a point, and its log density, by model."""
