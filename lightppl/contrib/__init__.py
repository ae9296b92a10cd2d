"""Public paths of additions, where NumPyro has them: `control_flow`, `nested_sampling`, `ode`,
`tfp`."""

from lightppl.when_used import names_when_used

__getattr__, __dir__, __all__ = names_when_used(__name__)
