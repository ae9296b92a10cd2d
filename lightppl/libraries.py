"""Libraries that are installed, asked without loading them.

Compiled code depends on the releases of Numba and SciPy.  A process that finds its code on disk
needs neither, and `importlib.metadata` loads a parser of electronic mail.
"""

from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path


@cache
def folder_of(name):
    """Return the folder of a package.

    Parameters
    ----------
    name : str
        Of the package at the top.

    Returns
    -------
    pathlib.Path or None
        None if there is none, or if it is no folder.

    Examples
    --------
    >>> folder_of("numpy").name, folder_of("no_such_package")
    ('numpy', None)
    """
    spec = PathFinder.find_spec(name)
    return None if spec is None or not spec.has_location else Path(spec.origin).resolve().parent


@cache
def release_of(name):
    """Return text that differs between releases of a library.

    Parameters
    ----------
    name : str
        Of the package, and of what is installed.

    Returns
    -------
    str
        What the package says of its version, in its own file or else in what came with it.

    Raises
    ------
    importlib.metadata.PackageNotFoundError
        If it is not installed.

    Examples
    --------
    >>> import scipy
    >>> scipy.__version__ in release_of("scipy")
    True
    """
    folder = folder_of(name)
    if folder is not None:
        for file in (folder / "version.py", folder / "_version.py"):
            if file.is_file():
                return file.read_text(encoding="utf-8")
    # loads slowly, which is why the files come first
    from importlib.metadata import version

    return version(name)
