"""Chains of HMC and NUTS: the arrays that kernels work on, and what is read from them later."""

from dataclasses import dataclass

import numpy as np

from lightppl.errors import InitializationError, LightPPLError
from lightppl.infer.mcmc.kernel import AdaptState, HMCState
from lightppl.infer.mcmc.mass_matrix import build_metric, describe_metric
from lightppl.jit import Status, python_function
from lightppl.kernels.adaptation.welford import make_moments
from lightppl.kernels.adaptation.windows import SLOW_END, warmup_phases
from lightppl.kernels.chains.chain import ChainState, start_chain_record, start_chain_state
from lightppl.kernels.phase_point import point_at
from lightppl.kernels.target import make_target
from lightppl.kernels.trajectory import TransitionInfo
from lightppl.language.structure import map_leaves
from lightppl.random import as_generator, fold_in

START, STEPS = 0, 1
"""Purposes of a chain's key: where it starts, and its transitions."""


@dataclass(frozen=True)
class WarmupState:
    """What is between two transitions of warmup, for those who call `HMC.sample` themselves."""

    chain: ChainState
    moments: object
    num_warmup: int


class HamiltonianRun:
    """The chains of one run of `HMC` or `NUTS`.

    Parameters
    ----------
    sampler : HMC
    plan : RunPlan
    problem : ModelProblem or FunctionProblem
    """

    runs_in_threads = True

    def __init__(self, sampler, plan, problem):
        self.sampler, self.plan, self.problem = sampler, plan, problem
        self.limits = {"max_tree_depth": sampler.max_tree_depth}
        if plan.states is None:
            rngs = [as_generator(fold_in(key, START)) for key in plan.keys]
            points = problem.initial_points(rngs, sampler.init_strategy, plan.init_params)
        else:
            points = [problem.flatten(state.z) for state in plan.states]
        self.chains = [HamiltonianChain(self, c, q) for c, q in enumerate(points)]
        # an unknown field is an error now, not after the run
        self.fields(plan.collected_fields, 0)
        plan.dropped_sites(sampler.sample_field)

    def samples(self, num_rows):
        """Return site values, a structure of (C, N, ...) arrays."""
        return self._by_chain(self.problem.postprocess(self._points("q", num_rows)), num_rows)

    def unconstrained(self, num_rows):
        """Return unconstrained values, a structure of (C, N, ...) arrays."""
        return self._by_chain(self.problem.unflatten(self._points("q", num_rows)), num_rows)

    def fields(self, names, num_rows):
        """Return fields of `HMCState` by (dotted) name, structures of (C, N, ...) arrays."""
        return {name: self._field(name, num_rows) for name in names}

    def default_field_names(self):
        """Return the fields that are reported without being asked for."""
        return ["diverging"]

    def statistics(self, num_rows):
        """Return what summaries and diagnostics use: (C, N) arrays by name."""
        return self.fields(self.sampler.statistics_fields, num_rows)

    def last_state(self):
        """Return the last `HMCState`; with several chains its arrays get a leading axis."""
        states = [chain.hmc_state() for chain in self.chains]
        if len(states) == 1:
            return states[0]
        warmups = [state.adapt_state.warmup for state in states]
        bare = [
            state._replace(rng_key=None, adapt_state=state.adapt_state._replace(warmup=None))
            for state in states
        ]
        stacked = map_leaves(lambda *x: np.stack(x), *bare)
        adapt_state = stacked.adapt_state._replace(warmup=warmups)
        return stacked._replace(rng_key=self.plan.key_after, adapt_state=adapt_state)

    def _points(self, name, num_rows):
        rows = [getattr(chain.record, name)[:num_rows] for chain in self.chains]
        return np.concatenate(rows)

    def _by_chain(self, structure, num_rows):
        return map_leaves(
            lambda x: np.reshape(x, (len(self.chains), num_rows) + np.shape(x)[1:]), structure
        )

    def _field(self, name, num_rows):
        head, *path = name.split(".")
        if head in _VECTORS:
            points = self._points(_VECTORS[head], num_rows)
            found = self._by_chain(self.problem.unflatten(points), num_rows)
        elif head == "adapt_state":
            found = self._adapt_state(num_rows)
        elif name in _SCALARS:
            found = np.stack([getattr(x.record, _SCALARS[name])[:num_rows] for x in self.chains])
        elif head in ("i", "mean_accept_prob", "trajectory_length"):
            found = self._derived(head, num_rows)
        else:
            raise _unknown_field(name)
        for part in path if head not in _SCALARS else ():
            found = _part_of(found, part, name)
        return found

    def _adapt_state(self, num_rows):
        matrices = [chain.matrices_in_force(num_rows) for chain in self.chains]
        return {
            "step_size": self._field("step_size", num_rows),
            "inverse_mass_matrix": map_leaves(lambda *x: np.stack(x), *matrices),
        }

    def _derived(self, name, num_rows):
        plan = self.plan
        if name == "i":
            last = plan.first_recorded + plan.thinning * np.arange(1, num_rows + 1)
            return np.stack([chain.offset + last for chain in self.chains])
        if name == "trajectory_length":
            length = self.sampler.trajectory_length
            return np.full((len(self.chains), num_rows), np.nan if length is None else length)
        accept = self._field("accept_prob", num_rows)
        return np.cumsum(accept, axis=1) / np.arange(1, num_rows + 1)


