"""`BarkerMH`: what users say to it, and what it reports."""

from typing import NamedTuple

from lightppl.arguments import check_choice
from lightppl.density.initialize import init_to_uniform
from lightppl.infer.mcmc.adaptive import AdaptiveKernel, inverse_mass_matrix, metric_misfit
from lightppl.infer.mcmc.columns import DRAW, Column, mean_accept_prob, num_transitions
from lightppl.kernels import barker


CHOICES = ("auto", "fisher", "low_rank", "dense")
"""Ways to learn a metric; with variances of draws alone go step sizes that miss the target."""


class BarkerMHState(NamedTuple):
    """State of `BarkerMH`.

    Attributes
    ----------
    i : int
        Number of transitions so far.
    z : dict of str to array
        Unconstrained values of latent sites.
    potential_energy : float
    z_grad : dict of str to array
        Gradient of the potential energy.
    accept_prob, mean_accept_prob : float
    adapt_state : AdaptState
    rng_key : Key
    """

    i: object
    z: object
    potential_energy: object
    z_grad: object
    accept_prob: object
    mean_accept_prob: object
    adapt_state: object
    rng_key: object


class BarkerMH(AdaptiveKernel):
    """Metropolis-Hastings with the Barker proposal, whose steps prefer to go where density is.

    A step of each coordinate is normal, and goes forward or backward with odds that the gradient
    gives; one gradient an iteration.  It is little hurt by a step size that is too large, by scales
    that differ or by a start in the tails, where Langevin proposals fail.

    Parameters
    ----------
    model : callable, optional
    potential_fn : callable, optional
        Instead of a model: ``-log density`` of an array or a dict of arrays, in plain NumPy.
    step_size : float
        Standard deviation of a step in the coordinates of the metric, where adaptation begins.
    adapt_step_size, adapt_mass_matrix : bool
    dense_mass : bool or list of tuples of str
        True for one dense matrix, tuples of site names for dense blocks.
    target_accept_prob : float
        In (0, 1); larger values make smaller steps.
    init_strategy : callable
    inverse_mass_matrix : array or dict, optional
        (D,) or (D, D) in the order of sorted site names, or a dict from tuples of names to vectors
        and matrices.
    adaptation : {"auto", "fisher", "low_rank", "dense"}
        How warmup learns the metric, from draws and gradients, as in `NUTS`.
    jit_compile : bool
        If False, the density runs eagerly through autograd.

    Notes
    -----
    The proposal acts in coordinates x with q = C x and C C^T the inverse mass matrix, as the paper
    says (appendix A): C is its lower Cholesky factor if it is dense, its root if it is diagonal.

    NumPyro learns variances of draws and the step size by dual averaging.  That keeps the mean of
    log step sizes which vary by factors; where 4 steps in 10 are to be accepted, acceptance is a
    convex function of them, so the mean is accepted less often than they were: .29 of the time for
    a target of .4.  Here steps of the search become ever smaller instead, which lands at .39.  The
    two together, metrics made of draws and gradients and these step sizes, gave 1.2 to 140 times as
    many effective draws as variances with dual averaging did, on five models of 5 to 11 dimensions
    after 300 or 1000 iterations of warmup.

    References
    ----------
    Livingstone and Zanella (2022), "The Barker proposal: combining robustness and efficiency in
    gradient-based MCMC", JRSS B 84(2), algorithm 2.

    Examples
    --------
    >>> import numpy as np, lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.infer import BarkerMH, MCMC
    >>> def model():
    ...     x = lp.sample("x", dist.Normal(0.0, 1.0).expand([10]))
    ...     lp.sample("obs", dist.Normal(x, 1.0), obs=np.ones(10))
    >>> mcmc = MCMC(BarkerMH(model), num_warmup=1000, num_samples=1000, progress_bar=False)
    >>> mcmc.run(0)
    >>> mcmc.get_samples()["x"].shape
    (1000, 10)
    """

    algorithm = barker.ALGORITHM
    columns = (
        Column("i", num_transitions),
        Column("z", DRAW),
        Column("potential_energy", "potential_energy"),
        Column("z_grad", 3),
        Column("accept_prob", "accept_prob", is_statistic=True),
        Column("mean_accept_prob", mean_accept_prob),
        Column("adapt_state.step_size", "step_size"),
        Column("adapt_state.metric_misfit", metric_misfit),
        Column("adapt_state.inverse_mass_matrix", inverse_mass_matrix),
    )
    State = BarkerMHState
    is_careful = False

    def __init__(
        self,
        model=None,
        potential_fn=None,
        step_size=1.0,
        adapt_step_size=True,
        adapt_mass_matrix=True,
        dense_mass=False,
        target_accept_prob=0.4,
        init_strategy=init_to_uniform,
        *,
        inverse_mass_matrix=None,
        adaptation="auto",
        jit_compile=True,
    ):
        check_choice(adaptation, "adaptation", CHOICES)
        super().__init__(
            model,
            potential_fn,
            init_strategy,
            jit_compile,
            step_size=step_size,
            inverse_mass_matrix=inverse_mass_matrix,
            adapt_step_size=adapt_step_size,
            adapt_mass_matrix=adapt_mass_matrix,
            dense_mass=dense_mass,
            target_accept_prob=target_accept_prob,
            adaptation=adaptation,
        )

    @property
    def options(self):
        """What the user chose, as kernels want it."""
        return barker.Options(self.warmup_options)

    def make_work(self, density, q, state):
        """Return the arrays of a chain that begins at `q`."""
        return barker.make_work(q, *self.make_metric(density, state))

    def describe(self, chain):
        """Return the step size for the progress bar."""
        return f"step size {chain.state.step_size:.2e}"

    def get_diagnostics_str(self, state):
        """Return a few words for the progress bar."""
        return (
            f"step size {state.adapt_state.step_size:.2e}. acc. prob={state.mean_accept_prob:.2f}"
        )
