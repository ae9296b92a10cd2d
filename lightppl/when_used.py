"""What is loaded when it is first used: names of a package, and whole modules.

A script that fits eight schools with compiled code on disk needs half of this package.  Where the
rest hangs on names, the `__init__` of its folder has a table of them, for `names_when_used`; where
a file calls a module that few fits need, `module_when_used` stands for it below the imports.
"""

import sys
from importlib import import_module

from lightppl.planned import refuse_planned


def names_when_used(package, places, eager=()):
    """Return the functions by which a package finds names in modules that are not loaded yet.

    Parameters
    ----------
    package : str
        Full name.
    places : dict of str to str
        Module -> its names, with spaces between them; the module itself is named ``"."``, though it
        is found in any case.  Modules are those of the package, or have a full name.
    eager : sequence of str
        Names that the package has at once.

    Returns
    -------
    __getattr__, __dir__ : callable
        Python asks them; see PEP 562.
    __all__ : list of str

    Examples
    --------
    >>> find, _, names = names_when_used("lightppl", {"handlers": ". do", "random": "."})
    >>> find("do"), names
    (<class 'lightppl.language.handlers.conditioning.do'>, ['do', 'handlers', 'random'])
    """
    place_of = {
        module.rpartition(".")[2] if name == "." else name: (module, name)
        for module, names in places.items()
        for name in names.split()
    }
    every = sorted({*place_of, *eager})

    def __getattr__(name):
        if name not in place_of and name not in places:
            refuse_planned(package, name)
        module_name, own_name = place_of.get(name, (name, "."))
        is_full = module_name.startswith("lightppl.")
        module = import_module(module_name if is_full else f"{package}.{module_name}")
        found = module if own_name == "." else getattr(module, own_name)
        setattr(sys.modules[package], name, found)  # Python asks once
        return found

    def __dir__():
        return every

    return __getattr__, __dir__, every


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
