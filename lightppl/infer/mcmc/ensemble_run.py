"""Ensembles of walkers as runs: one chain inside, as many chains as there are walkers outside.

`EnsembleRun` is the `Run` of an `EnsembleKernel`; its one `EnsembleChain` advances all walkers in
one compiled loop.  What the chain records of an iteration is read back with an axis of walkers
(`lightppl.kernels.ensemble` says how they lie in memory), and handed out as chains.

Legend: ``K`` walkers; ``D`` dimension; ``F`` numbers of a walker; ``N`` rows of a record.
"""

import numpy as np

from lightppl.infer.mcmc.columns import DRAW, Column, read_field
from lightppl.infer.mcmc.compiled_run import CompiledChain, CompiledRun, num_threads_for, starts_of
from lightppl.kernels.ensemble import POTENTIAL_ENERGY
from lightppl.language.structure import map_leaves
from lightppl.records import record


@record
class WalkerColumn(Column):
    """One number that each walker reports of itself.

    Parameters
    ----------
    name, dtype, is_default, is_statistic
        As of `Column`.
    source : str
        One of the ``walker_numbers`` of the sampler.
    """

    def rows(self, chain, num_rows):
        """Return what was reported of the first recorded draws, (N, K)."""
        return self._of(chain, chain.record.q[:num_rows])

    def now(self, chain):
        """Return what is to be reported of the last transition, (K,)."""
        return self._of(chain, chain.vector(DRAW))

    def _of(self, chain, vectors):
        k = chain.kernel.walker_numbers.index(self.source)
        return chain.rows_of(vectors)[..., chain.density.size + k].astype(self.dtype)


class EnsembleRun(CompiledRun):
    """The walkers of one run of an `EnsembleKernel`; a `Run` with one chain.

    Parameters
    ----------
    kernel : EnsembleKernel
    density : Density
    plan : RunPlan

    Attributes
    ----------
    reads_points : bool
        Numbers of walkers lie beside their positions, so that no draw is put away before the end.
    """

    reads_points = True

    @property
    def num_walkers(self):
        """K."""
        return self.chains[0].num_walkers

    def starts(self):
        """Return where the chains begin: one chain, whose start is that of its walkers, (K, D)."""
        kernel, density, plan = self.kernel, self.density, self.plan
        if density.size == 0:  # a state of no coordinates does not tell how many walkers there are
            return [np.zeros((len(plan.keys), 0))]
        if plan.states is not None and not plan.has_snapshots:
            return starts_of(kernel, density, plan)
        q = np.asarray(starts_of(kernel, density, plan))
        if not plan.has_snapshots:
            kernel.check_starts(q)
        return [q]

    def samples(self, num_rows):
        """Return site values, a structure of (K, N, ...) arrays."""
        chain = self.chains[0]
        # walkers first, so that what is large is turned round once
        by_walker = np.swapaxes(chain.rows_of(chain.record.q[:num_rows]), 0, 1)
        q = np.ascontiguousarray(by_walker[..., : self.density.size])
        return self._constrained(q, num_threads_for(num_rows))

    def draws_at(self, chain, rows):
        """Return site values of some rows, a structure of arrays by row and walker."""
        return self._constrained(chain.positions_of(chain.record.q[rows]))

    def draws_at_start(self):
        """Return site values where the walkers are, a structure of arrays of one row."""
        chain = self.chains[0]
        return self._constrained(chain.positions_of(chain.vector(DRAW))[None])

    def by_chain(self, values):
        """Return what was read by row and walker as a structure of (K, N, ...) arrays."""
        return map_leaves(lambda x: np.ascontiguousarray(np.swapaxes(x, 0, 1)), values)

    def stored_by_chain(self, values):
        """Return what a `SiteStore` has of the one chain as a structure of (K, N, ...) arrays."""
        return self.by_chain(map_leaves(lambda x: x[0], values))

    def last_state(self):
        """Return the last state, whose arrays have a leading axis of walkers."""
        return self.kernel.state_of(self.chains[0])

    def _constrained(self, q, num_threads=1):
        """Return site values at positions, (A, B, D), a structure of (A, B, ...) arrays."""
        A, B, D = q.shape
        found = self.constrain(q.reshape(A * B, D), num_threads)
        return map_leaves(lambda x: np.reshape(x, (A, B, *np.shape(x)[1:])), found)

    def _field(self, name, num_rows):
        chain = self.chains[0]

        def read(column):
            rows = column.rows(chain, num_rows)
            if isinstance(column, WalkerColumn) or isinstance(column.source, int):
                return self.by_chain(rows)
            # of the ensemble as a whole: the same for all walkers
            return map_leaves(
                lambda x: np.broadcast_to(x, (chain.num_walkers, *np.shape(x))), rows
            )

        return read_field(self.kernel.columns, name, read)


class EnsembleChain(CompiledChain):
    """All walkers of an ensemble, advanced by one compiled block; a `Chain`.

    Parameters
    ----------
    kernel : EnsembleKernel
    density : Density
    plan : RunPlan
        Its first key is that of the transitions.
    index : int
    q : (K, D) float64
        Where the walkers begin.
    """

    def __init__(self, kernel, density, plan, index, q):
        self.num_walkers = len(q)
        super().__init__(kernel, density, plan, index, q)

    @property
    def width(self):
        """Numbers of one vector of the ensemble: K (D + F)."""
        return self.num_walkers * (self.density.size + len(self.kernel.walker_numbers))

    def split(self, point):
        """Return the positions (K, D) of walkers; they hold nothing."""
        return point, ()

    def rows_of(self, vectors):
        """Return vectors of the ensemble, (..., K (D + F)), with an axis of walkers."""
        vectors = np.asarray(vectors)
        row_length = self.width // self.num_walkers
        return vectors.reshape(vectors.shape[:-1] + (self.num_walkers, row_length))

    def positions_of(self, vectors):
        """Return the coordinates in vectors of the ensemble, (..., K, D)."""
        return np.ascontiguousarray(self.rows_of(vectors)[..., : self.density.size])

    def unflatten(self, vectors):
        """Return vectors of the ensemble as values by site, each (..., K, ...)."""
        return self.density.unflatten(self.positions_of(vectors))

    def move_to(self, q):
        """Put the walkers at other positions (K, D); densities are evaluated there in time."""
        rows = self.rows_of(self.vector(DRAW))
        if not np.array_equal(q, rows[:, : self.density.size]):
            rows[:, : self.density.size] = q
            self.forget_density()

    def failed_start(self):
        """Return which walker is where the log density is not finite, and its position (D,)."""
        rows = self.rows_of(self.vector(DRAW))
        energies = rows[:, self.density.size + POTENTIAL_ENERGY]
        k = int(np.flatnonzero(~np.isfinite(energies))[0])
        return k, rows[k, : self.density.size]

    @property
    def last_info(self):
        """The report of the last iteration; zeros before the first one."""
        return self.record.last_info
