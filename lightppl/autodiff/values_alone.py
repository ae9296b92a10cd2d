"""Functions of SciPy by name: its ufuncs as they are, others refuse traced values in a sentence.

They are looked up when first asked for, because importing SciPy's modules takes long.
"""

from importlib import import_module

import numpy as np

from lightppl.autodiff.operation import at_user_line, is_traced
from lightppl.errors import UnsupportedOperationError


class PlainFunction:
    """A function of SciPy that takes plain arrays alone.

    Parameters
    ----------
    module : str
    function : callable
    """

    def __init__(self, module, function):
        self.__name__, self.__doc__ = function.__name__, function.__doc__
        self._module, self.__wrapped__ = module, function

    def __call__(self, *args, **kwargs):
        for given in (*args, *kwargs.values()):
            if any(is_traced(x) for x in (given if isinstance(given, (list, tuple)) else (given,))):
                raise UnsupportedOperationError(
                    f"{self._module}.{self.__name__} has no form for traced values, and was given "
                    f"one{at_user_line()}. Call it on data, write it with other NumPy functions, "
                    "or register it with lightppl.register_primitive."
                )
        return self.__wrapped__(*args, **kwargs)

    def __repr__(self):
        return f"<{self._module}.{self.__name__}, of plain arrays>"


def plain_function(module, name):
    """Return what a module of SciPy has under a public name.

    Parameters
    ----------
    module : str
    name : str

    Raises
    ------
    AttributeError
        If it has no such public name.

    Examples
    --------
    >>> float(plain_function("scipy.special", "jv")(0, 0.0))
    1.0
    """
    if name.startswith("_") or name not in names_of(module):
        raise AttributeError(f"{name} is no name of lightppl's, and no public one of {module}.")
    found = getattr(import_module(module), name)
    if isinstance(found, (np.ufunc, type)) or not callable(found):
        return found
    return PlainFunction(module, found)


def names_of(module):
    """Return the public names of a module of SciPy."""
    return import_module(module).__all__
