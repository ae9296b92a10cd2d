"""A chain of `ReplicaExchangeMC`: a chain for each inverse temperature, of which neighbours swap.

It is a `Chain` of `lightppl.infer.mcmc.run`.  An iteration proposes to swap neighbours, in turns
those whose first one has an even place on the ladder and those whose first one has an odd place;
then each rung makes one transition.  The draw is where the first rung is then.

Legend: ``D`` size of the flat vector; ``R`` rungs; ``beta`` inverse temperature; ``U`` potential
energy at inverse temperature 1; ``N`` rows of a record; ``K`` numbers of a rung's report.

References: Swendsen and Wang (1986), "Replica Monte Carlo simulation of spin glasses"; Geyer
(1991), "Markov chain Monte Carlo maximum likelihood"; Okabe, Kawata, Okamoto and Mikami (2001),
"Replica-exchange Monte Carlo method for the isobaric-isothermal ensemble"; Syed, Bouchard-Cote,
Deligiannidis and Doucet (2022), "Non-reversible parallel tempering: a scalable highly parallel
MCMC scheme".
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from lightppl.infer.mcmc.run import ChainSnapshot
from lightppl.kernels.record import make_record
from lightppl.keys import Purpose, as_generator, fold_in


def swap_probs(inverse_temperatures, energies):
    """Return the probabilities with which neighbours are accepted to swap, (R - 1,).

    Parameters
    ----------
    inverse_temperatures, energies : (R,) float64
        The beta of each rung, and U where it is.

    Examples
    --------
    >>> swap_probs(np.array([1.0, 0.5, 0.25]), np.array([3.0, 1.0, 5.0])).round(3).tolist()
    [1.0, 0.368]
    """
    # the ratio of beta_i U_i + beta_j U_j before and after
    log_ratio = np.diff(inverse_temperatures) * np.diff(energies)
    return np.exp(np.minimum(log_ratio, 0.0))


class Memory(NamedTuple):
    """What a `ReplicaChain` needs to go on, besides its generator.

    Attributes
    ----------
    swap_probs : (R - 1,) float64
        Of the last iteration.
    rungs : tuple of RungMemory
    """

    swap_probs: object
    rungs: tuple


class RungMemory(NamedTuple):
    """What the chain of a rung needs to go on; it records nothing.

    Attributes
    ----------
    num_done : int
    state, rng : object
        As in `ChainSnapshot`.
    """

    num_done: int
    state: object
    rng: object


class ReplicaChain:
    """One chain of a `ReplicaExchangeMC` sampler.

    Parameters
    ----------
    kernel : ReplicaExchangeMC
    density : Density
        That nothing tempers.
    plan : RunPlan
    index : int
    point : (D,) float64
        Where all rungs begin that do not go on from a state.

    Attributes
    ----------
    record : Record
        Each report is that of the first rung, followed by `swap_probs`.
    offset : int
        Transitions of earlier runs that this one continues.
    rungs : list of CompiledChain
    swap_probs : (R - 1,) float64
        Of the last iteration; zero before it.
    """

    def __init__(self, kernel, density, plan, index, point):
        self.kernel, self.density, self.plan, self.index = kernel, density, plan, index
        known = None if plan.states is None else plan.states[index]
        self.offset = 0 if known is None else int(kernel.count_of(known))
        self.num_done = 0
        self.rng = as_generator(fold_in(plan.keys[index], Purpose.STEPS))
        self.inverse_temperatures = kernel.inverse_temperatures
        self.rungs = [self._make_rung(k, point, known) for k in range(kernel.num_rungs)]
        self.swap_probs = np.zeros(kernel.num_rungs - 1)
        self.record = make_record(
            plan.num_rows, density.size, kernel.num_infos + len(self.swap_probs),
            first=plan.first_recorded, thinning=plan.thinning,
        )  # fmt: skip

    @property
    def point(self):
        """Where the first rung is, (D,)."""
        return self.position(0)

    def position(self, k):
        """Return where a rung is, (D,)."""
        return self.rungs[k].vector(0).copy()

    def advance(self, start, stop):
        """Run iterations ``start .. stop - 1``; chains in other threads run meanwhile."""
        self.begin()
        for i in range(start, stop):
            self._swap((self.offset + i) % 2)
            for rung in self.rungs:
                rung.advance(i, i + 1)
            self._write_row(i)
            self.num_done = i + 1

    def begin(self):
        """Evaluate the density at the positions, if that has not been done."""
        for rung in self.rungs:
            rung.begin()

    def describe(self):
        """Return a few words for the progress bar."""
        return self.kernel.describe(self)

    def snapshot(self, first_row=0):
        """Return the `ChainSnapshot` of now, with the complete rows from `first_row` on."""
        found = [rung.snapshot() for rung in self.rungs]
        rungs = tuple(RungMemory(x.num_done, x.state, x.rng) for x in found)
        num_rows = self.plan.num_rows_after(self.num_done)
        rows = {name: getattr(self.record, name)[first_row:num_rows].copy() for name in _ROWS}
        return ChainSnapshot(
            self.num_done, Memory(self.swap_probs.copy(), rungs), self.rng.bit_generator.state,
            first_row, num_rows, rows,
        )  # fmt: skip

    def restore(self, snapshot):
        """Put the chain where a snapshot was taken."""
        self.num_done = snapshot.num_done
        self.swap_probs, rungs = snapshot.state
        for rung, kept in zip(self.rungs, rungs, strict=True):
            rung.restore(ChainSnapshot(*kept))
        self.rng.bit_generator.state = snapshot.rng
        for name, rows in snapshot.rows.items():
            getattr(self.record, name)[snapshot.first_row : snapshot.num_rows] = rows

    def move_to(self, point):
        """Put the first rung at another point (D,)."""
        self.move_rung(0, point)

    def move_rung(self, k, position):
        """Put a rung at another position (D,); its density is evaluated there in time."""
        self.rungs[k].move_to(np.append(position, self.inverse_temperatures[k]))

    def forget_density(self):
        """Let the densities at the positions be evaluated again, before anything else."""
        for rung in self.rungs:
            rung.forget_density()

    def info_index(self, name):
        """Return where a field of the first rung's report stands in the reports."""
        return self.rungs[0].info_index(name)

    @property
    def last_info(self):
        """The report of the last iteration, (K + R - 1,)."""
        return np.concatenate([self.rungs[0].last_info, self.swap_probs])

    def _make_rung(self, k, point, known):
        """Return the chain of a rung, which begins at a point (D,) or goes on from a state."""
        plan = replace(
            self.plan, keys=[fold_in(self.plan.keys[self.index], k)], num_samples=0,
            collect_warmup=False, extra_fields=(),
            states=None if known is None else [known.replicas[str(k)]],
        )  # fmt: skip
        density = self.kernel.tempered_density(self.density)
        if known is not None and k > 0:
            state = plan.states[0]
            point = density.flatten(getattr(state, self.kernel.sample_field))[: density.size]
        point = np.append(point, self.inverse_temperatures[k])
        return self.kernel.inner_kernel.make_chain(density, plan, 0, point)

    def _swap(self, parity):
        """Propose to swap every second pair of neighbours."""
        energies = np.array([rung.state.U for rung in self.rungs]) / self.inverse_temperatures
        self.swap_probs = swap_probs(self.inverse_temperatures, energies)
        for k in range(parity, len(self.rungs) - 1, 2):
            if self.rng.random() < self.swap_probs[k]:
                lower, upper = self.position(k), self.position(k + 1)
                self.move_rung(k, upper)
                self.move_rung(k + 1, lower)

    def _write_row(self, i):
        row = (i - self.record.first) // self.record.thinning
        if i >= self.record.first and row < len(self.record.q):
            self.record.q[row], self.record.info[row] = self.point, self.last_info


_ROWS = ("q", "info", "vectors")
