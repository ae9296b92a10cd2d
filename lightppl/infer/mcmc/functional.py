"""`hmc`: the Hamiltonian samplers as two functions, for those who write the loop themselves."""

from lightppl.density.bound_data import bound, is_same_data
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
        ``(state, model_args=(), model_kwargs=None)`` to the next `HMCState`.  With
        `potential_fn_gen` the density is that of these arguments, or, without any, that of the call
        before; other arguments than in that call mean tracing and compiling the density again.

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
    kernel, options_of_init, known = None, {}, None

    def open_kernel(model_args, model_kwargs):
        """Make a kernel of the density that these arguments mean."""
        nonlocal kernel, known
        function = potential_fn
        if function is None:
            function = potential_fn_gen(*model_args, **(model_kwargs or {}))
        kernel = _SAMPLERS[algo](None, function, kinetic_fn, **options_of_init)
        known = bound((model_args, model_kwargs))

    def init_kernel(
        init_params, num_warmup, *, rng_key=0, model_args=(), model_kwargs=None, **options
    ):
        """Return the first state of a chain."""
        nonlocal options_of_init
        options_of_init = options
        open_kernel(tuple(model_args), model_kwargs)
        return kernel.init(rng_key, num_warmup, init_params)

    def sample_kernel(state, model_args=(), model_kwargs=None):
        """Return the state after one transition."""
        if kernel is None:
            raise ModelError("Call init_kernel before sample_kernel.")
        given = tuple(model_args), model_kwargs
        is_given = bool(model_args or model_kwargs)
        if potential_fn_gen is not None and is_given and not is_same_data(known, given):
            open_kernel(*given)
        return kernel.sample(state)

    return init_kernel, sample_kernel


_SAMPLERS = {"NUTS": NUTS, "HMC": HMC}
