"""What messages say: nothing that only a reader of the source could know."""

import ast
import importlib
import re
from functools import cache

import pytest

from tests.test_architecture import FILES, place, tree_of

PUBLIC_MODULES = (
    "lightppl", "lightppl.distributions", "lightppl.distributions.constraints",
    "lightppl.distributions.transforms", "lightppl.handlers", "lightppl.infer",
    "lightppl.infer.reparam", "lightppl.infer.mcmc", "lightppl.errors", "lightppl.diagnostics",
    "lightppl.random", "lightppl.contrib.nested_sampling",
)  # fmt: skip
"""Whose classes users name."""

def public_names():
    names = set()
    for path in PUBLIC_MODULES:
        module = importlib.import_module(path)
        names |= {name for name in dir(module) if not name.startswith("_")}
    return names


@cache
def internal_classes():
    """Classes that users never name; a name that is an ordinary word, such as Site, may stand."""
    public = public_names()
    return {
        node.name
        for path in FILES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ClassDef) and node.name not in public
        and re.match(r"_|[A-Z]+[a-z]+[A-Z]", node.name)
    }


def messages(tree):
    """Yield (line, text) of what is raised, warned of, or returned as a sentence."""
    for node in ast.walk(tree):
        is_call = isinstance(node, ast.Call)
        is_warning = is_call and ast.unparse(node.func) in {"warn", "unsupported"}
        if isinstance(node, ast.Raise) or is_warning:
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.lineno, part.value


def pattern_of_internal_classes():
    return re.compile(rf"\b({'|'.join(sorted(internal_classes()))})\b")


PRIVATE_FUNCTION = re.compile(r"(?<![\w<}>])_[a-z]\w+")


def test_messages_name_no_internal_class():
    pattern = pattern_of_internal_classes()
    found = [
        f"{place(path)}:{line} says {text!r}"
        for path in FILES
        for line, text in messages(tree_of(path))
        if pattern.search(text)
    ]
    assert not found, "\n".join(found)


def test_messages_name_no_private_function():
    found = [
        f"{place(path)}:{line} says {text!r}"
        for path in FILES
        for line, text in messages(tree_of(path))
        if PRIVATE_FUNCTION.search(text)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text",
    ["LocationScale.__init__() is wrong", "SiteInside is discrete", "_Censored", "_draw fails"],
)
def test_a_planted_name_is_found(text):
    """The two tests above see what they look for."""
    (found,) = [x for _, x in messages(ast.parse(f"raise ValueError({text!r})"))]
    assert pattern_of_internal_classes().search(found) or PRIVATE_FUNCTION.search(found)
