"""What to write instead of an expression that makes a plain value of a traced one.

Reading order: the public functions, then calls, conversions, indexing and assignment, operators.
"""

import ast

import numpy as np

from lightppl.autodiff.library_remedies import (
    NUMPY_WITHOUT_HOOK, remedy_of_math, remedy_of_scipy, scipy_name,
)
from lightppl.autodiff.user_expression import Remedy, text_of


def remedy_of_value(expression):
    """Return the remedy where an expression needs a plain value, or None.

    Parameters
    ----------
    expression : Expression

    Returns
    -------
    Remedy, str or None
        A sentence alone means that the expression itself is to blame.
    """
    node = expression.node
    if isinstance(node, ast.Call):
        return _of_call(expression)
    if isinstance(node, ast.Subscript):
        return _of_index(expression)
    if isinstance(node, (ast.AugAssign, ast.Assign)):
        return _of_assignment(node)
    if isinstance(node, (ast.BinOp, ast.Compare)):
        return _of_operator(expression)
    return None


def _of_call(expression):
    node = expression.node
    function = expression.value_of(node.func)
    of_scipy = _of_scipy(expression)
    if of_scipy is not None:
        return of_scipy
    if getattr(function, "__module__", None) == "math":
        return f"use {remedy_of_math(function.__name__, _arguments(node))}"
    if isinstance(node.func, ast.Attribute):
        found = _of_owner(expression)
        if found is not None:
            return found
    if any(function is x for x in (np.array, np.asarray, np.asanyarray, np.float64, float)):
        return _of_conversion(expression)
    if isinstance(function, np.vectorize) or _is_call_of(expression, np.vectorize):
        return NUMPY_WITHOUT_HOOK[np.vectorize]
    return next((text for x, text in NUMPY_WITHOUT_HOOK.items() if x is function), None)


def remedy_of_writing(expression):
    """Return the remedy for ``x += value``, ``np.copyto(x, value)`` and ``np.exp(value, out=x)``.

    Parameters
    ----------
    expression : Expression

    Returns
    -------
    Remedy, str or None
    """
    node = expression.node
    if isinstance(node, (ast.AugAssign, ast.Assign)):
        return _of_assignment(node)
    if isinstance(node, ast.Subscript):
        return _of_assignment(expression.parents[0])
    if not isinstance(node, ast.Call):
        return None
    if expression.value_of(node.func) is np.full:
        return NUMPY_WITHOUT_HOOK[np.full]
    if any(keyword.arg == "out" for keyword in node.keywords):
        return f"use the returned array: out = {ast.unparse(node.func)}(...)"
    return "use lightppl.special.set_at(x, idx, value), which returns a new array"


def _of_owner(expression):
    """The remedy for ``owner.method(...)``."""
    node = expression.node
    owner = expression.value_of(node.func.value)
    # what a call or an index gave is not known; a method of this name belongs to an array
    if isinstance(owner, np.ndarray) or (owner is None and node.func.attr == "dot"):
        return _of_method(node)
    if isinstance(owner, (np.random.Generator, np.random.RandomState)) or owner is np.random:
        return 'draw with lightppl.sample("name", distribution)'
    if _is_of(owner, "pandas"):
        return f"use {ast.unparse(node.func.value)}.to_numpy()"
    if _is_call_of(expression, np.random.default_rng, node.func.value):
        return 'draw with lightppl.sample("name", distribution)'
    return None


def _is_call_of(expression, function, node=None):
    node = expression.node.func if node is None else node
    return isinstance(node, ast.Call) and expression.value_of(node.func) is function


def _arguments(node):
    return ", ".join(ast.unparse(x) for x in [*node.args, *node.keywords])


def _of_conversion(expression):
    node, parent = expression.node, expression.parents[0]
    if not node.args:
        return None
    argument = node.args[0]
    around = expression.value_of(parent.func) if isinstance(parent, ast.Call) else None
    if getattr(around, "__module__", None) == "math" and len(parent.args) == 1:
        return f"use {remedy_of_math(around.__name__, ast.unparse(argument))}"
    if isinstance(argument, (ast.List, ast.Tuple)):
        stacked = _stack(argument)
        return f"use {stacked if len(stacked) < 100 else 'np.stack'}"
    if isinstance(argument, (ast.ListComp, ast.GeneratorExp)):
        return "use np.stack of the list"
    return f"leave {ast.unparse(node.func)} away: the value takes part in arithmetic as it is"


def _stack(node):
    """Return ``np.stack([...])`` of a list of expressions, nested as the list is."""
    if not isinstance(node, (ast.List, ast.Tuple)):
        return ast.unparse(node)
    return f"np.stack([{', '.join(_stack(item) for item in node.elts)}])"


