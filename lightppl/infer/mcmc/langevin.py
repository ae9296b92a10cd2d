"""`MetropolisAdjustedLangevinAlgorithm` and `UncalibratedLangevin`: what users say to them."""

import numpy as np

from lightppl.arguments import check_callable, shown
from lightppl.density import compile_objective
from lightppl.density.initialize import init_to_uniform
from lightppl.errors import ArgumentError
from lightppl.infer.mcmc.tfp import TFPKernel
from lightppl.kernels import langevin, volatility
from lightppl.kernels.target import make_kinetic, make_target


class MetropolisAdjustedLangevinAlgorithm(TFPKernel):
    """Langevin proposals, a step along the gradient with noise, accepted or refused.

    Parameters
    ----------
    model : callable, optional
    potential_fn : callable, optional
        Instead of a model: ``-log density`` of an array or a dict of arrays, in plain NumPy.
    init_strategy : callable
    step_size : float or (D,) array, optional
        h in ``q' = q - h/2 grad U(q) + sqrt(h) xi``: a variance, so that half a step is a quarter
        of h.  Given, it is kept; without it, warmup finds it, and a metric too.
    volatility_fn : callable, optional
        From the unconstrained values as a vector (D,), in the order of sorted site names, to a
        positive number or a vector of them, in plain NumPy: sigma in proposals from
        ``N(q + h/2 (grad sigma^2 - sigma^2 grad U), h sigma^2)``, which may be larger where the
        density is wider.  Its square is differentiated D times a transition.  It takes the place
        of a metric.
    inverse_mass_matrix : array or dict, optional
        As in `HMC`: covariance of the noise, by which the gradient is multiplied too.
    dense_mass : bool or list of tuples of str
    target_accept_prob : float
        What warmup aims at, in (0, 1).
    adaptation : {"auto", "welford", "fisher", "low_rank", "dense"}
        How warmup learns, as in `NUTS`.
    jit_compile : bool
        If False, the density runs eagerly through autograd.

    References
    ----------
    Roberts and Tweedie (1996), "Exponential convergence of Langevin distributions and their
    discrete approximations"; Roberts and Rosenthal (1998), "Optimal scaling of discrete
    approximations to Langevin diffusions", for the target of 0.574.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.infer import MCMC, MetropolisAdjustedLangevinAlgorithm
    >>> def model():
    ...     lp.sample("x", dist.Normal(3.0, 2.0))
    >>> kernel = MetropolisAdjustedLangevinAlgorithm(model)
    >>> mcmc = MCMC(kernel, num_warmup=500, num_samples=2000, progress_bar=False)
    >>> mcmc.run(0)
    >>> mcmc.get_samples()["x"].shape
    (2000,)
    """

    algorithm = langevin.ALGORITHM
    warm_arguments = ({}, dict(volatility_fn=np.ones_like))

    def __init__(
        self,
        model=None,
        potential_fn=None,
        init_strategy=init_to_uniform,
        *,
        step_size=None,
        volatility_fn=None,
        inverse_mass_matrix=None,
        dense_mass=False,
        target_accept_prob=0.574,
        adaptation="auto",
        jit_compile=True,
    ):
        self.volatility_fn, self._volatility_of = volatility_fn, None
        if volatility_fn is not None:
            check_callable(volatility_fn, "volatility_fn")
            if inverse_mass_matrix is not None or dense_mass is not False or np.ndim(step_size) > 0:
                raise ArgumentError(
                    "volatility_fn takes the place of a metric; give it without "
                    "inverse_mass_matrix, dense_mass, and step sizes by coordinate."
                )
            self.algorithm, adaptation = volatility.ALGORITHM, "welford"
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
        self.adapt_mass_matrix = self.adapt_mass_matrix and volatility_fn is None

    @staticmethod
    def metric_of(step_sizes):
        """Return the inverse mass matrix that stands for a step size for each coordinate."""
        return step_sizes

    @property
    def options(self):
        """What the user chose, as kernels want it."""
        return langevin.Options(self.is_calibrated, self.warmup_options)

    def make_target(self, chain):
        """Return the `Target` of a chain, with the volatility where a kinetic energy would be."""
        if self.volatility_fn is None:
            return super().make_target(chain)
        compiled = self._volatility(chain.density, chain.vector(0))
        return make_target(chain.density.potential, make_kinetic(compiled, chain.density.size))

    def raise_errors(self, chain):
        """Raise what stopped a Python function that kernels called, if anything did."""
        super().raise_errors(chain)
        if self.volatility_fn is not None:
            compiled = self._volatility(chain.density, chain.vector(0))
            getattr(compiled, "raise_error", lambda: None)()

    def __getstate__(self):
        """What is compiled stays in this process."""
        return {**super().__getstate__(), "_volatility_of": None}

    def _volatility(self, density, q):
        """Return the compiled volatility, which the chains of a run share."""
        if self._volatility_of is None or self._volatility_of[0] is not density:
            compiled = compile_volatility(self.volatility_fn, q.copy(), jit=self.jit_compile)
            self._volatility_of = density, compiled
        return self._volatility_of[1]


class UncalibratedLangevin(MetropolisAdjustedLangevinAlgorithm):
    """`MetropolisAdjustedLangevinAlgorithm`, or on request its proposals alone.

    Parameters
    ----------
    model, potential_fn, init_strategy
        As in `MetropolisAdjustedLangevinAlgorithm`, and so are all other arguments but this:
    metropolis_hastings : bool
        If False, every proposal is taken but those to where the density is zero or not finite, and
        a warning says so.  The bias vanishes with the step size: variances of a standard normal
        density are 1 / (1 - h/4).
    """

    def __init__(
        self,
        model=None,
        potential_fn=None,
        init_strategy=init_to_uniform,
        *,
        metropolis_hastings=True,
        step_size=None,
        volatility_fn=None,
        inverse_mass_matrix=None,
        dense_mass=False,
        target_accept_prob=0.574,
        adaptation="auto",
        jit_compile=True,
    ):
        super().__init__(
            model,
            potential_fn,
            init_strategy,
            step_size=step_size,
            volatility_fn=volatility_fn,
            inverse_mass_matrix=inverse_mass_matrix,
            dense_mass=dense_mass,
            target_accept_prob=target_accept_prob,
            adaptation=adaptation,
            jit_compile=jit_compile,
        )
        self.leave_uncalibrated(metropolis_hastings)


def compile_volatility(volatility_fn, q, *, jit):
    """Compile a volatility as a function of a position and of D weights: sum of w sigma(q)^2.

    Parameters
    ----------
    volatility_fn : callable
    q : (D,) float64
        A position.
    jit : bool

    Returns
    -------
    Potential

    Raises
    ------
    ArgumentError
        If it does not return positive numbers there, one for each coordinate or one for all.
    """
    found, size = np.asarray(volatility_fn(q)), len(q)
    if found.shape not in ((), (size,)) or found.dtype.kind not in "iuf" or not np.all(found > 0):
        raise ArgumentError(
            f"volatility_fn must return a positive number or a vector ({size},) of them, found "
            f"{shown(found)}."
        )
    return compile_objective(
        lambda x: np.sum(x[size:] * volatility_fn(x[:size]) ** 2), np.concatenate([q, q]), jit
    )
