"""Hamiltonian samplers with the names and arguments of TensorFlow Probability.

Kernels are those of `HMC` and `NUTS`; what differs is that a step size that is given is kept.
"""

from typing import NamedTuple

from lightppl.arguments import check_count
from lightppl.density.initialize import init_to_uniform
from lightppl.infer.mcmc import adaptive
from lightppl.infer.mcmc.columns import Column
from lightppl.infer.mcmc.nuts import DEEPEST
from lightppl.infer.mcmc.tfp import METROPOLIS_COLUMNS, TARGET_LOG_PROB, TFPKernel, with_results
from lightppl.kernels import hmc, nuts


class TrajectoryResults(NamedTuple):
    """What a Hamiltonian sampler reports of its last transition.

    Attributes
    ----------
    i : int
        Number of transitions so far.
    target_log_prob : float
        Log density at the state.
    energy : float
    accept_prob : float
        Of `NoUTurnSampler`, the mean over the points of the trajectory.
    leapfrogs_taken : int
    has_divergence : bool
    step_size : float
    adapt_state : AdaptState
    """

    i: object
    target_log_prob: object
    energy: object
    accept_prob: object
    leapfrogs_taken: object
    has_divergence: object
    step_size: object
    adapt_state: object


class HamiltonianResults(NamedTuple):
    """What `HamiltonianMonteCarlo` reports of its last transition.

    Attributes
    ----------
    i : int
        Number of transitions so far.
    target_log_prob : float
        Log density at the state.
    log_accept_ratio : float
        Logarithm of the acceptance probability, at most 0.
    is_accepted : bool
    energy : float
    has_divergence : bool
    step_size : float
    adapt_state : AdaptState
    """

    i: object
    target_log_prob: object
    log_accept_ratio: object
    is_accepted: object
    energy: object
    has_divergence: object
    step_size: object
    adapt_state: object


TRAJECTORY_COLUMNS = (
    Column("r", 1),
    Column("diverging", "diverging", bool, is_default=True, is_statistic=True),
    Column("has_divergence", "diverging", bool),
    Column("energy", "energy", is_statistic=True),
    Column("num_steps", "num_steps", int, is_statistic=True),
    Column("leapfrogs_taken", "num_steps", int),
)
"""What both report, besides what others do."""


class HamiltonianMonteCarlo(TFPKernel):
    """Hamiltonian Monte Carlo with a fixed number of leapfrog steps, and a step size that is kept.

    Parameters
    ----------
    model : callable, optional
    potential_fn : callable, optional
        Instead of a model: ``-log density`` of an array or a dict of arrays, in plain NumPy.
    init_strategy : callable
    num_leapfrog_steps : int
        Of each trajectory.
    step_size : float or (D,) array, optional
        Given, it is kept; without it, warmup finds it, and a metric too.
    inverse_mass_matrix, dense_mass, adaptation, jit_compile
        As in `HMC`.
    target_accept_prob : float
        What warmup aims at, in (0, 1).

    References
    ----------
    Neal (2011), "MCMC using Hamiltonian dynamics", sec. 3.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.infer import HamiltonianMonteCarlo, MCMC
    >>> def model():
    ...     lp.sample("x", dist.Normal(3.0, 2.0))
    >>> kernel = HamiltonianMonteCarlo(model, step_size=1.0, num_leapfrog_steps=3)
    >>> mcmc = MCMC(kernel, num_warmup=300, num_samples=300, progress_bar=False)
    >>> mcmc.run(0)
    >>> float(mcmc.last_state.kernel_results.step_size)
    1.0
    """

    algorithm = hmc.ALGORITHM
    columns = with_results((*METROPOLIS_COLUMNS, *TRAJECTORY_COLUMNS), HamiltonianResults)
    Results = HamiltonianResults
    warm_arguments = (dict(num_leapfrog_steps=3),)

    def __init__(
        self,
        model=None,
        potential_fn=None,
        init_strategy=init_to_uniform,
        *,
        num_leapfrog_steps,
        step_size=None,
        inverse_mass_matrix=None,
        dense_mass=False,
        target_accept_prob=0.8,
        adaptation="auto",
        jit_compile=True,
    ):
        super().__init__(
            model,
            potential_fn,
            init_strategy,
            step_size=step_size,
            inverse_mass_matrix=inverse_mass_matrix,
            dense_mass=dense_mass,
            target_accept_prob=target_accept_prob,
            adaptation=adaptation,
            jit_compile=jit_compile,
        )
        self.num_leapfrog_steps = check_count(num_leapfrog_steps, "num_leapfrog_steps", least=1)

    @property
    def options(self):
        """What the user chose, as kernels want it."""
        return hmc.Options(
            self.num_leapfrog_steps, 0.0, self.warmup_options, self.is_calibrated
        )


