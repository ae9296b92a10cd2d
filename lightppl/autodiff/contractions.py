"""Products of arrays on traced values: everything becomes the matrix product of `structural`."""

import numpy as np

from lightppl.autodiff import structural
from lightppl.autodiff.operation import is_traced

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""In the order of the numbers that may stand for them."""


def matmul(a, b):
    """Return ``a @ b`` with NumPy's rules for one-dimensional and batched operands."""
    a = a if is_traced(a) else np.asarray(a)
    b = b if is_traced(b) else np.asarray(b)
    if np.ndim(a) == 1 and np.ndim(b) == 1:
        is_truth = a.dtype.kind == b.dtype.kind == "b"
        return np.any(a & b) if is_truth else np.sum(a * b)
    left = np.expand_dims(a, 0) if np.ndim(a) == 1 else a
    right = np.expand_dims(b, -1) if np.ndim(b) == 1 else b
    product = structural.matmul(left, right)
    if np.ndim(a) == 1:
        return np.squeeze(product, axis=-2)
    return np.squeeze(product, axis=-1) if np.ndim(b) == 1 else product


def tensordot(a, b, axes=2):
    """Return the sum of products over paired axes, as `numpy.tensordot`."""
    if isinstance(axes, (int, np.integer)):
        axes = (tuple(range(np.ndim(a) - axes, np.ndim(a))), tuple(range(axes)))
    axes_a, axes_b = ((x,) if isinstance(x, (int, np.integer)) else tuple(x) for x in axes)
    axes_a = [k % np.ndim(a) for k in axes_a]
    axes_b = [k % np.ndim(b) for k in axes_b]
    letters = "abcdefghijklmnopqrstuvwxyz"
    of_a = list(letters[: np.ndim(a)])
    of_b = list(letters[np.ndim(a) : np.ndim(a) + np.ndim(b)])
    for k_a, k_b in zip(axes_a, axes_b):
        of_b[k_b] = of_a[k_a]
    shared = {of_a[k] for k in axes_a}
    out = [x for x in of_a + of_b if x not in shared]
    return einsum(f"{''.join(of_a)},{''.join(of_b)}->{''.join(out)}", a, b)


def einsum(subscripts, *operands, **kwargs):
    """Return an Einstein sum; pairs of operands are contracted from left to right."""
    if not isinstance(subscripts, str):
        subscripts, operands = _from_lists((subscripts, *operands))
    terms, out = _parse(subscripts, [np.ndim(x) for x in operands])
    labels, result = _drop_repeats(terms[0], operands[0])
    for k, (term, operand) in enumerate(zip(terms[1:], operands[1:])):
        needed = set(out).union(*terms[k + 2 :]) if terms[k + 2 :] else set(out)
        labels, result = _contract(labels, result, *_drop_repeats(term, operand), needed)
    gone = tuple(k for k, x in enumerate(labels) if x not in out)
    if gone:
        result = np.sum(result, axis=gone)
        labels = [x for x in labels if x in out]
    return np.transpose(result, [labels.index(x) for x in out]) if labels != out else result


def _from_lists(given):
    """Subscripts as a string, and operands, of ``einsum(a, [0, 1], b, [1], [0])``."""
    operands, lists = given[: len(given) // 2 * 2 : 2], given[1::2]
    out = given[-1] if len(given) % 2 else None

    def letters(labels):
        return "".join("..." if x is Ellipsis else _LETTERS[x] for x in labels)

    left = ",".join(letters(labels) for labels in lists)
    return (left if out is None else f"{left}->{letters(out)}"), operands


def _parse(subscripts, ndims):
    subscripts = subscripts.replace(" ", "")
    left, arrow, right = subscripts.partition("->")
    terms = left.split(",")
    longest = max(n - len(t.replace("...", "")) for n, t in zip(ndims, terms))
    dots = [chr(0x3B1 + k) for k in range(max(longest, 0))]
    expanded = []
    for term, n in zip(terms, ndims):
        extra = n - len(term.replace("...", ""))
        expanded.append(list(term.replace("...", "".join(dots[len(dots) - extra :]))))
    if arrow:
        return expanded, list(right.replace("...", "".join(dots)))
    flat = [x for t in expanded for x in t]
    return expanded, dots + sorted(x for x in set(flat) if flat.count(x) == 1 and x not in dots)


def _drop_repeats(labels, x):
    labels = list(labels)
    for label in list(labels):
        while labels.count(label) > 1:
            first = labels.index(label)
            second = labels.index(label, first + 1)
            x = np.diagonal(x, 0, first, second)
            labels = [y for k, y in enumerate(labels) if k not in (first, second)] + [label]
    return labels, x


def _contract(labels_a, a, labels_b, b, needed):
    a, labels_a = _sum_out(a, labels_a, lambda x: x not in needed and x not in labels_b)
    b, labels_b = _sum_out(b, labels_b, lambda x: x not in needed and x not in labels_a)
    shared = [x for x in labels_a if x in labels_b]
    batch = [x for x in shared if x in needed]
    summed = [x for x in shared if x not in needed]
    free_a = [x for x in labels_a if x not in shared]
    free_b = [x for x in labels_b if x not in shared]
    size = {**dict(zip(labels_b, np.shape(b))), **dict(zip(labels_a, np.shape(a)))}
    if not summed:
        a = _arrange(a, labels_a, batch + free_a + free_b)
        return batch + free_a + free_b, a * _arrange(b, labels_b, batch + free_a + free_b)
    a = np.transpose(a, [labels_a.index(x) for x in batch + free_a + summed])
    b = np.transpose(b, [labels_b.index(x) for x in batch + summed + free_b])
    sizes = [[size[x] for x in group] for group in (batch, free_a, summed, free_b)]
    m, k, n = (int(np.prod(group)) for group in sizes[1:])
    product = matmul(
        np.reshape(a, (*sizes[0], m, k)), np.reshape(b, (*sizes[0], k, n))
    )
    return batch + free_a + free_b, np.reshape(product, (*sizes[0], *sizes[1], *sizes[3]))


def _sum_out(x, labels, is_gone):
    axes = tuple(k for k, label in enumerate(labels) if is_gone(label))
    if not axes:
        return x, labels
    return np.sum(x, axis=axes), [y for k, y in enumerate(labels) if k not in axes]


def _arrange(x, labels, order):
    present = [y for y in order if y in labels]
    x = np.transpose(x, [labels.index(y) for y in present])
    sizes = iter(np.shape(x))
    return np.reshape(x, tuple(next(sizes) if y in labels else 1 for y in order))
