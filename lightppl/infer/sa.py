"""Public path of sample adaptive MCMC; see `lightppl.infer.mcmc.sample_adaptive`."""

from lightppl.infer.mcmc.sample_adaptive import SA, SAAdaptState, SAState

__all__ = ["SA", "SAAdaptState", "SAState"]
