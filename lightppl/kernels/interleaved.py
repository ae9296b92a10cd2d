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


def interleaved(inner, update, *, name, title, module, options=(), work=(), scratch=()):
    """Return an algorithm that updates what is held, and then makes a transition of another.

    An update to values without a density ends the chain.

    Its `Options` and `Work` are those of the other algorithm with further fields, and its `State`
    and `Info` are the same, so that whatever reads those of the other reads these.

    Parameters
    ----------
    inner : Algorithm
    update : Kernel
        ``update(target, work, options, rng)`` leaves the conditional distribution of what is held
        at the head of ``target.workspace`` invariant, given the position ``work.points[0, :D]``.
    name, title : str
        Beginnings of the algorithm's, which end with those of `inner`.
    module : str
        Where the types can be found by name: that of the caller.
    options, work : sequence of str
        Names of the further fields.
    scratch : sequence of str
        Those of `work` whose content no iteration needs from the one before it.

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
    return Algorithm(
        full_name,
        f"{title} with {inner.title.removeprefix('the ')}",
        _extended(inner.Options, f"{full_name}_options", options, module),
        inner.State,
        _extended(inner.Work, f"{full_name}_work", work, module),
        inner.Info,
        start,
        inner.prepare,
        kernel(update_and_move, parts=(start, transition, update)),
        inner.adapt,
        inner.finish,
        inner.learn,
        (*inner.scratch, *scratch),
    )


def _extended(record, name, fields, module):
    """Return a type of named tuples with further fields, to be found again by module and name."""
    made = namedtuple(name, (*record._fields, *fields), module=module)
    setattr(sys.modules[module], name, made)
    return made
