"""`WALNUTS`: what users say to it, and what it reports besides what `NUTS` does."""

from lightppl.arguments import check_count, check_number
from lightppl.density.initialize import init_to_uniform
from lightppl.errors import UnsupportedOperationError
from lightppl.infer.mcmc.columns import Column
from lightppl.infer.mcmc.nuts import NUTS
from lightppl.kernels import walnuts

MOST_HALVINGS = 30
"""Macro steps of more micro steps would not end."""


class WALNUTS(NUTS):
    """The no-U-turn sampler with steps that adapt within an orbit, for scales that vary by place.

    Points of a trajectory are macro steps of one size apart, each made of 1, 2, 4, ... leapfrog
    steps: as few as keep the energy constant within `max_error`.  Necks of funnels, which `NUTS`
    with one step size visits too rarely and reports as divergences, cost more gradients instead.
    Where one step size fits everywhere it is `NUTS`.

    Parameters
    ----------
    model : callable, optional
    potential_fn : callable, optional
        Instead of a model: ``-log density`` of an array or a dict of arrays, in plain NumPy.
    kinetic_fn : None
        Only the Gaussian kinetic energy exists.
    step_size : float
        Size of a macro step, where adaptation begins.
    inverse_mass_matrix : array or dict, optional
        (D,) or (D, D) in the order of sorted site names, or a dict from tuples of names to vectors
        and matrices.
    adapt_step_size, adapt_mass_matrix : bool
    dense_mass : bool or list of tuples of str
        True for one dense matrix, tuples of site names for dense blocks.
    target_accept_prob : float
        In (0, 1): of macro steps made in one leapfrog step; larger values make smaller steps.
    max_tree_depth : int or (int, int)
        Largest number of doublings, of a pair the first during warmup and the second after it.
    init_strategy : callable
    find_heuristic_step_size : bool
        Whether a first step size is searched at the start and after each window of warmup; with
        any `adaptation` but "welford" it always is.
    forward_mode_differentiation : bool
        Accepted and ignored: gradients are compiled in reverse mode.
    regularize_mass_matrix : bool
        As in `NUTS`.
    max_error : float
        Largest difference of energies within a macro step; larger values refine only where the
        energy fails, which on smooth targets is nowhere.
    max_step_halvings : int
        A macro step has at most ``2**max_step_halvings`` leapfrog steps, up to 2^30; one that needs
        more is reported as divergent.
    adaptation : {"auto", "welford", "fisher", "low_rank", "dense"}
        How step size and metric are learnt, see `NUTS`.
    jit_compile : bool
        If False, the density runs eagerly through autograd.
    full_mass : bool, optional
        Another name of `dense_mass`.

    References
    ----------
    Bou-Rabee, Carpenter, Kleppe and Liu (2025), "The within-orbit adaptive leapfrog no-U-turn
    sampler", arXiv:2506.18746.

    Examples
    --------
    >>> import numpy as np, lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.infer import MCMC, WALNUTS
    >>> def funnel():
    ...     y = lp.sample("y", dist.Normal(0.0, 3.0))
    ...     lp.sample("x", dist.Normal(0.0, np.exp(y / 2)))
    >>> mcmc = MCMC(WALNUTS(funnel), num_warmup=500, num_samples=2000, progress_bar=False)
    >>> mcmc.run(0)
    >>> mcmc.get_samples()["x"].shape
    (2000,)
    """

    algorithm = walnuts.ALGORITHM
    columns = (
        *NUTS.columns,
        Column("num_macro_steps", "num_macro_steps", int, is_statistic=True),
        Column("max_halvings", "max_halvings", int, is_statistic=True),
    )

    def __init__(
        self,
        model=None,
        potential_fn=None,
        kinetic_fn=None,
        step_size=1.0,
        inverse_mass_matrix=None,
        adapt_step_size=True,
        adapt_mass_matrix=True,
        dense_mass=False,
        target_accept_prob=0.8,
        max_tree_depth=10,
        init_strategy=init_to_uniform,
        find_heuristic_step_size=False,
        forward_mode_differentiation=False,
        regularize_mass_matrix=True,
        *,
        max_error=2.0,
        max_step_halvings=12,
        adaptation="auto",
        jit_compile=True,
        full_mass=None,
    ):
        if kinetic_fn is not None:
            raise UnsupportedOperationError(
                "WALNUTS takes no kinetic_fn: its micro steps know the Gaussian kinetic energy. "
                "NUTS and HMC take one."
            )
        super().__init__(
            model,
            potential_fn,
            kinetic_fn,
            step_size,
            inverse_mass_matrix,
            adapt_step_size,
            adapt_mass_matrix,
            dense_mass,
            target_accept_prob,
            None,
            max_tree_depth,
            init_strategy,
            find_heuristic_step_size,
            forward_mode_differentiation,
            regularize_mass_matrix,
            adaptation=adaptation,
            jit_compile=jit_compile,
            full_mass=full_mass,
        )
        self.max_error = check_number(max_error, "max_error", above=0)
        self.max_step_halvings = check_count(
            max_step_halvings, "max_step_halvings", most=MOST_HALVINGS
        )

    @property
    def options(self):
        """What the user chose, as kernels want it."""
        return walnuts.Options(
            *self.max_tree_depth, self.max_error, self.max_step_halvings, self.warmup_options
        )

    def make_work(self, density, q, state):
        """Return the arrays of a chain that begins at `q`."""
        metric, moments = self.make_metric(density, state)
        return walnuts.make_work(q, metric, max(self.max_tree_depth), moments)
