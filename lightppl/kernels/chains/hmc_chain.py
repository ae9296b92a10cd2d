"""Warmup and sampling of one HMC chain, in blocks of iterations.

Legend: ``D`` dimension; ``W`` warmup iterations; ``U`` potential energy.
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import Status, kernel
from lightppl.kernels import phase_point
from lightppl.kernels.adaptation.windows import SAMPLING
from lightppl.kernels.chains.chain import (
    adapt,
    finish_warmup,
    phase_of,
    prepare_step_size,
    with_last,
    with_status,
    write_draw,
)
from lightppl.kernels.hmc import SAMPLE, hmc_transition
from lightppl.kernels.phase_point import point_at
from lightppl.kernels.target import evaluate_potential

MOST_STEPS = 100_000
"""Bounds a trajectory while warmup tries tiny step sizes."""


class TrajectoryLength(NamedTuple):
    """How long a trajectory is: a number of steps, or if that is 0 a time.

    Parameters
    ----------
    num_steps : int
    time : float
    """

    num_steps: int
    time: float


def make_points(q):
    """Return the points of an HMC chain that begins at `q` (D,), a (2, 4 D) array."""
    points = np.zeros((2, phase_point.NUM_VECTORS * len(q)))
    points[SAMPLE, : len(q)] = q
    return points


@kernel
def num_steps_of(length, step_size):
    """Return how many leapfrog steps a trajectory has at this step size, at least one."""
    if length.num_steps > 0:
        return length.num_steps
    return int(min(max(length.time / step_size, 1.0), MOST_STEPS))


@kernel(entry=True, title="the HMC sampler (about 15 s)")
def run_hmc_block(
    target, metric, moments, points, record, length, options, state, rng, phases, start, stop
):
    """Run iterations ``start .. stop - 1`` of an HMC chain.

    Parameters
    ----------
    target : Target
    metric : Metric
        Overwritten during warmup.
    moments : Moments
        Overwritten during warmup.
    points : (2, 4 D) float64
        From `make_points`; the first is the position of the chain.  Overwritten.
    record : ChainRecord
        Overwritten.
    length : TrajectoryLength
    options : WarmupOptions
    state : ChainState
    rng : numpy.random.Generator
    phases : (W,) int64
        From `warmup_phases`; iterations from W on are sampling.
    start, stop : int

    Returns
    -------
    ChainState
        Status ``NON_FINITE_START`` if the density at the position is not finite; nothing ran then.

    References
    ----------
    Neal (2011), "MCMC using Hamiltonian dynamics", sec. 3.
    """
    z = point_at(points, SAMPLE)
    U = evaluate_potential(target, z.q, z.grad)
    if not np.isfinite(U):
        return with_status(state, Status.NON_FINITE_START)
    for i in range(start, stop):
        if state.must_find_step_size:
            state = prepare_step_size(state, options, points, target, metric, rng, U)
        phase = phase_of(phases, i)
        num_steps = num_steps_of(length, state.step_size)
        info = hmc_transition(points, target, metric, rng, state.step_size, num_steps, U)
        U = info.potential_energy
        state = with_last(state, info)
        write_draw(record, i, z, info, state.step_size)
        if phase != SAMPLING:
            state = adapt(state, options, metric, moments, z, phase)
        if i + 1 == phases.size:
            state = finish_warmup(state, options)
    return state
