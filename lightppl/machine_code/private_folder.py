"""Folders of the user alone, opened once, and files that are reached through them.

Other users may be able to write to a folder above, as in ``/tmp``: they rename what is in it, or
put links, pipes and folders of their own there.  So a folder is opened without following a link,
what was opened is looked at (not what its name means a moment later), and files are named relative
to what was opened.  Whoever then exchanges the folder under its name exchanges nothing here, which
is why the folders above need no check.

A file is read only if it is a plain file of the user's own to which nobody else can write; links,
pipes, and files of others are treated as missing.
"""

import errno
import functools
import operator
import os
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from lightppl.errors import CacheError

OTHERS_WRITE = 0o022
OTHERS_USE = 0o077


def _flags(*names):
    """Return those of some flags of `os.open` that this system has."""
    return functools.reduce(operator.or_, (getattr(os, name, 0) for name in names))


_FOLDER_FLAGS = _flags("O_RDONLY", "O_DIRECTORY", "O_NOFOLLOW", "O_CLOEXEC")
# O_NONBLOCK: a pipe that nobody writes to must not be waited for
_READ_FLAGS = _flags("O_RDONLY", "O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY")
_NEW_FLAGS = _flags("O_WRONLY", "O_CREAT", "O_EXCL", "O_NOFOLLOW", "O_CLOEXEC", "O_BINARY")

_BY_DESCRIPTOR = ("open", "mkdir", "stat", "unlink", "rmdir", "link", "rename", "utime")

TEMPORARY = "unfinished_"
"""Beginning of the names of files that are being written."""


def has_owners():
    """Return whether files have owners and modes; elsewhere, as on Windows, profiles of users are
    private, and files are named by their paths."""
    return hasattr(os, "geteuid")


def opens_folders():
    """Return whether this system opens a folder without following a link, and names files in it."""
    functions = [getattr(os, name, None) for name in _BY_DESCRIPTOR]
    return (
        all(function in os.supports_dir_fd for function in functions)
        and os.listdir in os.supports_fd
        and os.utime in os.supports_follow_symlinks
        and hasattr(os, "O_NOFOLLOW")
        and hasattr(os, "O_DIRECTORY")
    )


class PrivateFolder(NamedTuple):
    """An open folder that belongs to the user alone.

    Parameters
    ----------
    path : pathlib.Path
        For messages.
    descriptor : int or None
        None where folders cannot be opened; then files are named by `path`.
    """

    path: Path
    descriptor: object


@contextmanager
def private_folder(path, *, inside=None, make=True):
    """Open a folder of the user's alone for a ``with`` block.

    Parameters
    ----------
    path : pathlib.Path or str
        With `inside`, a name in that folder.
    inside : PrivateFolder, optional
    make : bool
        Whether a missing folder is made; if not, FileNotFoundError is raised.

    Yields
    ------
    PrivateFolder

    Raises
    ------
    CacheError
        If it cannot be made, is a link, belongs to somebody else, or others can write to it.
    OSError
        If files have owners here, and yet a folder cannot be opened so that it is looked at.
    """
    shown = Path(path) if inside is None else inside.path / path
    if not has_owners():
        if make:
            _make(shown, None, shown)
        elif not shown.is_dir():
            raise FileNotFoundError(str(shown))
        yield PrivateFolder(shown, None)
        return
    if not opens_folders():
        if not make:
            raise FileNotFoundError(str(shown))
        raise OSError(errno.ENOTSUP, "this system opens no folder without following links")
    above = None if inside is None else inside.descriptor
    remedy = _REMEDY_OUTSIDE if inside is None else _REMEDY_INSIDE
    descriptor = _open(path, above, shown, make, remedy)
    try:
        _require_private(shown, os.fstat(descriptor), remedy)
        yield PrivateFolder(shown, descriptor)
    finally:
        os.close(descriptor)


def read_file(folder, name, *, forbidden=OTHERS_WRITE):
    """Return the content of a file of the user's own; None if there is none that may be read.

    Parameters
    ----------
    folder : PrivateFolder
    name : str
    forbidden : int
        Bits of the mode that the file must not have.

    Returns
    -------
    bytes or None
    """
    try:
        descriptor = os.open(_name_in(folder, name), _READ_FLAGS, dir_fd=folder.descriptor)
    except OSError:
        return None
    try:
        if not _is_own_file(os.fstat(descriptor), forbidden):
            return None
        with open(descriptor, "rb", closefd=False) as file:
            return file.read()
    except OSError:
        return None
    finally:
        os.close(descriptor)


