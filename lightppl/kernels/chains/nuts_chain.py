"""Warmup and sampling of one NUTS chain, in blocks of iterations.

Legend: ``D`` dimension; ``N`` rows of a record; ``W`` warmup iterations; ``U`` potential energy.
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import Status, kernel
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
from lightppl.kernels.nuts import nuts_transition
from lightppl.kernels.phase_point import point_at
from lightppl.kernels.target import evaluate_potential
from lightppl.kernels.trajectory import SAMPLE


class TreeDepths(NamedTuple):
    """Largest number of doublings during warmup and sampling."""

    warmup: int
    sampling: int


@kernel(entry=True, title="the NUTS sampler (about 15 s)")
def run_nuts_block(
    target, metric, moments, tree, record, depths, options, state, rng, phases, start, stop
):
    """Run iterations ``start .. stop - 1`` of a NUTS chain.

    Parameters
    ----------
    target : Target
    metric : Metric
        Overwritten during warmup.
    moments : Moments
        Overwritten during warmup.
    tree : Tree
        From `make_tree`; its sample is the position of the chain.  Overwritten.
    record : ChainRecord
        Overwritten.
    depths : TreeDepths
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
    Hoffman and Gelman (2014), algorithm 6, with the changes named in `trajectory.py`.
    """
    z = point_at(tree.points, SAMPLE)
    U = evaluate_potential(target, z.q, z.grad)
    if not np.isfinite(U):
        return with_status(state, Status.NON_FINITE_START)
    for i in range(start, stop):
        if state.must_find_step_size:
            state = prepare_step_size(state, options, tree.points, target, metric, rng, U)
        phase = phase_of(phases, i)
        max_depth = depths.sampling if phase == SAMPLING else depths.warmup
        info = nuts_transition(tree, target, metric, rng, state.step_size, max_depth, U)
        U = info.potential_energy
        state = with_last(state, info)
        write_draw(record, i, z, info, state.step_size)
        if phase != SAMPLING:
            state = adapt(state, options, metric, moments, z, phase)
        if i + 1 == phases.size:
            state = finish_warmup(state, options)
    return state
