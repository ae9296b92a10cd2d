"""Whole chains for tests, driven as `lightppl.infer` drives them."""

from typing import NamedTuple

import numpy as np

from lightppl.kernels.adaptation.welford import make_moments
from lightppl.kernels.adaptation.windows import warmup_phases
from lightppl.kernels.chains.chain import (
    ChainRecord,
    ChainState,
    WarmupOptions,
    start_chain_record,
    start_chain_state,
)
from lightppl.kernels.chains.hmc_chain import TrajectoryLength, make_points, run_hmc_block
from lightppl.kernels.chains.nuts_chain import TreeDepths, run_nuts_block
from lightppl.kernels.metric import Metric, make_metric
from lightppl.kernels.target import make_target
from lightppl.kernels.trajectory import make_tree


class Run(NamedTuple):
    """What is left when a chain has run."""

    record: ChainRecord
    state: ChainState
    metric: Metric


def run_chain(
    potential,
    seed,
    num_warmup=500,
    num_samples=500,
    *,
    sampler="nuts",
    blocks=(),
    dense=False,
    find_step_size=True,
    step_size=1.0,
    adapt=True,
    adapt_metric=True,
    thinning=1,
    depths=TreeDepths(10, 10),
    length=TrajectoryLength(0, 2.0),
    start=None,
    record_all=False,
):
    """Run one chain whose blocks end at the iterations `blocks`, and at the end."""
    size = potential.size
    rng = np.random.Generator(np.random.SFC64(seed))
    q = rng.uniform(-1.0, 1.0, size) if start is None else np.array(start, float)
    metric = make_metric(size, [range(size)] if dense else [])
    moments = make_moments(metric)
    first = 0 if record_all else num_warmup
    stop = num_warmup + num_samples
    record = start_chain_record(
        (stop - first) // thinning, size, first=first, thinning=thinning, grad=True, momentum=True
    )
    options = WarmupOptions(0.8, adapt, find_step_size, True)
    state = start_chain_state(step_size, options)
    phases = warmup_phases(num_warmup, adapt_mass_matrix=adapt and adapt_metric)
    target = make_target(potential)
    if sampler == "nuts":
        run_block, vectors, choice = run_nuts_block, make_tree(q, max(depths)), depths
    else:
        run_block, vectors, choice = run_hmc_block, make_points(q), length
    for begin, end in zip([0, *blocks], [*blocks, stop]):
        state = run_block(
            target, metric, moments, vectors, record, choice, options, state, rng, phases, begin,
            end
        )
        state = ChainState(*state)
    return Run(record, state, metric)
