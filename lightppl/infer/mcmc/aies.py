"""`AIES`: what users say to it, and what it reports."""

from typing import NamedTuple

from lightppl.arguments import check_number
from lightppl.density.initialize import init_to_uniform
from lightppl.infer.mcmc.columns import DRAW, Column
from lightppl.infer.mcmc.ensemble_run import WalkerColumn
from lightppl.infer.mcmc.ensemble_sampler import EnsembleSampler, num_transitions
from lightppl.kernels import affine_invariant
from lightppl.kernels.ensemble_moves import make_moves
from lightppl.records import record


class _AIESState(NamedTuple):
    i: object
    accept_prob: object
    mean_accept_prob: object
    rng_key: object


class AIESState(_AIESState):
    """State of `AIES`, besides where its walkers are.

    Attributes
    ----------
    i : int
        Number of transitions so far.
    accept_prob : float
        Mean acceptance probability of the walkers in the last transition.
    mean_accept_prob : float
        Mean of that over the transitions of warmup, or of sampling, so far.
    rng_key : Key
    warmup : object
        What makes it possible to go on in the middle of warmup; no field, and kept by a state
        whose other fields are replaced.
    """

    warmup = None


@record(eq=False)
class StretchMove:
    """The stretch move; `AIES.StretchMove` makes it.

    Attributes
    ----------
    a : float
    """

    a: float
    name, kind = "StretchMove", affine_invariant.STRETCH
    leaves_planes = needs_pairs = False

    @property
    def parameters(self):
        """What kernels are told."""
        return (self.a,)


@record(eq=False)
class DEMove:
    """The move by differential evolution; `AIES.DEMove` makes it.

    Attributes
    ----------
    sigma : float
    g0 : float or None
    """

    sigma: float
    g0: object
    name, kind = "DEMove", affine_invariant.DIFFERENTIAL_EVOLUTION
    leaves_planes, needs_pairs = False, True

    @property
    def parameters(self):
        """What kernels are told."""
        return self.g0 or 0.0, self.sigma


COLUMNS = (
    Column("z", DRAW),
    WalkerColumn("potential_energy", "potential_energy"),
    WalkerColumn("accept_prob", "accept_prob", is_statistic=True),
    Column("inner_state.i", num_transitions),
    Column("inner_state.accept_prob", "accept_prob"),
    Column("inner_state.mean_accept_prob", "mean_accept_prob"),
)
"""What `AIES` reports: of each walker, and of the ensemble."""


class AIES(EnsembleSampler):
    """Affine-invariant ensemble sampling, without gradients.

    The chains are walkers of one ensemble: each proposes along the line to another walker, or
    along the difference of two others, so that the walkers themselves tell the scales of the
    density.  For up to about ten unknowns whose density is badly scaled, or has no gradient.

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
        ``AIES.DEMove()`` and ``AIES.StretchMove()`` with how often each is made; weights need not
        sum to one.  By default ``{AIES.DEMove(): 1.0}``.
    init_strategy : callable
        Walkers must not begin at one point, so it has to be random.
    jit_compile : bool
        If False, the density runs eagerly through autograd.

    Raises
    ------
    ArgumentError
        If ``num_chains`` is odd or too small, or an option is out of range.
    InitializationError
        If the walkers begin in a plane, which moves would never leave.

    Notes
    -----
    All chains advance together in one thread, whatever ``chain_method`` says.  Effective sample
    sizes of walkers are estimated as for independent chains, which in an ensemble they nearly are.

    References
    ----------
    Goodman and Weare (2010), "Ensemble samplers with affine invariance"; Foreman-Mackey, Hogg, Lang
    and Goodman (2013), "emcee: the MCMC hammer".

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.infer import AIES, MCMC
    >>> def model():
    ...     x = lp.sample("x", dist.Normal(0.0, 1.0).expand([10]))
    ...     lp.sample("obs", dist.Normal(x, 1.0), obs=np.ones(10))
    >>> kernel = AIES(model, moves={AIES.DEMove(): 0.5, AIES.StretchMove(): 0.5})
    >>> mcmc = MCMC(kernel, num_warmup=1000, num_samples=2000, num_chains=20,
    ...             chain_method="vectorized", progress_bar=False)
    >>> mcmc.run(0)
    >>> mcmc.get_samples(group_by_chain=True)["x"].shape
    (20, 2000, 10)
    """

    algorithm = affine_invariant.ALGORITHM
    columns = COLUMNS
    walker_numbers = affine_invariant.NUMBERS
    InnerState = AIESState
    move_types = (DEMove, StretchMove)
    move_names = ("DEMove", "StretchMove")

    def __init__(
        self,
        model=None,
        potential_fn=None,
        randomize_split=False,
        moves=None,
        init_strategy=init_to_uniform,
        *,
        jit_compile=True,
    ):
        super().__init__(
            model,
            potential_fn,
            randomize_split=randomize_split,
            moves={AIES.DEMove(): 1.0} if moves is None else moves,
            init_strategy=init_strategy,
            jit_compile=jit_compile,
        )

    @staticmethod
    def DEMove(sigma=1.0e-5, g0=None):
        """Return the move by differential evolution: a multiple of the difference of two others.

        Parameters
        ----------
        sigma : float
            Relative standard deviation of the factor.
        g0 : float, optional
            Mean of the factor; by default ``2.38 / sqrt(2 D)``, best for normal densities.

        References
        ----------
        ter Braak (2006), sec. 2; Nelson, Ford and Payne (2013), for a random factor.
        """
        sigma = check_number(sigma, "sigma", least=0)
        return DEMove(sigma, None if g0 is None else check_number(g0, "g0", above=0))

    @staticmethod
    def StretchMove(a=2.0):
        """Return the stretch move: along the line through another walker.

        Parameters
        ----------
        a : float
            Above 1; the distance from the other walker changes by a factor in [1 / a, a].

        References
        ----------
        Goodman and Weare (2010), sec. 2.
        """
        return StretchMove(check_number(a, "a", above=1))

    @property
    def options(self):
        """What the user chose, as kernels want it."""
        moves = [(x.kind, weight, x.parameters) for x, weight in self.moves.items()]
        return affine_invariant.Options(self.randomize_split, make_moves(moves))

    def make_work(self, density, q, state):
        """Return the arrays of an ensemble that begins at `q`, (K, D)."""
        return affine_invariant.make_work(q)

    def first_state(self, state):
        """Return the state of an ensemble that begins, or goes on."""
        return affine_invariant.first_state()

    def describe(self, chain):
        """Return the mean acceptance probability, for the progress bar."""
        return f"accept_prob={chain.state.mean_accept_prob:.2f}"

    def get_diagnostics_str(self, state):
        """Return a few words on a state."""
        return f"acc. prob={state.inner_state.mean_accept_prob:.2f}"
