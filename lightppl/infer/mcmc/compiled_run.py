"""Chains of a sampler in kernels; `Run` and `Chain` of `lightppl.infer.mcmc.run`.

Legend: ``C`` chains; ``D`` dimension; ``H`` held values; ``N`` rows of a record; ``K`` numbers of a
report.
"""

from typing import NamedTuple

import numpy as np

from lightppl.errors import InitializationError
from lightppl.infer.mcmc.columns import DRAW, read_field, vectors_asked_for
from lightppl.infer.mcmc.run import ChainSnapshot
from lightppl.infer.mcmc.site_store import release_freed
from lightppl.infer.mcmc.states import stack_states
from lightppl.jit import RepeatedCalls, Status
from lightppl.kernels.block import block_of, split_at_windows
from lightppl.kernels.record import make_record
from lightppl.keys import Purpose, as_generator, fold_in
from lightppl.language.structure import map_leaves
from lightppl.settings import get_num_threads
from lightppl.threads import map_in_threads

MANY_ROWS = 10_000
"""Of a chain, from which on reading them is worth while to share among threads."""

LARGE_SIZE = 1000
"""Of a position, from which on what a window's learning has freed is worth giving back."""


class Memory(NamedTuple):
    """What a `CompiledChain` needs to go on, besides its generator.

    Attributes
    ----------
    state, work : State, Work
        Of the algorithm; of arrays that are scratch nothing but their shape.
    last_info : (K,) float64
    window_reports : list
    held : (H,) float64
    """

    state: object
    work: object
    last_info: object
    window_reports: list
    held: object


class CompiledRun:
    """The chains of one run of a `CompiledKernel`; a `Run`.

    Parameters
    ----------
    kernel : CompiledKernel
    density : Density
    plan : RunPlan
    """

    runs_in_threads = True

    def __init__(self, kernel, density, plan):
        self.kernel, self.density, self.plan = kernel, density, plan
        self.limits, self.constrain = kernel.limits, density.constraining()
        points = self.starts()
        self.chains = [kernel.make_chain(density, plan, c, x) for c, x in enumerate(points)]
        # an unknown field is an error now, not after the run
        self.fields(plan.collected_fields, 0)
        plan.dropped_sites(kernel.sample_field)

    def starts(self):
        """Return where the chains begin."""
        return starts_of(self.kernel, self.density, self.plan)

    def samples(self, num_rows):
        """Return site values, a structure of (C, N, ...) arrays."""
        draws = np.concatenate([chain.record.q[:num_rows] for chain in self.chains])
        return map_leaves(
            lambda x: np.reshape(x, (len(self.chains), num_rows) + np.shape(x)[1:]),
            self.constrain(draws, num_threads_for(num_rows)),
        )

    def draws_at(self, chain, rows):
        """Return site values of some rows of one chain, a structure of arrays by row.

        Parameters
        ----------
        chain : CompiledChain
        rows : slice
        """
        return self.constrain(chain.record.q[rows])

    def draws_at_start(self):
        """Return site values where the first chain is, a structure of arrays of one row."""
        return self.constrain(self.chains[0].point[None])

    def stored_by_chain(self, values):
        """Return what a `SiteStore` has of some chains as a structure of (C, N, ...) arrays."""
        return values

    def points_of(self, chain):
        """Return the unconstrained draws of a chain, (N, D + H)."""
        return chain.record.q

    def unconstrained(self, num_rows):
        """Return unconstrained values, a structure of (C, N, ...) arrays."""
        return self._field(self.kernel.sample_field, num_rows)

    def fields(self, names, num_rows):
        """Return columns by (dotted) name, structures of (C, N, ...) arrays."""
        names, num_threads = list(names), num_threads_for(num_rows)
        found = map_in_threads(lambda name: self._field(name, num_rows), names, num_threads)
        return dict(zip(names, found))

    def default_field_names(self):
        """Return the columns that are reported without being asked for."""
        return [column.name for column in self.kernel.columns if column.is_default]

    def statistics(self, num_rows):
        """Return the columns that summaries and diagnostics use: (C, N) arrays by name.

        Those of a part of the sampler go by their own names.
        """
        names = [column.name for column in self.kernel.columns if column.is_statistic]
        found = self.fields(names, num_rows)
        return {name.rpartition(".")[2]: value for name, value in found.items()}

    def last_state(self):
        """Return the last state; with several chains its arrays get a leading axis."""
        states = [self.kernel.state_of(chain) for chain in self.chains]
        return states[0] if len(states) == 1 else stack_states(states)

    def _field(self, name, num_rows):
        def read(column):
            if isinstance(column.source, str):  # many, and far apart in memory: one pass
                numbers = np.empty((len(self.chains), num_rows), column.dtype)
                for c, chain in enumerate(self.chains):
                    reported = chain.record.info[:num_rows, chain.info_index(column.source)]
                    numbers[c] = reported if column.transform is None else column.shown(reported)
                return numbers
            chains = [column.rows(chain, num_rows) for chain in self.chains]
            return map_leaves(lambda *x: np.stack(x), *chains)

        return read_field(self.kernel.columns, name, read)


