"""What an attacker puts in place of files and folders of compiled code."""

import os
import shutil

import pytest

STRANGER = 65534
"""Somebody else's user id."""

needs_owners = pytest.mark.skipif(os.name != "posix", reason="owners and modes as POSIX knows them")
needs_root = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root can give a file to somebody else"
)


def give_away(path):
    """Make somebody else the owner."""
    os.chown(path, STRANGER, STRANGER)


def open_to_all(path):
    """Let everybody write."""
    path.chmod(path.stat().st_mode | 0o022)


def readable_by_all(path):
    """Let everybody read."""
    path.chmod(path.stat().st_mode | 0o044)


def put_link(path):
    """Move the file or folder away and leave a link to it."""
    away = path.with_name(path.name + ".away")
    path.rename(away)
    path.symlink_to(away)


def put_dangling_link(path):
    """Leave a link that leads nowhere."""
    remove(path)
    path.symlink_to(path.with_name("nowhere"))


def put_pipe(path):
    """Leave a pipe to which nobody writes."""
    remove(path)
    os.mkfifo(path)


def put_folder(path):
    """Leave a folder."""
    remove(path)
    path.mkdir()


def put_file(path):
    """Leave a file of text."""
    remove(path)
    path.write_text("not what was here")


def truncate(path):
    """Leave the first half of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path):
    """Leave an empty file."""
    path.write_bytes(b"")


def remove(path):
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
