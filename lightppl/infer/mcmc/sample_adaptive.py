"""`SA`: what users say to it, and what it reports."""

from typing import NamedTuple

import numpy as np

from lightppl.arguments import check_count, check_flag
from lightppl.density.initialize import init_to_uniform
from lightppl.errors import ArgumentError, ShapeError
from lightppl.infer.mcmc.columns import DRAW, Column, mean_accept_prob, num_transitions
from lightppl.infer.mcmc.compiled import CompiledKernel
from lightppl.infer.mcmc.mass_matrix import coordinates
from lightppl.jit import Status
from lightppl.kernels import sample_adaptive
from lightppl.kernels.adaptation.windows import FAST


POINTS_BY_DIMENSION, FEWEST_POINTS = 5, 20
"""Size of an ensemble, if users say nothing."""


class _SAAdaptFields(NamedTuple):
    zs: object
    pes: object
    loc: object
    inv_mass_matrix_sqrt: object


class SAAdaptState(_SAAdaptFields):
    """The ensemble of `SA`, with all coordinates in the order of sorted site names.

    Attributes
    ----------
    zs : (N, D) array
        Its points, unconstrained.
    pes : (N,) array
        Potential energies there.
    loc : (D,) array
        Their mean.
    inv_mass_matrix_sqrt : (D, D) or (D,) array
        Lower Cholesky factor of their covariance; without `dense_mass` their standard deviations.
    """

    warmup = None  # what a loop of one's own goes on from; see `CompiledKernel`

    def _replace(self, **fields):
        changed = super()._replace(**fields)
        changed.warmup = self.warmup
        return changed


class SAState(NamedTuple):
    """State of `SA`.

    Attributes
    ----------
    i : int
        Number of transitions so far.
    z : dict of str to array
        Unconstrained values of latent sites: one point of the ensemble.
    potential_energy : float
    accept_prob, mean_accept_prob : float
    diverging : bool
    adapt_state : SAAdaptState
    rng_key : Key
    """

    i: object
    z: object
    potential_energy: object
    accept_prob: object
    mean_accept_prob: object
    diverging: object
    adapt_state: object
    rng_key: object