class HamiltonianChain:
    """One chain: arrays, generator and state, advanced by a compiled block.

    Attributes
    ----------
    record : ChainRecord
    state : ChainState
    offset : int
        Transitions of earlier runs that this one continues.
    metric_changes : list of int
        First iterations with a new metric, if their draws are recorded.
    earlier_matrices : list of dict
        The inverse mass matrices that were in force before each change so far.
    """

    def __init__(self, run, index, q):
        sampler, plan = run.sampler, run.plan
        self.run, self.index, self.num_done = run, index, 0
        self.rng = as_generator(fold_in(plan.keys[index], STEPS))
        self.vectors = sampler.make_vectors(q)
        known = None if plan.states is None else plan.states[index]
        self.offset = 0 if known is None else int(known.i)
        given = sampler.inverse_mass_matrix
        if known is not None:
            given = known.adapt_state.inverse_mass_matrix
        self.metric, self.mass_groups = build_metric(run.problem, sampler.dense_mass, given)
        self.moments = make_moments(self.metric)
        step_size = sampler.step_size if known is None else float(known.adapt_state.step_size)
        self.options = sampler.warmup_options
        self.state = start_chain_state(step_size, self.options)
        if known is not None:
            self.state = self.state._replace(must_find_step_size=False)
        self.phases = warmup_phases(plan.num_warmup, sampler.adapt_mass_matrix)
        # where a new metric comes into force, and those before, if draws of warmup are recorded
        ends = np.flatnonzero(self.phases == SLOW_END) + 1
        self.metric_changes = ends.tolist() if plan.collect_warmup else []
        self.earlier_matrices = []
        asked = {name.split(".")[0] for name in plan.extra_fields}
        self.record = start_chain_record(
            plan.num_rows,
            run.problem.size,
            first=plan.first_recorded,
            thinning=plan.thinning,
            grad="z_grad" in asked,
            momentum="r" in asked,
        )
        self.target = make_target(run.problem.potential)

    def advance(self, start, stop):
        """Run iterations ``start .. stop - 1``; the GIL is released meanwhile."""
        for change in self.metric_changes:
            if start < change <= stop:
                matrix = self.inverse_mass_matrix()
                self._run_block(start, change)
                self.earlier_matrices.append(matrix)
                start = change
        if start < stop:
            self._run_block(start, stop)

    def _run_block(self, start, stop):
        sampler = self.run.sampler
        self.state = sampler.run_block(
            self.target,
            self.metric,
            self.moments,
            self.vectors,
            self.record,
            sampler.length_options,
            self.options,
            self.state,
            self.rng,
            self.phases,
            start,
            stop,
        )
        raise_error = getattr(self.run.problem.potential, "raise_error", None)
        if raise_error is not None:
            raise_error()
        if self.state.status == Status.NON_FINITE_START:
            raise InitializationError(
                f"Chain {self.index} cannot go on: the log density is not finite at its position.",
                position=self.run.problem.unflatten(self.position().q),
            )
        self.num_done = stop

    @property
    def search_failed(self):
        """Whether a search of a step size found none."""
        return self.state.status == Status.STEP_SIZE_NOT_FOUND

    def describe(self):
        """Return a few words for the progress bar."""
        num_rows = self.run.plan.num_rows_after(self.num_done)
        divergences = np.count_nonzero(self.record.diverging[:num_rows])
        return f"{divergences} divergences, step size {self.state.step_size:.2e}"

    def position(self):
        """Return the current `PhasePoint`."""
        return python_function(point_at)(getattr(self.vectors, "points", self.vectors), 0)

    def inverse_mass_matrix(self):
        """Return the inverse mass matrix by tuples of site names."""
        metric = self.metric
        return describe_metric(
            self.run.problem, self.mass_groups, metric.diagonal, metric.block_matrix
        )

    def matrices_in_force(self, num_rows):
        """Return the inverse mass matrix of each recorded draw, with a leading axis of draws."""
        plan = self.run.plan
        matrices = [*self.earlier_matrices, self.inverse_mass_matrix()]
        iterations = plan.first_recorded + plan.thinning * np.arange(1, num_rows + 1) - 1
        index = np.searchsorted(self.metric_changes, iterations, side="right")
        return map_leaves(lambda *x: np.stack(x)[index], *matrices)

    def hmc_state(self):
        """Return the `HMCState` of now."""
        problem, z, last = self.run.problem, self.position(), self.state.last
        plan = self.run.plan
        if self.num_done == 0:
            last = self._state_at_rest(z)
        num_rows = plan.num_rows_after(self.num_done)
        accept = self.record.accept_prob[:num_rows]
        warmup = WarmupState(self.state, map_leaves(np.copy, self.moments), plan.num_warmup)
        return HMCState(
            i=self.offset + self.num_done,
            z=map_leaves(np.copy, problem.unflatten(z.q)),
            z_grad=map_leaves(np.copy, problem.unflatten(z.grad)),
            potential_energy=last.potential_energy,
            energy=last.energy,
            r=map_leaves(np.copy, problem.unflatten(z.p)),
            trajectory_length=self.run.sampler.trajectory_length,
            num_steps=last.num_steps,
            accept_prob=last.accept_prob,
            mean_accept_prob=float(accept.mean()) if num_rows else last.accept_prob,
            diverging=bool(last.diverging),
            adapt_state=AdaptState(self.state.step_size, self.inverse_mass_matrix(), warmup),
            rng_key=plan.key_after,
        )


    def _state_at_rest(self, z):
        """Evaluate the gradient at a position that has not moved; without momentum, H is U."""
        U, gradient = self.run.problem.potential(z.q)
        np.copyto(z.grad, gradient)
        return TransitionInfo(U, U, 0.0, 0, 0, False)


