"""Slice sampling along a random line: a uniform draw from where the density exceeds a level.

Along q + x d, with a random direction d, the slice is the set of x where U is at most the level
U(q) + e, with e from the exponential distribution: a uniform height under the density.  An interval
of width w is put around x = 0 at random and grown, by doublings or by steps of w, until its ends
are outside of the slice; then points are drawn from it, and those outside of the slice become its
ends, until one is inside.  Where the interval was doubled, that point must also pass a test, that
the interval could have come from it as well.

Legend: ``D`` dimension; ``U`` potential energy; ``d`` (D,) the direction, of unit length in the
metric; ``w`` width, the step size; ``L, R`` ends of the interval; ``U_L, U_R`` the energies there.

References: Neal (2003), "Slice sampling", Annals of Statistics 31(3), figures 3 to 6; Belisle,
Romeijn and Smith (1993), "Hit-and-run algorithms for generating multivariate distributions", for
the direction; Tibbits, Groendyke, Haran and Liechty (2014), "Automated factor slice sampling",
for the width: as many expansions as contractions.
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels.adaptation.hamiltonian import (
    HamiltonianState, WarmupOptions, adapt, finish, learn, moved, prepare, start,
)  # fmt: skip
from lightppl.kernels.algorithm import Algorithm
from lightppl.kernels.hmc import PROPOSAL, SAMPLE, Work
from lightppl.kernels.metric import draw_momentum
from lightppl.kernels.phase_point import copy_into, dot, drift, point_at
from lightppl.kernels.target import evaluate_potential


END, NUM_POINTS = 2, 3
"""A third point of a chain: an end of the interval."""

MOST_CONTRACTIONS = 10_000
"""Shrinks any interval to nothing; reached if its ends are no numbers, on a density that is flat
up to infinity, and then the state stays."""


class Options(NamedTuple):
    """What the user chose.

    Parameters
    ----------
    max_doublings : int
    max_steps_out : int
        Steps of w that the interval may have in all, or 0 if it is to be doubled.
    warmup : WarmupOptions
    """

    max_doublings: int
    max_steps_out: int
    warmup: WarmupOptions


class Info(NamedTuple):
    """What a transition reports.

    Parameters
    ----------
    potential_energy : float
        U of the new state.
    num_expansions, num_contractions : float
        How often the interval grew, and how many points were drawn that did not become the state.
    num_evaluations : float
        Of the density.
    bounds_satisfied : float
        1.0 if both ends of the interval were outside of the slice, else 0.0.
    accept_prob : float
        The share of expansions, a half if there was neither: what warmup brings to its target.
    step_size : float
    """

    potential_energy: float
    num_expansions: float
    num_contractions: float
    num_evaluations: float
    bounds_satisfied: float
    accept_prob: float
    step_size: float


class Interval(NamedTuple):
    """An interval around the state.

    Parameters
    ----------
    L, R, U_L, U_R : float
    num_expansions : int
    """

    L: float
    R: float
    U_L: float
    U_R: float
    num_expansions: int


@kernel
def transition(target, work, options, state, rng, phase):
    """Draw a point of the slice, in place.

    Parameters
    ----------
    target : Target
    work : Work
        Its points are overwritten.
    options : Options
    state : HamiltonianState
    rng : numpy.random.Generator
        Gives D normal variates, then uniforms.
    phase : int
        Not used.

    Returns
    -------
    state : HamiltonianState
    info : Info

    References
    ----------
    Neal (2003), fig. 1 and sec. 4.
    """
    w, z = state.step_size, point_at(work.points, SAMPLE)
    draw_direction(work.metric, rng, z)
    level = state.U - np.log1p(-rng.random())
    L = -w * rng.random()
    U_L, U_R = energy_at(target, work, END, L), energy_at(target, work, END, L + w)
    first = Interval(L, L + w, U_L, U_R, 0)
    is_doubled = options.max_steps_out == 0
    if is_doubled:
        interval = double(target, work, first, level, options.max_doublings, rng)
    else:
        interval = step_out(target, work, first, level, options.max_steps_out, rng)
    left, right, U, num_contractions, num_tests = interval.L, interval.R, np.nan, -1, 0
    found = False
    while not found and num_contractions < MOST_CONTRACTIONS:
        num_contractions += 1
        x = left + rng.random() * (right - left)
        U = energy_at(target, work, PROPOSAL, x)
        found = U <= level  # NaN is outside; x = 0 is inside, so that this ends
        if found and is_doubled:
            found, tests = could_come_back(target, work, interval, level, w, x)
            num_tests += tests
        if x < 0.0:
            left = x
        else:
            right = x
    if found:
        proposal = point_at(work.points, PROPOSAL)
        copy_into(z.q, proposal.q)
        copy_into(z.grad, proposal.grad)
    else:
        U = state.U
    return moved(state, U), report(U, interval, level, num_contractions, num_tests, w)


@kernel
def draw_direction(metric, rng, z):
    """Overwrite ``z.v`` by a random direction d with d^T M d = 1; ``z.p`` becomes M d."""
    draw_momentum(metric, rng, z.p, z.v)
    length = np.sqrt(dot(z.p, z.v))
    for i in range(z.v.size):
        z.v[i] /= length
        z.p[i] /= length


@kernel
def energy_at(target, work, k, x):
    """Return U(q + x d), and make point k of the chain that point."""
    z, other = point_at(work.points, SAMPLE), point_at(work.points, k)
    copy_into(other.q, z.q)
    drift(other.q, z.v, x)
    return evaluate_potential(target, other.q, other.grad)


@kernel
def double(target, work, interval, level, max_doublings, rng):
    """Return the interval, doubled at random sides while an end is in the slice.

    References
    ----------
    Neal (2003), fig. 4.
    """
    L, R, U_L, U_R, num_expansions = interval
    while num_expansions < max_doublings and (U_L <= level or U_R <= level):
        if rng.random() < 0.5:
            L -= R - L
            U_L = energy_at(target, work, END, L)
        else:
            R += R - L
            U_R = energy_at(target, work, END, R)
        num_expansions += 1
    return Interval(L, R, U_L, U_R, num_expansions)


@kernel
def step_out(target, work, interval, level, max_steps, rng):
    """Return the interval, grown at both ends by steps of its width while these are in the slice.

    References
    ----------
    Neal (2003), fig. 3.
    """
    L, R, U_L, U_R, num_expansions = interval
    w = R - L
    num_left = int(max_steps * rng.random())
    num_right = max_steps - 1 - num_left
    while num_left > 0 and U_L <= level:
        L -= w
        U_L = energy_at(target, work, END, L)
        num_left -= 1
        num_expansions += 1
    while num_right > 0 and U_R <= level:
        R += w
        U_R = energy_at(target, work, END, R)
        num_right -= 1
        num_expansions += 1
    return Interval(L, R, U_L, U_R, num_expansions)


@kernel
def could_come_back(target, work, interval, level, w, x):
    """Return whether doubling from x could have made the interval, and how often U was evaluated.

    It could not, if an interval that would have been on the way, and does not hold the state, has
    both ends outside of the slice: doubling would have ended there.

    References
    ----------
    Neal (2003), fig. 6.
    """
    L, R, U_L, U_R, num_tests = interval.L, interval.R, interval.U_L, interval.U_R, 0
    is_apart = False
    while R - L > 1.1 * w:
        middle = 0.5 * (L + R)
        is_apart = is_apart or (x < middle) != (0.0 < middle)
        U_middle = energy_at(target, work, END, middle)
        num_tests += 1
        if x < middle:
            R, U_R = middle, U_middle
        else:
            L, U_L = middle, U_middle
        if is_apart and not (U_L <= level or U_R <= level):
            return False, num_tests
    return True, num_tests


@kernel
def report(U, interval, level, num_contractions, num_tests, w):
    """Return the `Info` of a transition."""
    num_expansions = interval.num_expansions
    num_changes = num_expansions + num_contractions
    is_bounded = not (interval.U_L <= level or interval.U_R <= level)
    return Info(
        U,
        float(num_expansions),
        float(num_contractions),
        float(2 + num_expansions + 1 + num_contractions + num_tests),
        1.0 if is_bounded else 0.0,
        num_expansions / num_changes if num_changes > 0 else 0.5,
        w,
    )


ALGORITHM = Algorithm(
    "slice", "the slice sampler", Options, HamiltonianState, Work, Info,
    start, prepare, transition, adapt, finish, learn,
)  # fmt: skip
