"""Samplers with a step size and a metric: how warmup learns them, written once.

`AdaptiveKernel` is to `lightppl.kernels.adaptation.hamiltonian` what `CompiledKernel` is to an
`Algorithm`: samplers that take their `State` and kernels from there need no more than their
options and their arrays.
"""

import numpy as np

from lightppl.arguments import check_flag, check_number, shown
from lightppl.density.initialize import init_to_uniform
from lightppl.errors import ArgumentError
from lightppl.infer.mcmc.columns import (
    DRAW,
    Column,
    mean_accept_prob,
    num_transitions,
)
from lightppl.infer.mcmc.compiled import CompiledKernel
from lightppl.infer.mcmc.hmc_state import AdaptState
from lightppl.infer.mcmc.mass_matrix import (
    build_metric,
    check_dense_mass,
    check_inverse_mass,
    describe_directions,
    describe_metric,
    group_names,
)
from lightppl.kernels.adaptation.gradient_metric import ADAPTATIONS
from lightppl.kernels.adaptation.hamiltonian import WarmupOptions, first_state
from lightppl.kernels.adaptation.welford import make_moments
from lightppl.kernels.adaptation.windows import gradient_phases, warmup_phases
from lightppl.language.structure import map_leaves


def inverse_mass_matrix(chain, counts):
    """Return the matrices in force: of windows that have ended and of now."""
    ends = [end for end, _ in chain.window_reports]
    matrices = [matrix for _, matrix in chain.window_reports]
    matrices.append(chain.kernel.inverse_mass_matrix_of(chain))
    index = np.searchsorted(ends, counts - 1, side="right")
    return map_leaves(lambda *x: np.stack(x)[index], *matrices)


def metric_misfit(chain, counts):
    """Return the Fisher divergence of the last metric from the density, NaN if it is not known."""
    return np.full(len(counts), chain.work.moments.window.misfit[0])


COLUMNS = (
    Column("i", num_transitions),
    Column("z", DRAW),
    Column("z_grad", 3),
    Column("potential_energy", "potential_energy"),
    Column("accept_prob", "accept_prob", is_statistic=True),
    Column("mean_accept_prob", mean_accept_prob),
    Column("step_size", "step_size"),
    Column("adapt_state.step_size", "step_size"),
    Column("adapt_state.metric_misfit", metric_misfit),
    Column("adapt_state.inverse_mass_matrix", inverse_mass_matrix),
)
"""What such samplers report; vectors of a point are those of `PhasePoint`: q, p, v, grad."""


class AdaptiveKernel(CompiledKernel):
    """A sampler whose warmup learns a step size and a metric.

    A subclass defines `options`, with `warmup_options` in them, and `make_work`, with what
    `make_metric` returns.

    Parameters
    ----------
    model, potential_fn, init_strategy, jit_compile
        As in `CompiledKernel`.
    step_size : float
        Where adaptation begins.
    inverse_mass_matrix : array or dict, optional
    adapt_step_size, adapt_mass_matrix : bool
    dense_mass : bool or list of tuples of str
    target_accept_prob : float
    find_heuristic_step_size, regularize_mass_matrix : bool
    adaptation : {"auto", "welford", "fisher", "low_rank", "dense"}
        All as in `NUTS`.

    Attributes
    ----------
    is_careful : bool
        Whether the target is raised where no metric fits.
    """

    is_careful = True

    def __init__(
        self,
        model=None,
        potential_fn=None,
        init_strategy=init_to_uniform,
        jit_compile=True,
        *,
        step_size=1.0,
        inverse_mass_matrix=None,
        adapt_step_size=True,
        adapt_mass_matrix=True,
        dense_mass=False,
        target_accept_prob=0.8,
        find_heuristic_step_size=False,
        regularize_mass_matrix=True,
        adaptation="auto",
    ):
        super().__init__(model, potential_fn, init_strategy, jit_compile)
        self.step_size = check_number(step_size, "step_size", above=0)
        self.inverse_mass_matrix = check_inverse_mass(inverse_mass_matrix)
        self.adapt_mass_matrix = check_flag(adapt_mass_matrix, "adapt_mass_matrix")
        self.dense_mass = check_dense_mass(dense_mass, "dense_mass")
        self.adaptation = check_adaptation(adaptation)
        self.warmup_options = WarmupOptions(
            check_number(target_accept_prob, "target_accept_prob", above=0, below=1),
            check_flag(adapt_step_size, "adapt_step_size"),
            check_flag(find_heuristic_step_size, "find_heuristic_step_size"),
            check_flag(regularize_mass_matrix, "regularize_mass_matrix"),
            ADAPTATIONS[self.adaptation],
            self.is_careful,
        )

    @property
    def target_accept_prob(self):
        """Mean acceptance probability that warmup aims at."""
        return self.warmup_options.target_accept_prob

    @property
    def adapt_step_size(self):
        """Whether warmup looks for a step size; if not, it is the one that was given."""
        return self.warmup_options.adapt_step_size

    def phases(self, num_warmup):
        """Return the phase of every warmup iteration."""
        if self.adaptation == "welford":
            return warmup_phases(num_warmup, self.adapt_mass_matrix)
        return gradient_phases(num_warmup, self.adapt_mass_matrix)

    def make_metric(self, density, state, may_learn=None):
        """Return the `Metric` that the user asked for, or that of an `HMCState`; and `Moments`.

        Both have room to learn if `may_learn`: by default, unless warmup is over.
        """
        given = self._inverse_mass_matrix(state)
        may_learn = state is None if may_learn is None else may_learn
        is_learning = self.adapt_mass_matrix and may_learn
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
        return first_state(_step_size_of(state), must_prepare=False)

    def state_without_warmup(self, state):
        """Return the state that keeps the user's step size, unless a search was asked for."""
        return state._replace(must_prepare=self.warmup_options.find_step_size)

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
        chain.state = chain.state._replace(step_size=_step_size_of(state))
        metric, moments = self.make_metric(chain.density, state, may_learn=True)
        if _is_same_metric(metric, chain.work.metric):
            return
        if moments.block_matrix.shape == chain.work.moments.block_matrix.shape:
            moments = chain.work.moments  # draws of this window are as good for any metric
        else:
            chain.state = chain.state._replace(num_collected=0)
        chain.work = chain.work._replace(metric=metric, moments=moments)

    def window_report(self, chain):
        """Return the inverse mass matrix that was in force in a window."""
        return self.inverse_mass_matrix_of(chain)

    @property
    def _dense_mass(self):
        """Blocks that the user asked for, or that the way to learn stands for."""
        return True if self.adaptation == "dense" and self.dense_mass is False else self.dense_mass

    def _inverse_mass_matrix(self, state):
        return self.inverse_mass_matrix if state is None else state.adapt_state.inverse_mass_matrix


def _step_size_of(state):
    """Return the step size of an `HMCState`, which a user may have changed."""
    return check_number(float(state.adapt_state.step_size), "adapt_state.step_size", above=0)


def check_adaptation(adaptation):
    """Return the name of a way to learn."""
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
