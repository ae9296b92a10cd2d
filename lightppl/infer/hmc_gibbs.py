"""NumPyro's path of samplers that update some sites between transitions of HMC; names only."""

from lightppl.infer.mcmc.discrete_gibbs import DiscreteHMCGibbs
from lightppl.infer.mcmc.hmc_gibbs import HMCGibbs
from lightppl.infer.mcmc.interleaved import HMCGibbsState
from lightppl.infer.mcmc.subsampled import HMCECS, HMCECSState
from lightppl.infer.mcmc.subsampled_estimate import taylor_proxy

__all__ = [
    "DiscreteHMCGibbs", "HMCECS", "HMCECSState", "HMCGibbs", "HMCGibbsState", "taylor_proxy",
]
