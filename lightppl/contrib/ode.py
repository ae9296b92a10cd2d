"""Public path of differential equations in models; see `lightppl.language.ode`."""

from lightppl.language.ode import odeint

__all__ = ["odeint"]
