"""The plan of the house, kept by machine: who may import whom, and habits that keep files readable.

A rule that gets in the way of something better is changed here, in the open, with its reason.
"""

import ast
import builtins
import importlib.util
import math
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "lightppl"
FILES = sorted(PACKAGE.rglob("*.py"))
ALL_FILES = [
    path
    for name in ("lightppl", "tests", "examples", "bench")
    for path in (ROOT / name).rglob("*.py")
]

FOUNDATION = {
    "errors", "threads", "user_line", "arguments", "named_arguments", "settings", "keys", "random",
    "planned", "scipy_functions", "records", "when_used", "libraries", "kernel_arguments", "jit",
    "machine_code", "kernel_compiler",
}
MAY_IMPORT = {
    "autodiff": set(),
    "kernels": set(),
    "diagnostics": set(),
    "distributions": {"autodiff"},
    "compiler": {"autodiff"},
    "language": {"distributions", "autodiff"},
    "reparam": {"language", "distributions", "autodiff"},
    "enumeration": {"language", "distributions", "autodiff"},
    "density": {"compiler", "enumeration", "language", "distributions", "autodiff"},
    "infer": {
        "density", "kernels", "reparam", "enumeration", "language", "distributions", "diagnostics",
        "autodiff",
    },
    "plotting": {"diagnostics", "language"},
}
"""Which folders the files of a folder may import, besides their own and the foundation."""

OPTIONAL = {"matplotlib", "tqdm", "graphviz", "arviz", "dask", "dynesty"}
"""Libraries that are imported where they are used, because they are optional or slow to load."""

FORBIDDEN_NAMES = {"helpers", "misc", "common", "core", "manager", "utils"}
NO_ALGORITHM = {
    "__init__.py", "target.py", "phase_point.py", "algorithm.py", "block.py", "record.py",
    "window.py",
}
"""Files of kernels that hold records, copying and loops, but no published algorithm."""

BEHIND_PUBLIC_PATH = {"handlers": "language", "special": "autodiff", "linalg": "autodiff"}
"""Files directly under lightppl/ that re-export a folder, and that folder."""

PUBLIC_PATHS = {"contrib"}
"""Folders of re-exports only, beside files directly under lightppl/."""

COMMAND = "if __name__ == '__main__':\n    sys.exit(main())"


@cache
def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def place(path):
    return str(path.relative_to(ROOT))


def folder_of(path):
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else None


def imported_modules(tree):
    """Yield (node, absolute module name) for each import, also for what is loaded when used."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "lightppl":
                for alias in node.names:
                    yield node, f"lightppl.{alias.name}"
            else:
                yield node, node.module
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "module_when_used":
            yield node, ast.literal_eval(node.args[0])


def our_folders(tree):
    """Yield (node, folder or file of lightppl) for each import of our own."""
    for node, module in imported_modules(tree):
        parts = module.split(".")
        if parts[0] == "lightppl" and len(parts) > 1:
            yield node, BEHIND_PUBLIC_PATH.get(parts[1], parts[1])


def report(found):
    return "\n".join(found)


def test_folders_import_lower_floors_only():
    found = []
    for path in FILES:
        folder = folder_of(path)
        if folder is None or folder in PUBLIC_PATHS:
            continue
        if folder in FOUNDATION:
            continue
        assert folder in MAY_IMPORT, f"{folder}/ has no floor: add it to MAY_IMPORT"
        allowed = MAY_IMPORT[folder] | FOUNDATION | {folder}
        for node, target in our_folders(tree_of(path)):
            if target not in allowed:
                found.append(f"{place(path)}:{node.lineno} imports lightppl.{target}")
    assert not found, report(found)


def test_the_foundation_stands_on_itself():
    found = []
    for path in FILES:
        if (folder_of(path) or path.stem) not in FOUNDATION:
            continue
        for node, target in our_folders(tree_of(path)):
            if target not in FOUNDATION:
                found.append(f"{place(path)}:{node.lineno} imports lightppl.{target}")
    assert not found, report(found)


def files_needed_by(path, modules):
    """Return the files of lightppl that must be loaded before a file is."""
    names = set()
    for node in tree_of(path).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {modules[name] for name in names & modules.keys()}


def test_no_file_needs_itself():
    """Imports at the top of files never run in a circle; a package's own list does not count."""
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path
        for path in FILES if path.name != "__init__.py"
    }
    needed = {path: files_needed_by(path, modules) for path in modules.values()}
    while free := {path for path, others in needed.items() if not others & needed.keys()}:
        needed = {path: others for path, others in needed.items() if path not in free}
    assert not needed, report(sorted(map(place, needed)))


