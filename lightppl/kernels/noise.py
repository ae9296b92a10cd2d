"""Calls of a compiled function of standard noise, which is drawn anew for each of them.

Legend: ``D`` size of the flat vector; ``H`` number of held values; ``S`` size of the noise; ``M``
size of the result.

Reference: Marsaglia and Tsang (2000), "The ziggurat method for generating random variables", by
which NumPy, and Numba after it, makes normal and exponential draws.
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels.phase_point import copy_into
from lightppl.kernels.target import call_address


class NoisyCall(NamedTuple):
    """A compiled function of held values and noise with its data; one per chain.

    Parameters
    ----------
    address : (1,) int64
        Of the C function.
    sizes : (4,) int64
        H, and how much of the noise is normal, exponential, and uniform.
    float_data, int_data : array
        Of the function.
    workspace : (H + S + ...,) float64
        Held values and noise, and scratch behind them.
    result : (M,) float64
        Overwritten.
    """

    address: np.ndarray
    sizes: np.ndarray
    float_data: np.ndarray
    int_data: np.ndarray
    workspace: np.ndarray
    result: np.ndarray


def make_noisy_call(function, num_held, counts):
    """Return a `NoisyCall` with a workspace of its own.

    Parameters
    ----------
    function : object
        Has ``address``, ``float_data``, ``int_data``, ``workspace_size``, and ``size``, which is M.
        It must outlive what is returned: the address dies with it.
    num_held : int
        H.
    counts : (3,) int64
        How much noise of each kind.
    """
    return NoisyCall(
        np.array([function.address], np.int64),
        np.array([num_held, *counts], np.int64),
        np.require(function.float_data, np.float64, "CAW").reshape(-1),
        np.require(function.int_data, np.int64, "CAW").reshape(-1),
        np.zeros(max(int(function.workspace_size), num_held + int(np.sum(counts)), 1)),
        np.zeros(function.size),
    )


@kernel
def call_with_noise(call, q, held, rng):
    """Draw the noise, and write the value of the function into ``call.result``.

    Parameters
    ----------
    call : NoisyCall
        Its workspace and its result are overwritten.
    q : (D or more,) float64
    held : (H or more,) float64
    rng : numpy.random.Generator
        Gives S numbers.
    """
    H, exponentials = call.sizes[0], call.sizes[0] + call.sizes[1]
    uniforms = exponentials + call.sizes[2]
    values = call.workspace
    copy_into(values[:H], held[:H])
    for k in range(H, exponentials):
        values[k] = rng.standard_normal()
    for k in range(exponentials, uniforms):
        values[k] = rng.standard_exponential()
    for k in range(uniforms, uniforms + call.sizes[3]):
        values[k] = rng.random()
    call_address(call.address[0], q, call.result, call.float_data, call.int_data, values)
