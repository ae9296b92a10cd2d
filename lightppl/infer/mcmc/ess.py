"""`ESS`, ensemble slice sampling: what users say to it, and what it reports."""

from typing import NamedTuple

from lightppl.arguments import check_choice, check_count, check_flag, check_number, shown
from lightppl.density.initialize import init_to_uniform
from lightppl.errors import ArgumentError
from lightppl.infer.mcmc.columns import DRAW, Column
from lightppl.infer.mcmc.ensemble_run import WalkerColumn
from lightppl.infer.mcmc.ensemble_sampler import EnsembleSampler, num_transitions
from lightppl.kernels import ensemble_directions, ensemble_slice
from lightppl.kernels.ensemble_moves import make_moves
from lightppl.records import record

BANDWIDTHS = {"scott": ensemble_directions.SCOTT, "silverman": ensemble_directions.SILVERMAN}
"""Rules by their names."""


class _ESSState(NamedTuple):
    i: object
    n_expansions: object
    n_contractions: object
    mu: object
    rng_key: object


class ESSState(_ESSState):
    """State of `ESS`, besides where its walkers are.

    Attributes
    ----------
    i : int
        Number of transitions so far.
    n_expansions, n_contractions : int
        Steps out, and of shrinking, of all walkers in the last transition.
    mu : float
        Scale of the directions of the next transition.
    rng_key : Key
    warmup : object
        What makes it possible to go on in the middle of warmup; no field, and kept by a state
        whose other fields are replaced.
    """

    warmup = None


@record(eq=False)
class SliceMove:
    """Where directions come from; `ESS.DifferentialMove` and its like make it.

    Attributes
    ----------
    name : str
    kind : int
        For kernels.
    parameters : tuple of float
        For kernels.
    needs_covariance : bool
        Whether directions are made of the covariance of other walkers.
    leaves_planes : bool
        Whether directions are not made of other walkers.
    """

    name: str
    kind: int
    parameters: tuple = ()
    needs_covariance: bool = False
    leaves_planes: bool = False

    @property
    def needs_pairs(self):
        """Whether a move needs two other walkers."""
        return not self.leaves_planes


COLUMNS = (
    Column("z", DRAW),
    WalkerColumn("potential_energy", "potential_energy"),
    Column("inner_state.i", num_transitions),
    Column("inner_state.n_expansions", "n_expansions", int),
    Column("inner_state.n_contractions", "n_contractions", int),
    Column("inner_state.mu", "mu"),
)
"""What `ESS` reports: of each walker, and of the ensemble."""


