"""NumPyro's path of mixed Hamiltonian Monte Carlo; names only."""

from lightppl.infer.mcmc.mixed_hmc import MixedHMC, MixedHMCState

__all__ = ["MixedHMC", "MixedHMCState"]