def write_file(folder, name, content, *, may_replace=True):
    """Write a file so that other processes see all of it or nothing.

    Parameters
    ----------
    folder : PrivateFolder
    name : str
    content : bytes
    may_replace : bool
        If not, FileExistsError is raised where the name is taken.
    """
    temporary = f"{TEMPORARY}{os.urandom(8).hex()}"
    here = folder.descriptor
    descriptor = os.open(_name_in(folder, temporary), _NEW_FLAGS, 0o600, dir_fd=here)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
        put_in_place = os.replace if may_replace else os.link
        put_in_place(
            _name_in(folder, temporary), _name_in(folder, name), src_dir_fd=here, dst_dir_fd=here
        )
    except PermissionError:
        # on Windows a file that another process reads now is not replaced: it is as good as ours
        if has_owners() or not exists(folder, name):
            raise
    finally:
        remove_file(folder, temporary)


def remove_file(folder, name):
    """Remove whatever has this name and is not a folder, if that can be done."""
    with suppress(OSError):
        os.unlink(_name_in(folder, name), dir_fd=folder.descriptor)


def touch_file(folder, name):
    """Set the time of a file to now, if that can be done: it was used."""
    with suppress(OSError):
        by_descriptor = {"dir_fd": folder.descriptor, "follow_symlinks": False}
        os.utime(_name_in(folder, name), **(by_descriptor if has_owners() else {}))


def time_of_use(folder, name):
    """Return when a file was written or touched, in seconds; 0.0 if there is none."""
    try:
        found = os.stat(_name_in(folder, name), dir_fd=folder.descriptor, follow_symlinks=False)
    except OSError:
        return 0.0
    return found.st_mtime


def exists(folder, name):
    """Return whether anything has this name, be it a link that leads nowhere."""
    return name in names_in(folder)


def names_in(folder):
    """Return the names of all that is in a folder, sorted."""
    return sorted(os.listdir(folder.path if folder.descriptor is None else folder.descriptor))


def remove_empty_folder(folder, name):
    """Remove a folder in a folder if it is empty."""
    with suppress(OSError):
        os.rmdir(_name_in(folder, name), dir_fd=folder.descriptor)


def _name_in(folder, name):
    return name if folder.descriptor is not None else folder.path / name


def _open(path, above, shown, make, remedy):
    for is_last_try in (False, True):
        try:
            return os.open(path, _FOLDER_FLAGS, dir_fd=above)
        except FileNotFoundError:
            if not make or is_last_try:
                raise
            _make(path, above, shown)
        except OSError as error:
            is_other = error.errno in (errno.ENOTDIR, errno.ELOOP, errno.EMLINK)
            found = "is no folder; links are not followed" if is_other else error.strerror
            raise CacheError(
                f"The folder of compiled code {shown} cannot be opened: {found}. {remedy}"
            ) from error


def _make(path, above, shown):
    try:
        if above is None:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.mkdir(path, 0o700, **({"dir_fd": above} if has_owners() else {}))
    except OSError as error:
        raise CacheError(
            f"The folder of compiled code {shown} cannot be made: {error.strerror}. "
            "Set LIGHTPPL_CACHE_DIR to a folder that you can write to."
        ) from error


def _require_private(shown, found, remedy):
    if found.st_uid != os.geteuid():
        raise CacheError(
            f"The folder of compiled code {shown} belongs to another user (uid {found.st_uid}). "
            f"{remedy}"
        )
    mode = stat.S_IMODE(found.st_mode)
    if mode & OTHERS_WRITE:
        raise CacheError(
            f"Other users can write to the folder of compiled code {shown} (mode {mode:o}), so "
            f"what is in it may be theirs. {remedy}"
        )


def _is_own_file(found, forbidden):
    if not stat.S_ISREG(found.st_mode):
        return False
    return not has_owners() or (
        found.st_uid == os.geteuid() and not stat.S_IMODE(found.st_mode) & forbidden
    )


# a folder that the user chose may hold other things; to close it would keep what others put there
_REMEDY_OUTSIDE = (
    "Set LIGHTPPL_CACHE_DIR to a new folder that only you can write to, or delete this one if "
    "nothing else is in it."
)
_REMEDY_INSIDE = "Delete it; it is made again when it is needed."
