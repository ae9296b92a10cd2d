"""A chain of `Gibbs`: chains of its blocks, which take turns; `Chain` of `lightppl.infer.mcmc.run`.

All of them see one point: the coordinates that blocks move by gradients, then what is held.  Before
its turn a block holds what the others have left, and afterwards its coordinates are put back.

Legend: ``D`` size of the flat vector; ``H`` held values; ``N`` rows of a record; ``K`` numbers of a
report.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from lightppl.errors import InitializationError
from lightppl.infer.mcmc.gibbs_updates import PythonUpdate
from lightppl.infer.mcmc.run import ChainSnapshot
from lightppl.kernels.record import make_record
from lightppl.keys import Purpose, as_generator, as_key, fold_in


class Memory(NamedTuple):
    """What a `GibbsChain` needs to go on, besides its generator.

    Attributes
    ----------
    point : (D + H,) float64
    potential_energy : float
    blocks : tuple of BlockMemory or None
    """

    point: object
    potential_energy: object
    blocks: object


class BlockMemory(NamedTuple):
    """What the chain of a block needs to go on; it records nothing.

    Attributes
    ----------
    num_done : int
    state, rng : object
        As in `ChainSnapshot`.
    """

    num_done: int
    state: object
    rng: object


class GibbsChain:
    """One chain of a `Gibbs` sampler.

    Parameters
    ----------
    kernel : Gibbs
    density : ModelDensity
        Of all sites.
    plan : RunPlan
    index : int
    point : (D + H,) float64
        Where it begins.

    Attributes
    ----------
    record : Record
    offset : int
        Transitions of earlier runs that this one continues.
    block_chains : list of CompiledChain or None
        None for blocks in Python.
    potential_energy : float or None
        Of the joint density at the point; None before it is known.
    """

    def __init__(self, kernel, density, plan, index, point):
        self.kernel, self.density, self.plan, self.index = kernel, density, plan, index
        known = None if plan.states is None else plan.states[index]
        self.offset = 0 if known is None else int(kernel.count_of(known))
        self.num_done, self.potential_energy = 0, None
        self._point = np.array(point)
        self.rng = as_generator(fold_in(plan.keys[index], Purpose.STEPS))
        self._columns = list(kernel.info_columns())
        self.record = make_record(
            plan.num_rows, density.size, 2 + len(self._columns), first=plan.first_recorded,
            thinning=plan.thinning, num_held=density.held.size,
        )
        self.block_chains, self._turns = [], []
        for b, block in enumerate(kernel.blocks):
            self._add_block(b, block, None if known is None else known.blocks[str(b)])

    @property
    def point(self):
        """Where the chain is and what it holds, (D + H,)."""
        return self._point.copy()

    def advance(self, start, stop):
        """Run iterations ``start .. stop - 1``; chains in other threads run meanwhile."""
        self.begin()
        for i in range(start, stop):
            for turn in self._turns:
                turn(i)
            self.potential_energy = self._joint_energy()
            self._write_row(i)
            self.num_done = i + 1

    def begin(self):
        """Evaluate the density at the position, if that has not been done."""
        if self.potential_energy is None:
            self.potential_energy = self._joint_energy()
            if not np.isfinite(self.potential_energy):
                raise InitializationError(
                    f"Chain {self.index} cannot go on: the log density is not finite at its "
                    "position.", position=self.density.unflatten(self._point),
                )

    def describe(self):
        """Return a few words for the progress bar."""
        return self.kernel.describe(self)

    def snapshot(self, first_row=0):
        """Return the `ChainSnapshot` of now, with the complete rows from `first_row` on."""
        snapshots = [None if x is None else x.snapshot() for x in self.block_chains]
        blocks = tuple(
            None if x is None else BlockMemory(x.num_done, x.state, x.rng) for x in snapshots
        )
        num_rows = self.plan.num_rows_after(self.num_done)
        rows = {name: getattr(self.record, name)[first_row:num_rows].copy() for name in _ROWS}
        return ChainSnapshot(
            self.num_done, Memory(self._point.copy(), self.potential_energy, blocks),
            self.rng.bit_generator.state, first_row, num_rows, rows,
        )

    def restore(self, snapshot):
        """Put the chain where a snapshot was taken."""
        self.num_done = snapshot.num_done
        point, self.potential_energy, blocks = snapshot.state
        self._point[:] = point
        for chain, kept in zip(self.block_chains, blocks):
            if chain is not None:
                chain.restore(ChainSnapshot(*kept))
        self.rng.bit_generator.state = snapshot.rng
        for name, rows in snapshot.rows.items():
            getattr(self.record, name)[snapshot.first_row : snapshot.num_rows] = rows

    def move_to(self, point):
        """Put the chain at another point (D + H,)."""
        self._point[:], self.potential_energy = point, None

    def forget_density(self):
        """Let the density at the position be evaluated again, before anything else."""
        self.potential_energy = None

    def unflatten(self, points):
        """Return points (..., D + H) as values by site."""
        return self.density.unflatten(points)

    def info_index(self, name):
        """Return where a field stands in the reports."""
        own = ("potential_energy", "diverging")
        return [*own, *(f"{b}.{column.source}" for b, _, column in self._columns)].index(name)

    @property
    def last_info(self):
        """The report of the last iteration, (K,)."""
        reports = {b: x.last_info for b, x in enumerate(self.block_chains) if x is not None}
        found = [
            reports[b][self.block_chains[b].info_index(column.source)]
            for b, _, column in self._columns
        ]
        diverging = [
            report for report, (_, name, _) in zip(found, self._columns) if name == "diverging"
        ]
        return np.array([self._energy_or_nan(), max(diverging, default=0.0), *found])

    def refresh(self, chain):
        """Let a block hold what the others have left.

        Parameters
        ----------
        chain : CompiledChain
        """
        chain.move_to(self._seen_by(chain.density))

    def _add_block(self, b, block, known):
        if not hasattr(block.kernel, "make_chain"):
            held = [x for x in self.density.held.names if x in block.sites]
            update = PythonUpdate(block.kernel.gibbs_fn, self.density, held)
            self.block_chains.append(None)
            self._turns.append(lambda i: self._update(update))
            return
        density = self.density
        if block.moves_free_sites:
            density = self.kernel.block_density(density, block)
        plan = replace(
            self.plan, keys=[fold_in(self.plan.keys[self.index], b)], num_samples=0,
            collect_warmup=False, extra_fields=(), states=None if known is None else [known],
        )
        chain = block.kernel.make_chain(density, plan, 0, self._seen_by(density))
        self.block_chains.append(chain)
        self._turns.append(lambda i: self._move(chain, i))

    def _seen_by(self, density):
        """Return the point in the order of the density of a block."""
        if density is self.density:
            return self.point
        return np.concatenate([self._point[density.own], self._point[density.rest]])

    def _move(self, chain, i):
        self.refresh(chain)
        chain.advance(i, i + 1)
        density = chain.density
        if density is self.density:
            self._point[:] = chain.point
        else:
            self._point[density.own] = chain.point[: density.size]

    def _update(self, update):
        self._point[self.density.size :] = update(as_key(self.rng), self._point)

    def _joint_energy(self):
        q, held = np.split(self._point, [self.density.size])
        return float(self.density.potential(q, held)[0])

    def _energy_or_nan(self):
        return np.nan if self.potential_energy is None else self.potential_energy

    def _write_row(self, i):
        row = (i - self.record.first) // self.record.thinning
        if i >= self.record.first and row < len(self.record.q):
            self.record.q[row], self.record.info[row] = self._point, self.last_info


_ROWS = ("q", "info", "vectors")
