"""Samplers in kernels: what is the same for all of them, written once.

A sampler is an `Algorithm` (`lightppl.kernels`) and a subclass of `CompiledKernel`, a page that
says what users may choose, what is reported, and how arrays and numbers of a chain are made of
that.  Runs, single chains, loops of one's own, snapshots and fields come from here.

Legend: ``C`` chains; ``D`` dimension; ``N`` rows of a record.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lightppl.arguments import check_callable, check_count, check_flag
from lightppl.density import compile_density, compile_function
from lightppl.density.bound_data import bound, is_same_data
from lightppl.density.initialize import init_to_uniform
from lightppl.errors import InitializationError, ModelError
from lightppl.infer.mcmc.columns import DRAW, read_field, vectors_asked_for
from lightppl.infer.mcmc.kernel import MCMCKernel
from lightppl.infer.mcmc.plan import RunPlan
from lightppl.infer.mcmc.run import ChainSnapshot
from lightppl.infer.mcmc.states import require_chains, slice_state, stack_states, wrong_state
from lightppl.jit import Status
from lightppl.kernels.block import block_of, split_at_windows
from lightppl.kernels.record import make_record
from lightppl.kernels.target import make_target
from lightppl.language.structure import map_leaves
from lightppl.random import as_generator, as_key, fold_in

START, STEPS, SITES = range(3)
"""Purposes of a chain's key: where it starts, its transitions, and the run that finds sites."""


