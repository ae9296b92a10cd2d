"""Potentials with known answers for the tests of kernels, and their naive twins in NumPy.

A potential here is a `KnownPotential`: what `make_target` needs, and ``energy(q)`` /
``gradient(q)`` in plain NumPy, written independently of the compiled function. """

import ctypes
import math
from typing import Callable, NamedTuple

import numba
import numpy as np

from lightppl.kernel_compiler.entries import POTENTIAL_SIGNATURE


class KnownPotential(NamedTuple):
    """A compiled potential and its plain twins."""

    address: int
    float_data: np.ndarray
    int_data: np.ndarray
    workspace_size: int
    size: int
    energy: Callable
    gradient: Callable


def gaussian(precision):
    """U = q^T P q / 2."""
    precision = np.asarray(precision, float)
    size = len(precision)
    return KnownPotential(
        _address_of(_gaussian),
        precision.ravel().copy(),
        np.array([size]),
        0,
        size,
        lambda q: 0.5 * q @ precision @ q,
        lambda q: precision @ q,
    )


def log_gamma(shape):
    """q is the logarithm of a Gamma(shape) variable: U = exp(q) - shape q, for each coordinate."""
    shape = np.asarray(shape, float)
    return KnownPotential(
        _address_of(_log_gamma),
        shape,
        np.array([len(shape)]),
        0,
        len(shape),
        lambda q: float(np.sum(np.exp(q) - shape * q)),
        lambda q: np.exp(q) - shape,
    )


def quartic(weight):
    """U = sum(q^4 / 4) + weight (sum q)^2 / 2: anharmonic and coupled."""
    weight = np.atleast_1d(np.asarray(weight, float))
    return KnownPotential(
        _address_of(_quartic),
        weight,
        np.array([2]),
        0,
        2,
        lambda q: float(np.sum(q**4) / 4 + weight[0] * np.sum(q) ** 2 / 2),
        lambda q: q**3 + weight[0] * np.sum(q),
    )


def square_root_normal():
    """U = q^T q / 2 - sum(log(q)) / 2, in two dimensions; NaN where a coordinate is negative."""
    return KnownPotential(
        _address_of(_square_root_normal),
        np.zeros(1),
        np.array([2]),
        0,
        2,
        lambda q: float(np.sum(q**2) / 2 - np.sum(np.log(q)) / 2),
        lambda q: q - 0.5 / q,
    )


def wrong_gradient(precision, factor):
    """The Gaussian with a gradient that is wrong by a factor: a planted fault."""
    known = gaussian(precision)
    data = np.append(known.float_data, factor)
    return known._replace(address=_address_of(_wrong_gradient), float_data=data)


def _gaussian(q_pointer, grad_pointer, float_pointer, int_pointer, workspace_pointer):
    size = numba.carray(int_pointer, 1)[0]
    q, grad = numba.carray(q_pointer, size), numba.carray(grad_pointer, size)
    precision = numba.carray(float_pointer, (size, size))
    U = 0.0
    for i in range(size):
        grad[i] = 0.0
        for j in range(size):
            grad[i] += precision[i, j] * q[j]
        U += 0.5 * q[i] * grad[i]
    return U


def _wrong_gradient(q_pointer, grad_pointer, float_pointer, int_pointer, workspace_pointer):
    size = numba.carray(int_pointer, 1)[0]
    q, grad = numba.carray(q_pointer, size), numba.carray(grad_pointer, size)
    precision = numba.carray(float_pointer, size * size + 1)
    U = 0.0
    for i in range(size):
        grad[i] = 0.0
        for j in range(size):
            grad[i] += precision[i * size + j] * q[j]
        U += 0.5 * q[i] * grad[i]
    for i in range(size):
        grad[i] *= precision[size * size]
    return U


def _log_gamma(q_pointer, grad_pointer, float_pointer, int_pointer, workspace_pointer):
    size = numba.carray(int_pointer, 1)[0]
    q, grad = numba.carray(q_pointer, size), numba.carray(grad_pointer, size)
    shape = numba.carray(float_pointer, size)
    U = 0.0
    for i in range(size):
        x = math.exp(q[i])
        U += x - shape[i] * q[i]
        grad[i] = x - shape[i]
    return U


def _square_root_normal(q_pointer, grad_pointer, float_pointer, int_pointer, workspace_pointer):
    q, grad = numba.carray(q_pointer, 2), numba.carray(grad_pointer, 2)
    U = 0.0
    for i in range(2):
        U += q[i] ** 2 / 2 - (math.log(q[i]) / 2 if q[i] > 0.0 else math.nan)
        grad[i] = q[i] - 0.5 / q[i]
    return U


def _quartic(q_pointer, grad_pointer, float_pointer, int_pointer, workspace_pointer):
    q, grad = numba.carray(q_pointer, 2), numba.carray(grad_pointer, 2)
    weight = numba.carray(float_pointer, 1)[0]
    total = q[0] + q[1]
    for i in range(2):
        grad[i] = q[i] ** 3 + weight * total
    return (q[0] ** 4 + q[1] ** 4) / 4 + weight * total**2 / 2


_compiled = {}


def _address_of(function):
    if numba.config.DISABLE_JIT:
        return lambda *arrays: function(*(_pointer_to(array) for array in arrays))
    if function not in _compiled:
        _compiled[function] = numba.cfunc(POTENTIAL_SIGNATURE, error_model="numpy")(function)
    return _compiled[function].address


def _pointer_to(array):
    kind = ctypes.c_int64 if array.dtype.kind == "i" else ctypes.c_double
    return array.ctypes.data_as(ctypes.POINTER(kind))