class CompiledChain:
    """One chain: arrays, generator and state, advanced by a compiled block; a `Chain`.

    Parameters
    ----------
    kernel : CompiledKernel
    density : Density
    plan : RunPlan
    index : int
    point : (D + H,) float64
        Where it begins.

    Attributes
    ----------
    record : Record
    work, state : Work, State
        Of the algorithm.
    offset : int
        Transitions of earlier runs that this one continues.
    known : object
        The sampler's `State` that it went on from, or None.
    window_reports : list of (int, object)
        How many transitions were done when a window ended, and what the sampler wanted to remember
        of it; empty if no draws of warmup are recorded.
    """

    def __init__(self, kernel, density, plan, index, point):
        self.kernel, self.density, self.plan, self.index = kernel, density, plan, index
        self.known = None if plan.states is None else plan.states[index]
        self.offset = 0 if self.known is None else int(kernel.count_of(self.known))
        self.num_done, self.window_reports = 0, []
        self.rng = as_generator(fold_in(plan.keys[index], Purpose.STEPS))
        self.options, self.phases = kernel.options, kernel.phases(plan.num_warmup)
        q, held = self.split(point)
        self.work = kernel.make_work(density, q, self.known)
        self.state = kernel.first_state(self.known)
        if self.known is None and plan.num_warmup == 0:
            self.state = kernel.state_without_warmup(self.state)
        self.target = kernel.make_target(self)
        self.held[:] = held
        self.record = make_record(
            plan.num_rows,
            self.width,
            len(kernel.algorithm.Info._fields),
            first=plan.first_recorded,
            thinning=plan.thinning,
            which=vectors_asked_for(kernel.columns, plan.extra_fields),
            num_held=density.held.size,
        )
        self._block = RepeatedCalls(block_of(kernel.algorithm))

    def advance(self, start, stop):
        """Run iterations ``start .. stop - 1``; the GIL is released meanwhile."""
        for first, end, is_window_end in split_at_windows(self.phases, start, stop):
            if self.kernel.update is None:
                self._run_block(first, end)
            else:
                self._update_and_run(first, end)
            if is_window_end:
                self._learn(end)
            self.num_done = end

    def begin(self):
        """Evaluate the density at the position, if that has not been done."""
        if not self.state.has_begun:
            self._run_block(self.num_done, self.num_done)

    def describe(self):
        """Return a few words for the progress bar."""
        return self.kernel.describe(self)

    def snapshot(self, first_row=0):
        """Return the `ChainSnapshot` of now, with the complete rows from `first_row` on."""
        scratch = self.kernel.algorithm.scratch
        work = self.work._replace(**{name: None for name in scratch})
        memory = Memory(
            self.state,
            map_leaves(np.copy, work),
            self.record.last_info.copy(),
            list(self.window_reports),
            self.held.copy(),
        )
        num_rows = self.plan.num_rows_after(self.num_done)
        rows = {name: getattr(self.record, name)[first_row:num_rows].copy() for name in _ROWS}
        return ChainSnapshot(
            self.num_done, memory, self.rng.bit_generator.state, first_row, num_rows, rows
        )

    def restore(self, snapshot):
        """Put the chain where a snapshot was taken."""
        state, work, last_info, window_reports, self.held[:] = snapshot.state
        self.num_done, self.state = snapshot.num_done, state
        self.work = type(work)(
            *(mine if kept is None else kept for mine, kept in zip(self.work, work))
        )
        self.work = map_leaves(np.copy, self.work)
        self.record.last_info[:] = last_info
        self.window_reports = list(window_reports)
        self.rng.bit_generator.state = snapshot.rng
        for name, rows in snapshot.rows.items():
            getattr(self.record, name)[snapshot.first_row : snapshot.num_rows] = rows

    @property
    def width(self):
        """Numbers of one vector of the point where the chain is: D."""
        return self.density.size

    def vector(self, k):
        """Return vector k, (D,), of the point where the chain is; 0 is its position."""
        D = self.width
        return self.work.points[0, k * D : (k + 1) * D]

    @property
    def held(self):
        """What the chain holds, (H,): the head of its workspace, to be read and written."""
        return self.target.workspace[: self.density.held.size]

    @property
    def point(self):
        """Where the chain is and what it holds, (D + H,)."""
        return np.concatenate([self.vector(DRAW), self.held])

    def split(self, point):
        """Return position (D,) and held values (H,) of a point (D + H,)."""
        return np.split(point, [self.density.size])

    def unflatten(self, vectors):
        """Return vectors (..., D) or (..., D + H) as values by site."""
        return self.density.unflatten(np.ascontiguousarray(vectors))

    def move_to(self, point):
        """Put the chain at another point (D + H,); its density is evaluated there in time."""
        if not np.array_equal(point, self.point):
            self.vector(DRAW)[:], self.held[:] = self.split(point)
            self.forget_density()

    def forget_density(self):
        """Let the density at the position be evaluated again, before anything else."""
        self.state = self.state._replace(has_begun=False)

    def info_index(self, name):
        """Return where a field stands in the reports."""
        return self.kernel.algorithm.Info._fields.index(name)

    @property
    def last_info(self):
        """The report of the last iteration, (K,); before the first one energies are known."""
        if self.num_done > 0:
            return self.record.last_info
        at_rest = {"potential_energy", "energy"}  # without momentum, H is U
        names = self.kernel.algorithm.Info._fields
        return np.array([self.state.U if name in at_rest else 0.0 for name in names])

    @property
    def search_failed(self):
        """Whether a search of a step size found none, though there is something to move."""
        return self.state.status == Status.STEP_SIZE_NOT_FOUND and self.density.size > 0

    def _update_and_run(self, first, stop):
        """Run a block of one iteration after each update in Python."""
        for i in range(first, stop):
            self.num_done = i
            self.kernel.update(self)
            self._run_block(i, i + 1)

    def _run_block(self, first, stop):
        self.kernel.before_block(self)
        self.state = self._block(
            self.target, self.work, self.options, self.state, self.record, self.rng, self.phases,
            first, stop,
        )  # fmt: skip
        self.kernel.raise_errors(self)
        if self.state.status == Status.NON_FINITE_START:
            index, q = self.failed_start()
            raise InitializationError(
                f"Chain {index} cannot go on: the log density is not finite at its position.",
                position=self.density.unflatten(q),
            )

    def failed_start(self):
        """Return which chain is where the log density is not finite, and that position (D,)."""
        return self.index, self.vector(DRAW)

    def _learn(self, num_done):
        """Let the algorithm learn from the window that has ended."""
        if self.plan.collect_warmup:
            self.window_reports.append((num_done, self.kernel.window_report(self)))
        learn = self.kernel.algorithm.learn
        if learn is not None:
            self.state = learn(self.options, self.work, self.state, self.phases, num_done)
            if self.density.size >= LARGE_SIZE:
                release_freed()


def num_threads_for(num_rows):
    """Return how many threads to read so many rows with."""
    return get_num_threads() if num_rows >= MANY_ROWS else 1


_ROWS = ("q", "info", "vectors")
"""Arrays of a `Record` that have rows."""


def starts_of(kernel, density, plan):
    """Return where the chains of a plan begin, (C, D + H)."""
    if plan.has_snapshots:
        return np.zeros((len(plan.keys), density.size + density.held.size))
    if plan.states is None:
        rngs = [as_generator(fold_in(key, Purpose.START)) for key in plan.keys]
        return density.initial_points(rngs, kernel.init_strategy, plan.init_params)
    return [kernel.position_of(state, density) for state in plan.states]