class CompiledKernel(MCMCKernel):
    """A sampler whose iterations are an `Algorithm`.

    A subclass sets the class attributes and defines `options`, `make_work` and `first_state`; the
    other methods here may be overridden.

    Parameters
    ----------
    model : callable, optional
    potential_fn : callable, optional
        Instead of a model: ``-log density`` of an array or a dict of arrays, in plain NumPy.
    init_strategy : callable
    jit_compile : bool
        If False, the density runs eagerly through autograd.

    Attributes
    ----------
    algorithm : Algorithm
    columns : tuple of Column
        What is reported; each field of `State` but the last two is one of them.
    State : type of named tuple
        What users see of a chain.  Its first field is ``i``, the number of transitions, one is
        `sample_field`, and the last two are ``adapt_state``, a named tuple whose last field is
        ``warmup``, and ``rng_key``.
    sample_field : str
        The column that holds the draw.
    """

    algorithm = None
    columns = ()
    State = None
    sample_field = "z"

    def __init__(self, model=None, potential_fn=None, init_strategy=init_to_uniform, jit_compile=True):
        if (model is None) == (potential_fn is None):
            raise ModelError("Give the sampler either a model or a potential_fn, and only one.")
        if model is None:
            check_callable(potential_fn, "potential_fn")
        else:
            check_callable(model, "model")
        self._model, self._potential_fn = model, potential_fn
        self.init_strategy = check_callable(init_strategy, "init_strategy")
        self.jit_compile = check_flag(jit_compile, "jit_compile")
        self._density_of = self._opened = None

    # ---- what a sampler says about itself --------------------------------------------------------

    @property
    def options(self):
        """The algorithm's `Options`."""
        raise NotImplementedError

    def make_work(self, density, q, state):
        """Return the algorithm's `Work` for a chain.

        Parameters
        ----------
        density : Density
        q : (D,) float64
            Where it begins.
        state : State or None
            Which it goes on from.
        """
        raise NotImplementedError

    def first_state(self, state):
        """Return the algorithm's `State` for a chain that begins, or that goes on from a `State`."""
        raise NotImplementedError

    def phases(self, num_warmup):
        """Return the phase of every warmup iteration, (W,) int64; here nothing is learnt."""
        return np.zeros(0, np.int64)

    def adapt_state(self, chain, warmup):
        """Return the ``adapt_state`` of a chain's `State`.

        Parameters
        ----------
        chain : CompiledChain
        warmup : Continuation or None
            To be its last field.
        """
        raise NotImplementedError

    def take_over(self, chain, state):
        """Give a chain what users may have changed in a `State`; here the position."""
        chain.move_to(chain.density.flatten(getattr(state, self.sample_field)))

    def window_report(self, chain):
        """Return what to remember of a window of warmup whose draws are recorded, when it ends."""
        return None

    def describe(self, chain):
        """Return a few words for the progress bar."""
        return ""

    @property
    def limits(self):
        """Largest values of statistics, as keyword arguments of `summarize`."""
        return {}

    # ---- what follows from that ------------------------------------------------------------------

    @property
    def model(self):
        """The model, or None."""
        return self._model

    @property
    def default_fields(self):
        """Names of fields that are always collected."""
        return (self.sample_field, *(x.name for x in self.columns if x.is_default))

    def start_run(self, plan):
        """Return the `CompiledRun` of a plan."""
        return CompiledRun(self, plan, self._density(plan, reuse=False))

    def open_chain(
        self, rng_key, num_warmup, init_params=None, model_args=(), model_kwargs=None
    ):
        """Return one chain that records nothing, for those who advance it themselves.

        Parameters
        ----------
        rng_key : key
        num_warmup : int
        init_params : dict, optional
            Constrained values by site name.
        model_args : tuple
        model_kwargs : dict, optional

        Returns
        -------
        CompiledChain
        """
        key, num_warmup = as_key(rng_key), check_count(num_warmup, "num_warmup")
        plan = RunPlan(
            [key], key, num_warmup, 0, 1, False, init_params, tuple(model_args),
            dict(model_kwargs or {}),
        )  # fmt: skip
        density = self._density(plan, reuse=True)
        return CompiledChain(self, density, plan, 0, _starts(self, plan, density)[0])

    def init(self, rng_key, num_warmup, init_params=None, model_args=(), model_kwargs=None):
        """Return the first `State` of a chain, for those who write the loop themselves.

        Parameters
        ----------
        rng_key : key
        num_warmup : int
        init_params : dict, optional
            Constrained values by site name.
        model_args : tuple
        model_kwargs : dict, optional
        """
        chain = self.open_chain(rng_key, num_warmup, init_params, model_args, model_kwargs)
        return self._opened_at(chain)

    def sample(self, state, model_args=(), model_kwargs=None):
        """Return the state after one transition, for those who write the loop themselves.

        Parameters
        ----------
        state : State
        model_args : tuple
        model_kwargs : dict, optional

        Notes
        -----
        The chain of the last call goes on if `state` is what that call returned; any other state,
        such as one with another position, is gone on from just the same.
        """
        chain = self._chain_at(state, tuple(model_args), dict(model_kwargs or {}))
        key = fold_in(state.rng_key, state.i)
        chain.rng = as_generator(fold_in(key, STEPS))
        chain.advance(chain.num_done, chain.num_done + 1)
        return self._opened_at(chain)

    def postprocess_fn(self, model_args, model_kwargs):
        """Return a function from unconstrained values by site to values of all sites."""
        plan = RunPlan(
            [], as_key(0), 0, 0, model_args=tuple(model_args), model_kwargs=dict(model_kwargs or {})
        )
        density = self._density(plan, reuse=True)

        def postprocess(z):
            return map_leaves(lambda x: x[0], density.constrain(density.flatten(z)[None]))

        return postprocess

    def states_of(self, state, num_chains):
        """Return the states of single chains from that of a run, see `MCMCKernel.states_of`."""
        if isinstance(state, self.State):
            found = np.size(state.i)
            require_chains(found, num_chains)
            is_stacked = np.ndim(state.i) > 0
            return [slice_state(state, c) for c in range(found)] if is_stacked else [state]
        if not isinstance(state, (list, tuple)):
            raise wrong_state(state)
        require_chains(len(state), num_chains)
        for one in state:
            if not isinstance(one, self.State):
                raise wrong_state(one)
        return list(state)

    def state_of(self, chain, warmup=None):
        """Return the `State` of a chain.

        Parameters
        ----------
        chain : CompiledChain
        warmup : Continuation, optional
            What makes it possible to go on in the middle of warmup.
        """
        chain.begin()
        columns = {column.name: column for column in self.columns}
        *names, _, _ = self.State._fields
        values = [columns[name].now(chain) for name in names]
        return self.State(*values, self.adapt_state(chain, warmup), chain.plan.key_after)

    def __getstate__(self):
        """Compiled densities and open chains stay in this process."""
        return {**vars(self), "_density_of": None, "_opened": None}

    def _chain_at(self, state, model_args, model_kwargs):
        """Return a chain that is where a state says."""
        if not isinstance(state, self.State):
            raise wrong_state(state)
        warmup = state.adapt_state.warmup
        num_warmup = 0 if warmup is None else warmup.num_warmup
        key = fold_in(state.rng_key, state.i)
        plan = RunPlan(
            [key], state.rng_key, num_warmup, 0, 1, False, None, model_args, model_kwargs,
            states=[state],
        )  # fmt: skip
        density = self._density(plan, reuse=True)
        known, chain = self._opened or (None, None)
        if known is state and chain.density is density:
            return chain
        q = density.flatten(getattr(state, self.sample_field))
        chain = CompiledChain(self, density, plan, 0, q)
        if warmup is not None:
            chain.restore(warmup.snapshot)
            chain.offset = state.i - chain.num_done
            self.take_over(chain, state)
            chain.forget_density()
        return chain

    def _opened_at(self, chain):
        """Return the state of the chain that is open, and remember that it is open."""
        warmup = Continuation(chain.plan.num_warmup, chain.snapshot())
        state = self.state_of(chain, warmup)
        self._opened = state, chain
        return state

    def _density(self, plan, reuse):
        """Return the compiled density; loops over single transitions reuse it while the arguments
        hold the same data."""
        given = plan.model_args, plan.model_kwargs
        if reuse and self._density_of is not None:
            known, density = self._density_of
            if is_same_data(known, given):
                return density
        if self._model is None:
            density = compile_function(
                self._potential_fn, _start_of(self, plan), len(plan.keys), jit=self.jit_compile
            )
        else:
            given = bound(given)
            key = fold_in(plan.keys[0], SITES) if plan.keys else 0
            density = compile_density(self._model, *given, rng_key=key, jit=self.jit_compile)
        self._density_of = (bound(given), density) if reuse else None
        return density


