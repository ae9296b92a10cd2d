"""The folder of compiled densities: sealed, repaired, bounded."""

import os
from collections import OrderedDict

import numpy as np
import pytest

import lightppl.compiler.build as build
import lightppl.compiler.store as store
from lightppl.density import compile_objective
from lightppl.errors import CacheError
from lightppl.jit import private_folder


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "models_dir", lambda: private_folder(tmp_path / "models-test"))
    monkeypatch.setattr(build, "_functions", OrderedDict())
    return tmp_path / "models-test"


def compile_square():
    build._functions.clear()
    return compile_objective(lambda q: np.sum(q**2), np.ones(3)).function


def machine_code(folder):
    return sorted(folder.glob("*/density_*.nbc"))


def test_a_second_compilation_is_loaded_from_disk(folder):
    compile_square()
    before = build.compile_counts()
    compile_square()
    after = build.compile_counts()
    assert after["compiled"] == before["compiled"] and after["loaded"] == before["loaded"] + 1


@pytest.mark.parametrize("damage", [b"", b"not machine code", None])
def test_damaged_machine_code_is_compiled_again_and_never_loaded(folder, damage):
    compile_square()
    (path,) = machine_code(folder)
    path.write_bytes(path.read_bytes()[:-1] + b"x" if damage is None else damage)
    before = build.compile_counts()
    function = compile_square()
    after = build.compile_counts()
    assert after["compiled"] == before["compiled"] + 1 and after["loaded"] == before["loaded"]
    assert build.Potential(function, 3, np.zeros(0), np.zeros(8, np.int64), 1).size == 3


def test_machine_code_without_a_seal_is_foreign(folder):
    compile_square()
    (seal,) = folder.glob("*.seal")
    seal.unlink()
    before = build.compile_counts()
    compile_square()
    assert build.compile_counts()["compiled"] == before["compiled"] + 1


def test_an_edited_source_is_written_again(folder):
    compile_square()
    (source,) = folder.glob("density_*.py")
    text = source.read_text()
    source.write_text(text + "raise SystemExit\n")
    compile_square()
    assert source.read_text() == text


def test_the_oldest_densities_go_first(folder, monkeypatch):
    monkeypatch.setattr(store, "MAX_DENSITIES", 2)
    private_folder(folder)
    for age, name in enumerate(["density_c", "density_b", "density_a"]):
        (folder / f"{name}.py").write_text(name)
        os.utime(folder / f"{name}.py", (1000 - age, 1000 - age))
    store.seal(folder, "density_c", "density_c")
    assert sorted(p.name for p in folder.glob("*.py")) == ["density_b.py", "density_c.py"]


@pytest.mark.skipif(os.name != "posix", reason="permissions as POSIX knows them")
def test_a_folder_that_others_can_write_to_is_refused(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    with pytest.raises(CacheError, match="Other users can write"):
        private_folder(shared)
