"""What to write instead of asking Python whether a traced value is true."""

import ast
from functools import reduce

from lightppl.autodiff.user_expression import Remedy, text_of


def remedy_of_truth(expression):
    """Return the remedy where the truth of an expression is asked for.

    Parameters
    ----------
    expression : Expression

    Returns
    -------
    Remedy, str or None
        A sentence alone means that the expression itself is to blame.
    """
    node, parent = expression.node, expression.parents[0] if expression.parents else None
    if isinstance(node, ast.Call):
        found = _of_choosing_call(expression)
        if found is not None:
            return found
    return _of_condition(node, parent)


def _of_condition(node, parent):
    if isinstance(node, (ast.If, ast.While, ast.IfExp, ast.Assert)):
        node, parent = node.test, node
    if isinstance(node, ast.Compare) and len(node.ops) > 1:
        return f"use {_chain(node)}"
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn)):
        return f"use np.isin({ast.unparse(node.left)}, {ast.unparse(node.comparators[0])})"
    if isinstance(node, ast.BoolOp):
        operator = " & " if isinstance(node.op, ast.And) else " | "
        return f"use {operator.join(f'({ast.unparse(value)})' for value in node.values)}"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return f"use ~({ast.unparse(node.operand)})"
    test = ast.unparse(node)
    if isinstance(parent, ast.BoolOp):
        return _of_condition(parent, None)
    if isinstance(parent, ast.IfExp) and node is parent.test:
        branches = f"{ast.unparse(parent.body)}, {ast.unparse(parent.orelse)}"
        return Remedy(f"`{text_of(parent)}`", f"use np.where({test}, {branches})")
    if isinstance(parent, ast.If):
        return Remedy(
            f"`if {test}`",
            f"use np.where({test}, a, b), or lightppl.contrib.control_flow.cond where only one of "
            "the two may be computed",
        )
    if isinstance(parent, ast.While):
        return Remedy(
            f"`while {test}`",
            "use lightppl.contrib.control_flow.scan over a fixed number of steps, with np.where "
            "for those that count",
        )
    if isinstance(parent, ast.Assert):
        return Remedy(f"`assert {test}`", "leave it away, or check the data outside of the model")
    return f"use np.where({test}, a, b)"


def _of_choosing_call(expression):
    node = expression.node
    function = expression.value_of(node.func)
    arguments = ", ".join(ast.unparse(x) for x in node.args)
    if not any(function is x for x in (min, max, any, all, sorted)):
        return None
    name = "sort" if function is sorted else function.__name__
    if len(node.args) > 1:
        return f"use {_pairwise(f'np.{name}imum', node.args)}"
    return f"use np.{name}({arguments})"


def _pairwise(function, nodes):
    """Return ``function(function(a, b), c)``."""
    texts = map(ast.unparse, nodes)
    return reduce(lambda a, b: f"{function}({a}, {b})", texts)


def _chain(node):
    """Return ``(a < b) & (b < c)`` for ``a < b < c``."""
    sides = [node.left, *node.comparators]
    pairs = [ast.Compare(a, [op], [b]) for a, op, b in zip(sides, node.ops, sides[1:])]
    return " & ".join(f"({ast.unparse(pair)})" for pair in pairs)