def _of_method(node):
    """The remedy for a method of a plain array that was given a traced value."""
    array, method = ast.unparse(node.func.value), node.func.attr
    arguments = _arguments(node)
    if method in ("dot", "__matmul__"):
        return f"use {array} @ {arguments}"
    if method == "take":
        return f"use lightppl.special.take({array}, {arguments})"
    if method in ("fill", "put", "itemset", "__setitem__"):
        return "use np.broadcast_to(value, shape) or lightppl.special.set_at(x, index, value)"
    return f"use np.{method}({array}, {arguments})"


def _of_index(expression):
    node = expression.node
    array, index = ast.unparse(node.value), ast.unparse(node.slice)
    if isinstance(node.ctx, ast.Store):
        return _of_assignment(expression.parents[0])
    owner = expression.value_of(node.value)
    if owner is np.r_ or owner is np.c_:
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        joined = ", ".join(ast.unparse(part) for part in parts)
        return f"use {'np.concatenate' if owner is np.r_ else 'np.column_stack'}([{joined}])"
    if _is_of(owner, "pandas"):
        return f"use lightppl.special.take({array}.to_numpy(), {index})"
    if isinstance(owner, (list, tuple)):
        array = f"np.stack({array})"
    if isinstance(node.value, ast.Dict) or isinstance(owner, dict):
        array = f"np.stack(list({array}.values()))"
    if isinstance(node.slice, ast.Slice):
        return "use np.where with a mask instead of a slice, whose ends must be plain integers"
    if isinstance(node.slice, ast.Tuple):
        first, *others = node.slice.elts
        if all(isinstance(x, ast.Slice) and not (x.lower or x.upper or x.step) for x in others):
            return f"use lightppl.special.take({array}, {ast.unparse(first)})"
        return f"use {_taken(array, node.slice.elts)}"
    return f"use lightppl.special.take({array}, {index})"


def _taken(array, items):
    """Return nested calls of ``take`` along the axes of an index; integers drop their axis."""
    axis = 0
    for item in items:
        if isinstance(item, ast.Slice):
            axis += 1
        else:
            array = f"lightppl.special.take({array}, {ast.unparse(item)}, axis={axis})"
    return array


def _of_assignment(statement):
    """The remedy for ``x[i] = value`` and ``x += value``, where x is a plain array."""
    target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
    value = ast.unparse(statement.value)
    if isinstance(statement, ast.AugAssign):
        operator = ast.unparse(ast.BinOp(ast.Name("a"), statement.op, ast.Name("b")))[2:-2]
        value = f"{ast.unparse(target)} {operator} {value}"
    if not isinstance(target, ast.Subscript):
        return Remedy(f"`{text_of(statement)}`", f"use {ast.unparse(target)} = {value}")
    array, index = ast.unparse(target.value), ast.unparse(target.slice)
    if isinstance(target.slice, (ast.Slice, ast.Tuple)):
        index = f"np.s_[{index}]"
    new = f"{array} = lightppl.special.set_at({array}, {index}, {value})"
    return Remedy(f"`{text_of(statement)}`", f"use {new}")


def _of_operator(expression):
    """The remedy for an operator whose other side is of a library without a hook."""
    node = expression.node
    if isinstance(node, ast.BinOp) and isinstance(node.left, (ast.Constant, ast.JoinedStr)):
        return "use an f-string, which shows the shape of a traced value"
    rights = [node.right] if isinstance(node, ast.BinOp) else node.comparators
    for side in (node.left, *rights):
        value = expression.value_of(side)
        if _is_of(value, "pandas"):
            return f"use {ast.unparse(side)}.to_numpy()"
        if _is_of(value, "scipy.sparse"):
            return f"use {ast.unparse(side)}.toarray()"
    return None


def _is_of(value, library):
    return type(value).__module__.startswith(library)


def remedy_of_named_library(expression):
    """Return the remedy for a function of SciPy, or a column of pandas, that is named, or None.

    Parameters
    ----------
    expression : Expression
    """
    node = expression.node
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if _is_of(expression.value_of(node.func.value), "pandas"):
            return _of_owner(expression)
    if isinstance(node, ast.Subscript) and _is_of(expression.value_of(node.value), "pandas"):
        return _of_index(expression)
    return _of_scipy(expression)


def _of_scipy(expression):
    """The remedy for a call of a function of SciPy that the user has named."""
    if not isinstance(expression.node, ast.Call):
        return None
    name = scipy_name(expression.value_of(expression.node.func))
    return None if name is None else remedy_of_scipy(name)