class SA(CompiledKernel):
    """Sample adaptive Metropolis: an ensemble of points that is its own proposal; no gradients.

    Each iteration draws one point from the normal distribution with the mean and the covariance of
    an ensemble, evaluates the density there once, and leaves out one of all points, most likely the
    one that the others explain best compared with the density.  The draw is one point of the
    ensemble at random.  There is nothing to tune, and adaptation does not have to stop: points that
    are independent draws of the posterior stay so exactly, however many there are.

    Parameters
    ----------
    model : callable, optional
    potential_fn : callable, optional
        Instead of a model: ``-log density`` of an array or a dict of arrays, in plain NumPy.
    adapt_state_size : int, optional
        N, the points of the ensemble; with `dense_mass` more than there are dimensions.  By default
        five for each of the D dimensions, and 20 at least.
    dense_mass : bool
        Whether new points are drawn with the covariance of the ensemble, or with its variances
        only.
    init_strategy : callable
        For the start, or `init_params` of a run: the ensemble begins with N standard normal steps
        from there, in unconstrained coordinates.
    jit_compile : bool
        If False, the density runs eagerly through autograd.

    Raises
    ------
    ArgumentError
        When a run begins, if `adapt_state_size` is too small for a covariance.

    Notes
    -----
    NumPyro's default is N = 2 D.  Such an ensemble is as exact, but a few points move as a random
    walk of few steps, and a run does not see all of the distribution.  Of 64 runs with 1000 draws
    of standard normal variables, after 5000 iterations of warmup:

    ====== ==== ============== =============== =======================
    D      N    mean variance  lowest of a run effective draws of 1000
    ====== ==== ============== =============== =======================
    5      2 D  1.00           0.74            33
    5      5 D  0.99           0.83            196
    10     2 D  0.97           0.81            29
    10     5 D  1.00           0.92            225
    20     2 D  0.97           0.87            38
    20     3 D  0.99           0.94            97
    20     5 D  0.99           0.94            337
    20     10 D 0.99           0.95            884
    ====== ==== ============== =============== =======================

    A single variable with N = 2 had variances of 0.91 on average, with N = 20 of 1.00.  Larger
    ensembles forget their start later, after about 20 N iterations, so 5 D is the default.

    The gradient of the density is computed where its value is, and not used.

    References
    ----------
    Zhu (2019), "Sample adaptive MCMC", NeurIPS 32, algorithm 1.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.infer import MCMC, SA
    >>> def model():
    ...     lp.sample("x", dist.Normal(3.0, 2.0))
    >>> mcmc = MCMC(SA(model), num_warmup=1000, num_samples=2000, progress_bar=False)
    >>> mcmc.run(0)
    >>> mcmc.get_samples()["x"].shape
    (2000,)
    """

    algorithm = sample_adaptive.ALGORITHM
    columns = (
        Column("i", num_transitions),
        Column("z", DRAW),
        Column("potential_energy", "potential_energy"),
        Column("accept_prob", "accept_prob", is_statistic=True),
        Column("mean_accept_prob", mean_accept_prob),
        Column("diverging", "diverging", bool, is_default=True),
    )
    State = SAState

    def __init__(
        self,
        model=None,
        potential_fn=None,
        adapt_state_size=None,
        dense_mass=True,
        init_strategy=init_to_uniform,
        *,
        jit_compile=True,
    ):
        super().__init__(model, potential_fn, init_strategy, jit_compile)
        if adapt_state_size is not None:
            adapt_state_size = check_count(adapt_state_size, "adapt_state_size", least=2)
        self.adapt_state_size = adapt_state_size
        self.dense_mass = check_flag(dense_mass, "dense_mass")

    @property
    def options(self):
        """What the user chose, as kernels want it."""
        return sample_adaptive.Options(self.dense_mass)

    def make_work(self, density, q, state):
        """Return the arrays of a chain that begins at `q`, or that has the ensemble of a state."""
        if state is not None:
            points = _points_of(state, density)
            return sample_adaptive.make_work(q, len(points), points)
        num_points = self._num_points(density.size)
        try:
            return sample_adaptive.make_work(q, num_points)
        except MemoryError:
            raise ArgumentError(
                f"SA keeps {num_points:,} points of {density.size:,} unknowns, more than fit into "
                "memory. Give adapt_state_size=, or use NUTS, which keeps one point."
            ) from None

    def first_state(self, state):
        """Return the state of a chain that has not begun, with or without an ensemble."""
        return sample_adaptive.State(np.nan, state is not None, False, False, Status.OK)

    def phases(self, num_warmup):
        """Return that all of warmup is the same."""
        return np.full(num_warmup, FAST)

    def adapt_state(self, chain, warmup):
        """Return the ensemble."""
        order = _sorted_coordinates(chain.density)
        zs = chain.work.ensemble[:, order]
        loc = zs.mean(axis=0)
        scale = _scatter_root(zs - loc) if self.dense_mass else zs.std(axis=0)
        found = SAAdaptState(zs, chain.work.energies.copy(), loc, scale)
        found.warmup = warmup
        return found

    def take_over(self, chain, state):
        """Give a chain the position and the ensemble of a `SAState`."""
        super().take_over(chain, state)
        points = _points_of(state, chain.density)
        if not np.array_equal(points, chain.work.ensemble):
            q = chain.work.points[0]
            chain.work = sample_adaptive.make_work(q, len(points), points)

    def describe(self, chain):
        """Return the share of new points that stayed, for the progress bar."""
        done = chain.record.info[: chain.plan.num_rows_after(chain.num_done)]
        accept_prob = np.mean(done[:, chain.info_index("accept_prob")]) if len(done) else 0.0
        return f"acc. prob={accept_prob:.2f}"

    def get_diagnostics_str(self, state):
        """Return a few words for the progress bar."""
        return f"acc. prob={state.mean_accept_prob:.2f}"

    def _num_points(self, size):
        usual = max(POINTS_BY_DIMENSION * size, FEWEST_POINTS)
        if self.adapt_state_size is None:
            return usual
        if self.dense_mass and self.adapt_state_size <= size:
            raise ArgumentError(
                f"adapt_state_size must be more than the {size} dimensions of the sites, because "
                f"fewer points have no covariance, found {self.adapt_state_size}. Give {size + 1} "
                f"or more, better {usual}, or dense_mass=False."
            )
        return self.adapt_state_size


def _sorted_coordinates(density):
    return coordinates(density, sorted(density.slices))


def _points_of(state, density):
    """Return the ensemble of a `SAState` in the order of a density, after checking its shape."""
    zs = np.asarray(state.adapt_state.zs, np.float64)
    if zs.ndim != 2 or zs.shape[1] != density.size or len(zs) < 2:
        raise ShapeError(
            f"adapt_state.zs must have the shape (number of points, {density.size}), found "
            f"{zs.shape}."
        )
    points = np.zeros(zs.shape)
    points[:, _sorted_coordinates(density)] = zs
    return points


def _scatter_root(centred):
    """Return the lower Cholesky factor of the covariance of centred points, (N, D)."""
    upper = np.linalg.qr(centred / np.sqrt(len(centred)), mode="r")
    return upper.T * np.where(np.diagonal(upper) < 0.0, -1.0, 1.0) + 0.0
