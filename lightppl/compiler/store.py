"""The folder of compiled densities: written atomically, checked before use, bounded in size.

A cache is code.  The folder belongs to the user alone; each density has a seal, a digest of its
source and machine code, written after compiling.  What has no seal, or another one, is deleted
and compiled again, never loaded.
"""

import hashlib
import os
import tempfile

from lightppl.jit import kernel_cache_dir, private_folder
from lightppl.settings import cache_dir

MAX_DENSITIES = 400
"""How many densities the folder keeps; the oldest go first."""

MAX_VERSIONS = 3
"""How many folders of earlier versions of lightppl, Numba or Python are kept."""


def models_dir():
    """Return the folder of compiled densities that belongs to exactly this runtime."""
    version = kernel_cache_dir().name.removeprefix("kernels-")
    return private_folder(private_folder(cache_dir()) / f"models-{version}")


def density_name(text):
    """Return the name of a density: a digest of its source."""
    return f"density_{hashlib.sha256(text.encode()).hexdigest()[:24]}"


def write_atomically(path, text):
    """Write a text file so that other processes see all of it or nothing."""
    if path.exists() and path.read_text() == text:
        return
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    with os.fdopen(handle, "w") as file:
        file.write(text)
    os.replace(temporary, path)


def is_sealed(folder, name, text):
    """Return whether machine code of a density is on disk and as it was written.

    Machine code without a matching seal is deleted.

    Parameters
    ----------
    folder : pathlib.Path
    name : str
    text : str
        Source of the density.
    """
    found = _machine_code(folder, name)
    seal = folder / f"{name}.seal"
    if found and seal.exists() and seal.read_text() == _digest(found, text):
        return True
    for path in found:
        path.unlink(missing_ok=True)
    seal.unlink(missing_ok=True)
    return False


def seal(folder, name, text):
    """Write the seal of a density that was just compiled, and remove the oldest beyond the limit.
    """
    write_atomically(folder / f"{name}.seal", _digest(_machine_code(folder, name), text))
    _remove_oldest(folder)


def _machine_code(folder, name):
    return sorted(path for kind in ("nbi", "nbc") for path in folder.glob(f"*/{name}.*.{kind}"))


def _digest(paths, text):
    digest = hashlib.sha256(text.encode())
    for path in paths:
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _remove_oldest(folder):
    sources = sorted(folder.glob("density_*.py"), key=_age)
    for source in sources[:-MAX_DENSITIES]:
        for path in (source, folder / f"{source.stem}.seal", *_machine_code(folder, source.stem)):
            path.unlink(missing_ok=True)
    for pattern in ("models-*", "kernels-*"):
        versions = sorted((p for p in folder.parent.glob(pattern) if p.is_dir()), key=_age)
        for version in versions[: -MAX_VERSIONS - 1]:
            if version not in (folder, kernel_cache_dir()):
                _remove_tree(version)


def _age(path):
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _remove_tree(folder):
    for path in sorted(folder.glob("**/*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
    folder.rmdir()
