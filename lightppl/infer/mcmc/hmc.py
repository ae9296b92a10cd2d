"""`HMC`: what users say to it, and what it reports."""

import numpy as np

from lightppl.arguments import check_count, check_flag, check_number, shown
from lightppl.density.initialize import init_to_uniform
from lightppl.errors import ArgumentError, ModelError, UnsupportedOperationError
from lightppl.infer.mcmc.columns import DRAW, Column
from lightppl.infer.mcmc.compiled import CompiledKernel
from lightppl.infer.mcmc.hmc_state import AdaptState, HMCState
from lightppl.infer.mcmc.kinetic import check_kinetic, compile_kinetic
from lightppl.infer.mcmc.mass_matrix import (
    build_metric,
    check_dense_mass,
    check_inverse_mass,
    describe_directions,
    describe_metric,
    group_names,
)
from lightppl.kernels import hmc
from lightppl.kernels.adaptation.gradient_metric import ADAPTATIONS
from lightppl.kernels.adaptation.hamiltonian import WarmupOptions, first_state
from lightppl.kernels.adaptation.welford import make_moments
from lightppl.kernels.adaptation.windows import gradient_phases, warmup_phases
from lightppl.kernels.target import make_target
from lightppl.language.structure import map_leaves


def _num_transitions(chain, counts):
    return chain.offset + counts


def _trajectory_length(chain, counts):
    length = chain.kernel.trajectory_length
    return np.full(len(counts), np.nan if length is None else length)


def _mean_accept_prob(chain, counts):
    """Mean over the rows that were complete; of the last transition, if there are none."""
    rows = np.array([chain.plan.num_rows_after(count) for count in counts], np.int64)
    k = chain.info_index("accept_prob")
    if not np.any(rows):
        return np.full(len(counts), chain.last_info[k])
    totals = np.cumsum(chain.record.info[: rows.max(), k])
    return totals[rows - 1] / rows


def _inverse_mass_matrix(chain, counts):
    """The matrices in force, of windows that have ended and of now."""
    ends = [end for end, _ in chain.window_reports]
    matrices = [matrix for _, matrix in chain.window_reports]
    matrices.append(chain.kernel.inverse_mass_matrix_of(chain))
    index = np.searchsorted(ends, counts - 1, side="right")
    return map_leaves(lambda *x: np.stack(x)[index], *matrices)


def _metric_misfit(chain, counts):
    """Fisher divergence of the last metric from the density, NaN if it is not known."""
    return np.full(len(counts), chain.work.moments.window.misfit[0])


COLUMNS = (
    Column("i", _num_transitions),
    Column("z", DRAW),
    Column("z_grad", 3),
    Column("r", 1),
    Column("potential_energy", "potential_energy"),
    Column("diverging", "diverging", bool, is_default=True, is_statistic=True),
    Column("energy", "energy", is_statistic=True),
    Column("accept_prob", "accept_prob", is_statistic=True),
    Column("mean_accept_prob", _mean_accept_prob),
    Column("num_steps", "num_steps", int, is_statistic=True),
    Column("step_size", "step_size"),
    Column("trajectory_length", _trajectory_length),
    Column("adapt_state.step_size", "step_size"),
    Column("adapt_state.metric_misfit", _metric_misfit),
    Column("adapt_state.inverse_mass_matrix", _inverse_mass_matrix),
)
"""What `HMC` reports; vectors of a point are those of `PhasePoint`: q, p, v, grad."""


