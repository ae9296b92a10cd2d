"""`ReplicaExchangeMC`: chains at several temperatures that swap, for densities with several modes.
"""

from typing import NamedTuple

import numpy as np

from lightppl.arguments import check_numbers, shown
from lightppl.density import compile_density, compile_function
from lightppl.errors import ArgumentError, UnsupportedOperationError
from lightppl.infer.mcmc.columns import DRAW, Column
from lightppl.infer.mcmc.compiled import CompiledKernel
from lightppl.kernels.ladder import first_state, ladder_of, make_work, rungs_of

MOST_RUNGS = 16
"""Of which a kernel is compiled in about 20 seconds; more take minutes."""


class ReplicaExchangeMCState(NamedTuple):
    """State of `ReplicaExchangeMC`.

    Attributes
    ----------
    i : int
        Number of transitions so far.
    z : dict of str to array
        Unconstrained values of latent sites, at inverse temperature 1.
    potential_energy : float
    swap_accept_prob : (R - 1,) array
        Acceptance probabilities of swaps of neighbours in the last iteration.
    replicas : dict
        States of the inner kernel by the place of the rung, "0", "1", ...
    rng_key : Key
    """

    i: object
    z: object
    potential_energy: object
    swap_accept_prob: object
    replicas: object
    rng_key: object


class ReplicaStates(dict):
    """States of rungs by their places.

    Attributes
    ----------
    warmup : Continuation or None
        What makes it possible to go on in the middle of warmup.
    """

    warmup = None


def _num_transitions(chain, counts):
    return chain.offset + counts


def _rows_at(chain, counts):
    return [chain.plan.num_rows_after(count) - 1 for count in counts]


def _draws(chain, counts):
    """The draws without what is held: at inverse temperature 1 they are."""
    return chain.density.unflatten(chain.record.q[_rows_at(chain, counts), : chain.density.size])


def _swap_accept_prob(chain, counts):
    return chain.record.info[_rows_at(chain, counts), chain.kernel.num_infos :]


