"""`RandomWalkMetropolis` and `UncalibratedRandomWalk`: what users say to them."""

from lightppl.arguments import check_callable
from lightppl.density.initialize import init_to_uniform
from lightppl.errors import ArgumentError
from lightppl.infer.mcmc.new_state import PythonProposal, Steps
from lightppl.infer.mcmc.tfp import TFPKernel
from lightppl.kernels import random_walk


class RandomWalkMetropolis(TFPKernel):
    """Random-walk Metropolis: steps at random, accepted if the density is not much smaller there.

    Parameters
    ----------
    model : callable, optional
    potential_fn : callable, optional
        Instead of a model: ``-log density`` of an array or a dict of arrays, in plain NumPy.
    init_strategy : callable
    new_state_fn : callable, optional
        `random_walk_normal_fn` or `random_walk_uniform_fn` of a scale, which is kept; or a function
        ``([state], seed) -> [new state]`` of the unconstrained values as a vector (D,), in the
        order of sorted site names, and of a key.  It must be symmetric: as likely to propose the
        old state from the new one as the new one from the old.
    step_size : float or (D,) array, optional
        Standard deviation of normal steps.  Given, it is kept; with neither this nor
        `new_state_fn`, warmup finds it, from 1 on, and a metric too.
    inverse_mass_matrix : array or dict, optional
        As in `HMC`: variances or covariance of steps of size 1.
    dense_mass : bool or list of tuples of str
    target_accept_prob : float
        What warmup aims at, in (0, 1).
    adaptation : {"auto", "welford", "fisher", "low_rank", "dense"}
        How warmup learns, as in `NUTS`.
    jit_compile : bool
        If False, the density runs eagerly through autograd.

    References
    ----------
    Metropolis, Rosenbluth, Rosenbluth, Teller and Teller (1953), "Equation of state calculations by
    fast computing machines"; Roberts, Gelman and Gilks (1997), "Weak convergence and optimal
    scaling of random walk Metropolis algorithms", for the target of 0.234.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.infer import MCMC, RandomWalkMetropolis
    >>> def model():
    ...     lp.sample("x", dist.Normal(3.0, 2.0))
    >>> mcmc = MCMC(
    ...     RandomWalkMetropolis(model), num_warmup=500, num_samples=5000, progress_bar=False
    ... )
    >>> mcmc.run(0)
    >>> mcmc.get_samples()["x"].shape
    (5000,)
    """

    algorithm = random_walk.ALGORITHM
    is_careful = False

    def __init__(
        self,
        model=None,
        potential_fn=None,
        init_strategy=init_to_uniform,
        *,
        new_state_fn=None,
        step_size=None,
        inverse_mass_matrix=None,
        dense_mass=False,
        target_accept_prob=0.234,
        adaptation="auto",
        jit_compile=True,
    ):
        self.new_state_fn = new_state_fn
        self._is_uniform, self._proposal = False, None
        if new_state_fn is not None:
            if step_size is not None or inverse_mass_matrix is not None:
                raise ArgumentError(
                    "new_state_fn says how far steps go; give it without step_size and "
                    "inverse_mass_matrix."
                )
            step_size = 1.0
            if isinstance(new_state_fn, Steps):
                step_size, self._is_uniform = new_state_fn.scale, new_state_fn.is_uniform
            else:
                self._proposal = PythonProposal(check_callable(new_state_fn, "new_state_fn"))
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

    @property
    def options(self):
        """What the user chose, as kernels want it."""
        address = 0 if self._proposal is None else self._proposal.address
        return random_walk.Options(
            self._is_uniform, address, self.is_calibrated, self.warmup_options
        )

    def make_work(self, density, q, state):
        """Return the arrays of a chain that begins at `q`."""
        if self._proposal is not None:
            self._proposal.size = density.size
        return super().make_work(density, q, state)

    def raise_errors(self, chain):
        """Raise what stopped a Python function that kernels called, if anything did."""
        super().raise_errors(chain)
        if self._proposal is not None:
            self._proposal.raise_error()


class UncalibratedRandomWalk(RandomWalkMetropolis):
    """`RandomWalkMetropolis`, or on request the steps alone, which know nothing of the model.

    Parameters
    ----------
    model, potential_fn, init_strategy
        As in `RandomWalkMetropolis`, and so are all other arguments but this:
    metropolis_hastings : bool
        If False, every step is taken but those to where the density is zero or not finite, and a
        warning says so: the chain is a random walk.
    """

    def __init__(
        self,
        model=None,
        potential_fn=None,
        init_strategy=init_to_uniform,
        *,
        metropolis_hastings=True,
        new_state_fn=None,
        step_size=None,
        inverse_mass_matrix=None,
        dense_mass=False,
        target_accept_prob=0.234,
        adaptation="auto",
        jit_compile=True,
    ):
        super().__init__(
            model,
            potential_fn,
            init_strategy,
            new_state_fn=new_state_fn,
            step_size=step_size,
            inverse_mass_matrix=inverse_mass_matrix,
            dense_mass=dense_mass,
            target_accept_prob=target_accept_prob,
            adaptation=adaptation,
            jit_compile=jit_compile,
        )
        self.leave_uncalibrated(metropolis_hastings)
