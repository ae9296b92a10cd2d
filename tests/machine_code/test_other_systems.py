"""Systems that lack what Linux has: code is kept where that is safe, or not kept and it is said."""

import os
import subprocess
import sys
import warnings

import pytest

from lightppl.errors import LightPPLWarning
from lightppl.machine_code import private_folder as module
from lightppl.machine_code.code_folder import cache_clear, find_code, keep_code
from lightppl.machine_code.private_folder import (
    names_in, private_folder, read_file, write_file,
)
from tests import attackers

TEXT, CODE = "def potential(): ...", b"machine\ncode"
DIGITS = "0123456789abcdef0123"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LIGHTPPL_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "lightppl-compiled" / f"models-{DIGITS}"


@pytest.fixture
def no_owners(monkeypatch):
    """Neither owners nor folders by descriptor, as on Windows."""
    monkeypatch.delattr(os, "geteuid", raising=False)
    monkeypatch.setattr(os, "supports_dir_fd", set())
    for name in ("O_NOFOLLOW", "O_DIRECTORY"):
        monkeypatch.delattr(os, name, raising=False)


@attackers.needs_owners
def test_this_system_opens_folders_and_looks_at_owners():
    assert module.has_owners() and module.opens_folders()


def test_without_owners_code_is_kept_and_found_by_paths(folder, no_owners):
    assert keep_code(folder, TEXT, CODE, ["name", None])
    assert find_code(folder, TEXT) == (CODE, ["name", None])
    path = next(x for x in folder.iterdir() if x.name.startswith("code_"))
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert find_code(folder, TEXT) == (None, None), "seals are looked at everywhere"
    assert keep_code(folder, TEXT, CODE, [])
    cache_clear()
    assert not folder.exists()


def test_a_file_that_another_process_reads_stays_where_it_cannot_be_replaced(
    tmp_path, monkeypatch, no_owners
):
    def refuse(*args, **kwargs):
        raise PermissionError(13, "Access is denied")

    with private_folder(tmp_path / "ours") as ours:
        write_file(ours, "x", b"content")
        monkeypatch.setattr(os, "replace", refuse)
        write_file(ours, "x", b"the same")
        assert read_file(ours, "x") == b"content"
        with pytest.raises(PermissionError):
            write_file(ours, "never written", b"content")
        assert names_in(ours) == ["x"], "nothing is left over"


@attackers.needs_owners
def test_where_files_have_owners_a_refusal_is_an_error(tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError(1, "Operation not permitted")

    with private_folder(tmp_path / "ours") as ours:
        write_file(ours, "x", b"content")
        monkeypatch.setattr(os, "replace", refuse)
        with pytest.raises(PermissionError):
            write_file(ours, "x", b"other")


LACKS = {
    "a flag": lambda patch: patch.delattr(os, "O_NOFOLLOW"),
    "another flag": lambda patch: patch.delattr(os, "O_DIRECTORY"),
    "names in folders": lambda patch: patch.setattr(os, "supports_dir_fd", {os.open, os.stat}),
    "lists of open folders": lambda patch: patch.setattr(os, "supports_fd", set()),
}


@attackers.needs_owners
@pytest.mark.parametrize("lacking", LACKS)
def test_owners_without_safe_folders_keep_nothing_and_one_sentence_says_so(
    folder, monkeypatch, lacking
):
    LACKS[lacking](monkeypatch)
    with pytest.warns(LightPPLWarning, match="opens no folder without following links") as caught:
        assert not keep_code(folder, TEXT, CODE, [])
    assert len(caught) == 1 and "LIGHTPPL_CACHE_DIR" not in str(caught[0].message)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert find_code(folder, TEXT) == (None, None)
    assert not folder.parent.parent.exists(), "nothing was made"


POORER = """
import os, sys
for name in (
    "geteuid", "getuid", "fork", "register_at_fork", "sched_getaffinity", "O_NOFOLLOW",
    "O_DIRECTORY", "O_CLOEXEC", "O_NONBLOCK", "RTLD_NOLOAD",
):
    if name in sys.argv[1].split(",") and hasattr(os, name):
        delattr(os, name)
if "fcntl" in sys.argv[1]:
    os.supports_dir_fd.clear()
    sys.modules.update(dict.fromkeys(("fcntl", "termios", "resource")))
import numpy as np
import lightppl
from lightppl.compiler.build import compile_counts
from lightppl.density.potential import compile_objective
from lightppl.infer import MCMC, NUTS
x = np.linspace(0.1, 0.9, 7)
function = lambda q: np.sum(np.exp(q * x)) + q[0] ** 2
assert lightppl.get_num_threads() >= 1 and MCMC and NUTS
value, gradient = compile_objective(function, np.zeros(7))(0.5 * x)
np.testing.assert_allclose(value, function(0.5 * x), rtol=1e-12)
expected = x * np.exp(0.5 * x * x) + np.array([x[0], 0, 0, 0, 0, 0, 0])
np.testing.assert_allclose(gradient, expected, rtol=1e-12)
print(compile_counts())
"""
WINDOWS = (
    "geteuid,getuid,fork,register_at_fork,sched_getaffinity,O_NOFOLLOW,O_DIRECTORY,O_CLOEXEC,"
    "O_NONBLOCK,RTLD_NOLOAD,fcntl"
)


def run_without(names):
    run = subprocess.run(
        [sys.executable, "-W", "always", "-c", POORER, names], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip(), run.stderr


def test_a_density_is_compiled_and_kept_without_all_that_windows_lacks(folder):
    assert run_without(WINDOWS)[0] == "{'compiled': 1, 'loaded': 0}"
    assert run_without(WINDOWS)[0] == "{'compiled': 0, 'loaded': 1}"


@attackers.needs_owners
def test_a_density_is_compiled_each_time_where_folders_are_not_safe(folder):
    for _ in range(2):
        shown, warned = run_without("O_NOFOLLOW")
        assert shown == "{'compiled': 1, 'loaded': 0}"
        assert warned.count("opens no folder without following links") == 1
