"""The folder of compiled densities depends on all that shapes code; bad code is made anew."""

import ast
import os
import subprocess
import sys
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

import lightppl.compiler.build as build
from lightppl import jit
from lightppl.machine_code.code_folder import PACKAGE
from lightppl.compiler import store
from lightppl.density import compile_objective
from lightppl.errors import LightPPLWarning

KEEP_OR_REFUSE = {
    "errors.py", "settings.py", "arguments.py", "machine_code/code_folder.py",
    "machine_code/code_seal.py", "machine_code/private_folder.py", "libraries.py",
    "when_used.py", "planned.py",
}  # fmt: skip
"""Files that say where code is kept, when it is loaded and what is refused, but not what code
becomes."""


def files_imported_by(path):
    """Yield the files of lightppl that a file imports anywhere, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            modules = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "module_when_used":
            modules = [ast.literal_eval(node.args[0])] if "lightppl." in ast.unparse(node) else []
        for module in modules:
            place = PACKAGE.parent.joinpath(*module.split("."))
            if module.startswith("lightppl.") and place.with_suffix(".py").is_file():
                yield place.with_suffix(".py")


def files_behind(paths):
    """Return all files of lightppl that some files import, directly or not."""
    found, waiting = set(), list(paths)
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += files_imported_by(path)
    return found


def uncovered(roots, sources):
    """Return what the roots import and the sources lack, in terms of the package."""
    missing = files_behind(roots) - set(sources)
    return sorted({str(path.relative_to(PACKAGE)) for path in missing} - KEEP_OR_REFUSE)


def files_of(*folders):
    return [path for folder in folders for path in (PACKAGE / folder).rglob("*.py")]


def test_the_name_of_the_folder_covers_all_that_runtime_code_imports():
    roots = files_of("compiler/runtime", "compiler/lower")
    assert len(roots) > 20
    assert uncovered(roots, store.compiler_sources()) == []


def test_the_name_of_the_folder_of_kernels_covers_all_that_kernels_import():
    roots = [*files_of("kernels", "diagnostics"), PACKAGE / "kernel_compiler/entries.py"]
    assert len(roots) > 20
    assert uncovered(roots, jit.kernel_sources()) == []


@pytest.mark.parametrize(
    "forgotten", ["compiler/runtime/scratch.py", "compiler/runtime/symbolic.py"]
)
def test_a_forgotten_file_is_found(forgotten):
    sources = [x for x in store.compiler_sources() if x != PACKAGE / forgotten]
    assert uncovered(files_of("compiler/runtime"), sources) == [forgotten]


def test_the_folders_depend_on_versions(monkeypatch):
    before = store.models_dir(), jit.kernel_cache_dir()
    monkeypatch.setattr(store, "target_name", lambda: "another processor")
    monkeypatch.setattr(jit, "target_name", lambda: "another processor")
    after = store.models_dir(), jit.kernel_cache_dir()
    assert all(x != y for x, y in zip(before, after))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    folder = tmp_path / "lightppl-compiled" / "models-0123456789abcdef0123"
    monkeypatch.setattr(build, "models_dir", lambda: folder)
    monkeypatch.setattr(build, "_functions", OrderedDict())
    return folder


def compile_square():
    build._functions.clear()
    return compile_objective(lambda q: np.sum(q**2), np.ones(3)).function


def test_a_second_compilation_is_loaded_from_disk(folder):
    compile_square()
    before = build.compile_counts()
    compile_square()
    after = build.compile_counts()
    assert after["compiled"] == before["compiled"] and after["loaded"] == before["loaded"] + 1


@pytest.mark.parametrize("damage", [b"", b"not machine code", None])
def test_damaged_machine_code_is_compiled_again_and_never_loaded(folder, damage):
    compile_square()
    (path,) = folder.glob("code_*")
    path.write_bytes(path.read_bytes()[:-1] + b"x" if damage is None else damage)
    before = build.compile_counts()
    function = compile_square()
    after = build.compile_counts()
    assert after["compiled"] == before["compiled"] + 1 and after["loaded"] == before["loaded"]
    assert build.Potential(function, 3, np.zeros(0), np.zeros(8, np.int64), 1).size == 3


def test_a_model_runs_where_its_code_cannot_be_kept(folder, monkeypatch):
    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.warns(LightPPLWarning, match="No space left.*LIGHTPPL_CACHE_DIR"):
        function = compile_square()
    potential = build.Potential(function, 3, np.zeros(0), np.zeros(8, np.int64), 1)
    assert potential.size == 3


FORK_WHILE_COMPILING = """
import os, signal, sys, threading, time
import numpy as np
from lightppl.compiler import build
from lightppl.density import compile_objective

compile_llvm = build.compile_llvm
is_compiling = threading.Event()

def slowly(text):
    is_compiling.set()
    time.sleep(0.3)
    return compile_llvm(text)

build.compile_llvm = slowly
build.find_code = lambda folder, text: (None, None)
build.keep_code = lambda *args: None
thread = threading.Thread(target=compile_objective, args=(lambda q: np.sum(q**3), np.ones(3)))
thread.start()
is_compiling.wait()
child = os.fork()
if child == 0:
    signal.alarm(20)
    value, _ = compile_objective(lambda q: np.sum(q**4), np.ones(2))(np.array([1.0, 2.0]))
    os._exit(0 if value == 17.0 else 1)
thread.join()
print(os.waitpid(child, 0)[1])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_process_forked_while_another_thread_compiles_can_compile():
    root = str(Path(build.__file__).resolve().parents[3])
    environment = {**os.environ, "PYTHONPATH": root}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORK_WHILE_COMPILING], env=environment,
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.stdout.strip() == "0", done.stdout + done.stderr