def test_public_paths_hold_no_logic():
    found = []
    for path in FILES:
        folder = folder_of(path)
        is_path = folder in PUBLIC_PATHS or (folder is None and path.stem not in FOUNDATION)
        if not is_path:
            continue
        for node in tree_of(path).body:
            is_lazy_loader = isinstance(node, ast.FunctionDef) and node.name in {
                "__getattr__", "__dir__",
            }
            plain = (ast.Import, ast.ImportFrom, ast.Assign, ast.Expr)
            is_command = ast.unparse(node) == COMMAND  # ``python -m`` needs a file on the path
            if not (is_lazy_loader or is_command or isinstance(node, plain)):
                found.append(f"{place(path)}:{node.lineno} {type(node).__name__}")
    assert not found, report(found)


def test_files_are_short():
    limits = {"examples": 120}
    found = []
    for path in ALL_FILES:
        limit = limits.get(path.relative_to(ROOT).parts[0], 400)
        size = path.read_text(encoding="utf-8").count("\n")
        if size > limit:
            found.append(f"{place(path)} has {size} lines, at most {limit}")
    assert not found, report(found)


def test_lines_are_short():
    found = [
        f"{place(path)}:{number} has {len(line)} columns"
        for path in ALL_FILES
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1)
        if len(line) > 100
    ]
    assert not found, report(found)


def test_names_of_files_say_what_is_inside():
    found = [place(path) for path in FILES if path.stem in FORBIDDEN_NAMES]
    assert not found, report(found)


def test_every_file_says_what_it_is():
    found = [place(path) for path in FILES if not ast.get_docstring(tree_of(path))]
    assert not found, report(found)


def test_public_names_have_docstrings():
    found = []
    for path in FILES:
        for node in tree_of(path).body:
            is_named = isinstance(node, (ast.FunctionDef, ast.ClassDef))
            if is_named and not node.name.startswith("_") and not ast.get_docstring(node):
                found.append(f"{place(path)}:{node.lineno} {node.name}")
    assert not found, report(found)


def test_every_folder_is_a_package():
    """Otherwise an installed copy would lack it."""
    folders = {path.parent for path in FILES}
    assert not [place(folder) for folder in folders if not (folder / "__init__.py").exists()]


def test_no_star_imports():
    found = [
        f"{place(path)}:{node.lineno}"
        for path in ALL_FILES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
    ]
    assert not found, report(found)


def test_imports_inside_functions_are_optional_or_explained():
    """A late import needs a comment on its line or on the line above that says why."""
    found = []
    for path in FILES:
        lines = path.read_text(encoding="utf-8").split("\n")
        tree = tree_of(path)
        inside = {
            id(node)
            for function in ast.walk(tree)
            if isinstance(function, (ast.FunctionDef, ast.Lambda))
            for node in ast.walk(function)
        }
        for node, module in imported_modules(tree):
            is_explained = "#" in lines[node.lineno - 1] or "#" in lines[node.lineno - 2]
            if id(node) in inside and module.split(".")[0] not in OPTIONAL and not is_explained:
                found.append(f"{place(path)}:{node.lineno} imports {module}")
    assert not found, report(found)


