"""Public paths of additions to the language, where NumPyro has them: `control_flow`, `ode`."""

from importlib import import_module

from lightppl.planned import refuse_planned

__all__ = ["control_flow", "ode"]


def __getattr__(name):
    if name not in __all__:
        refuse_planned(__name__, name)
    return import_module(f"{__name__}.{name}")


def __dir__():
    return __all__