class HMC(CompiledKernel):
    """Hamiltonian Monte Carlo with trajectories of a fixed length.

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
        In (0, 1); larger values make smaller steps.
    num_steps : int, optional
        Leapfrog steps of each trajectory.
    trajectory_length : float or None
        Time of each trajectory.  With `num_steps` given too the step size is their ratio; with
        None and `num_steps` given the step size adapts.
    init_strategy : callable
    find_heuristic_step_size : bool
        Whether a first step size is searched at the start and after each window of warmup; with
        any `adaptation` but "welford" it always is.
    forward_mode_differentiation : bool
        Accepted, and changes nothing: JAX needs it to differentiate loops of unknown length, which
        reverse mode handles here (eagerly, if their length depends on a latent value).
    regularize_mass_matrix : bool
        Whether variances of draws are shrunk; metrics made of gradients too always are.
    adaptation : {"welford", "auto", "fisher", "low_rank", "dense"}
        How warmup learns step size and metric, as in `NUTS`.  The better a metric, the nearer all
        periods of a normal density are to 2 pi, after which a trajectory is back where it began:
        with any but "welford", choose another `trajectory_length`, such as a quarter of that.
    jit_compile : bool
        If False, the density runs eagerly through autograd.
    full_mass : bool, optional
        Another name of `dense_mass`.

    References
    ----------
    Neal (2011), "MCMC using Hamiltonian dynamics".

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.infer import HMC, MCMC
    >>> def model():
    ...     lp.sample("x", dist.Normal(3.0, 2.0))
    >>> mcmc = MCMC(HMC(model), num_warmup=300, num_samples=300, progress_bar=False)
    >>> mcmc.run(0)
    >>> mcmc.get_samples()["x"].shape
    (300,)
    """

    algorithm = hmc.ALGORITHM
    columns = COLUMNS
    State = HMCState
    warm_arguments = (dict(dense_mass=True, inverse_mass_matrix=np.eye(2)),)

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
        num_steps=None,
        trajectory_length=2 * np.pi,
        init_strategy=init_to_uniform,
        find_heuristic_step_size=False,
        forward_mode_differentiation=False,
        regularize_mass_matrix=True,
        *,
        adaptation="welford",
        jit_compile=True,
        full_mass=None,
    ):
        super().__init__(model, potential_fn, init_strategy, jit_compile)
        self.adaptation = _check_adaptation(adaptation)
        self.kinetic_fn = check_kinetic(kinetic_fn)
        self._kinetic_of = None
        if self.kinetic_fn is not None and self.adaptation == "low_rank":
            raise UnsupportedOperationError(
                "adaptation='low_rank' is for the Gaussian kinetic energy. With a kinetic_fn use "
                "'welford', 'fisher' or 'dense'."
            )
        if self.kinetic_fn is not None and self.adaptation == "auto":
            self.adaptation = "welford"  # others are judged by how even they make a Gaussian one
        self.inverse_mass_matrix = check_inverse_mass(inverse_mass_matrix)
        self.adapt_mass_matrix = check_flag(adapt_mass_matrix, "adapt_mass_matrix")
        self.dense_mass = (
            check_dense_mass(dense_mass, "dense_mass") if full_mass is None
            else check_dense_mass(full_mass, "full_mass")
        )
        check_flag(forward_mode_differentiation, "forward_mode_differentiation")
        self.step_size = check_number(step_size, "step_size", above=0)
        if num_steps is not None:
            num_steps = check_count(num_steps, "num_steps", least=1)
        if trajectory_length is not None:
            trajectory_length = check_number(trajectory_length, "trajectory_length", above=0)
        self.trajectory_length, self.num_steps = trajectory_length, num_steps
        if num_steps is None and trajectory_length is None:
            raise ModelError("Give HMC num_steps, trajectory_length, or both.")
        if num_steps is not None and trajectory_length is not None:
            self.step_size = trajectory_length / num_steps
            adapt_step_size = find_heuristic_step_size = False
        self.warmup_options = WarmupOptions(
            check_number(target_accept_prob, "target_accept_prob", above=0, below=1),
            check_flag(adapt_step_size, "adapt_step_size"),
            check_flag(find_heuristic_step_size, "find_heuristic_step_size"),
            check_flag(regularize_mass_matrix, "regularize_mass_matrix"),
            ADAPTATIONS[self.adaptation],
        )

    @property
    def options(self):
        """What the user chose, as kernels want it."""
        return hmc.Options(
            int(self.num_steps or 0), float(self.trajectory_length or 0.0), self.warmup_options
        )

    @property
    def target_accept_prob(self):
        """Mean acceptance probability that warmup aims at."""
        return self.warmup_options.target_accept_prob

    def phases(self, num_warmup):
        """Return the phase of every warmup iteration."""
        if self.adaptation == "welford":
            return warmup_phases(num_warmup, self.adapt_mass_matrix)
        return gradient_phases(num_warmup, self.adapt_mass_matrix)

    def make_work(self, density, q, state):
        """Return the arrays of a chain that begins at `q`."""
        return hmc.make_work(q, *self.make_metric(density, state))

    def make_target(self, chain):
        """Return the `Target` of a chain, with the kinetic energy that the user wrote, if any."""
        if self.kinetic_fn is None:
            return super().make_target(chain)
        return make_target(chain.density.potential, self._kinetic(chain).for_chain())

    def before_block(self, chain):
        """Tell the kinetic energy that the user wrote which metric is in force."""
        if self.kinetic_fn is not None:
            matrices = self.inverse_mass_matrix_of(chain)
            self._kinetic(chain).set_metric(chain.target.kinetic, matrices)

    def raise_errors(self, chain):
        """Raise what stopped a Python function that kernels called, if anything did."""
        super().raise_errors(chain)
        if self.kinetic_fn is not None:
            getattr(self._kinetic(chain).potential, "raise_error", lambda: None)()

    def _kinetic(self, chain):
        """Return the compiled kinetic energy, which the chains of a run share."""
        if self._kinetic_of is None or self._kinetic_of[0] is not chain.density:
            compiled = compile_kinetic(
                self.kinetic_fn, chain.density, self.inverse_mass_matrix_of(chain),
                jit=self.jit_compile,
            )  # fmt: skip
            self._kinetic_of = chain.density, compiled
        return self._kinetic_of[1]

    def make_metric(self, density, state):
        """Return the `Metric` that the user asked for, or that of an `HMCState`; and `Moments`."""
        given = self._inverse_mass_matrix(state)
        is_learning = self.adapt_mass_matrix and state is None
        has_directions = is_learning and self.adaptation in ("auto", "low_rank")
        metric, _ = build_metric(
            density,
            self._dense_mass,
            given,
            has_directions=has_directions,
            low_rank=None if state is None else state.adapt_state.low_rank,
        )
        moments = make_moments(metric, is_learning and self.adaptation != "welford")
        if state is not None:
            moments.window.misfit[0] = state.adapt_state.metric_misfit
        return metric, moments

    def first_state(self, state):
        """Return where adaptation begins, or the step size of an `HMCState`."""
        if state is None:
            return first_state(self.step_size)
        return first_state(state.adapt_state.step_size, must_prepare=False)

    def state_without_warmup(self, state):
        """Return the state that keeps the user's step size, unless a search was asked for."""
        return state._replace(must_prepare=self.warmup_options.find_step_size)

    def state_of(self, chain, warmup=None):
        """Return the `HMCState` of a chain; its trajectory length is what the user said."""
        found = super().state_of(chain, warmup)
        return found._replace(trajectory_length=self.trajectory_length)

    def adapt_state(self, chain, warmup):
        """Return what warmup has learnt so far."""
        return AdaptState(
            chain.state.step_size,
            self.inverse_mass_matrix_of(chain),
            float(chain.work.moments.window.misfit[0]),
            describe_directions(chain.density, chain.work.metric),
            warmup,
        )

    def inverse_mass_matrix_of(self, chain):
        """Return the inverse mass matrix of a chain by tuples of site names."""
        given, metric = self._inverse_mass_matrix(chain.known), chain.work.metric
        groups = group_names(list(chain.density.slices), self._dense_mass, given)
        return describe_metric(chain.density, groups, metric)

    def take_over(self, chain, state):
        """Give a chain the position, step size and metric of an `HMCState`."""
        super().take_over(chain, state)
        chain.state = chain.state._replace(step_size=float(state.adapt_state.step_size))
        metric, moments = self.make_metric(chain.density, state)
        if not _is_same_metric(metric, chain.work.metric):
            chain.work = chain.work._replace(metric=metric, moments=moments)

    def window_report(self, chain):
        """Return the inverse mass matrix that was in force in a window."""
        return self.inverse_mass_matrix_of(chain)

    def describe(self, chain):
        """Return divergences and step size for the progress bar."""
        num_rows = chain.plan.num_rows_after(chain.num_done)
        divergences = chain.record.info[:num_rows, chain.info_index("diverging")]
        return (
            f"{np.count_nonzero(divergences)} divergences, step size {chain.state.step_size:.2e}"
        )

    def get_diagnostics_str(self, state):
        """Return a few words for the progress bar."""
        step_size = state.adapt_state.step_size
        return (
            f"{state.num_steps} steps of size {step_size:.2e}. "
            f"acc. prob={state.mean_accept_prob:.2f}"
        )

    @property
    def _dense_mass(self):
        """Blocks that the user asked for, or that the way to learn stands for."""
        return True if self.adaptation == "dense" and self.dense_mass is False else self.dense_mass

    def _inverse_mass_matrix(self, state):
        return self.inverse_mass_matrix if state is None else state.adapt_state.inverse_mass_matrix


def _check_adaptation(adaptation):
    if not isinstance(adaptation, str) or adaptation not in ADAPTATIONS:
        known = ", ".join(map(repr, ADAPTATIONS))
        raise ArgumentError(f"adaptation must be one of {known}, found {shown(adaptation)}.")
    return adaptation


def _is_same_metric(one, two):
    """Return whether two metrics have the same blocks, directions and numbers."""
    k = one.rank[0]
    names = ("diagonal", "block_index", "block_start", "block_matrix", "rank")
    return all(np.array_equal(getattr(one, name), getattr(two, name)) for name in names) and all(
        np.array_equal(getattr(one, name)[:k], getattr(two, name)[:k])
        for name in ("directions", "factors")
    )
