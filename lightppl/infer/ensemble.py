"""Public path of the ensemble samplers; see `lightppl.infer.mcmc`."""

from lightppl.infer.mcmc.aies import AIES, AIESState
from lightppl.infer.mcmc.ensemble_sampler import EnsembleSampler, EnsembleSamplerState

__all__ = ["AIES", "AIESState", "EnsembleSampler", "EnsembleSamplerState"]