class ReplicaExchangeMC(CompiledKernel):
    """Replica exchange, or parallel tempering: chains at several temperatures that swap places.

    Rung k samples the density to the power of ``inverse_temperatures[k]``, prior and Jacobians
    included, with a copy of `inner_kernel` that learns its own step size and metric.  In each
    iteration neighbours are proposed to swap their positions, in turns those whose first one has
    an even place and those whose first one has an odd place; then each rung makes one transition.
    Draws are those of the first rung, of inverse temperature 1.

    Parameters
    ----------
    inner_kernel : CompiledKernel
        A sampler of one point and of a model or a potential function, such as `NUTS` or `HMC`.
    inverse_temperatures : (R,) array
        Of 2 to 16 rungs; the first is 1, each other is smaller than the one before it, and
        positive.

    Raises
    ------
    ArgumentError
        If an argument is none of these.

    Notes
    -----
    The field ``swap_accept_prob``, collected always, has the probabilities with which the R - 1
    pairs of neighbours would swap, in each iteration all of them; `swap_rates` gives their means.
    Other fields of transitions are those of the first rung.  The first run with another number of
    rungs compiles a kernel, once on a machine.  A density whose powers cannot be normalised has no
    hot rungs: a flat prior on the whole real line is one.

    References
    ----------
    Swendsen and Wang (1986), "Replica Monte Carlo simulation of spin glasses"; Geyer (1991),
    "Markov chain Monte Carlo maximum likelihood"; Okabe, Kawata, Okamoto and Mikami (2001),
    "Replica-exchange Monte Carlo method for the isobaric-isothermal ensemble"; Syed,
    Bouchard-Cote, Deligiannidis and Doucet (2022), "Non-reversible parallel tempering: a scalable
    highly parallel MCMC scheme", algorithm 1.

    Examples
    --------
    >>> import numpy as np
    >>> from lightppl.infer import MCMC, NUTS, ReplicaExchangeMC
    >>> def potential_fn(x):
    ...     return -np.logaddexp(-0.5 * (x - 6) ** 2, np.log(3) - 0.5 * (x + 6) ** 2)
    >>> kernel = ReplicaExchangeMC(NUTS(potential_fn=potential_fn), 0.4 ** np.arange(5))
    >>> mcmc = MCMC(kernel, num_warmup=300, num_samples=2000, progress_bar=False)
    >>> mcmc.run(0, init_params=0.0)
    >>> bool(abs(np.mean(mcmc.get_samples() < 0) - 0.75) < 0.05)
    True
    >>> bool(np.all(kernel.swap_rates(mcmc) > 0.3))
    True
    """

    State = ReplicaExchangeMCState

    def __init__(self, inner_kernel, inverse_temperatures):
        self.inner_kernel = _checked_kernel(inner_kernel)
        self.inverse_temperatures = _checked_ladder(inverse_temperatures)
        super().__init__(
            inner_kernel._model, inner_kernel._potential_fn, inner_kernel.init_strategy,
            inner_kernel.jit_compile,
        )  # fmt: skip
        self.sample_field = inner_kernel.sample_field

    def swap_rates(self, mcmc):
        """Return how often neighbours were accepted to swap in a run, on average.

        Rates below about 0.2 ask for more rungs; the sum of ``1 - rate`` hardly depends on how many
        there are (Syed et al. 2022, sec. 4).

        Parameters
        ----------
        mcmc : MCMC
            That has run this kernel.

        Returns
        -------
        (R - 1,) float64
        """
        return np.mean(mcmc.get_extra_fields()["swap_accept_prob"], axis=0)

    @classmethod
    def is_complete(cls):
        """Return whether this is a sampler."""
        return True

    @classmethod
    def to_warm(cls):
        """Yield samplers that together use all kernels: none, for each ladder has its own."""
        return ()

    @property
    def algorithm(self):
        """A ladder with rungs of the algorithm of the inner kernel."""
        return ladder_of(self.inner_kernel.algorithm, len(self.inverse_temperatures))

    @property
    def options(self):
        """The options of the inner kernel."""
        return self.inner_kernel.options

    @property
    def num_infos(self):
        """Length of the report of a rung."""
        return len(self.inner_kernel.algorithm.Info._fields)

    @property
    def columns(self):
        """The draw, what the inner kernel reports of each transition, and how swaps went."""
        return (
            Column("i", _num_transitions),
            Column(self.sample_field, _draws),
            *(x for x in self.inner_kernel.columns if _is_of_transition(x)),
            Column("swap_accept_prob", _swap_accept_prob, is_default=True),
        )

    @property
    def limits(self):
        """Largest values of statistics."""
        return self.inner_kernel.limits

    def compile(self, model, model_args, model_kwargs, rng_key):
        """Return the compiled density of a model, which holds an inverse temperature."""
        return compile_density(
            model, model_args, model_kwargs, rng_key=rng_key, jit=self.jit_compile, tempered="all"
        )

    def compile_function(self, potential_fn, start):
        """Return the compiled density of a function, which holds an inverse temperature."""
        return compile_function(potential_fn, start, jit=self.jit_compile, tempered="all")

    def phases(self, num_warmup):
        """Return the phase of every warmup iteration."""
        return self.inner_kernel.phases(num_warmup)

    def make_work(self, density, q, state):
        """Return the arrays of a chain; all rungs begin at `q` that go on from no state."""
        works = []
        for k, beta in enumerate(self.inverse_temperatures):
            known = self._replica(state, k)
            at = q
            if k > 0 and known is not None:
                at = density.flatten(getattr(known, self.sample_field))[: density.size]
            works.append(self.inner_kernel.make_work(density, at, known))
        return make_work(works, self.inverse_temperatures, self.num_infos, density.size)

    def first_state(self, state):
        """Return the state of a chain that begins, or goes on."""
        replicas = [self._replica(state, k) for k in range(len(self.inverse_temperatures))]
        found = first_state([self.inner_kernel.first_state(x) for x in replicas])
        return found if state is None else found._replace(num_rounds=int(self.count_of(state)))

    def state_without_warmup(self, state):
        """Return the state of a chain that begins and has no warmup."""
        found = [self.inner_kernel.state_without_warmup(x) for x in state.rungs]
        return state._replace(rungs=rungs_of(found))

    def _replica(self, state, k):
        return None if state is None else state.replicas[str(k)]

    def continuation_of(self, state):
        """Return what makes it possible to go on in the middle of warmup, or None."""
        return getattr(state.replicas, "warmup", None)

    def state_of(self, chain, warmup=None):
        """Return the `ReplicaExchangeMCState` of a chain."""
        chain.begin()
        replicas = ReplicaStates()
        for k in range(len(self.inverse_temperatures)):
            replicas[str(k)] = self.inner_kernel.state_of(Rung(chain, k))
        replicas.warmup = warmup
        return ReplicaExchangeMCState(
            chain.offset + chain.num_done, chain.density.unflatten(chain.vector(DRAW).copy()),
            float(chain.state.U), chain.last_info[self.num_infos :].copy(), replicas,
            chain.plan.key_after,
        )  # fmt: skip

    def take_over(self, chain, state):
        """Give the rungs what users may have changed in their states, and the first one `z`."""
        for k in range(len(self.inverse_temperatures)):
            self.inner_kernel.take_over(Rung(chain, k), self._replica(state, k))
        super().take_over(chain, state)

    def describe(self, chain):
        """Return the least and the greatest swap rate so far for the progress bar."""
        rates = chain.record.info[: chain.plan.num_rows_after(chain.num_done), self.num_infos :]
        rates = np.mean(rates, axis=0) if len(rates) else chain.last_info[self.num_infos :]
        return f"swap rates {np.min(rates):.2f} to {np.max(rates):.2f}"

    def get_diagnostics_str(self, state):
        """Return a few words for the progress bar."""
        return f"swaps {np.min(state.swap_accept_prob):.2f} to {np.max(state.swap_accept_prob):.2f}"


