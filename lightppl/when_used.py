"""What is loaded when it is first used: names of a package, and whole modules.

A script that fits eight schools with compiled code on disk needs half of this package.  Where the
rest hangs on names, the `__init__` of its folder finds them by `names_when_used`, in the stub
beside it, ``__init__.pyi``, which editors and type checkers read, too.  Where a file calls a module
that few fits need, `module_when_used` stands for it below the imports.
"""

import re
import sys
from importlib import import_module
from pathlib import Path

from lightppl.planned import refuse_planned

_IMPORT = re.compile(r"^from (\S+) import (?:\(([^)]*)\)|(.*))$", re.MULTILINE)


def names_when_used(package):
    """Return the functions by which a package finds names in modules that are not loaded yet.

    Parameters
    ----------
    package : str
        Full name; a module beside a stub may be one, too.

    Returns
    -------
    __getattr__, __dir__ : callable
        Python asks them; see PEP 562.
    __all__ : list of str

    Examples
    --------
    >>> import lightppl.infer.inspect
    >>> find, _, names = names_when_used("lightppl.infer.inspect")
    >>> find("get_dependencies").__module__, names
    ('lightppl.language.relations', ['get_dependencies', 'get_model_relations', 'render_model'])
    """
    places = _places_of_stub(package)
    place_of = {name: module for module, names in places.items() for name in names}
    submodules = {module.rpartition(".")[2] for module in places}

    def __getattr__(name):
        if name not in place_of and name not in submodules:
            refuse_planned(package, name)
        module = import_module(place_of.get(name, package))
        if module.__name__ == package:
            found = import_module(f"{package}.{name}")
        else:
            found = getattr(module, name)
        setattr(sys.modules[package], name, found)  # Python asks once
        return found

    def __dir__():
        return sorted({*vars(sys.modules[package]), *place_of})

    return __getattr__, __dir__, sorted(place_of)


def _places_of_stub(package):
    """Return the names that a stub imports, by full name of their module."""
    path = Path(sys.modules[package].__file__).with_suffix(".pyi")
    places = {}
    for relative, several, one in _IMPORT.findall(path.read_text(encoding="utf-8")):
        module = f"{package}{relative}".rstrip(".") if relative.startswith(".") else relative
        places[module] = re.findall(r"(\w+) as \w+", several or one)
    return places


def module_when_used(path):
    """Return what stands for a module, which is loaded when one of its names is used.

    Parameters
    ----------
    path : str
        Full name.

    Examples
    --------
    >>> diagnosis = module_when_used("lightppl.diagnostics.diagnosis")
    >>> diagnosis.Diagnosis.__name__
    'Diagnosis'
    """
    return _ModuleWhenUsed(path)


class _ModuleWhenUsed:
    def __init__(self, path):
        self._path = path

    def __getattr__(self, name):
        if name.startswith("__"):  # tools look around with them
            raise AttributeError(name)
        return getattr(import_module(self._path), name)

    def __repr__(self):
        return f"<{self._path}, loaded when it is used>"
