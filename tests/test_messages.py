"""What messages say: nothing that only a reader of the source could know."""

import ast
import importlib
import re

from tests.test_architecture import FILES, place, tree_of

PUBLIC_MODULES = (
    "lightppl", "lightppl.distributions", "lightppl.distributions.constraints",
    "lightppl.distributions.transforms", "lightppl.handlers", "lightppl.infer",
    "lightppl.infer.reparam", "lightppl.infer.mcmc", "lightppl.errors", "lightppl.diagnostics",
    "lightppl.random",
)  # fmt: skip
"""Whose classes users name."""

def public_names():
    names = set()
    for path in PUBLIC_MODULES:
        module = importlib.import_module(path)
        names |= {name for name in dir(module) if not name.startswith("_")}
    return names


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


def test_messages_name_no_internal_class():
    names = internal_classes()
    pattern = re.compile(rf"\b({'|'.join(sorted(names))})\b")
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
        if re.search(r"(?<![\w<}>])_[a-z]\w+", text)
    ]
    assert not found, "\n".join(found)
