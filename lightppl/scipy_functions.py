"""Functions of `scipy.special`, imported when one is first called.

Importing `scipy.special` takes longer than the rest of lightppl together, and many models never
need it.
"""

from functools import cached_property
from importlib import import_module


class SciPyFunction:
    """A function of `scipy.special` by name.

    Parameters
    ----------
    name : str
    in_numpy : callable, optional
        The same function of arrays without SciPy.

    Examples
    --------
    >>> float(SciPyFunction("expit")(0.0))
    0.5
    """

    def __init__(self, name, in_numpy=None):
        self.__name__, self._in_numpy = name, in_numpy
        self.__doc__ = f"As `scipy.special.{name}`; also on traced values."

    @cached_property
    def function(self):
        """The function itself."""
        return self._in_numpy or getattr(import_module("scipy.special"), self.__name__)

    def __call__(self, *args, **kwargs):
        return self.function(*args, **kwargs)

    def __repr__(self):
        return f"<scipy.special.{self.__name__}>"