class ESS(EnsembleSampler):
    """Ensemble slice sampling, without gradients.

    The chains are walkers of one ensemble.  Each moves along a slice of the density, in a direction
    that two or more others tell, so that the walkers themselves tell the scales of the density;
    every transition moves every walker.  For up to some tens of unknowns whose density has no
    gradient, is badly scaled, or has modes.

    Parameters
    ----------
    model : callable, optional
    potential_fn : callable, optional
        Instead of a model: ``-log density`` of an array or a dict of arrays, in plain NumPy; it
        needs ``init_params`` with a leading axis of walkers.
    randomize_split : bool
        Whether the halves of the ensemble are drawn anew in each iteration.  Chains keep their
        places either way.
    moves : dict of moves to float, optional
        ``ESS.DifferentialMove()``, ``ESS.GaussianMove()``, ``ESS.KDEMove()`` and
        ``ESS.RandomMove()`` with how often each is made; weights need not sum to one.  By default
        ``{ESS.DifferentialMove(): 1.0}``.
    max_steps : int
        An interval is at most so many directions long.
    max_iter : int
        Most steps out, and most steps of shrinking, of a walker in an iteration; who finds nothing
        in them stays where it is.
    init_mu : float
        Scale of directions at first.
    tune_mu : bool
        Whether warmup learns the scale.
    init_strategy : callable
        Walkers must not begin at one point, so it has to be random.
    jit_compile : bool
        If False, the density runs eagerly through autograd.

    Raises
    ------
    ArgumentError
        If ``num_chains`` is odd or too small, or an option is out of range.
    InitializationError
        If the walkers begin in a plane that moves would never leave.

    Notes
    -----
    All chains advance together in one thread, whatever ``chain_method`` says.  The scale is learnt
    in warmup alone, so that draws after it are of a Markov chain.

    References
    ----------
    Karamanis and Beutler (2021), "Ensemble slice sampling"; Karamanis, Beutler and Peacock (2021),
    "zeus: a Python implementation of ensemble slice sampling for efficient Bayesian parameter
    inference".

    Examples
    --------
    >>> import numpy as np, lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.infer import ESS, MCMC
    >>> def model():
    ...     x = lp.sample("x", dist.Normal(0.0, 1.0).expand([10]))
    ...     lp.sample("obs", dist.Normal(x, 1.0), obs=np.ones(10))
    >>> kernel = ESS(model, moves={ESS.DifferentialMove(): 0.8, ESS.RandomMove(): 0.2})
    >>> mcmc = MCMC(kernel, num_warmup=500, num_samples=1000, num_chains=20,
    ...             chain_method="vectorized", progress_bar=False)
    >>> mcmc.run(0)
    >>> mcmc.get_samples(group_by_chain=True)["x"].shape
    (20, 1000, 10)
    """

    algorithm = ensemble_slice.ALGORITHM
    columns = COLUMNS
    walker_numbers = ensemble_slice.NUMBERS
    InnerState = ESSState
    move_types = (SliceMove,)
    move_names = ("DifferentialMove", "GaussianMove", "KDEMove", "RandomMove")

    def __init__(
        self,
        model=None,
        potential_fn=None,
        randomize_split=True,
        moves=None,
        max_steps=10_000,
        max_iter=10_000,
        init_mu=1.0,
        tune_mu=True,
        init_strategy=init_to_uniform,
        *,
        jit_compile=True,
    ):
        super().__init__(
            model,
            potential_fn,
            randomize_split=randomize_split,
            moves={ESS.DifferentialMove(): 1.0} if moves is None else moves,
            init_strategy=init_strategy,
            jit_compile=jit_compile,
        )
        self.max_steps = check_count(max_steps, "max_steps", least=1)
        self.max_iter = check_count(max_iter, "max_iter", least=1)
        self.init_mu = check_number(init_mu, "init_mu", above=0)
        self.tune_mu = check_flag(tune_mu, "tune_mu")

    @staticmethod
    def DifferentialMove():
        """Return the move along the difference of two other walkers: a good default.

        References
        ----------
        Karamanis and Beutler (2021).
        """
        return SliceMove("DifferentialMove", ensemble_directions.DIFFERENTIAL)

    @staticmethod
    def GaussianMove():
        """Return the move along normal vectors with the covariance of the other half.

        For densities that are about normal.

        References
        ----------
        Karamanis and Beutler (2021).
        """
        return SliceMove("GaussianMove", ensemble_directions.GAUSSIAN, needs_covariance=True)

    @staticmethod
    def KDEMove(bw_method=None):
        """Return the move along differences of draws from a kernel density estimate.

        For densities with several modes, if there are many walkers and some begin in each mode.

        Parameters
        ----------
        bw_method : {"scott", "silverman"} or float, optional
            The bandwidth, relative to the spread of the other half, or the rule for it; "scott" by
            default.

        References
        ----------
        Karamanis and Beutler (2021).
        """
        if isinstance(bw_method, str) or bw_method is None:
            rule = check_choice(bw_method or "scott", "bw_method", tuple(BANDWIDTHS))
            parameters = (float(BANDWIDTHS[rule]),)
        elif callable(bw_method):
            raise ArgumentError(
                "bw_method must be 'scott', 'silverman' or the bandwidth itself, a number above 0, "
                f"found {shown(bw_method)}; call the function and give what it returns."
            )
        else:
            width = check_number(bw_method, "bw_method", above=0)
            parameters = (float(ensemble_directions.GIVEN), width)
        return SliceMove("KDEMove", ensemble_directions.KDE, parameters, needs_covariance=True)

    @staticmethod
    def RandomMove():
        """Return the move along random vectors of length one, which no other walker tells.

        Plain slice sampling along lines: for debugging, or with other moves, to leave planes.

        References
        ----------
        Karamanis and Beutler (2021).
        """
        return SliceMove("RandomMove", ensemble_directions.RANDOM, leaves_planes=True)

    @property
    def options(self):
        """What the user chose, as kernels want it."""
        moves = [(x.kind, weight, x.parameters) for x, weight in self.moves.items()]
        return ensemble_slice.Options(
            self.randomize_split, make_moves(moves), self.max_steps, self.max_iter, self.tune_mu
        )

    def make_work(self, density, q, state):
        """Return the arrays of an ensemble that begins at `q`, (K, D)."""
        return ensemble_slice.make_work(q, any(move.needs_covariance for move in self.moves))

    def first_state(self, state):
        """Return the state of an ensemble that begins, or goes on with the scale of a state."""
        return ensemble_slice.first_state(self.init_mu if state is None else _mu_of(state))

    def take_over(self, chain, state):
        """Give an ensemble the positions and the scale of a state."""
        super().take_over(chain, state)
        chain.state = chain.state._replace(mu=_mu_of(state))

    def inner_values(self, chain):
        """Return the fields of the inner state by name; its scale is that of what comes next."""
        return {**super().inner_values(chain), "mu": chain.state.mu}

    def describe(self, chain):
        """Return the scale of directions, for the progress bar."""
        return f"mu={chain.state.mu:.2g}"

    def get_diagnostics_str(self, state):
        """Return a few words on a state."""
        return f"mu={state.inner_state.mu:.2g}"


def _mu_of(state):
    return float(state.inner_state.mu)
