"""Public paths of additions to the language, where NumPyro has them: `control_flow`, `ode`."""
