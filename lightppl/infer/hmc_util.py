"""Public path of what surrounds Hamiltonian samplers; see `lightppl.infer.mcmc`."""

from lightppl.infer.mcmc.hmc import AdaptState as HMCAdaptState
from lightppl.infer.mcmc.initialize_model import ModelInfo, ParamInfo, initialize_model
from lightppl.kernels.adaptation.windows import warmup_windows

__all__ = ["HMCAdaptState", "ModelInfo", "ParamInfo", "initialize_model", "warmup_windows"]
