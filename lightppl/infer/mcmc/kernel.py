"""The interface of samplers that `MCMC` runs.

Whoever writes a sampler in plain Python subclasses `MCMCKernel`; samplers in kernels are
`CompiledKernel`s.
"""

from abc import ABC, abstractmethod

from lightppl.infer.mcmc.python_run import PythonRun
from lightppl.infer.mcmc.states import StateList, require_chains, wrong_state


class MCMCKernel(ABC):
    """A transition that leaves a distribution invariant, with the state it needs.

    Examples
    --------
    >>> from collections import namedtuple
    >>> import numpy as np
    >>> from lightppl.infer import MCMC
    >>> from lightppl.random import as_generator, split
    >>> State = namedtuple("State", ["x", "accepted", "rng_key"])
    >>> class RandomWalk(MCMCKernel):
    ...     sample_field = "x"
    ...     def init(self, rng_key, num_warmup, init_params, model_args, model_kwargs):
    ...         return State(np.asarray(init_params, float), True, rng_key)
    ...     def sample(self, state, model_args, model_kwargs):
    ...         rng_key, used = split(state.rng_key)
    ...         rng = as_generator(used)
    ...         x = state.x + rng.normal()
    ...         accepted = np.log(rng.random()) < 0.5 * (state.x**2 - x**2)
    ...         return State(x if accepted else state.x, accepted, rng_key)
    >>> mcmc = MCMC(RandomWalk(), num_warmup=100, num_samples=500, progress_bar=False)
    >>> mcmc.run(0, init_params=0.0, extra_fields=["accepted"])
    >>> mcmc.get_samples().shape, mcmc.get_extra_fields()["accepted"].shape
    ((500,), (500,))
    """

    @abstractmethod
    def init(self, rng_key, num_warmup, init_params, model_args, model_kwargs):
        """Return the first state of a chain.

        Parameters
        ----------
        rng_key : Key
            Of this chain alone; `lightppl.random.split` accepts it.
        num_warmup : int
        init_params : object
            As given to ``MCMC.run``.
        model_args : tuple
        model_kwargs : dict
        """

    @abstractmethod
    def sample(self, state, model_args, model_kwargs):
        """Return the state after one transition."""

    @property
    @abstractmethod
    def sample_field(self):
        """Name of the field of the state that holds the draw."""

    @property
    def default_fields(self):
        """Names of fields that are always collected."""
        return (self.sample_field,)

    def postprocess_fn(self, model_args, model_kwargs):
        """Return a function from a draw to what the user wants to see; None changes nothing."""
        return None

    def get_diagnostics_str(self, state):
        """Return a few words for the progress bar."""
        return ""

    def start_run(self, plan):
        """Return the chains of one run; a compiled sampler overrides this.

        Parameters
        ----------
        plan : RunPlan
        """
        return PythonRun(self, plan)

    def states_of(self, state, num_chains):
        """Return the states of single chains, from what ``last_state`` was after a run.

        Parameters
        ----------
        state : state, or list of states, one a chain
        num_chains : int

        Raises
        ------
        ShapeError
            If it is of another number of chains.
        ArgumentError
            If it is no state of the sampler.
        """
        if isinstance(state, StateList) or num_chains > 1:
            if not (isinstance(state, list) or type(state) is tuple):
                raise wrong_state(state)
            require_chains(len(state), num_chains)
            return list(state)
        return [state]
