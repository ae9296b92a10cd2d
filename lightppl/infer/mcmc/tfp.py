"""What samplers with the names of TensorFlow Probability share: one rule, and one state.

The rule: *a step size that is given is kept; without one, warmup finds it, and a metric too.*
So scripts written for NumPyro's wrappers, which give one, run as they were meant, and all others
need not know one.
"""

from importlib import import_module
from typing import NamedTuple

import numpy as np

from lightppl.arguments import check_flag, check_number, check_numbers, shown
from lightppl.density.initialize import init_to_uniform
from lightppl.errors import ArgumentError, LightPPLWarning, ModelError, ShapeError
from lightppl.infer.mcmc import adaptive
from lightppl.infer.mcmc.adaptive import AdaptiveKernel
from lightppl.infer.mcmc.columns import Column
from lightppl.kernels import hmc
from lightppl.user_line import warn

KERNELS = (
    "HamiltonianMonteCarlo", "MetropolisAdjustedLangevinAlgorithm", "NoUTurnSampler",
    "RandomWalkMetropolis", "ReplicaExchangeMC", "SliceSampler",
    "UncalibratedHamiltonianMonteCarlo", "UncalibratedLangevin", "UncalibratedRandomWalk",
)  # fmt: skip
"""The names, all of them in `lightppl.infer`."""


class TFPKernelState(NamedTuple):
    """State of a sampler with a name of TensorFlow Probability.

    Attributes
    ----------
    z : dict of str to array
        Unconstrained values of latent sites.
    kernel_results : named tuple
        What the last transition reported; its first field is ``i``, the number of transitions so
        far, and its last ``adapt_state``, an `AdaptState`.  The others differ by sampler: see its
        `Results`.
    rng_key : Key
    """

    z: object
    kernel_results: object
    rng_key: object

    @property
    def i(self):
        """Number of transitions so far."""
        return self.kernel_results.i

    @property
    def adapt_state(self):
        """What warmup has learnt."""
        return self.kernel_results.adapt_state

    @property
    def potential_energy(self):
        """Minus the log density at the state."""
        return -self.kernel_results.target_log_prob


class MetropolisResults(NamedTuple):
    """What a sampler that proposes and accepts or refuses reports of its last transition.

    Attributes
    ----------
    i : int
        Number of transitions so far.
    target_log_prob : float
        Log density at the state.
    log_accept_ratio : float
        Logarithm of the acceptance probability, at most 0.
    is_accepted : bool
    step_size : float
    adapt_state : AdaptState
    """

    i: object
    target_log_prob: object
    log_accept_ratio: object
    is_accepted: object
    step_size: object
    adapt_state: object


def log_of(prob):
    """Return logarithms of probabilities, -inf for 0."""
    with np.errstate(divide="ignore"):
        return np.log(prob)


TARGET_LOG_PROB = Column("target_log_prob", "potential_energy", transform=np.negative)

METROPOLIS_COLUMNS = (
    *adaptive.COLUMNS,
    TARGET_LOG_PROB,
    Column("log_accept_ratio", "accept_prob", transform=log_of),
    Column("is_accepted", "accepted", bool),
)
"""What a sampler that proposes and accepts or refuses reports."""


def with_results(columns, Results):
    """Return columns, and once more those that are fields of `Results`, under that name.

    Parameters
    ----------
    columns : tuple of Column
    Results : type of named tuple

    Examples
    --------
    >>> [column.name for column in with_results(METROPOLIS_COLUMNS, MetropolisResults)][-2:]
    ['kernel_results.is_accepted', 'kernel_results.step_size']
    """
    by_name = {column.name: column for column in columns}
    found = [by_name[name] for name in Results._fields[:-1]]
    return *columns, *(
        Column(f"kernel_results.{x.name}", x.source, x.dtype, transform=x.transform) for x in found
    )


