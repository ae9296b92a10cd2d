"""What is sampled: the address of a potential and the data that belong to it.

A potential is a C function ``U = potential(q, grad, float_data, int_data, workspace)`` that returns
the potential energy U = -log density and fills ``grad`` with its gradient.  It reaches kernels as
an integer address, so that one compiled sampler serves every model.

Legend: ``D`` dimension; ``q`` position; ``grad`` gradient of U.
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import NumbaFunction, kernel
from lightppl.machine_code.object_code import call_potential


call_address = NumbaFunction("call_address", call_potential)
"""Calls a potential by its address."""


class Kinetic(NamedTuple):
    """A kinetic energy that the user wrote, compiled like a potential; one per chain.

    Parameters
    ----------
    address : int
        Address of the C function; 0 if the kinetic energy is Gaussian, as it usually is.
    float_data : (num_floats,) float64
    int_data : (num_ints,) int64
    workspace : (workspace_size,) float64
    inputs : (D + n,) float64
        The momentum, then the n numbers of the inverse mass matrix.
    gradient : (D + n,) float64
    scratch : (2, D) float64
    """

    address: int
    float_data: np.ndarray
    int_data: np.ndarray
    workspace: np.ndarray
    inputs: np.ndarray
    gradient: np.ndarray
    scratch: np.ndarray


GAUSSIAN = Kinetic(
    0, np.zeros(0), np.zeros(0, np.int64), np.zeros(0), np.zeros(0), np.zeros(0), np.zeros((2, 0))
)


class Target(NamedTuple):
    """A potential with its data; one per chain, because the workspace is scratch.

    Parameters
    ----------
    address : int
        Address of the C function.
    float_data : (num_floats,) float64
        Shared by all chains, never written.
    int_data : (num_ints,) int64
        Shared by all chains, never written.
    workspace : (workspace_size,) float64
        Scratch of this chain alone.
    kinetic : Kinetic
    """

    address: int
    float_data: np.ndarray
    int_data: np.ndarray
    workspace: np.ndarray
    kinetic: Kinetic = GAUSSIAN


def make_target(potential, kinetic=GAUSSIAN):
    """Return a `Target` with a workspace of its own for anything that looks like a Potential.

    Parameters
    ----------
    potential : object
        Has ``address``, ``float_data``, ``int_data`` and ``workspace_size``.  It must outlive
        the target: the address dies with it.
    kinetic : Kinetic

    Returns
    -------
    Target
    """
    return Target(
        potential.address,
        np.require(potential.float_data, np.float64, "CAW").reshape(-1),
        np.require(potential.int_data, np.int64, "CAW").reshape(-1),
        np.zeros(max(int(potential.workspace_size), 1)),
        kinetic,
    )


def make_kinetic(potential, size):
    """Return a `Kinetic` with arrays of its own for a compiled function of D + n numbers.

    Parameters
    ----------
    potential : object
        As in `make_target`.
    size : int
        D.
    """
    inputs = np.zeros(potential.size)
    target = make_target(potential)
    return Kinetic(*target[:4], inputs, np.zeros_like(inputs), np.zeros((2, size)))


@kernel(small=True)
def evaluate_potential(target, q, grad):
    """Return U(q) and write its gradient into `grad`.

    Parameters
    ----------
    target : Target
    q : (D,) float64
    grad : (D,) float64
        Overwritten.

    Returns
    -------
    U : float
        NaN or inf where the density fails.
    """
    return call_address(
        target.address, q, grad, target.float_data, target.int_data, target.workspace
    )
