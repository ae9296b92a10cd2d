"""NumPyro's path of samplers that update some sites between transitions of HMC; names only."""

from lightppl.infer.mcmc.interleaved import HMCGibbsState
from lightppl.infer.mcmc.subsampled import HMCECS, HMCECSState
from lightppl.infer.mcmc.subsampled_estimate import taylor_proxy

__all__ = ["HMCECS", "HMCECSState", "HMCGibbsState", "taylor_proxy"]
