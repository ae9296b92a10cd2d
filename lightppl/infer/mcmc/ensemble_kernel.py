"""Samplers of ensembles in kernels: what is the same for all of them.

An ensemble sampler is a `CompiledKernel` whose chain holds K walkers, the chains of the user.  A
subclass sets and defines what `CompiledKernel` says; positions that it is given, as by `make_work`,
are (K, D).

Legend: ``K`` walkers; ``D`` dimension.
"""

import numpy as np

from lightppl.arguments import check_count
from lightppl.density.density import starts_of_chains
from lightppl.errors import ArgumentError
from lightppl.infer.mcmc.compiled import CompiledKernel
from lightppl.infer.mcmc.ensemble_run import EnsembleChain, EnsembleRun
from lightppl.infer.mcmc.plan import RunPlan
from lightppl.infer.mcmc.states import require_chains, slice_state, wrong_state
from lightppl.keys import as_key
from lightppl.language.structure import leaves_of


class EnsembleKernel(CompiledKernel):
    """A sampler whose iterations move the walkers of an ensemble together.

    Parameters
    ----------
    model, potential_fn, init_strategy, jit_compile
        As of `CompiledKernel`.

    Attributes
    ----------
    walker_numbers : tuple of str
        What each walker reports of itself, the potential energy first: the numbers that stand
        behind its coordinates (`lightppl.kernels.ensemble`).  A `WalkerColumn` reads one of them.
    fewest_walkers : int
    """

    walker_numbers = ("potential_energy",)
    fewest_walkers = 2
    warm_chains = 10

    def check_num_walkers(self, num_walkers):
        """Raise an `ArgumentError` if an ensemble cannot have so many walkers.

        Parameters
        ----------
        num_walkers : int
        """
        if num_walkers < self.fewest_walkers:
            name = type(self).__name__
            raise ArgumentError(
                f"{name} moves the chains of one ensemble, its walkers, by what it learns from the "
                f"others: num_chains must be at least {self.fewest_walkers}, found {num_walkers}. "
                f"Write MCMC({name}(model), num_chains=100, chain_method='vectorized', ...), with "
                "twice as many chains as there are unknowns, or more."
            )

    def check_starts(self, q):
        """Raise an error, or warn, if walkers cannot begin at positions (K, D); nothing, here."""

    def start_run(self, plan):
        """Return the `EnsembleRun` of a plan."""
        self.check_num_walkers(len(plan.keys))
        return EnsembleRun(self, self._density(plan, reuse=False), plan)

    def make_chain(self, density, plan, index, q):
        """Return the chain that holds the walkers which begin at `q`, (K, D)."""
        return EnsembleChain(self, density, plan, index, q)

    def open_chain(
        self, rng_key, num_warmup, init_params=None, model_args=(), model_kwargs=None
    ):
        """Return an ensemble that records nothing, for those who advance it themselves.

        Parameters
        ----------
        rng_key : list of keys
            One a walker, as from `lightppl.random.split`.
        num_warmup : int
        init_params : dict, optional
            Constrained values by site name, with a leading axis of walkers.
        model_args : tuple
        model_kwargs : dict, optional

        Returns
        -------
        EnsembleChain
        """
        if not isinstance(rng_key, (list, tuple)):
            raise ArgumentError(
                f"{type(self).__name__}.init takes a list of keys, one a walker, such as "
                "lightppl.random.split(key, 100)."
            )
        keys, num_warmup = [as_key(key) for key in rng_key], check_count(num_warmup, "num_warmup")
        plan = RunPlan(
            keys, keys[0] if keys else as_key(0), num_warmup, 0, 1, False, init_params,
            tuple(model_args), dict(model_kwargs or {}),
        )  # fmt: skip
        self.check_num_walkers(len(keys))
        return EnsembleRun(self, self._density(plan, reuse=True), plan).chains[0]

    def position_in(self, state, density):
        """Return where the walkers of a `State` are, (K, D)."""
        z = getattr(state, self.sample_field)
        if not leaves_of(z):
            return np.zeros((self.fewest_walkers, 0))
        return np.stack([density.flatten(slice_state(z, k)) for k in range(_num_walkers(z))])

    def states_of(self, state, num_chains):
        """Return the state of the one chain that holds all walkers, in a list."""
        if not isinstance(state, self.State):
            raise wrong_state(state)
        z = getattr(state, self.sample_field)
        if leaves_of(z):
            require_chains(_num_walkers(z), num_chains)
        return [state]

    def _start(self, plan):
        """Return where the first walker starts, which tells what a potential function takes."""
        if plan.states is not None:
            return slice_state(getattr(plan.states[0], self.sample_field), 0)
        if plan.init_params is None and self._density_of is not None:
            return self._density_of[1].template
        return starts_of_chains(plan.init_params, len(plan.keys))[0]


def _num_walkers(z):
    """Return the length of the leading axis of values by site."""
    return len(leaves_of(z)[0])