class Rung:
    """A rung of a chain as its inner kernel sees it: a chain of its own.

    Parameters
    ----------
    chain : CompiledChain
    k : int
        Its place.
    """

    def __init__(self, chain, k):
        object.__setattr__(self, "_chain", chain)
        object.__setattr__(self, "_k", k)

    def __getattr__(self, name):
        chain, k = self._chain, self._k
        if name == "kernel":
            return chain.kernel.inner_kernel
        if name == "known":
            return None if chain.known is None else chain.known.replicas[str(k)]
        if name in ("work", "state"):
            return getattr(chain, name).rungs[k]
        return getattr(chain, name)

    def __setattr__(self, name, value):
        if name not in ("work", "state"):
            raise AttributeError(f"a rung has no {name!r} of its own")
        whole = getattr(self._chain, name)
        rungs = list(whole.rungs)
        rungs[self._k] = value
        setattr(self._chain, name, whole._replace(rungs=rungs_of(rungs)))

    def vector(self, k):
        """Return vector k, (D,), of the point where the rung is."""
        D = self._chain.density.size
        return self.work.points[0, k * D : (k + 1) * D]

    @property
    def point(self):
        """Where the rung is, and its inverse temperature, (D + 1,)."""
        return np.append(self.vector(DRAW), self._chain.work.betas[self._k])

    def move_to(self, point):
        """Put the rung at another point (D + 1,); its inverse temperature stays."""
        self.vector(DRAW)[:] = point[:-1]
        if self._k == 0:
            self._chain.vector(DRAW)[:] = point[:-1]
        self.forget_density()

    def forget_density(self):
        """Let the densities at the positions be evaluated again, before anything else."""
        self._chain.forget_density()

    @property
    def last_info(self):
        """The report of the last iteration, (K,); before the first one energies are known."""
        if self._chain.num_done > 0:
            return self._chain.work.reports[self._k]
        at_rest = {"potential_energy", "energy"}  # without momentum, H is U
        names = self.kernel.algorithm.Info._fields
        return np.array([self.state.U if name in at_rest else 0.0 for name in names])


def _is_of_transition(column):
    """Return whether a column is one number of each transition, and of no part of a state."""
    return isinstance(column.source, str) and "." not in column.name


def _checked_kernel(inner_kernel):
    """Return a sampler whose chains are each one point of one density that holds nothing."""
    is_known = isinstance(inner_kernel, CompiledKernel) and all(
        getattr(type(inner_kernel), name) is getattr(CompiledKernel, name)
        for name in ("compile", "make_chain", "start_run")
    )
    if not is_known:
        raise ArgumentError(
            "inner_kernel must be a sampler of one point that holds nothing, such as NUTS or HMC, "
            f"found {shown(inner_kernel)}."
        )
    if getattr(inner_kernel, "kinetic_fn", None) is not None:
        raise UnsupportedOperationError(
            "ReplicaExchangeMC needs an inner_kernel with the Gaussian kinetic energy, and this "
            "one has a kinetic_fn."
        )
    return inner_kernel


def _checked_ladder(inverse_temperatures):
    found = check_numbers(inverse_temperatures, "inverse_temperatures").astype(np.float64)
    is_ladder = found.ndim == 1 and 2 <= found.size <= MOST_RUNGS and found[0] == 1.0
    if not (is_ladder and np.all(np.diff(found) < 0.0) and found[-1] > 0.0):
        raise ArgumentError(
            f"inverse_temperatures must be a vector of 2 to {MOST_RUNGS} positive numbers that "
            f"begins with 1 and falls, found {shown(inverse_temperatures)}."
        )
    return found