class UncalibratedHamiltonianMonteCarlo(HamiltonianMonteCarlo):
    """`HamiltonianMonteCarlo`, or on request its trajectories alone.

    Parameters
    ----------
    model, potential_fn, init_strategy
        As in `HamiltonianMonteCarlo`, and so are all other arguments but this:
    metropolis_hastings : bool
        If False, the end of every trajectory is taken, unless the energy is not finite there, and a
        warning says so.  The bias vanishes with the step size: variances of a standard normal
        density are 1 / (1 - step_size^2 / 4).
    """

    def __init__(
        self,
        model=None,
        potential_fn=None,
        init_strategy=init_to_uniform,
        *,
        metropolis_hastings=True,
        num_leapfrog_steps,
        step_size=None,
        inverse_mass_matrix=None,
        dense_mass=False,
        target_accept_prob=0.8,
        adaptation="auto",
        jit_compile=True,
    ):
        super().__init__(
            model,
            potential_fn,
            init_strategy,
            num_leapfrog_steps=num_leapfrog_steps,
            step_size=step_size,
            inverse_mass_matrix=inverse_mass_matrix,
            dense_mass=dense_mass,
            target_accept_prob=target_accept_prob,
            adaptation=adaptation,
            jit_compile=jit_compile,
        )
        self.leave_uncalibrated(metropolis_hastings)


class NoUTurnSampler(TFPKernel):
    """The no-U-turn sampler of `NUTS`, with a step size that is kept.

    Parameters
    ----------
    model : callable, optional
    potential_fn : callable, optional
        Instead of a model: ``-log density`` of an array or a dict of arrays, in plain NumPy.
    init_strategy : callable
    step_size : float or (D,) array, optional
        Given, it is kept; without it, warmup finds it, and a metric too.
    max_tree_depth : int
        Largest number of doublings of a trajectory.
    inverse_mass_matrix, dense_mass, adaptation, jit_compile
        As in `NUTS`.
    target_accept_prob : float
        What warmup aims at, in (0, 1).

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.infer import MCMC, NoUTurnSampler
    >>> def model():
    ...     lp.sample("x", dist.Normal(3.0, 2.0))
    >>> kernel = NoUTurnSampler(model, step_size=1.0)
    >>> mcmc = MCMC(kernel, num_warmup=300, num_samples=300, progress_bar=False)
    >>> mcmc.run(0)
    >>> mcmc.get_samples()["x"].shape
    (300,)
    """

    algorithm = nuts.ALGORITHM
    columns = with_results(
        (
            *adaptive.COLUMNS, TARGET_LOG_PROB, *TRAJECTORY_COLUMNS,
            Column("tree_depth", "tree_depth", int, is_statistic=True),
        ),
        TrajectoryResults,
    )  # fmt: skip
    Results = TrajectoryResults

    def __init__(
        self,
        model=None,
        potential_fn=None,
        init_strategy=init_to_uniform,
        *,
        step_size=None,
        max_tree_depth=10,
        inverse_mass_matrix=None,
        dense_mass=False,
        target_accept_prob=0.8,
        adaptation="auto",
        jit_compile=True,
    ):
        super().__init__(
            model,
            potential_fn,
            init_strategy,
            step_size=step_size,
            inverse_mass_matrix=inverse_mass_matrix,
            dense_mass=dense_mass,
            target_accept_prob=target_accept_prob,
            adaptation=adaptation,
            jit_compile=jit_compile,
        )
        self.max_tree_depth = check_count(
            max_tree_depth, "max_tree_depth", least=1, most=DEEPEST
        )

    @property
    def options(self):
        """What the user chose, as kernels want it."""
        return nuts.Options(self.max_tree_depth, self.max_tree_depth, self.warmup_options)

    @property
    def limits(self):
        """Largest values of statistics."""
        return {"max_tree_depth": (self.max_tree_depth, self.max_tree_depth)}

    def make_work(self, density, q, state):
        """Return the arrays of a chain that begins at `q`."""
        metric, moments = self.make_metric(density, state)
        return nuts.make_work(q, metric, self.max_tree_depth, moments)
