"""Public paths of additions to the language, where NumPyro has them: `control_flow`,
`nested_sampling`, `ode`."""

from lightppl.when_used import names_when_used

__getattr__, __dir__, __all__ = names_when_used(__name__)
