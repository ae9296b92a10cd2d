"""The folder of compiled code: the user's alone, named by what the code was made of, sealed.

Compiled code depends on sources that may be edited and on versions of compilers and processors.
All of that is in the name of a folder; an edit anywhere names a new one, and those that have not
been used for longest are removed.  Below the cache folder of the user's choice stand::

    lightppl-compiled/              all that is ours, and the only place where anything is deleted
        secret                      what seals are made with
        models-<digest>/            densities, by one version of the compiler
            made-by-lightppl        without this file a folder is not deleted
            code_<digest of text>   seal, what `keep_code` was told, machine code
        kernels-<digest>/           samplers likewise

A file without the right seal is deleted and made again, never loaded.
"""

import errno
import hashlib
import json
import re
import sys
import time
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from lightppl.machine_code.code_seal import (
    SEAL_SIZE, SECRET, is_sealed, make_secret, read_secret, seal_of,
)
from lightppl.errors import CacheError, LightPPLWarning
from lightppl.machine_code.private_folder import (
    TEMPORARY, names_in, private_folder, read_file, remove_empty_folder, remove_file,
    time_of_use, touch_file, write_file,
)
from lightppl.settings import cache_dir
from lightppl.user_line import warn

PACKAGE = Path(__file__).resolve().parents[1]

MAX_FILES = 400
"""How many files a folder keeps; those not used for longest go first."""

MAX_VERSIONS = 3
"""How many folders of other versions are kept."""

UNFINISHED_SECONDS = 3600.0
"""A file that is still unfinished after so long is left over."""

OURS = "lightppl-compiled"
MARKER = "made-by-lightppl"
VERSION_NAME = re.compile(r"(models|kernels)-[0-9a-f]{20}")
CODE_NAME = re.compile(r"code_[0-9a-f]{24}")

_announced = set()


def versioned_folder(kind, sources, versions):
    """Return the folder for code made of exactly these sources by exactly these versions.

    Parameters
    ----------
    kind : {"models", "kernels"}
    sources : tuple of pathlib.Path
    versions : str
        What else shapes the code.

    Returns
    -------
    pathlib.Path
        It need not exist yet.
    """
    return cache_dir() / OURS / f"{kind}-{_digest(sources, versions)}"


@cache
def _digest(sources, versions):
    digest = hashlib.sha256(f"{sys.version_info[:2]} {versions}".encode())
    for path in sorted(sources):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(PACKAGE)} {len(content)} ".encode())
        digest.update(content)
    return digest.hexdigest()[:20]


def find_code(folder, text):
    """Return the machine code that was made of a source text, if it is on disk as it was written.

    Parameters
    ----------
    folder : pathlib.Path
        From `versioned_folder`.
    text : str

    Returns
    -------
    code : bytes or None
    description : list or None
        What `keep_code` was given.

    Raises
    ------
    CacheError
        If others can write where code is kept.
    """
    name = _name_of(text)
    try:
        with _open_ours(folder.parent, make=False) as ours:
            secret = read_secret(ours)
            with private_folder(folder.name, inside=ours, make=False) as version:
                content = read_file(version, name)
                if not _is_whole(content, secret, folder.name, text):
                    remove_file(version, name)
                    return None, None
                touch_file(version, name)
                touch_file(version, MARKER)
    except FileNotFoundError:
        return None, None
    head, _, code = content[SEAL_SIZE:].partition(b"\n")
    return code, json.loads(head)


def keep_code(folder, text, code, description):
    """Write machine code, and remove what was not used for longest beyond the limits.

    Where that fails, as on a full disk, there is a warning: the code is good without being kept.

    Parameters
    ----------
    folder : pathlib.Path
        From `versioned_folder`.
    text : str
        What it was made of.
    code : bytes
    description : list
        Whatever JSON can hold.

    Returns
    -------
    bool
        Whether it was written.
    """
    content = json.dumps(description).encode() + b"\n" + code
    try:
        with _open_ours(folder.parent) as ours:
            secret = make_secret(ours)
            with private_folder(folder.name, inside=ours) as version:
                if read_file(version, MARKER) is None:
                    write_file(version, MARKER, _MARKER_TEXT)
                seal = seal_of(secret, folder.name, text, content)
                write_file(version, _name_of(text), seal + content)
                touch_file(version, MARKER)
                _remove_unused_files(version)
            _remove_unused_versions(ours, folder.name)
            _remove_left_over(ours)
        return True
    except OSError as error:
        remedy = "Set LIGHTPPL_CACHE_DIR to a folder that you can write to."
        warn(
            f"Compiled code cannot be kept in {folder}: {error.strerror}. It will be compiled "
            f"again in the next process.{'' if error.errno == errno.ENOTSUP else f' {remedy}'}",
            LightPPLWarning,
        )
        return False


