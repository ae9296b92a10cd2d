"""`HMC`: what users say to it, and what it reports."""

import numpy as np

from lightppl.arguments import check_count, check_flag, check_number
from lightppl.density.initialize import init_to_uniform
from lightppl.errors import LightPPLWarning, ModelError
from lightppl.errors import UnsupportedOperationError
from lightppl.infer.mcmc import adaptive
from lightppl.infer.mcmc.adaptive import AdaptiveKernel
from lightppl.infer.mcmc.columns import DRAW, Column, mean_accept_prob, num_transitions
from lightppl.infer.mcmc.hmc_state import HMCState
from lightppl.infer.mcmc.kinetic import check_kinetic, compile_kinetic
from lightppl.infer.mcmc.mass_matrix import check_dense_mass
from lightppl.kernels import hmc
from lightppl.kernels.target import make_target
from lightppl.user_line import warn


def _trajectory_length(chain, counts):
    length = chain.kernel.trajectory_length
    return np.full(len(counts), np.nan if length is None else length)


COLUMNS = (
    Column("i", num_transitions),
    Column("z", DRAW),
    Column("z_grad", 3),
    Column("r", 1),
    Column("potential_energy", "potential_energy"),
    Column("diverging", "diverging", bool, is_default=True, is_statistic=True),
    Column("energy", "energy", is_statistic=True),
    Column("accept_prob", "accept_prob", is_statistic=True),
    Column("mean_accept_prob", mean_accept_prob),
    Column("num_steps", "num_steps", int, is_statistic=True),
    Column("step_size", "step_size"),
    Column("trajectory_length", _trajectory_length),
    Column("adapt_state.step_size", "step_size"),
    Column("adapt_state.metric_misfit", adaptive.metric_misfit),
    Column("adapt_state.inverse_mass_matrix", adaptive.inverse_mass_matrix),
)
"""What `HMC` reports; vectors of a point are those of `PhasePoint`: q, p, v, grad."""


class HMC(AdaptiveKernel):
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
        Time of each trajectory.  With `num_steps` given too the step size is their ratio, and does
        not adapt; with None and `num_steps` given it does.
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
    warm_arguments = ({}, dict(dense_mass=True, inverse_mass_matrix=np.eye(2)),)

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
        kinetic_fn = check_kinetic(kinetic_fn)
        if kinetic_fn is not None:
            adaptation = _adaptation_for_any_kinetic(adaptation)
        super().__init__(
            model,
            potential_fn,
            init_strategy,
            jit_compile,
            step_size=step_size,
            inverse_mass_matrix=inverse_mass_matrix,
            adapt_step_size=adapt_step_size,
            adapt_mass_matrix=adapt_mass_matrix,
            dense_mass=(
                check_dense_mass(dense_mass, "dense_mass") if full_mass is None
                else check_dense_mass(full_mass, "full_mass")
            ),
            target_accept_prob=target_accept_prob,
            find_heuristic_step_size=find_heuristic_step_size,
            regularize_mass_matrix=regularize_mass_matrix,
            adaptation=adaptation,
        )  # fmt: skip
        self.kinetic_fn, self._kinetic_of = kinetic_fn, None
        check_flag(forward_mode_differentiation, "forward_mode_differentiation")
        if num_steps is not None:
            num_steps = check_count(num_steps, "num_steps", least=1)
        if trajectory_length is not None:
            trajectory_length = check_number(trajectory_length, "trajectory_length", above=0)
        self.trajectory_length, self.num_steps = trajectory_length, num_steps
        if num_steps is None and trajectory_length is None:
            raise ModelError("Give HMC num_steps, trajectory_length, or both.")
        if num_steps is not None and trajectory_length is not None:
            self.step_size = trajectory_length / num_steps
            if self.adapt_step_size:
                warn(
                    "HMC has both num_steps and trajectory_length (2 pi by default): the step size "
                    f"is their ratio, {self.step_size:.3g}, and does not adapt. If it should, give "
                    "trajectory_length=None; if not, adapt_step_size=False.", LightPPLWarning,
                )  # fmt: skip
            self.warmup_options = self.warmup_options._replace(
                adapt_step_size=False, find_step_size=False
            )

    @property
    def options(self):
        """What the user chose, as kernels want it."""
        return hmc.Options(
            int(self.num_steps or 0), float(self.trajectory_length or 0.0), self.warmup_options
        )

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

    def state_of(self, chain, warmup=None):
        """Return the `HMCState` of a chain; its trajectory length is what the user said."""
        found = super().state_of(chain, warmup)
        return found._replace(trajectory_length=self.trajectory_length)

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


def _adaptation_for_any_kinetic(adaptation):
    """Return a way to learn that does not take the kinetic energy for Gaussian."""
    if adaptation == "low_rank":
        raise UnsupportedOperationError(
            "adaptation='low_rank' is for the Gaussian kinetic energy. With a kinetic_fn use "
            "'welford', 'fisher' or 'dense'."
        )
    return "welford" if adaptation == "auto" else adaptation  # "auto" judges by a Gaussian one
