"""Data of the examples that kernels are compared on, and a row of that table; NumPy only."""

from typing import Callable, NamedTuple

import numpy as np
from data import SCHOOL_EFFECT, SCHOOL_ERROR


class Row(NamedTuple):
    """One kernel on one example.

    Attributes
    ----------
    kernel : callable
        Without arguments, returns the kernel of the model.
    arguments : callable
        Without arguments, returns those of the model.
    warmup, draws, chains : int
        Of each run; those of lightppl's row hold for both libraries.  More chains than one are for
        ensembles: NumPyro advances them together.
    """

    kernel: Callable
    arguments: Callable = tuple
    warmup: int = 1000
    draws: int = 20_000
    chains: int = 1


def schools():
    """The eight schools."""
    return SCHOOL_ERROR, SCHOOL_EFFECT


def logistic():
    """Three coefficients and 2000 outcomes, as in NumPyro's tests of its kernels."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(2000, 3))
    logits = x @ np.array([1.0, 2.0, 3.0])
    return x, (rng.random(2000) < 1.0 / (1.0 + np.exp(-logits))).astype(np.int64)


def four():
    """Probabilities and means of a mixture of four, as in NumPyro's documentation."""
    return np.array([0.15, 0.3, 0.3, 0.25]), np.array([-2.0, 0.0, 2.0, 4.0])
