"""The folder of compiled densities."""

from functools import cache

from lightppl.code_folder import PACKAGE, versioned_folder
from lightppl.machine_code import target_name


def models_dir():
    """Return the folder of compiled densities that belongs to exactly this compiler."""
    return versioned_folder("models", _sources(), target_name())


@cache
def _sources():
    folders = [PACKAGE / "compiler" / name for name in ("native", "runtime")]
    return (PACKAGE / "machine_code.py", *(x for folder in folders for x in folder.glob("*.py")))
