"""`ReplicaExchangeMC`: chains at several temperatures that swap, for densities with several modes.
"""

from typing import NamedTuple

import numpy as np

from lightppl.arguments import check_numbers, shown
from lightppl.density import compile_density, compile_function
from lightppl.errors import ArgumentError
from lightppl.infer.mcmc.columns import DRAW, Column
from lightppl.infer.mcmc.compiled import CompiledKernel
from lightppl.infer.mcmc.replica_chain import ReplicaChain


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


def _swap_accept_prob(chain, counts):
    rows = [chain.plan.num_rows_after(count) - 1 for count in counts]
    return chain.record.info[rows, chain.kernel.num_infos :]


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
        At least two; the first is 1, each other is smaller than the one before it, and positive.

    Raises
    ------
    ArgumentError
        If an argument is none of these.

    Notes
    -----
    ``extra_fields=("swap_accept_prob",)`` gives the probabilities with which the R - 1 pairs of
    neighbours would swap, in each iteration all of them; `swap_rates` gives their means.  Other
    fields of the inner kernel are those of the first rung.  Rungs take turns in plain Python, some
    tens of microseconds each.  A density whose powers cannot be normalised has no hot rungs: a flat
    prior on the whole real line is one.

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
        # its own density is only asked where sites are, and where chains begin
        super().__init__(
            inner_kernel._model, inner_kernel._potential_fn, inner_kernel.init_strategy, False
        )
        self.sample_field = inner_kernel.sample_field
        self._tempered_of = None

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
        """Yield samplers that together use all kernels; rungs have those of the inner one."""
        return ()

    @property
    def num_rungs(self):
        """Number of inverse temperatures, R."""
        return len(self.inverse_temperatures)

    @property
    def num_infos(self):
        """Length of the report of a rung."""
        return len(self.inner_kernel.algorithm.Info._fields)

    @property
    def columns(self):
        """The draw, what the inner kernel reports of each transition, and how swaps went."""
        return (
            Column("i", _num_transitions),
            Column(self.sample_field, DRAW),
            *(x for x in self.inner_kernel.columns if _is_of_transition(x)),
            Column("swap_accept_prob", _swap_accept_prob, is_default=True),
        )

    @property
    def limits(self):
        """Largest values of statistics."""
        return self.inner_kernel.limits

    def make_chain(self, density, plan, index, point):
        """Return a chain of a plan that begins at a point."""
        return ReplicaChain(self, density, plan, index, point)

    def tempered_density(self, density):
        """Return the compiled density with an inverse temperature, which all rungs share."""
        if self._tempered_of is None or self._tempered_of[0] is not density:
            jit = self.inner_kernel.jit_compile
            if self._potential_fn is None:
                args = density.model, density.model_args, density.model_kwargs
                tempered = compile_density(*args, jit=jit, tempered="all")
            else:
                tempered = compile_function(
                    self._potential_fn, density.template, jit=jit, tempered="all"
                )
            self._tempered_of = density, tempered
        return self._tempered_of[1]

    def continuation_of(self, state):
        """Return what makes it possible to go on in the middle of warmup, or None."""
        return getattr(state.replicas, "warmup", None)

    def state_of(self, chain, warmup=None):
        """Return the `ReplicaExchangeMCState` of a chain."""
        chain.begin()
        replicas = ReplicaStates()
        for k, rung in enumerate(chain.rungs):
            replicas[str(k)] = self.inner_kernel.state_of(rung)
        replicas.warmup = warmup
        return ReplicaExchangeMCState(
            chain.offset + chain.num_done, chain.density.unflatten(chain.point),
            float(chain.rungs[0].state.U), chain.swap_probs.copy(), replicas, chain.plan.key_after,
        )  # fmt: skip

    def take_over(self, chain, state):
        """Give the rungs what users may have changed in their states, and the first one `z`."""
        for k, rung in enumerate(chain.rungs):
            self.inner_kernel.take_over(rung, state.replicas[str(k)])
            chain.move_rung(k, chain.position(k))
        chain.move_to(chain.density.flatten(state.z))

    def describe(self, chain):
        """Return the least likely swap of the last iterations for the progress bar."""
        done = chain.record.info[: chain.plan.num_rows_after(chain.num_done), self.num_infos :]
        rates = np.mean(done, axis=0) if len(done) else chain.swap_probs
        return f"swaps {np.min(rates):.2f} to {np.max(rates):.2f}"

    def get_diagnostics_str(self, state):
        """Return a few words for the progress bar."""
        return f"swaps {np.min(state.swap_accept_prob):.2f} to {np.max(state.swap_accept_prob):.2f}"

    def __getstate__(self):
        """Compiled densities and open chains stay in this process."""
        return {**super().__getstate__(), "_tempered_of": None}


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
    return inner_kernel


def _checked_ladder(inverse_temperatures):
    found = check_numbers(inverse_temperatures, "inverse_temperatures").astype(np.float64)
    is_ladder = found.ndim == 1 and found.size >= 2 and found[0] == 1.0
    if not (is_ladder and np.all(np.diff(found) < 0.0) and found[-1] > 0.0):
        raise ArgumentError(
            "inverse_temperatures must be a vector of at least two positive numbers that begins "
            f"with 1 and falls, found {shown(inverse_temperatures)}."
        )
    return found