class TFPKernel(AdaptiveKernel):
    """A sampler with a name of TensorFlow Probability, and with its arguments.

    ``TFPKernel[kernel]`` is the sampler of lightppl with the name of a kernel of TensorFlow
    Probability: that kernel, if the library is there, or the name itself.  Samplers take a model
    or a potential function where that library takes ``target_log_prob_fn``; arguments of it that
    tell TensorFlow what to do do not exist.

    Parameters
    ----------
    model : callable, optional
    potential_fn : callable, optional
        Instead of a model: ``-log density`` of an array or a dict of arrays, in plain NumPy.
    init_strategy : callable
    step_size : float or (D,) array, optional
        Kept through warmup and sampling, with the metric; an array, in the order of sorted site
        names, has one step size for each unconstrained value.  Without it, warmup learns both.
    inverse_mass_matrix : array or dict, optional
        As in `HMC`: variances by which steps are scaled, or a covariance.
    dense_mass : bool or list of tuples of str
        As in `HMC`.
    target_accept_prob : float
        What warmup aims at, in (0, 1).
    adaptation : {"auto", "welford", "fisher", "low_rank", "dense"}
        How warmup learns, as in `NUTS`.
    jit_compile : bool
        If False, the density runs eagerly through autograd.

    Attributes
    ----------
    Results : type of named tuple
        Of ``kernel_results`` in the state; each field but the last is a column.

    Examples
    --------
    >>> from lightppl.contrib.tfp.mcmc import TFPKernel
    >>> TFPKernel["SliceSampler"].__name__
    'SliceSampler'
    """

    State = TFPKernelState
    Results = MetropolisResults
    columns = with_results(METROPOLIS_COLUMNS, MetropolisResults)
    is_calibrated = True
    _num_step_sizes = None

    def __class_getitem__(cls, kernel):
        """Return the sampler with the name of a kernel."""
        name = getattr(kernel, "__name__", kernel)
        if name not in KERNELS:
            raise ArgumentError(
                f"TFPKernel[...] takes one of {', '.join(KERNELS)}, found {shown(name)}."
            )
        return getattr(import_module("lightppl.infer"), name)

    def __init__(
        self,
        model=None,
        potential_fn=None,
        init_strategy=init_to_uniform,
        *,
        step_size=None,
        inverse_mass_matrix=None,
        dense_mass=False,
        target_accept_prob=0.8,
        adaptation="auto",
        jit_compile=True,
    ):
        if type(self) is TFPKernel:
            raise ModelError(
                "TFPKernel is what samplers have in common. Choose one of them, as in "
                "TFPKernel['NoUTurnSampler'](model)."
            )
        is_learning = step_size is None
        if np.ndim(step_size) > 0:
            if inverse_mass_matrix is not None:
                raise ArgumentError(
                    "step_size is an array, which is a scale for each coordinate, and "
                    "inverse_mass_matrix another. Give one of them."
                )
            step_sizes = _check_scales(step_size)
            self._num_step_sizes = len(step_sizes)
            inverse_mass_matrix, step_size = self.metric_of(step_sizes), 1.0
        super().__init__(
            model,
            potential_fn,
            init_strategy,
            jit_compile,
            step_size=1.0 if is_learning else check_number(step_size, "step_size", above=0),
            inverse_mass_matrix=inverse_mass_matrix,
            adapt_step_size=is_learning,
            adapt_mass_matrix=is_learning,
            dense_mass=dense_mass,
            target_accept_prob=target_accept_prob,
            adaptation=adaptation,
        )

    @staticmethod
    def metric_of(step_sizes):
        """Return the inverse mass matrix that stands for a step size for each coordinate."""
        return step_sizes**2

    def make_work(self, density, q, state):
        """Return the arrays of a chain that begins at `q`."""
        return hmc.make_work(q, *self.make_metric(density, state))

    def make_metric(self, density, state, may_learn=None):
        """Return the `Metric` and the `Moments`, if there is a step size for each coordinate."""
        if self._num_step_sizes not in (None, density.size):
            raise ShapeError(
                f"step_size has the shape ({self._num_step_sizes},), but there are {density.size} "
                "unconstrained values. Give a number, or one for each of them."
            )
        return super().make_metric(density, state, may_learn)

    def state_of(self, chain, warmup=None):
        """Return the `TFPKernelState` of a chain."""
        chain.begin()
        columns = {column.name: column for column in self.columns}
        reported = [columns[name].now(chain) for name in self.Results._fields[:-1]]
        results = self.Results(*reported, self.adapt_state(chain, warmup))
        return TFPKernelState(columns["z"].now(chain), results, chain.plan.key_after)

    def describe(self, chain):
        """Return the step size for the progress bar."""
        return f"step size {chain.state.step_size:.2e}"

    def get_diagnostics_str(self, state):
        """Return a few words for the progress bar."""
        return f"step size {float(state.adapt_state.step_size):.2e}"

    def leave_uncalibrated(self, metropolis_hastings):
        """Take every proposal from now on unless told otherwise, and say so once.

        Parameters
        ----------
        metropolis_hastings : bool
        """
        self.is_calibrated = check_flag(metropolis_hastings, "metropolis_hastings")
        if self.is_calibrated:
            return
        name = type(self).__name__
        if self.adapt_step_size:
            raise ArgumentError(
                f"{name} needs a step_size with metropolis_hastings=False: where every proposal is "
                "accepted, warmup has nothing to aim at."
            )
        warn(
            f"{name} accepts every proposal with metropolis_hastings=False: its draws are biased, "
            "they are not of the posterior.", LightPPLWarning,
        )  # fmt: skip


def _check_scales(step_size):
    scales = np.array(check_numbers(step_size, "step_size"), np.float64)
    if scales.ndim != 1 or not np.all(scales > 0):
        raise ArgumentError(
            "step_size must be a positive number, or a vector of them with one for each "
            f"unconstrained value, found {shown(step_size)}."
        )
    return scales