def _start_of(kernel, plan):
    if plan.states is None:
        return plan.init_params
    starts = [getattr(state, kernel.sample_field) for state in plan.states]
    return starts[0] if len(starts) == 1 else map_leaves(lambda *x: np.stack(x), *starts)


def _starts(kernel, plan, density):
    """Return where the chains of a plan begin, (C, D)."""
    if plan.states is None:
        rngs = [as_generator(fold_in(key, START)) for key in plan.keys]
        return density.initial_points(rngs, kernel.init_strategy, plan.init_params)
    return [density.flatten(getattr(state, kernel.sample_field)) for state in plan.states]


class CompiledRun:
    """The chains of one run of a `CompiledKernel`; a `Run`.

    Parameters
    ----------
    kernel : CompiledKernel
    plan : RunPlan
    density : Density
    """

    runs_in_threads = True

    def __init__(self, kernel, plan, density):
        self.kernel, self.plan, self.density = kernel, plan, density
        self.limits = kernel.limits
        points = _starts(kernel, plan, density)
        self.chains = [CompiledChain(kernel, density, plan, c, q) for c, q in enumerate(points)]
        # an unknown field is an error now, not after the run
        self.fields(plan.collected_fields, 0)
        plan.dropped_sites(kernel.sample_field)

    def samples(self, num_rows):
        """Return site values, a structure of (C, N, ...) arrays."""
        draws = np.concatenate([chain.record.q[:num_rows] for chain in self.chains])
        return map_leaves(
            lambda x: np.reshape(x, (len(self.chains), num_rows) + np.shape(x)[1:]),
            self.density.constrain(draws),
        )

    def unconstrained(self, num_rows):
        """Return unconstrained values, a structure of (C, N, ...) arrays."""
        return self._field(self.kernel.sample_field, num_rows)

    def fields(self, names, num_rows):
        """Return columns by (dotted) name, structures of (C, N, ...) arrays."""
        return {name: self._field(name, num_rows) for name in names}

    def default_field_names(self):
        """Return the columns that are reported without being asked for."""
        return [column.name for column in self.kernel.columns if column.is_default]

    def statistics(self, num_rows):
        """Return the columns that summaries and diagnostics use: (C, N) arrays by name."""
        names = [column.name for column in self.kernel.columns if column.is_statistic]
        return self.fields(names, num_rows)

    def last_state(self):
        """Return the last state; with several chains its arrays get a leading axis."""
        states = [self.kernel.state_of(chain) for chain in self.chains]
        return states[0] if len(states) == 1 else stack_states(states)

    def _field(self, name, num_rows):
        def read(column):
            chains = [column.rows(chain, num_rows) for chain in self.chains]
            return map_leaves(lambda *x: np.stack(x), *chains)

        return read_field(self.kernel.columns, name, read)


