"""What the text of a random program may say besides NumPy: data made from a seed, and our names."""

import numpy as np

import lightppl
import lightppl.distributions as dist
from lightppl import linalg, special
from lightppl.contrib.control_flow import cond, scan
from lightppl.contrib.ode import odeint
from lightppl.density.potential import compile_density


def numbers(seed, *shape):
    """Return data between -1.5 and 1.5."""
    return np.random.default_rng(seed).uniform(-1.5, 1.5, shape)


def positions(seed, size, *shape):
    """Return integers that are indices of an axis of a size, negative ones too."""
    return np.random.default_rng(seed).integers(-size, size, shape)


def counts(seed, size, *shape):
    """Return integers from 0 to below a size."""
    return np.random.default_rng(seed).integers(0, size, shape)


def mask(seed, *shape):
    """Return truth values, of which at least one is true."""
    found = np.random.default_rng(seed).uniform(size=shape) < 0.6
    found.flat[0] = True
    return found


def definite(x):
    """Return positive definite matrices made of matrices."""
    return x @ np.swapaxes(x, -1, -2) + 0.5 * np.shape(x)[-2] * np.eye(np.shape(x)[-2])


def regular(x):
    """Return square matrices made of square matrices that have inverses."""
    return 0.2 * np.tanh(x) + np.eye(np.shape(x)[-1])


def density_of(model):
    """Return the negative log density of a model, as a function of a flat vector of `size`."""
    found = compile_density(model, jit=False).potential

    def program(q):
        return found.objective(q)

    program.size = found.size
    return program


WORDS = {
    "np": np, "lightppl": lightppl, "dist": dist, "linalg": linalg, "special": special,
    "cond": cond, "scan": scan, "odeint": odeint, "numbers": numbers, "positions": positions,
    "counts": counts, "mask": mask, "definite": definite, "regular": regular,
    "density_of": density_of,
}
