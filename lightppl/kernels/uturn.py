"""The generalised no-U-turn criterion, with the extra checks between subtrees.

What the criterion needs of a stretch of trajectory is a `Span`: momentum and velocity at both ends
and the sum of all momenta.  Spans are ordered as they were integrated, so "first" is the end where
integration began, whichever the direction of time; the criterion is symmetric in the two.

Joining span 1 and span 2 (adjacent, span 2 integrated after span 1) is a U-turn unless

    v . rho > 0    for v at both ends of the union,            rho = rho_1 + rho_2,
    v . rho > 0    for v at the first points of 1 and 2,       rho = rho_1 + p_first_2,
    v . rho > 0    for v at the last points of 1 and 2,        rho = p_last_1 + rho_2.

The last two lines are the extra checks that Stan has had since 2.21: without them a trajectory of
two half turns that each look straight is missed.

A subtree of 2^k leaves is checked while its leaves arrive, with one span per binary digit of their
number: a binary counter, so memory is O(log).

Legend: ``D`` dimension; ``p, v`` as in `phase_point.py`; ``rho`` sum of momenta.

References: Betancourt (2017), "A conceptual introduction to Hamiltonian Monte Carlo", appendix
A.4.2; Hoffman and Gelman (2014), "The no-U-turn sampler".
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import kernel

NUM_VECTORS = 5
"""Vectors of length D in one `Span`."""


class Span(NamedTuple):
    """Ends and sum of momenta of a stretch of trajectory.

    Parameters
    ----------
    p_first, v_first, p_last, v_last, rho : (D,) float64
    """

    p_first: np.ndarray
    v_first: np.ndarray
    p_last: np.ndarray
    v_last: np.ndarray
    rho: np.ndarray


@kernel(small=True)
def span_of_point(z):
    """Return the span of one phase point; it shares the point's vectors."""
    return Span(z.p, z.v, z.p, z.v, z.p)


@kernel(small=True)
def span_at(spans, k):
    """Return span k of a (num_spans, 5, D) array."""
    return Span(spans[k, 0], spans[k, 1], spans[k, 2], spans[k, 3], spans[k, 4])


@kernel(small=True)
def reverse_span(span):
    """Return the same stretch with its ends exchanged; vectors are shared."""
    return Span(span.p_last, span.v_last, span.p_first, span.v_first, span.rho)


@kernel(small=True, separate=True)
def set_span_to_point(span, p, v):
    """Overwrite a span with that of one phase point with momentum `p` and velocity `v`, (D,)."""
    for i in range(p.size):
        momentum, velocity = p[i], v[i]
        span.p_first[i] = momentum
        span.v_first[i] = velocity
        span.p_last[i] = momentum
        span.v_last[i] = velocity
        span.rho[i] = momentum


@kernel(fastmath={"contract", "reassoc"}, small=True, separate=True)
def join_spans(one, two):
    """Lengthen `one`, in place, by the adjacent span `two`; return whether the union turns.

    Parameters
    ----------
    one, two : Span
        `two` begins where `one` ends.

    Returns
    -------
    bool
        True also when a momentum is NaN.

    References
    ----------
    Betancourt (2017), appendix A.4.2; the extra checks as in Stan 2.21 and later.
    """
    union_first, union_last = 0.0, 0.0
    first_one, first_two = 0.0, 0.0
    last_one, last_two = 0.0, 0.0
    for i in range(one.rho.size):
        v_first, v_last = one.v_first[i], two.v_last[i]
        rho_one, rho_two = one.rho[i], two.rho[i]
        rho = rho_one + rho_two
        union_first += v_first * rho
        union_last += v_last * rho
        rho_first = rho_one + two.p_first[i]
        first_one += v_first * rho_first
        first_two += two.v_first[i] * rho_first
        rho_last = one.p_last[i] + rho_two
        last_one += one.v_last[i] * rho_last
        last_two += v_last * rho_last
        one.rho[i] = rho
        one.p_last[i] = two.p_last[i]
        one.v_last[i] = v_last
    # All six must be positive; a NaN compares false and counts as a turn.
    is_straight = union_first > 0.0 and union_last > 0.0 and first_one > 0.0
    return not (is_straight and first_two > 0.0 and last_one > 0.0 and last_two > 0.0)


@kernel(small=True)
def is_turning_at_leaf(spans, first, leaf, z):
    """Add a leaf to a subtree and return whether any stretch that it completes turns.

    The spans on the stack are the binary digits of the number of leaves so far.  Adding one is a
    binary increment, and every carry joins two spans of equal length.

    Parameters
    ----------
    spans : (num_spans, 5, D) float64
        Overwritten from index `first` on, which is the bottom of the stack and holds one span of
        all leaves once their number is a power of two.
    first : int
    leaf : int
        Number of leaves before this one.
    z : PhasePoint
        The leaf.

    Returns
    -------
    bool
    """
    top = first + count_ones(leaf)
    if leaf % 2 == 0:
        set_span_to_point(span_at(spans, top), z.p, z.v)
        return False
    following = span_of_point(z)
    carry = leaf
    while carry % 2 == 1:
        top -= 1
        if join_spans(span_at(spans, top), following):
            return True
        following = span_at(spans, top)
        carry >>= 1
    return False


@kernel(small=True)
def count_ones(number):
    """Return how many binary digits of a non-negative integer are one."""
    ones = 0
    while number > 0:
        ones += number & 1
        number >>= 1
    return ones
