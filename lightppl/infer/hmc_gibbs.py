"""NumPyro's path of samplers that update some sites between transitions of HMC; names only."""

from lightppl.infer.mcmc.hmc_gibbs import HMCGibbs
from lightppl.infer.mcmc.interleaved import HMCGibbsState

__all__ = ["HMCGibbs", "HMCGibbsState"]
