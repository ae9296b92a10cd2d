"""Loops and branches as plain Python: what `scan` and `cond` must equal, value and gradient."""

import numpy as np


def scan(f, init, xs=None, length=None, reverse=False, history=1):
    """A Python loop; `xs` is an array or a dict or tuple of arrays."""
    if length is None:
        length = len(next(iter(_leaves(xs))))
    carry, ys = init, [None] * length
    for t in reversed(range(length)) if reverse else range(length):
        carry, ys[t] = f(carry, _at(xs, t))
    return carry, _stack(ys)


def cond(pred, true_fun, false_fun, operand):
    """A Python ``if``."""
    return true_fun(operand) if pred else false_fun(operand)


def _leaves(tree):
    if isinstance(tree, dict):
        tree = tuple(tree.values())
    return [x for part in tree for x in _leaves(part)] if isinstance(tree, tuple) else [tree]


def _at(tree, t):
    if tree is None:
        return None
    if isinstance(tree, dict):
        return {name: _at(part, t) for name, part in tree.items()}
    return tuple(_at(part, t) for part in tree) if isinstance(tree, tuple) else tree[t]


def _stack(trees):
    first = trees[0]
    if first is None:
        return None
    if isinstance(first, dict):
        return {name: _stack([tree[name] for tree in trees]) for name in first}
    if isinstance(first, tuple):
        return tuple(_stack(list(parts)) for parts in zip(*trees))
    return np.stack(trees)
