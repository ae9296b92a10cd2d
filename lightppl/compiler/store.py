"""The folder of compiled densities, and all that its name covers.

Code that is loaded from it was made by the functions in these files: change one of them, and what
was made before must not be loaded.  What decides only *which* text is compiled needs no place here,
because the text is the name of a file in the folder.
"""

from functools import cache

import numpy

from lightppl.machine_code.code_folder import PACKAGE, versioned_folder
from lightppl.libraries import release_of
from lightppl.machine_code.object_code import target_name

_FOLDERS = ("lower", "runtime")
_FILES = (
    "machine_code/object_code.py", "records.py", "compiler/build.py", "compiler/processor.py",
)


def models_dir():
    """Return the folder of compiled densities that belongs to exactly this compiler."""
    versions = f"{numpy.__version__} {release_of('scipy')} {target_name()}"
    return versioned_folder("models", compiler_sources(), versions)


@cache
def compiler_sources():
    """Return the files that say what machine code a source text becomes."""
    folders = [PACKAGE / "compiler" / name for name in _FOLDERS]
    files = [PACKAGE / name for name in _FILES]
    return (*files, *(path for folder in folders for path in sorted(folder.rglob("*.py"))))
