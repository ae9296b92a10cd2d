"""`hmc`: the Hamiltonian samplers as two functions, for those who write the loop themselves."""

from lightppl.errors import ModelError
from lightppl.infer.mcmc.hmc import HMC
from lightppl.infer.mcmc.nuts import NUTS


def hmc(potential_fn=None, potential_fn_gen=None, kinetic_fn=None, algo="NUTS"):
    """Return functions that start a chain and that make one transition.

    Parameters
    ----------
    potential_fn : callable
        ``-log density`` of an array or a dict of arrays, in plain NumPy.
    potential_fn_gen : callable, optional
        Instead: returns such a function for model arguments.
    kinetic_fn : callable, optional
        As of `NUTS`.
    algo : {"NUTS", "HMC"}

    Returns
    -------
    init_kernel : callable
        ``(init_params, num_warmup, *, rng_key=0, model_args=(), model_kwargs=None, **options)`` to
        `HMCState`; the options are those of `NUTS` or `HMC`.
    sample_kernel : callable
        ``(state, model_args=(), model_kwargs=None)`` to the next `HMCState`.

    Examples
    --------
    >>> init_kernel, sample_kernel = hmc(lambda q: 0.5 * np.sum(q**2))
    >>> state = init_kernel(np.zeros(2), 100)
    >>> for _ in range(10):
    ...     state = sample_kernel(state)
    >>> state.i, state.z.shape
    (10, (2,))
    """
    if (potential_fn is None) == (potential_fn_gen is None):
        raise ModelError("Give hmc either potential_fn or potential_fn_gen, and only one.")
    if algo not in _SAMPLERS:
        raise ModelError(f"algo must be one of {', '.join(_SAMPLERS)}, found {algo!r}.")
    kernels = []

    def init_kernel(
        init_params, num_warmup, *, rng_key=0, model_args=(), model_kwargs=None, **options
    ):
        """Return the first state of a chain."""
        function = potential_fn
        if function is None:
            function = potential_fn_gen(*model_args, **(model_kwargs or {}))
        kernels[:] = [_SAMPLERS[algo](None, function, kinetic_fn, **options)]
        return kernels[0].init(rng_key, num_warmup, init_params)

    def sample_kernel(state, model_args=(), model_kwargs=None):
        """Return the state after one transition."""
        if not kernels:
            raise ModelError("Call init_kernel before sample_kernel.")
        return kernels[0].sample(state)

    return init_kernel, sample_kernel


_SAMPLERS = {"NUTS": NUTS, "HMC": HMC}
