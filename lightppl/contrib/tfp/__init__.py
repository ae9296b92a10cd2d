"""Samplers with the names of TensorFlow Probability, where NumPyro has them: `mcmc`."""

from lightppl.when_used import names_when_used

__getattr__, __dir__, __all__ = names_when_used(__name__)
