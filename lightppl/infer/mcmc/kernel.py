"""The interface of samplers that `MCMC` runs, and the state of Hamiltonian ones.

Whoever writes a sampler in plain Python subclasses `MCMCKernel`; `HMC` and `NUTS` are compiled.
"""

from abc import ABC, abstractmethod
from typing import NamedTuple

from lightppl.arguments import shown
from lightppl.errors import ArgumentError
from lightppl.infer.mcmc.python_run import PythonRun


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


def wrong_state(state):
    """Return the error for something that is no state to go on from."""
    return ArgumentError(
        "post_warmup_state must be a state of the sampler, such as last_state, found "
        f"{shown(state)}."
    )


class AdaptState(NamedTuple):
    """What warmup has learnt, and what it needs to go on.

    Attributes
    ----------
    step_size : float
    inverse_mass_matrix : dict of tuple of str to array
        A vector for coordinates with a diagonal mass matrix, a matrix for a dense block.
    warmup : object
        State of the adaptation.
    """

    step_size: object
    inverse_mass_matrix: object
    warmup: object = None


class HMCState(NamedTuple):
    """State of a Hamiltonian sampler.

    Attributes
    ----------
    i : int
        Number of transitions so far.
    z, z_grad : dict of str to array
        Unconstrained values of latent sites, and the gradient of the potential energy.
    potential_energy, energy : float
    r : dict of str to array
        Momentum.
    trajectory_length : float or None
    num_steps : int
        Leapfrog steps of the last transition.
    accept_prob, mean_accept_prob : float
    diverging : bool
    adapt_state : AdaptState
    rng_key : Key
    """

    i: object
    z: object
    z_grad: object
    potential_energy: object
    energy: object
    r: object
    trajectory_length: object
    num_steps: object
    accept_prob: object
    mean_accept_prob: object
    diverging: object
    adapt_state: object
    rng_key: object
