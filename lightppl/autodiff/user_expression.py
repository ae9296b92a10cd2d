"""The expression of the user's that Python is evaluating, as a syntax tree.

An instruction of compiled Python knows the columns of its source, so that of
``np.array([x[0], math.exp(y)])`` it is known whether the call of `array` or of `exp` asked for a
value, and an error can name what to write instead: a `Remedy`.
"""

import ast
import builtins
import linecache
from contextlib import suppress
from functools import lru_cache

from lightppl.records import record
from lightppl.user_line import is_of_user, user_frame

LONGEST_TEXT = 70
"""Columns of source that are quoted in a message."""


@record
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


class Expression:
    """A piece of the user's source while it runs.

    Attributes
    ----------
    node : ast.AST
    parents : tuple of ast.AST
        What encloses it, innermost first.
    frame : frame
        Where its names have values.
    """

    def __init__(self, node, parents, frame):
        self.node, self.parents, self.frame = node, parents, frame

    def value_of(self, node):
        """Return the value of a name, or of an attribute of one; None where it is neither."""
        if isinstance(node, ast.Name):
            for names in (self.frame.f_locals, self.frame.f_globals, vars(builtins)):
                if node.id in names:
                    return names[node.id]
        if isinstance(node, ast.Attribute):
            owner = self.value_of(node.value)
            with suppress(Exception):  # a property of the user's may raise anything
                return getattr(owner, node.attr, None)
        return None


def expressions_under_way(error=None):
    """Return what the user's innermost line is evaluating.

    Parameters
    ----------
    error : Exception, optional
        Look at where it was raised instead.

    Returns
    -------
    list of Expression
        One where Python knows columns (3.11 and later); otherwise all of the line, outermost
        first; none without source.
    """
    place = _place_of_error(error) if error is not None else _place_of_user()
    if place is None:
        return []
    frame, instruction, line = place
    found = _paths_at(frame.f_code, instruction, line)
    return [Expression(node, parents, frame) for node, *parents in found]


def location_of_error(error):
    """Return ``"file.py:12"`` of the user's innermost line that an error passed, or None."""
    place = _place_of_error(error)
    return f"{place[0].f_code.co_filename}:{place[2]}" if place else None


def text_of(node):
    """Return the source of a syntax tree, cut where it is long or goes on in another line."""
    text = ast.unparse(node)
    line = text.partition("\n")[0][:LONGEST_TEXT]
    return line if line == text else f"{line} ..."


def _place_of_user():
    frame = user_frame()
    return frame and (frame, frame.f_lasti, frame.f_lineno)


def _place_of_error(error):
    place, step = None, error.__traceback__
    while step is not None:
        if is_of_user(step.tb_frame):
            place = step.tb_frame, step.tb_lasti, step.tb_lineno
        step = step.tb_next
    return place


@lru_cache(maxsize=256)
def _paths_at(code, instruction, line):
    """Return lists of a node and its parents, innermost first."""
    try:
        tree = ast.parse("".join(linecache.getlines(code.co_filename)))
    except (SyntaxError, ValueError):
        return []
    place = _place_of_instruction(code, instruction)
    paths = [path for path in _paths(tree, ()) if hasattr(path[0], "lineno")]
    if place is None:
        return [path for path in paths if path[0].lineno == line]
    # of nodes at one place, as a statement that is one call, the innermost says most
    return [path for path in paths if _place_of(path[0]) == place][-1:]


def _paths(node, parents):
    yield (node, *parents)
    for child in ast.iter_child_nodes(node):
        yield from _paths(child, (node, *parents))


def _place_of(node):
    return node.lineno, node.end_lineno, node.col_offset, node.end_col_offset


def _place_of_instruction(code, instruction):
    if not hasattr(code, "co_positions"):
        return None
    place = list(code.co_positions())[instruction // 2]
    return None if None in place else place
