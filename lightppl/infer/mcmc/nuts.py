"""`NUTS`: what users say to it, and what it reports besides what `HMC` does."""

import numpy as np

from lightppl.arguments import check_count, shown
from lightppl.density.initialize import init_to_uniform
from lightppl.errors import ArgumentError
from lightppl.infer.mcmc.columns import Column
from lightppl.infer.mcmc.hmc import COLUMNS, HMC
from lightppl.kernels import nuts

DEEPEST = 50
"""Trees of more doublings would not end."""


class NUTS(HMC):
    """The no-U-turn sampler: Hamiltonian Monte Carlo that finds the length of each trajectory.

    Parameters
    ----------
    model : callable, optional
    potential_fn : callable, optional
        Instead of a model: ``-log density`` of an array or a dict of arrays, in plain NumPy.
    kinetic_fn : callable, optional
        ``(inverse_mass_matrix, r) -> float``, in plain NumPy and even in r, instead of the Gaussian
        kinetic energy; see `lightppl.kernels.kinetic`.
    step_size : float
        Where adaptation begins.
    inverse_mass_matrix : array or dict, optional
        (D,) or (D, D) in the order of sorted site names, or a dict from tuples of names to vectors
        and matrices.
    adapt_step_size, adapt_mass_matrix : bool
    dense_mass : bool or list of tuples of str
        True for one dense matrix, tuples of site names for dense blocks.
    target_accept_prob : float
        In (0, 1); larger values make smaller steps, and fewer divergences.
    trajectory_length : None
        Accepted for compatibility; not used.
    max_tree_depth : int or (int, int)
        Largest number of doublings, of a pair the first during warmup and the second after it.
    init_strategy : callable
    find_heuristic_step_size : bool
        Whether a first step size is searched at the start and after each window of warmup; with
        any `adaptation` but "welford" it always is.
    forward_mode_differentiation : bool
        Accepted, and changes nothing: JAX needs it to differentiate loops of unknown length, which
        reverse mode handles here (eagerly, if their length depends on a latent value).
    regularize_mass_matrix : bool
        Whether variances of draws are shrunk; metrics made of gradients too always are.
    adaptation : {"auto", "welford", "fisher", "low_rank", "dense"}
        How warmup learns step size and metric.  "auto" makes a metric of the draws and the
        gradients of each window: a diagonal, or a diagonal with the directions that need another
        scale, whichever fits draws better that it was not made of; "fisher" the diagonal only,
        "low_rank" always with directions, "dense" a dense matrix, as does ``dense_mass=True``.
        Blocks of `dense_mass` are kept.  "welford" is the schedule of Stan and NumPyro: variances
        of draws, dual averaging.
    jit_compile : bool
        If False, the density runs eagerly through autograd.
    full_mass : bool, optional
        Another name of `dense_mass`.

    References
    ----------
    Hoffman and Gelman (2014), "The no-U-turn sampler"; Betancourt (2017), "A conceptual
    introduction to Hamiltonian Monte Carlo"; Seyboldt, Carlson and Carpenter (2026),
    "Preconditioning Hamiltonian Monte Carlo by minimizing Fisher divergence".

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.infer import MCMC, NUTS
    >>> def model():
    ...     lp.sample("x", dist.Normal(3.0, 2.0))
    >>> mcmc = MCMC(NUTS(model), num_warmup=300, num_samples=300, progress_bar=False)
    >>> mcmc.run(0)
    >>> mcmc.get_samples()["x"].shape
    (300,)
    """

    algorithm = nuts.ALGORITHM
    columns = (*COLUMNS, Column("tree_depth", "tree_depth", int, is_statistic=True))

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
        trajectory_length=None,
        max_tree_depth=10,
        init_strategy=init_to_uniform,
        find_heuristic_step_size=False,
        forward_mode_differentiation=False,
        regularize_mass_matrix=True,
        *,
        adaptation="auto",
        jit_compile=True,
        full_mass=None,
    ):
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
            2 * np.pi,
            init_strategy,
            find_heuristic_step_size,
            forward_mode_differentiation,
            regularize_mass_matrix,
            adaptation=adaptation,
            jit_compile=jit_compile,
            full_mass=full_mass,
        )
        self.trajectory_length = None
        self.max_tree_depth = _check_depths(max_tree_depth)

    @property
    def options(self):
        """What the user chose, as kernels want it."""
        return nuts.Options(*self.max_tree_depth, self.warmup_options)

    @property
    def limits(self):
        """Largest values of statistics."""
        return {"max_tree_depth": self.max_tree_depth}

    def make_work(self, density, q, state):
        """Return the arrays of a chain that begins at `q`."""
        metric, moments = self.make_metric(density, state)
        return nuts.make_work(q, metric, max(self.max_tree_depth), moments)


def _check_depths(max_tree_depth):
    is_pair = isinstance(max_tree_depth, (tuple, list)) and len(max_tree_depth) == 2
    depths = max_tree_depth if is_pair else (max_tree_depth,) * 2
    try:
        return tuple(check_count(x, "max_tree_depth", least=1, most=DEEPEST) for x in depths)
    except ArgumentError:
        raise ArgumentError(
            f"max_tree_depth must be an integer from 1 to {DEEPEST}, or two of them, for warmup "
            f"and sampling, found {shown(max_tree_depth)}."
        ) from None
