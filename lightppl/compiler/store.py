"""The folder of compiled densities: written atomically, checked before use, bounded in size.

A cache is code.  The folder belongs to the user alone; each file begins with a seal, a digest of
everything after it and of the source that it was made of.  A file without the right seal is
deleted and made again, never loaded.
"""

import hashlib
import json
from functools import cache

from lightppl.code_folder import (
    PACKAGE, oldest_first, remove_old_versions, versioned_folder, write_atomically,
)
from lightppl.machine_code import target_name

MAX_DENSITIES = 400
"""How many densities the folder keeps; the oldest go first."""

_SEAL_SIZE = 64


def models_dir():
    """Return the folder of compiled densities that belongs to exactly this compiler."""
    return versioned_folder("models", _sources(), target_name())


def find_code(folder, text):
    """Return the machine code that was made of a source text, if it is on disk as it was written.

    Parameters
    ----------
    folder : pathlib.Path
    text : str

    Returns
    -------
    code : bytes or None
    symbols : list
        What `keep_code` was given.
    """
    path = _path_of(folder, text)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None, []
    sealed = content[_SEAL_SIZE:]
    if content[:_SEAL_SIZE] != _seal(text, sealed):
        path.unlink(missing_ok=True)
        return None, []
    head, _, code = sealed.partition(b"\n")
    return code, json.loads(head)


def keep_code(folder, text, code, symbols):
    """Write machine code, and remove the oldest beyond the limit.

    Parameters
    ----------
    folder : pathlib.Path
    text : str
        The source.
    code : bytes
    symbols : list
        Whatever JSON can hold.
    """
    sealed = json.dumps(symbols).encode() + b"\n" + code
    write_atomically(_path_of(folder, text), _seal(text, sealed) + sealed)
    for path in oldest_first(folder.glob("density_*"))[:-MAX_DENSITIES]:
        path.unlink(missing_ok=True)
    remove_old_versions(folder)


@cache
def _sources():
    folders = [PACKAGE / "compiler" / name for name in ("native", "runtime")]
    return (PACKAGE / "machine_code.py", *(x for folder in folders for x in folder.glob("*.py")))


def _path_of(folder, text):
    return folder / f"density_{hashlib.sha256(text.encode()).hexdigest()[:24]}"


def _seal(text, sealed):
    return hashlib.sha256(text.encode() + b"\0" + sealed).hexdigest().encode()
