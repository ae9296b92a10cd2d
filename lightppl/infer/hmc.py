"""Public path of the Hamiltonian samplers; see `lightppl.infer.mcmc`."""

from lightppl.infer.mcmc.functional import hmc
from lightppl.infer.mcmc.hmc import HMC, NUTS
from lightppl.infer.mcmc.kernel import AdaptState, HMCState

__all__ = ["HMC", "NUTS", "AdaptState", "HMCState", "hmc"]