def cache_clear():
    """Delete all compiled code on disk; it is built again when needed.

    Nothing else in the cache folder is touched.

    Examples
    --------
    >>> import lightppl
    >>> callable(lightppl.cache_clear)
    True
    """
    with suppress(FileNotFoundError), private_folder(cache_dir(), make=False) as root:
        with private_folder(OURS, inside=root, make=False) as ours:
            for name in filter(VERSION_NAME.fullmatch, names_in(ours)):
                _remove_version(ours, name)
            _remove_left_over(ours, oldest=0.0)
            remove_file(ours, SECRET)
        remove_empty_folder(root, OURS)


def announce_compilation(what):
    """Tell the user, once per process and subject, that code is compiled and that this is rare.

    Parameters
    ----------
    what : str
        For example ``"the NUTS sampler (about 3 s)"``.
    """
    if what in _announced or sys.stderr is None:
        return
    _announced.add(what)
    with suppress(OSError, ValueError):  # standard error may be closed, or its disk full
        print(f"lightppl: compiling {what}; this happens once on this machine.", file=sys.stderr)


@contextmanager
def _open_ours(path, make=True):
    """Open the folder of all that is ours, which stands in the cache folder."""
    with private_folder(path.parent, make=make) as root:
        with private_folder(path.name, inside=root, make=make) as ours:
            yield ours


def _name_of(text):
    return f"code_{hashlib.sha256(text.encode()).hexdigest()[:24]}"


def _is_whole(content, secret, version, text):
    if content is None or secret is None:
        return False
    return is_sealed(content[:SEAL_SIZE], secret, version, text, content[SEAL_SIZE:])


def _beyond(limit, uses):
    """Return the names that were not used for longest, but for as many as the limit allows."""
    return sorted(uses, key=uses.get)[: max(len(uses) - limit, 0)]


def _remove_unused_files(version):
    code = filter(CODE_NAME.fullmatch, names_in(version))
    uses = {name: time_of_use(version, name) for name in code}
    for name in _beyond(MAX_FILES, uses):
        remove_file(version, name)
    _remove_left_over(version)


def _remove_left_over(folder, oldest=UNFINISHED_SECONDS):
    """Remove files that a process began to write and did not finish."""
    for name in filter(_UNFINISHED_NAME.fullmatch, names_in(folder)):
        if time.time() - time_of_use(folder, name) >= oldest:
            remove_file(folder, name)


def _remove_unused_versions(ours, used):
    """Remove other versions of one kind beyond `MAX_VERSIONS`."""
    kind = used.partition("-")[0]
    uses = {}
    for name in filter(VERSION_NAME.fullmatch, names_in(ours)):
        if name != used and name.partition("-")[0] == kind:
            uses[name] = _last_use_of_version(ours, name)
    for name in _beyond(MAX_VERSIONS, uses):
        _remove_version(ours, name)


def _last_use_of_version(ours, name):
    with suppress(OSError, CacheError), private_folder(name, inside=ours, make=False) as version:
        return time_of_use(version, MARKER)
    return 0.0


def _remove_version(ours, name):
    """Remove a version that is provably ours; what we did not write stays, and its folder."""
    with suppress(OSError, CacheError):
        with private_folder(name, inside=ours, make=False) as version:
            if read_file(version, MARKER) is None:
                return
            for file in names_in(version):
                if CODE_NAME.fullmatch(file) or _UNFINISHED_NAME.fullmatch(file):
                    remove_file(version, file)
            if names_in(version) == [MARKER]:
                remove_file(version, MARKER)
        remove_empty_folder(ours, name)


_MARKER_TEXT = b"Machine code that lightppl made; it may be deleted at any time.\n"
_UNFINISHED_NAME = re.compile(TEMPORARY + r"[0-9a-f]{16}")
