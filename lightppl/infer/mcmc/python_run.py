"""Chains of a sampler written in plain Python; `Run` and `Chain` of `lightppl.infer.mcmc.run`."""

import copy
from types import MappingProxyType

import numpy as np

from lightppl.errors import LightPPLError
from lightppl.infer.mcmc.run import ChainSnapshot
from lightppl.infer.mcmc.states import StateList
from lightppl.language.structure import map_leaves


class PythonRun:
    """The chains of one run of an `MCMCKernel` written in Python.

    Parameters
    ----------
    kernel : MCMCKernel
    plan : RunPlan

    Notes
    -----
    Chains run one after the other in the calling thread: a kernel may keep things in itself.
    """

    runs_in_threads = False
    limits = MappingProxyType({})

    def __init__(self, kernel, plan):
        self.kernel, self.plan = kernel, plan
        asked = (*kernel.default_fields, kernel.sample_field, *plan.collected_fields)
        fields = list(dict.fromkeys(asked))
        self.chains = [PythonChain(self, c, list(fields)) for c in range(len(plan.keys))]

    def init_params_of(self, chain):
        """Return the starting values of one chain; several chains share a leading axis, if any."""
        params, num_chains = self.plan.init_params, len(self.plan.keys)
        if params is None or num_chains == 1:
            return params
        arrays = map_leaves(np.asarray, params)
        shapes = []
        map_leaves(lambda x: shapes.append(x.shape), arrays)
        is_batched = all(shape and shape[0] == num_chains for shape in shapes)
        return map_leaves(lambda x: x[chain], arrays) if is_batched else params

    def samples(self, num_rows):
        """Return the draws, a structure of (C, N, ...) arrays."""
        field = self.kernel.sample_field
        postprocess = self.kernel.postprocess_fn(self.plan.model_args, self.plan.model_kwargs)
        chains = []
        for chain in self.chains:
            rows = chain.rows[field][:num_rows]
            chains.append(_stack([postprocess(row) for row in rows] if postprocess else rows))
        return _stack(chains)

    def unconstrained(self, num_rows):
        """Return the draws as the sampler sees them."""
        rows = [chain.rows[self.kernel.sample_field][:num_rows] for chain in self.chains]
        return _stack([_stack(chain) for chain in rows])

    def fields(self, names, num_rows):
        """Return fields of the states by name, structures of (C, N, ...) arrays."""
        return {
            name: _stack([_stack(chain.rows[name][:num_rows]) for chain in self.chains])
            for name in names
        }

    def default_field_names(self):
        """Return the fields that are reported without being asked for."""
        return [x for x in self.kernel.default_fields if x != self.kernel.sample_field]

    def statistics(self, num_rows):
        """Return what a summary can use: (C, N) arrays by name."""
        known = {"diverging", "energy", "tree_depth", "num_steps"}
        names = known & set(self.chains[0].rows) if self.chains else ()
        return self.fields(names, num_rows)

    def last_state(self):
        """Return the last state; with several chains its arrays get a leading axis."""
        states = [chain.state for chain in self.chains]
        return states[0] if len(states) == 1 else StateList(states)


class PythonChain:
    """One chain: its state, and the rows collected so far.

    Attributes
    ----------
    rows : dict of str to list

    Notes
    -----
    A snapshot holds the state that the kernel returned.  A kernel that keeps something else between
    two transitions, in itself, cannot go on from one.
    """

    def __init__(self, run, index, fields):
        self.run, self.index, self.num_done = run, index, 0
        self.rows = {name: [] for name in fields}
        self.state = None if run.plan.states is None else run.plan.states[index]

    def advance(self, start, stop):
        """Run iterations ``start .. stop - 1``."""
        kernel, plan = self.run.kernel, self.run.plan
        if self.state is None:
            self.state = kernel.init(
                plan.keys[self.index],
                plan.num_warmup,
                self.run.init_params_of(self.index),
                plan.model_args,
                plan.model_kwargs,
            )
        for i in range(start, stop):
            self.state = kernel.sample(self.state, plan.model_args, plan.model_kwargs)
            recorded = i - plan.first_recorded
            if recorded >= 0 and (recorded + 1) % plan.thinning == 0:
                for name, rows in self.rows.items():
                    # a kernel may write its next state into the arrays of this one
                    rows.append(map_leaves(_copied, read_field(self.state, name)))
            self.num_done = i + 1

    def snapshot(self, first_row=0):
        """Return the `ChainSnapshot` of now, with the complete rows from `first_row` on."""
        rows = {name: kept[first_row:] for name, kept in self.rows.items()}
        num_rows = self.run.plan.num_rows_after(self.num_done)
        return ChainSnapshot(
            self.num_done, copy.deepcopy(self.state), None, first_row, num_rows, rows
        )

    def restore(self, snapshot):
        """Put the chain where a snapshot was taken."""
        self.num_done, self.state = snapshot.num_done, copy.deepcopy(snapshot.state)
        for name, rows in snapshot.rows.items():
            kept = self.rows[name]
            kept += [None] * (snapshot.first_row - len(kept))  # rows that are somewhere else
            kept[snapshot.first_row :] = rows

    def describe(self):
        """Return a few words for the progress bar."""
        if self.state is None:
            return ""
        return self.run.kernel.get_diagnostics_str(self.state)


def read_field(state, name):
    """Return a field by its dotted name, through attributes and keys."""
    found = state
    for part in name.split("."):
        if isinstance(found, dict) and part in found:
            found = found[part]
        elif hasattr(found, part):
            found = getattr(found, part)
        else:
            known = getattr(found, "_fields", None) or (found if isinstance(found, dict) else ())
            raise LightPPLError(
                f"The state has no field {name!r}: {part!r} is not in {type(found).__name__}"
                f"{f' ({chr(44).join(map(str, known))})' if known else ''}. Check extra_fields."
            )
    return found


def _copied(leaf):
    return leaf.copy() if isinstance(leaf, np.ndarray) else leaf


def _stack(rows):
    return map_leaves(lambda *leaves: np.stack([np.asarray(x) for x in leaves]), *rows)
