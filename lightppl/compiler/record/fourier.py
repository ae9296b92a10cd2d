"""Discrete Fourier transforms in graphs: products with matrices of cosines and sines."""

from functools import lru_cache

import numpy as np

from lightppl.errors import UnsupportedOperationError

LONGEST_TRANSFORM = 1024
"""Longer ones would need matrices of many megabytes: such a model runs eagerly."""


def write_rfft(builder, inputs, kwargs, location):
    """A transform as a product with the matrix of cosines and sines: n / 2 + 1 frequencies."""
    (x,), n = inputs, kwargs["n"]
    rows = builder.make("reshape", [x], location, shape=(-(-x.size // n), n))
    product = builder.make("matmul", [rows, builder.constant(_matrix(n))], location)
    shape = (*x.shape[:-1], 2, n // 2 + 1)
    return builder.make("reshape", [product], location, shape=shape)


def write_irfft(builder, inputs, kwargs, location):
    """The inverse transform as a product; frequencies but 0 and n / 2 stand for two."""
    (parts,), n = inputs, kwargs["n"]
    size = 2 * (n // 2 + 1)
    rows = builder.make("reshape", [parts], location, shape=(parts.size // size, size))
    product = builder.make("matmul", [rows, builder.constant(_inverse_matrix(n))], location)
    return builder.make("reshape", [product], location, shape=(*parts.shape[:-2], n))


@lru_cache(maxsize=16)
def _matrix(n):
    angles = _angles(n)
    return np.concatenate([np.cos(angles), -np.sin(angles)], axis=1)


@lru_cache(maxsize=16)
def _inverse_matrix(n):
    angles = _angles(n).T
    weights = np.full((n // 2 + 1, 1), 2.0 / n)
    weights[0] = 1.0 / n
    if n % 2 == 0:
        weights[-1] = 1.0 / n
    return np.concatenate([weights * np.cos(angles), -weights * np.sin(angles)], axis=0)


def _angles(n):
    if n > LONGEST_TRANSFORM:
        raise UnsupportedOperationError(
            f"A Fourier transform of length {n} has no compiled form (at most {LONGEST_TRANSFORM})."
        )
    return 2.0 * np.pi / n * (np.outer(np.arange(n), np.arange(n // 2 + 1)) % n)


WRITERS = {"rfft": write_rfft, "irfft": write_irfft}
"""Name of an operation -> the function that writes its nodes."""
