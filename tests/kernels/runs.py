"""Whole chains for tests, driven as `lightppl.infer` drives them."""

from typing import NamedTuple

import numpy as np

from lightppl.kernels import hmc, nuts, walnuts
from lightppl.kernels.adaptation.hamiltonian import HamiltonianState, WarmupOptions, first_state
from lightppl.kernels.adaptation.windows import warmup_phases
from lightppl.kernels.block import block_of, split_at_windows
from lightppl.kernels.metric import Metric, make_metric
from lightppl.kernels.record import Record, make_record
from lightppl.kernels.target import make_target

GRADIENT, MOMENTUM = 3, 1
"""Vectors of a point that are recorded besides the draw."""


class Run(NamedTuple):
    """What is left when a chain has run; `info` has the columns of the record by name."""

    record: Record
    info: NamedTuple
    state: HamiltonianState
    metric: Metric

    @property
    def grad(self):
        """Gradients of the draws, (N, D)."""
        return self.record.vectors[:, 0]


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
    depths=(10, 10),
    num_steps=0,
    time=2.0,
    max_error=1.0,
    start=None,
    record_all=False,
):
    """Run one chain whose blocks end at the iterations `blocks`, and at the end."""
    size = potential.size
    rng = np.random.Generator(np.random.SFC64(seed))
    q = rng.uniform(-1.0, 1.0, size) if start is None else np.array(start, float)
    metric = make_metric(size, [range(size)] if dense else [])
    warmup = WarmupOptions(0.8, adapt, find_step_size, True)
    if sampler == "nuts":
        algorithm, work = nuts.ALGORITHM, nuts.make_work(q, metric, max(depths))
        options = nuts.Options(*depths, warmup)
    elif sampler == "walnuts":
        algorithm, work = walnuts.ALGORITHM, walnuts.make_work(q, metric, max(depths))
        options = walnuts.Options(*depths, max_error, 10, warmup)
    else:
        algorithm, work = hmc.ALGORITHM, hmc.make_work(q, metric)
        options = hmc.Options(num_steps, time, warmup)
    stop, first = num_warmup + num_samples, 0 if record_all else num_warmup
    record = make_record(
        (stop - first) // thinning, size, len(algorithm.Info._fields), first=first,
        thinning=thinning, which=(GRADIENT, MOMENTUM),
    )  # fmt: skip
    phases = warmup_phases(num_warmup, adapt_mass_matrix=adapt and adapt_metric)
    state, target, run_block = first_state(step_size), make_target(potential), block_of(algorithm)
    for begin, end in zip([0, *blocks], [*blocks, stop]):
        for i, j, is_window_end in split_at_windows(phases, begin, end):
            state = run_block(target, work, options, state, record, rng, phases, i, j)
            state = HamiltonianState(*state)
            if is_window_end:
                state = algorithm.learn(options, work, state, phases, j)
    return Run(record, algorithm.Info(*record.info.T), state, metric)


def one_iteration(algorithm, target, work, options, state, rng, phases=()):
    """Run the first iteration of a chain or an ensemble; return its state and what it reports."""
    record = make_record(0, work.points.shape[1], len(algorithm.Info._fields))
    phases = np.array(phases, np.int64)
    state = block_of(algorithm)(target, work, options, state, record, rng, phases, 0, 1)
    return algorithm.State(*state), algorithm.Info(*record.last_info)