class Memory(NamedTuple):
    """What a `CompiledChain` needs to go on, besides its generator.

    Attributes
    ----------
    state, work : State, Work
        Of the algorithm; of arrays that are scratch nothing but their shape.
    last_info : (K,) float64
    window_reports : list
    """

    state: object
    work: object
    last_info: object
    window_reports: list


@dataclass(frozen=True)
class Continuation:
    """What a state holds so that a loop of one's own goes on from it.

    Attributes
    ----------
    num_warmup : int
        Of the loop.
    snapshot : ChainSnapshot
    """

    num_warmup: int
    snapshot: ChainSnapshot


class CompiledChain:
    """One chain: arrays, generator and state, advanced by a compiled block; a `Chain`.

    Parameters
    ----------
    kernel : CompiledKernel
    density : Density
    plan : RunPlan
    index : int
    q : (D,) float64
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

    def __init__(self, kernel, density, plan, index, q):
        self.kernel, self.density, self.plan, self.index = kernel, density, plan, index
        self.known = None if plan.states is None else plan.states[index]
        self.offset = 0 if self.known is None else int(self.known.i)
        self.num_done, self.window_reports = 0, []
        self.rng = as_generator(fold_in(plan.keys[index], STEPS))
        self.options, self.phases = kernel.options, kernel.phases(plan.num_warmup)
        self.work = kernel.make_work(density, q, self.known)
        self.state = kernel.first_state(self.known)
        self.target = make_target(density.potential)
        self.record = make_record(
            plan.num_rows,
            density.size,
            len(kernel.algorithm.Info._fields),
            first=plan.first_recorded,
            thinning=plan.thinning,
            which=vectors_asked_for(kernel.columns, plan.extra_fields),
        )

    def advance(self, start, stop):
        """Run iterations ``start .. stop - 1``; the GIL is released meanwhile."""
        for first, end, is_window_end in split_at_windows(self.phases, start, stop):
            self._run_block(first, end)
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
        )
        num_rows = self.plan.num_rows_after(self.num_done)
        rows = {name: getattr(self.record, name)[first_row:num_rows].copy() for name in _ROWS}
        return ChainSnapshot(
            self.num_done, memory, self.rng.bit_generator.state, first_row, num_rows, rows
        )

    def restore(self, snapshot):
        """Put the chain where a snapshot was taken."""
        state, work, last_info, window_reports = snapshot.state
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

    def vector(self, k):
        """Return vector k, (D,), of the point where the chain is; 0 is its position."""
        D = self.density.size
        return self.work.points[0, k * D : (k + 1) * D]

    def move_to(self, q):
        """Put the chain at another position (D,); its density is evaluated there in time."""
        if not np.array_equal(q, self.vector(DRAW)):
            self.vector(DRAW)[:] = q
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
        """Whether a search of a step size found none."""
        return self.state.status == Status.STEP_SIZE_NOT_FOUND

    def _run_block(self, first, stop):
        self.state = block_of(self.kernel.algorithm)(
            self.target,
            self.work,
            self.options,
            self.state,
            self.record,
            self.rng,
            self.phases,
            first,
            stop,
        )
        raise_error = getattr(self.density.potential, "raise_error", None)
        if raise_error is not None:
            raise_error()
        if self.state.status == Status.NON_FINITE_START:
            raise InitializationError(
                f"Chain {self.index} cannot go on: the log density is not finite at its position.",
                position=self.density.unflatten(self.vector(DRAW)),
            )

    def _learn(self, num_done):
        """Let the algorithm learn from the window that has ended."""
        if self.plan.collect_warmup:
            self.window_reports.append((num_done, self.kernel.window_report(self)))
        learn = self.kernel.algorithm.learn
        if learn is not None:
            self.state = learn(self.options, self.work, self.state, self.phases, num_done)


_ROWS = ("q", "info", "vectors")
"""Arrays of a `Record` that have rows."""
