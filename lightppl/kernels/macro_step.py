"""A macro step: a fixed time covered by as many leapfrog steps as the energy asks for.

Try 1, 2, 4, ... *micro steps* of size h, h/2, h/4, ...; the first number with which the energy
stays within a tolerance, max H - min H <= delta over all micro steps, is taken. Then try fewer of
them from the far end, backwards in time: if one of these smaller numbers passes, the way back would
not be the way there, and the macro step is *irreversible*. The number that was taken passes on the
way back too, because it meets the same energies.

Legend: ``D`` dimension; ``z`` phase point; ``U`` potential energy; ``H`` total energy; ``h`` time
of a macro step; ``delta`` its tolerance of energy.

Reference: Bou-Rabee, Carpenter, Kleppe and Liu (2025), "The within-orbit adaptive leapfrog
no-U-turn sampler", arXiv:2506.18746.
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels.integrators import leapfrog
from lightppl.kernels.metric import set_acceleration
from lightppl.kernels.phase_point import copy_into, point_at
from lightppl.kernels.trajectory import LEFT, metropolis_prob

SPARE = 4
"""Point of an orbit, after those of NUTS: where a macro step began, then where its way back is."""


class Stepping(NamedTuple):
    """How macro steps are made.

    Parameters
    ----------
    step_size : float
        h, positive.
    max_error : float
        delta, positive.
    max_halvings : int
        A macro step has at most ``2**max_halvings`` micro steps.
    """

    step_size: float
    max_error: float
    max_halvings: int


class Attempt(NamedTuple):
    """What came of a macro step with one number of micro steps.

    Parameters
    ----------
    is_within : bool
        Whether the energy stayed within the tolerance.
    U, H : float
        Energies where it ended, which is the far end if `is_within`.
    num_steps : int
        Micro steps that were made: an attempt ends when the tolerance is passed.
    """

    is_within: bool
    U: float
    H: float
    num_steps: int


class MacroStep(NamedTuple):
    """What came of a macro step.

    Parameters
    ----------
    is_reversible : bool
    diverging : bool
        Whether even the largest number of micro steps failed.
    U, H : float
        Energies at the far end.
    accept_prob : float
        Metropolis acceptance probability of the attempt with one micro step.
    halvings : int
        The macro step has ``2**halvings`` micro steps.
    num_steps : int
        Micro steps that were made in all, on the way back too.
    """

    is_reversible: bool
    diverging: bool
    U: float
    H: float
    accept_prob: float
    halvings: int
    num_steps: int


@kernel
def take_macro_step(points, end, target, metric, stepping, forward, H0):
    """Move one end of the orbit by a macro step, in as few micro steps as the tolerance allows.

    Parameters
    ----------
    points : (5, 4 D) float64
        The end and the spare point are overwritten.
    end : int
    target : Target
    metric : Metric
        Has the acceleration of the end, which is overwritten.
    stepping : Stepping
    forward : bool
    H0 : float
        Total energy of the end.

    Returns
    -------
    MacroStep

    References
    ----------
    Bou-Rabee et al. (2025), the choice of the number of micro steps.
    """
    z, a = point_at(points, end), metric.accelerations[end - LEFT]
    time = stepping.step_size if forward else -stepping.step_size
    copy_into(points[SPARE], points[end])
    attempt = make_micro_steps(z, a, target, metric, time, 1, H0, stepping.max_error)
    accept_prob = metropolis_prob(attempt.H - H0)
    halvings, num_steps = 0, 1
    while not attempt.is_within and halvings < stepping.max_halvings:
        halvings += 1
        copy_into(points[end], points[SPARE])
        set_acceleration(metric, z.grad, a)
        attempt = make_micro_steps(
            z, a, target, metric, time, 1 << halvings, H0, stepping.max_error
        )
        num_steps += attempt.num_steps
    U, H = attempt.U, attempt.H
    if not attempt.is_within:
        return MacroStep(False, True, U, H, accept_prob, halvings, num_steps)
    is_reversible = True
    back, back_a = point_at(points, SPARE), metric.accelerations[2]
    for fewer in range(halvings - 1, -1, -1):  # the likeliest to pass comes first
        copy_into(points[SPARE], points[end])
        set_acceleration(metric, back.grad, back_a)
        attempt = make_micro_steps(
            back, back_a, target, metric, -time, 1 << fewer, H, stepping.max_error
        )
        num_steps += attempt.num_steps
        if attempt.is_within:
            is_reversible = False
            break
    return MacroStep(is_reversible, False, U, H, accept_prob, halvings, num_steps)


@kernel
def make_micro_steps(z, a, target, metric, time, num_steps, H, max_error):
    """Cover a time by leapfrog steps, in place, as long as the energy stays within the tolerance.

    Parameters
    ----------
    z : PhasePoint
        Overwritten.
    a : (D,) float64
        Its acceleration, overwritten.
    target : Target
    metric : Metric
    time : float
        Of all steps together; negative values move backwards.
    num_steps : int
    H : float
        Total energy at `z`.
    max_error : float

    Returns
    -------
    Attempt

    References
    ----------
    Bou-Rabee et al. (2025), the criterion max H - min H <= delta.
    """
    lowest, highest, U = H, H, np.inf
    for step in range(num_steps):
        U, K = leapfrog(z, a, target, metric, time / num_steps)
        H = U + K
        # An energy of NaN compares false, and one of -inf is too far below the highest.
        if not (H - lowest <= max_error and highest - H <= max_error):
            return Attempt(False, U, H, step + 1)
        lowest, highest = min(lowest, H), max(highest, H)
    return Attempt(True, U, H, num_steps)
