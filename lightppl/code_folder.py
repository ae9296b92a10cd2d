"""The folder of compiled code: the user's alone, named by what the code was made of, sealed.

Compiled code depends on sources that may be edited and on versions of compilers and processors.
All of that is in the name of a folder; an edit anywhere names a new one, and old ones are removed
after a while.

Each file begins with a seal, a digest of everything after it and of the text that it was made of.
A file without the right seal is deleted and made again, never loaded.
"""

import hashlib
import json
import os
import shutil
import stat
import sys
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from lightppl.errors import CacheError, LightPPLWarning
from lightppl.settings import cache_dir
from lightppl.user_line import warn

PACKAGE = Path(__file__).resolve().parent

MAX_FILES = 400
"""How many files a folder keeps; the oldest go first."""

MAX_VERSIONS = 3
"""How many folders of earlier versions are kept."""

_SEAL_SIZE = 64

_announced = set()


def versioned_folder(kind, sources, versions):
    """Return the folder for code made of exactly these sources by exactly these versions.

    Parameters
    ----------
    kind : str
        Beginning of its name.
    sources : tuple of pathlib.Path
    versions : str
        What else shapes the code.

    Returns
    -------
    pathlib.Path
    """
    return private_folder(private_folder(cache_dir()) / f"{kind}-{_digest(sources, versions)}")


@cache
def _digest(sources, versions):
    digest = hashlib.sha256(f"{sys.version_info[:2]} {versions}".encode())
    for path in sorted(sources):
        digest.update(str(path.relative_to(PACKAGE)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:20]


def private_folder(path):
    """Make a folder of the user's alone; a cache is code, so others must not write there.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    pathlib.Path

    Raises
    ------
    CacheError
        If the folder belongs to somebody else or others can write to it.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CacheError(
            f"The cache folder {path} cannot be made: {error.strerror}. "
            "Set LIGHTPPL_CACHE_DIR to a folder that you can write to."
        ) from error
    if os.name != "posix":
        return path
    found = path.stat()
    if found.st_uid != os.getuid():
        raise CacheError(
            f"The cache folder {path} belongs to another user (uid {found.st_uid}). "
            "Set LIGHTPPL_CACHE_DIR to a folder of your own."
        )
    if stat.S_IMODE(found.st_mode) & 0o022:
        raise CacheError(
            f"Other users can write to the cache folder {path} "
            f"(mode {stat.S_IMODE(found.st_mode):o}). Run chmod 700 on it, "
            "or set LIGHTPPL_CACHE_DIR."
        )
    return path


def find_code(folder, text):
    """Return the machine code that was made of a source text, if it is on disk as it was written.

    Parameters
    ----------
    folder : pathlib.Path
    text : str

    Returns
    -------
    code : bytes or None
    description : list or None
        What `keep_code` was given.
    """
    path = _path_of(folder, text)
    try:
        content = path.read_bytes()
    except OSError:  # not there, or nothing that can be read
        return None, None
    sealed = content[_SEAL_SIZE:]
    if content[:_SEAL_SIZE] != _seal(text, sealed):
        _remove(path)
        return None, None
    head, _, code = sealed.partition(b"\n")
    return code, json.loads(head)


def keep_code(folder, text, code, description):
    """Write machine code, and remove the oldest beyond the limit.

    Where that fails, as on a full disk, there is a warning: the code is good without being kept.

    Parameters
    ----------
    folder : pathlib.Path
    text : str
        What it was made of.
    code : bytes
    description : list
        Whatever JSON can hold.
    """
    sealed = json.dumps(description).encode() + b"\n" + code
    try:
        write_atomically(_path_of(folder, text), _seal(text, sealed) + sealed)
    except OSError as error:
        warn(
            f"Compiled code cannot be kept in {folder}: {error.strerror}. It will be compiled "
            "again in the next process. Set LIGHTPPL_CACHE_DIR to a folder that you can write to.",
            LightPPLWarning,
        )
        return
    for path in oldest_first(folder.glob("code_*"))[:-MAX_FILES]:
        _remove(path)
    remove_old_versions(folder)


def _path_of(folder, text):
    return folder / f"code_{hashlib.sha256(text.encode()).hexdigest()[:24]}"


def _seal(text, sealed):
    return hashlib.sha256(text.encode() + b"\0" + sealed).hexdigest().encode()


def write_atomically(path, content):
    """Write a file so that other processes see all of it or nothing.

    Parameters
    ----------
    path : pathlib.Path
    content : bytes
    """
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except BaseException:
        _remove(Path(temporary))
        raise


def _remove(path):
    """Remove a file, if that can be done."""
    with suppress(OSError):
        path.unlink()


def oldest_first(paths):
    """Return paths by the time of their last change."""
    return sorted(paths, key=_age)


def remove_old_versions(folder):
    """Remove folders like a folder that `versioned_folder` made, but for the latest ones."""
    kind = folder.name.partition("-")[0]
    versions = oldest_first(p for p in folder.parent.glob(f"{kind}-*") if p != folder)
    for version in versions[:-MAX_VERSIONS]:
        shutil.rmtree(version, ignore_errors=True)


def cache_clear():
    """Delete all compiled code on disk; it is built again when needed.

    Examples
    --------
    >>> import lightppl
    >>> callable(lightppl.cache_clear)
    True
    """
    root = cache_dir()
    if not root.exists():
        return
    for pattern in ("kernels-*", "models-*"):
        for folder in private_folder(root).glob(pattern):
            shutil.rmtree(folder, ignore_errors=True)


def announce_compilation(what):
    """Tell the user, once per process and subject, that code is compiled and that this is rare.

    Parameters
    ----------
    what : str
        For example ``"the NUTS sampler (about 15 s)"``.
    """
    if what not in _announced:
        _announced.add(what)
        print(f"lightppl: compiling {what}; this happens once on this machine.", file=sys.stderr)


def _age(path):
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
