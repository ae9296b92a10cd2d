"""Public path of the ensemble samplers; see `lightppl.infer.mcmc`."""

from lightppl.infer.mcmc.aies import AIES, AIESState
from lightppl.infer.mcmc.ensemble_sampler import EnsembleSampler, EnsembleSamplerState
from lightppl.infer.mcmc.ess import ESS, ESSState

__all__ = ["AIES", "AIESState", "ESS", "ESSState", "EnsembleSampler", "EnsembleSamplerState"]
