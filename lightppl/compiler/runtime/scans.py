"""Work along one axis of an array in flat memory: running sums and products, sorting, the largest
element.

An array of shape (O, N, I) is read at ``source[source_offset:]`` and the result written at
``target[target_offset:]``, both float64 and row-major; the work runs along N.  Sorting keeps the
order of equal elements, so that results are NumPy's with ``kind="stable"``; NaN counts as largest.

Legend: outer O, n N, inner I sizes; ``start`` position of an element with index (o, 0, i).

References
----------
Knuth (1998), "The Art of Computer Programming", vol. 3, sec. 5.2.4, algorithm S (merging runs).
"""
import math

from lightppl.compiler.runtime.logarithm import logaddexp

_RUN = 16
"""Length of runs that are sorted by insertion before they are merged."""


def cumsum_into(source, source_offset, target, target_offset, outer, n, inner):
    """Write running sums along the middle axis.

    Parameters
    ----------
    source, target : float64 pointers
    source_offset, target_offset : int
    outer, n, inner : int
        Sizes of the axes.
    """
    for o in range(outer):
        for i in range(inner):
            start = o * n * inner + i
            total = 0.0
            for k in range(n):
                total += source[source_offset + start + k * inner]
                target[target_offset + start + k * inner] = total


def cumprod_into(source, source_offset, target, target_offset, outer, n, inner):
    """Write running products along the middle axis; parameters as of `cumsum_into`."""
    for o in range(outer):
        for i in range(inner):
            start = o * n * inner + i
            total = 1.0
            for k in range(n):
                total *= source[source_offset + start + k * inner]
                target[target_offset + start + k * inner] = total


def logcumsumexp_into(source, source_offset, target, target_offset, outer, n, inner):
    """Write logarithms of running sums of exponentials; parameters as of `cumsum_into`."""
    for o in range(outer):
        for i in range(inner):
            start = o * n * inner + i
            total = -math.inf
            for k in range(n):
                total = logaddexp(total, source[source_offset + start + k * inner])
                target[target_offset + start + k * inner] = total


def linear_recurrence_into(
    source, source_offset, factor, factor_offset, target, target_offset, outer, n, inner
):
    """Write ``y[k] = factor[k] * y[k - 1] + source[k]`` along the middle axis, from ``y[-1] = 0``.

    Parameters as of `cumsum_into`; `factor` has the shape of `source`.
    """
    for o in range(outer):
        for i in range(inner):
            start = o * n * inner + i
            y = 0.0
            for k in range(n):
                position = start + k * inner
                y = factor[factor_offset + position] * y + source[source_offset + position]
                target[target_offset + position] = y


def argmax_into(source, source_offset, target, target_offset, outer, n, inner):
    """Write the position of the first largest element along the middle axis, or of the first NaN.

    The result has shape (O, I); other parameters as of `cumsum_into`.
    """
    for o in range(outer):
        for i in range(inner):
            start = source_offset + o * n * inner + i
            best = 0
            for k in range(1, n):
                if _comes_before(source[start + best * inner], source[start + k * inner]):
                    best = k
            target[target_offset + o * inner + i] = best


def argsort_into(source, source_offset, target, target_offset, scratch, outer, n, inner):
    """Write the positions that sort the middle axis, equal elements in their order.

    Parameters
    ----------
    source, target : float64 pointers
    source_offset, target_offset : int
    scratch : (2 N,) float64
    outer, n, inner : int
    """
    for o in range(outer):
        for i in range(inner):
            start = o * n * inner + i
            _sort_positions(source, source_offset + start, inner, n, scratch)
            for k in range(n):
                target[target_offset + start + k * inner] = scratch[k]


def _sort_positions(source, start, stride, n, scratch):
    for first in range(0, n, _RUN):
        _sort_run(source, start, stride, first, min(first + _RUN, n), scratch)
    width = _RUN
    while width < n:
        for first in range(0, n, 2 * width):
            middle, last = min(first + width, n), min(first + 2 * width, n)
            _merge_runs(source, start, stride, first, middle, last, scratch, n)
        for k in range(n):
            scratch[k] = scratch[n + k]
        width *= 2


def _sort_run(source, start, stride, first, last, scratch):
    """Insertion sort of positions first, ..., last - 1."""
    for k in range(first, last):
        value = source[start + k * stride]
        j = k
        while j > first and _comes_before(value, source[start + int(scratch[j - 1]) * stride]):
            scratch[j] = scratch[j - 1]
            j -= 1
        scratch[j] = k


def _merge_runs(source, start, stride, first, middle, last, scratch, n):
    """Merge two sorted runs of ``scratch[:n]`` into ``scratch[n:]``."""
    a, b = first, middle
    for k in range(first, last):
        is_from_right = a == middle
        if not is_from_right and b < last:
            right = source[start + int(scratch[b]) * stride]
            is_from_right = _comes_before(right, source[start + int(scratch[a]) * stride])
        if is_from_right:
            scratch[n + k] = scratch[b]
            b += 1
        else:
            scratch[n + k] = scratch[a]
            a += 1


def _comes_before(a, b):
    """Whether `a` is strictly smaller, NaN being larger than everything else."""
    return a < b or (b != b and a == a)