def names_called(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node, node.func.id


def test_source_is_executed_in_two_places_only():
    """Of densities, and of what unpacks the arguments of a kernel."""
    places = {PACKAGE / "compiler/build.py", PACKAGE / "kernel_compiler/entries.py"}
    found = [
        f"{place(path)}:{node.lineno} calls {name}"
        for path in FILES
        if path not in places
        for node, name in names_called(tree_of(path))
        if name in {"exec", "eval", "globals"}
    ]
    assert not found, report(found)


def test_warnings_point_at_the_line_of_the_user():
    """All are issued by `lightppl.user_line.warn`, which finds that line."""
    found = [
        f"{place(path)}:{node.lineno} warns by itself"
        for path in FILES
        if path != PACKAGE / "user_line.py"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and node.attr in {"warn", "warn_explicit"}
    ]
    assert not found, report(found)


def test_settings_alone_reads_the_environment():
    found = []
    for path in FILES:
        for node in ast.walk(tree_of(path)):
            is_environ = isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
            if is_environ and path != PACKAGE / "settings.py":
                found.append(f"{place(path)}:{node.lineno}")
    assert not found, report(found)


MAY_USE = {
    "numba": {"kernel_compiler", "compiler/runtime/registered.py"},
    "llvmlite": {"kernel_compiler", "machine_code/object_code.py", "compiler"},
}
"""Files and folders that know the libraries which make machine code."""


def test_makers_of_machine_code_are_known_to_few():
    found = []
    for path in FILES:
        for node, module in imported_modules(tree_of(path)):
            allowed = MAY_USE.get(module.split(".")[0])
            inside = str(path.relative_to(PACKAGE))
            if allowed is not None and not any(inside.startswith(x) for x in allowed):
                found.append(f"{place(path)}:{node.lineno} imports {module}")
    assert not found, report(found)


def is_kernel(node):
    names = {ast.unparse(item).split("(")[0] for item in node.decorator_list}
    return "kernel" in names


def test_kernels_are_documented():
    found = []
    for path in (PACKAGE / "kernels").rglob("*.py"):
        for node in tree_of(path).body:
            is_public = isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
            if is_public and is_kernel(node) and not ast.get_docstring(node):
                found.append(f"{place(path)}:{node.lineno} {node.name}")
    assert not found, report(found)


def test_algorithms_cite_where_they_come_from():
    found = []
    for path in (PACKAGE / "kernels").rglob("*.py"):
        if path.name in NO_ALGORITHM:
            continue
        tree = tree_of(path)
        documented = [tree, *(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))]
        texts = " ".join(ast.get_docstring(node) or "" for node in documented)
        if not re.search(r"\(\d{4}\)", texts):
            found.append(f"{place(path)} cites no paper with its year")
    assert not found, report(found)


def test_every_operation_has_one_group():
    from lightppl.compiler.graph import ops

    grouped = [*ops.VIEWS, *ops.REDUCTIONS, *ops.ACCUMULATIONS, *ops.CALLS]
    assert sorted(grouped) == sorted(ops.ARRAY_OPERATIONS)
    assert not ops.ELEMENTWISE.keys() & ops.ARRAY_OPERATIONS.keys()


def test_every_operation_has_a_lowering():
    """Whatever emitted source may call exists: in Python, in math, in numpy or in the runtime."""
    from lightppl.compiler.graph import ops
    from lightppl.compiler.write import index, nest, runtime_names
    from lightppl.compiler.runtime import scipy_symbols

    known = {"math": math, "np": np}
    of_scipy = {f"scipy_of_{n}": getattr(scipy_symbols, f"scipy_of_{n}") for n in (1, 2, 3, 4)}
    found, module_of = [], runtime_names.modules_of_functions()
    for op, elementwise in ops.ELEMENTWISE.items():
        for name in re.findall(r"([A-Za-z_][\w.]*)\(", elementwise.source):
            module, _, function = name.rpartition(".")
            if module in of_scipy:
                assert getattr(of_scipy[module], function).address
            elif module and not hasattr(known[module], function):
                found.append(f"{op} calls {name}, which does not exist")
            if not module and name not in module_of and not hasattr(builtins, name):
                found.append(f"{op} calls {name}, which no runtime module is said to have")
    for name, module in module_of.items():
        path = f"{runtime_names.RUNTIME}.{module}"
        if importlib.util.find_spec(path) is None:
            found.append(f"{path} does not exist")
        elif not hasattr(importlib.import_module(path), name):
            found.append(f"{path} has no {name}")
    found += [f"no way to look at {op}" for op in set(ops.VIEWS) - index.VIEW_NAMES]
    found += [f"no way to write {op}" for op in set(ops.ACCUMULATIONS) - index.MAP_NAMES]
    found += [f"no loop for {op}" for op in set(ops.REDUCTIONS) - set(nest.START)]
    assert not found, report(sorted(set(found)))


def test_folders_of_tests_mirror_folders_of_code():
    found = []
    for folder in (ROOT / "tests").iterdir():
        own = {"reference", "correctness", "examples", "fuzz", "__pycache__"}
        if folder.is_dir() and folder.name not in own and not (PACKAGE / folder.name).is_dir():
            found.append(f"tests/{folder.name}/ tests no folder of lightppl")
    assert not found, report(found)


@pytest.mark.parametrize("path", ["lightppl", "lightppl.distributions", "lightppl.infer"])
def test_importing_is_light(path):
    heavy = ("numba", "autograd", "scipy.stats", "matplotlib", "tqdm", "pandas", "arviz")
    code = f"import {path}, sys; print([m for m in {heavy!r} if m in sys.modules])"
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert shown.stdout.strip() == "[]"