def slice_state(state, chain):
    """Return the state of one chain from a state whose arrays have a leading axis of chains."""
    warmup = state.adapt_state.warmup
    bare = state._replace(rng_key=None, adapt_state=state.adapt_state._replace(warmup=None))
    sliced = map_leaves(lambda x: x[chain], bare)
    adapt_state = sliced.adapt_state._replace(warmup=None if warmup is None else warmup[chain])
    return sliced._replace(rng_key=state.rng_key, adapt_state=adapt_state)


_VECTORS = {"z": "q", "z_grad": "grad", "r": "p"}
_SCALARS = {
    "potential_energy": "potential_energy",
    "energy": "energy",
    "accept_prob": "accept_prob",
    "num_steps": "num_steps",
    "tree_depth": "tree_depth",
    "diverging": "diverging",
    "step_size": "step_size",
}


def _part_of(found, part, name):
    if isinstance(found, dict) and part in found:
        return found[part]
    raise _unknown_field(name)


def _unknown_field(name):
    known = [*_SCALARS, *_VECTORS, "i", "mean_accept_prob", "trajectory_length"]
    known += ["adapt_state.step_size", "adapt_state.inverse_mass_matrix"]
    return LightPPLError(
        f"extra_fields names {name!r}, which the sampler does not have. It has "
        f"{', '.join(known)}; z, z_grad and r also by site, as in 'z.mu'."
    )
