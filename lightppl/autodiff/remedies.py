"""What to write instead, where a traced value reached something that needs a plain one.

Python tells only that a value was asked for, by `__array__`, `__float__`, `__index__` or
`__bool__`.  Who asked is found in the user's expression, or among the frames of SciPy and pandas,
and decides the one remedy that applies.

Reading order: the public functions, expressions by kind (calls, indexing, truth), libraries.
"""

import ast
import sys
from dataclasses import dataclass
from functools import reduce
from types import FunctionType

import numpy as np

from lightppl.autodiff.library_remedies import (
    NUMPY_WITHOUT_HOOK, remedy_of_math, remedy_of_scipy, scipy_name,
)
from lightppl.autodiff.user_expression import expressions_under_way, text_of
from lightppl.user_line import is_of_user


@dataclass(frozen=True)
class Remedy:
    """What asked for a value, and what to do about it.

    Attributes
    ----------
    what : str
        Such as "`np.array([a, b])`".
    sentence : str
        Such as "use np.stack([a, b])".
    """

    what: str
    sentence: str


def remedy_for_array():
    """Return the remedy where a traced value is made a plain array."""
    return _remedy(_of_value, expressions_under_way(), "A conversion to a plain array")


def remedy_for_number(what):
    """Return the remedy where a traced value is made a Python number.

    Parameters
    ----------
    what : str
        What it is called where the user's expression cannot be found.
    """
    return _remedy(_of_value, expressions_under_way(), what)


def remedy_for_truth():
    """Return the remedy where Python asks whether a traced value is true."""
    return _remedy(_of_truth, expressions_under_way(), "Python `if`, `while`, `and`, `or` or `not`")


def remedy_for_writing(name):
    """Return the remedy where a function writes traced values into an array.

    Parameters
    ----------
    name : str
        Of the function, where the user's expression cannot be found.
    """
    return _remedy(_of_writing, expressions_under_way(), name)


def remedy_after(error):
    """Return the remedy where somebody else's error says that a traced value was not understood.

    Parameters
    ----------
    error : Exception
    """
    return _remedy(_of_value, expressions_under_way(error), "A conversion to a plain array")


def _remedy(rule, expressions, what):
    library = _of_libraries()
    for expression in expressions:
        found = rule(expression) if library is None else _of_scipy(expression)
        if isinstance(found, Remedy):
            return found
        if found is not None:
            return Remedy(_quoted(expression), found)
    if expressions:
        what = _quoted(expressions[0])
    return library or Remedy(what, OTHERWISE)


def _quoted(expression):
    return f"`{text_of(expression.node)}`"


# ---- a value is asked for ------------------------------------------------------------------------


def _of_value(expression):
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


def _of_writing(expression):
    """The remedy for ``x += value``, ``np.copyto(x, value)`` and ``np.exp(value, out=x)``."""
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
    if isinstance(owner, np.ndarray):
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


# ---- the truth is asked for ----------------------------------------------------------------------


def _of_truth(expression):
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
        return Remedy(f"`{text_of(parent) or test}`", f"use np.where({test}, {branches})")
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


# ---- libraries -----------------------------------------------------------------------------------


def _of_scipy(expression):
    """The remedy for a call of a function of SciPy that the user has named."""
    if not isinstance(expression.node, ast.Call):
        return None
    name = scipy_name(expression.value_of(expression.node.func))
    return None if name is None else remedy_of_scipy(name)


def _of_libraries():
    """The remedy where frames of SciPy or pandas are on the stack, called in some hidden way."""
    frame, name = sys._getframe(1), None
    while frame is not None and not is_of_user(frame):
        module = frame.f_globals.get("__name__", "")
        if module.startswith("pandas."):
            return Remedy("A function of pandas", "use column.to_numpy()")
        if module.startswith("scipy."):
            name = _public_name_of_frame(frame, module) or name
        frame = frame.f_back
    return Remedy(f"`{name}`", remedy_of_scipy(name)) if name else None


def _public_name_of_frame(frame, module):
    function, names = frame.f_code.co_name, frame.f_locals
    if module.startswith("scipy._lib"):  # a decorator, which converts what it passes on
        decorated = [scipy_name(x) for x in names.values() if isinstance(x, FunctionType)]
        return next((name for name in decorated if name), None)
    if "self" in names:
        return scipy_name(getattr(names["self"], function, None))
    return scipy_name(frame.f_globals.get(function), module)


OTHERWISE = "write it with NumPy functions, or with those of lightppl.special and lightppl.linalg"
