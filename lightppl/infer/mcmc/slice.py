"""`SliceSampler`: what users say to it, and what it reports."""

from typing import NamedTuple

from lightppl.arguments import check_count
from lightppl.density.initialize import init_to_uniform
from lightppl.infer.mcmc import adaptive
from lightppl.infer.mcmc.columns import Column
from lightppl.infer.mcmc.tfp import TARGET_LOG_PROB, TFPKernel, with_results
from lightppl.kernels import hmc
from lightppl.kernels import slice as slice_sampling

BALANCE = 0.5
"""Share of expansions among expansions and contractions that warmup aims at."""

MOST_DOUBLINGS = 50
"""Wider intervals would not be numbers."""


class SliceResults(NamedTuple):
    """What `SliceSampler` reports of its last transition.

    Attributes
    ----------
    i : int
        Number of transitions so far.
    target_log_prob : float
        Log density at the state.
    bounds_satisfied : bool
        Whether both ends of the interval were outside of the slice.
    num_evaluations : int
        Of the density.
    step_size : float
    adapt_state : AdaptState
    """

    i: object
    target_log_prob: object
    bounds_satisfied: object
    num_evaluations: object
    step_size: object
    adapt_state: object


COLUMNS = (
    *(x for x in adaptive.COLUMNS if x.name not in ("accept_prob", "mean_accept_prob")),
    TARGET_LOG_PROB,
    Column("bounds_satisfied", "bounds_satisfied", bool),
    Column("num_expansions", "num_expansions", int),
    Column("num_contractions", "num_contractions", int),
    Column("num_evaluations", "num_evaluations", int),
)
"""What `SliceSampler` reports."""


class SliceSampler(TFPKernel):
    """Slice sampling along random lines: no gradient, no refusals, and a width that forgives.

    Parameters
    ----------
    model : callable, optional
    potential_fn : callable, optional
        Instead of a model: ``-log density`` of an array or a dict of arrays, in plain NumPy.
    init_strategy : callable
    step_size : float or (D,) array, optional
        Width of the interval that a transition begins with, along a direction of unit length in
        the metric; an array has one width for each coordinate.  Given, it is kept, with the metric;
        without it, warmup learns both: a width for which there are as many expansions as
        contractions.
    max_doublings : int
        How often an interval is doubled at most, from 0 to 50.
        More cost nothing where they are not needed.
    max_steps_out : int, optional
        Grows intervals by steps of their width instead of doubling them, to so many widths at most.
        An iteration needs no test of whether it could come back then, but many evaluations where
        the width is much too small.
    inverse_mass_matrix : array or dict, optional
        As in `HMC`: random directions have it as their covariance, up to their length.
    dense_mass : bool or list of tuples of str
    adaptation : {"auto", "welford", "fisher", "low_rank", "dense"}
        How warmup learns the metric, as in `NUTS`.
    jit_compile : bool
        If False, the density runs eagerly through autograd.

    References
    ----------
    Neal (2003), "Slice sampling", Annals of Statistics 31(3), figures 3 to 6.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.infer import MCMC, SliceSampler
    >>> def model():
    ...     lp.sample("x", dist.Cauchy(0.0, 1.0))
    >>> mcmc = MCMC(SliceSampler(model), num_warmup=300, num_samples=300, progress_bar=False)
    >>> mcmc.run(0)
    >>> mcmc.get_samples()["x"].shape
    (300,)
    """

    algorithm = slice_sampling.ALGORITHM
    is_careful = False
    columns = with_results(COLUMNS, SliceResults)
    Results = SliceResults

    def __init__(
        self,
        model=None,
        potential_fn=None,
        init_strategy=init_to_uniform,
        *,
        step_size=None,
        max_doublings=10,
        max_steps_out=None,
        inverse_mass_matrix=None,
        dense_mass=False,
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
            target_accept_prob=BALANCE,
            adaptation=adaptation,
            jit_compile=jit_compile,
        )
        self.max_doublings = check_count(max_doublings, "max_doublings", most=MOST_DOUBLINGS)
        self.max_steps_out = (
            0 if max_steps_out is None else check_count(max_steps_out, "max_steps_out", least=1)
        )

    @property
    def options(self):
        """What the user chose, as kernels want it."""
        return slice_sampling.Options(self.max_doublings, self.max_steps_out, self.warmup_options)

    def make_work(self, density, q, state):
        """Return the arrays of a chain that begins at `q`."""
        metric, moments = self.make_metric(density, state)
        return hmc.make_work(q, metric, moments, slice_sampling.NUM_POINTS)
