"""The folder of compiled densities: sealed, repaired, bounded."""

import os
from collections import OrderedDict

import numpy as np
import pytest

import lightppl.compiler.build as build
import lightppl.code_folder as code_folder
from lightppl.density import compile_objective
from lightppl.errors import CacheError, LightPPLWarning
from lightppl.code_folder import private_folder


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "models_dir", lambda: private_folder(tmp_path / "models-test"))
    monkeypatch.setattr(build, "_functions", OrderedDict())
    return tmp_path / "models-test"


def compile_square():
    build._functions.clear()
    return compile_objective(lambda q: np.sum(q**2), np.ones(3)).function


def machine_code(folder):
    return sorted(folder.glob("code_*"))


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


def test_machine_code_of_another_source_is_foreign(folder):
    compile_square()
    (path,) = machine_code(folder)
    content = path.read_bytes()
    path.unlink()
    code_folder.keep_code(folder, "another source", content, [])
    (other,) = machine_code(folder)
    other.rename(path)
    before = build.compile_counts()
    compile_square()
    assert build.compile_counts()["compiled"] == before["compiled"] + 1


def test_the_oldest_files_go_first(folder, monkeypatch):
    monkeypatch.setattr(code_folder, "MAX_FILES", 2)
    private_folder(folder)
    for name in "abc":
        code_folder.keep_code(folder, name, b"code of " + name.encode(), [name])
        for path in machine_code(folder):
            os.utime(path, (path.stat().st_mtime - 10, path.stat().st_mtime - 10))
    assert [code_folder.find_code(folder, name)[1] for name in "abc"] == [None, ["b"], ["c"]]


@pytest.mark.skipif(os.name != "posix", reason="permissions as POSIX knows them")
def test_a_folder_that_others_can_write_to_is_refused(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    with pytest.raises(CacheError, match="Other users can write"):
        private_folder(shared)


def test_a_model_runs_where_its_code_cannot_be_kept(folder, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.warns(LightPPLWarning, match="No space left.*LIGHTPPL_CACHE_DIR"):
        function = compile_square()
    potential = build.Potential(function, 3, np.zeros(0), np.zeros(8, np.int64), 1)
    assert potential.size == 3
    assert list(folder.iterdir()) == []


def test_a_folder_in_place_of_a_file_is_no_obstacle(folder):
    compile_square()
    (path,) = machine_code(folder)
    path.unlink()
    path.mkdir()
    with pytest.warns(LightPPLWarning, match="cannot be kept"):
        compile_square()


def test_a_file_in_place_of_the_folder_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CacheError, match="cannot be made.*LIGHTPPL_CACHE_DIR"):
        private_folder(tmp_path / "file" / "cache")
