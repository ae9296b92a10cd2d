"""Two samplers as one: what a chain holds is updated before each transition of another algorithm.

Together they leave the joint distribution invariant if each leaves its conditional invariant.  The
energy that an iteration reports is that of the joint density, because the other algorithm moves
last.

References: Geman and Geman (1984), "Stochastic relaxation, Gibbs distributions, and the Bayesian
restoration of images"; Tierney (1994), "Markov chains for exploring posterior distributions", sec.
2.4.
"""

import sys
from collections import namedtuple

import numpy as np

from lightppl.jit import Status, kernel
from lightppl.kernels.algorithm import Algorithm


def interleaved(
    inner, update, *, name, title, module, options=(), work=(), scratch=(), info=()
):
    """Return an algorithm that updates what is held, and then makes a transition of another.

    Its `Options`, `Work` and `Info` are those of the other algorithm with further fields, and its
    `State` is the same, so that whatever reads those of the other reads these.  An update to values
    without a density ends the chain.

    Parameters
    ----------
    inner : Algorithm
    update : Kernel
        ``update(target, work, options, rng)`` leaves the conditional distribution of what is held
        at the head of ``target.workspace`` invariant, given the position ``work.points[0, :D]``.
        One that reports something evaluates the density by itself:
        ``update(target, work, options, state, rng) -> (state, info)``, a state that is up to date,
        and a tuple of numbers.
    name, title : str
        Beginnings of the algorithm's, which end with those of `inner`.
    module : str
        Where the types can be found by name: that of the caller.
    options, work : sequence of str
        Names of the further fields.
    scratch : sequence of str
        Those of `work` whose content no iteration needs from the one before it.
    info : sequence of str
        Names of the numbers that the update reports.

    Returns
    -------
    Algorithm
    """
    start, transition = inner.start, inner.transition
    no_info = inner.Info(*[np.nan] * len(inner.Info._fields))

    def update_and_move(target, work, options, state, rng, phase):
        """Update what is held, evaluate the density anew, and make a transition."""
        update(target, work, options, rng)
        state = start(target, work, options, state, rng)
        if state.status == Status.NON_FINITE_START:
            return state, no_info
        return transition(target, work, options, state, rng, phase)

    full_name = f"{name}_{inner.name}"
    Info = _extended(inner.Info, f"{full_name}_info", info, module)

    def update_report_and_move(target, work, options, state, rng, phase):
        """Update what is held and the state, make a transition, and report both."""
        state, reported = update(target, work, options, state, rng)
        state, moved = transition(target, work, options, state, rng, phase)
        return state, Info(*(moved[:] + reported))  # a plain tuple: Numba adds no named ones

    step = update_report_and_move if info else update_and_move
    return Algorithm(
        full_name,
        f"{title} with {inner.title.removeprefix('the ')}",
        _extended(inner.Options, f"{full_name}_options", options, module),
        inner.State,
        _extended(inner.Work, f"{full_name}_work", work, module),
        Info,
        start,
        inner.prepare,
        kernel(step, parts=(start, transition, update)),
        inner.adapt,
        inner.finish,
        inner.learn,
        (*inner.scratch, *scratch),
    )


def _extended(record, name, fields, module):
    """Return a type of named tuples with further fields, to be found again by module and name."""
    if not fields:
        return record
    made = namedtuple(name, (*record._fields, *fields), module=module)
    setattr(sys.modules[module], name, made)
    return made
