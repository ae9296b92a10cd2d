"""One line of the table of functions: a name, a NumPy function, and where it is smooth."""

import zlib
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Row:
    """A function of arrays that must work on traced values.

    Attributes
    ----------
    name : str
    fun : callable
        NumPy function of the arrays.
    inputs : tuple of array
        All of them are traced.
    is_compiled : bool
        Whether the compiler knows every operation it needs.
    tolerance : float
        Of its gradient against differences.
    """

    name: str
    fun: object
    inputs: tuple
    is_compiled: bool = True
    tolerance: float = 1e-7

    @property
    def size(self):
        """Number of elements of all inputs."""
        return sum(np.size(x) for x in self.inputs)

    @property
    def point(self):
        """All inputs as one flat vector."""
        return np.concatenate([np.ravel(x) for x in self.inputs])

    def at(self, flat):
        """Return the function of a flat vector, also a traced one."""
        arrays, start = [], 0
        for x in self.inputs:
            arrays.append(np.reshape(flat[start : start + np.size(x)], np.shape(x)))
            start += np.size(x)
        return self.fun(*arrays)


def row(name, fun, *inputs, is_compiled=True, tolerance=1e-7):
    """Make a row; inputs are arrays, or a domain (one of the functions below) and its shape."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    arrays = tuple(x[0](rng, x[1:]) if isinstance(x, tuple) else np.asarray(x) for x in inputs)
    return Row(name, fun, arrays, is_compiled, tolerance)


def real(rng, shape):
    """Numbers of both signs, none near 0."""
    return rng.uniform(0.3, 1.7, shape) * rng.choice((-1.0, 1.0), shape)


def positive(rng, shape):
    """Numbers from 0.4 to 3."""
    return rng.uniform(0.4, 3.0, shape)


def unit(rng, shape):
    """Numbers from 0.1 to 0.9."""
    return rng.uniform(0.1, 0.9, shape)


def spread(rng, shape):
    """Different numbers at least 0.1 apart, in random order."""
    size = int(np.prod(shape))
    return ((rng.permutation(size) - size / 2 + 0.3) / 5.0).reshape(shape)


def definite(rng, shape):
    """Positive definite matrices."""
    root = rng.normal(size=shape)
    return root @ np.swapaxes(root, -1, -2) + np.eye(shape[-1]) * shape[-1]


def regular(rng, shape):
    """Matrices far from singular."""
    return rng.uniform(-1.0, 1.0, shape) + 2.0 * np.eye(*shape[-2:])


def triangular(rng, shape):
    """Lower triangular matrices far from singular."""
    return np.tril(rng.uniform(-1.0, 1.0, shape) + 2.0 * np.eye(shape[-1]))
