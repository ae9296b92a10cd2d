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

    Examples
    --------
    >>> float(SciPyFunction("expit")(0.0))
    0.5
    """

    def __init__(self, name):
        self.__name__ = name
        self.__doc__ = f"As `scipy.special.{name}`; also on traced values."

    @cached_property
    def function(self):
        """The function itself."""
        return getattr(import_module("scipy.special"), self.__name__)

    def __call__(self, *args, **kwargs):
        return self.function(*args, **kwargs)

    def __repr__(self):
        return f"<scipy.special.{self.__name__}>"


class _Library:
    """All functions of `scipy.special`, each looked up when it is first called."""

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        function = SciPyFunction(name)
        setattr(self, name, function)
        return function


scipy_special = _Library()
"""``scipy_special.jv(0.5, x)`` is `scipy.special.jv`, which it imports."""
