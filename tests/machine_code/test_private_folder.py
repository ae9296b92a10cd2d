"""Folders of the user alone: what is opened is looked at, and nothing is reached by its name."""

import os
import re
import threading

import pytest

from lightppl.machine_code import private_folder as module
from lightppl.errors import CacheError
from lightppl.machine_code.private_folder import (
    names_in, private_folder, read_file, remove_file, time_of_use, touch_file, write_file,
)
from tests import attackers

pytestmark = attackers.needs_owners


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "mine"
    path.mkdir(mode=0o700)
    return path


def test_a_missing_folder_is_made_for_the_user_alone(tmp_path):
    with private_folder(tmp_path / "a" / "b") as outer, private_folder("c", inside=outer) as inner:
        assert inner.path == tmp_path / "a" / "b" / "c"
    assert (tmp_path / "a" / "b" / "c").stat().st_mode & 0o777 == 0o700
    with pytest.raises(FileNotFoundError), private_folder(tmp_path / "d", make=False):
        pass


@pytest.mark.parametrize(
    "attack, found",
    [
        pytest.param(
            attackers.give_away, "belongs to another user", marks=attackers.needs_root
        ),
        (attackers.open_to_all, "Other users can write"),
        (attackers.put_link, "is no folder; links are not followed"),
        (attackers.put_dangling_link, "is no folder; links are not followed"),
        (attackers.put_pipe, "is no folder"),
        (attackers.put_file, "is no folder"),
    ],
)
@pytest.mark.parametrize("is_inside", [False, True])
def test_what_is_not_a_folder_of_the_user_alone_is_refused(path, attack, found, is_inside):
    attacked = path / "inner" if is_inside else path
    attacked.mkdir(mode=0o700, exist_ok=True)
    attack(attacked)
    with pytest.raises(CacheError, match=found) as caught:
        if is_inside:
            with private_folder(path) as outer, private_folder("inner", inside=outer):
                pass
        else:
            with private_folder(path):
                pass
    message = str(caught.value)
    assert str(attacked) in message and "chmod" not in message
    remedy = "Delete it" if is_inside else "Set LIGHTPPL_CACHE_DIR to a new folder.*delete this one"
    assert re.search(remedy, message)


@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(attackers.give_away, marks=attackers.needs_root),
        attackers.open_to_all, attackers.put_link, attackers.put_dangling_link,
        attackers.put_pipe, attackers.put_folder,
    ],
)
def test_what_is_not_a_file_of_the_user_alone_is_as_if_missing(path, attack):
    with private_folder(path) as folder:
        write_file(folder, "x", b"content")
        assert read_file(folder, "x") == b"content"
        attack(path / "x")
        assert read_file(folder, "x") is None
        assert read_file(folder, "never written") is None


def test_who_exchanges_the_folder_exchanges_nothing(path):
    """Between opening and reading, the name of the folder is given to another one."""
    with private_folder(path) as folder:
        write_file(folder, "x", b"mine")
        path.rename(path.with_name("away"))
        path.mkdir(mode=0o700)
        (path / "x").write_bytes(b"theirs")
        assert read_file(folder, "x") == b"mine"
        write_file(folder, "y", b"mine too")
        remove_file(folder, "x")
    assert os.listdir(path) == ["x"] and os.listdir(path.with_name("away")) == ["y"]


def test_writing_never_reaches_through_what_is_in_place(path, tmp_path):
    precious = tmp_path / "precious"
    for place in ("symbolic", "hard"):
        precious.write_text("data")
        link = path / place
        link.symlink_to(precious) if place == "symbolic" else os.link(precious, link)
        with private_folder(path) as folder:
            touch_file(folder, place)
            write_file(folder, place, b"code")
            assert read_file(folder, place) == b"code"
        assert precious.read_text() == "data"


def test_a_new_file_is_written_once_whoever_is_first(path):
    found = []

    def write(k):
        with private_folder(path) as folder:
            try:
                write_file(folder, "x", b"%d" % k, may_replace=False)
                found.append(k)
            except FileExistsError:
                pass

    threads = [threading.Thread(target=write, args=(k,)) for k in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(found) == 1 and (path / "x").read_bytes() == b"%d" % found[0]
    assert os.listdir(path) == ["x"]


def test_a_file_that_cannot_be_finished_leaves_nothing(path, monkeypatch):
    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "replace", fail)
    with private_folder(path) as folder:
        with pytest.raises(OSError, match="No space left"):
            write_file(folder, "x", b"content")
        assert names_in(folder) == []


def test_touching_is_using(path):
    with private_folder(path) as folder:
        write_file(folder, "x", b"content")
        os.utime(path / "x", (1.0, 1.0))
        assert time_of_use(folder, "x") == 1.0 and time_of_use(folder, "y") == 0.0
        touch_file(folder, "x")
        touch_file(folder, "y")
        assert time_of_use(folder, "x") > 1e9


def test_descriptors_are_closed(path):
    count = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None
    for _ in range(5):
        with private_folder(path) as folder:
            write_file(folder, "x", b"content")
            read_file(folder, "x")
            read_file(folder, "missing")
        with pytest.raises(CacheError), private_folder(path / "x"):
            pass
    if count is None:
        pytest.skip("no list of open files on this system")
    assert len(os.listdir("/proc/self/fd")) == count
