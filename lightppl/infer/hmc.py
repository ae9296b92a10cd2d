"""Public path of the Hamiltonian samplers; see `lightppl.infer.mcmc`."""

from lightppl.density.initialize import init_to_uniform
from lightppl.infer.building_blocks import (
    HMCAdaptState,
    IntegratorState,
    build_tree,
    euclidean_kinetic_energy,
    find_reasonable_step_size,
    momentum_generator,
    velocity_verlet,
    warmup_adapter,
)
from lightppl.infer.mcmc.functional import hmc
from lightppl.infer.mcmc.hmc import HMC
from lightppl.infer.mcmc.hmc_state import AdaptState, HMCState
from lightppl.infer.mcmc.initialize_model import ParamInfo, initialize_model
from lightppl.infer.mcmc.kernel import MCMCKernel
from lightppl.infer.mcmc.nuts import NUTS

__all__ = [
    "HMC",
    "NUTS",
    "AdaptState",
    "HMCAdaptState",
    "HMCState",
    "IntegratorState",
    "MCMCKernel",
    "ParamInfo",
    "build_tree",
    "euclidean_kinetic_energy",
    "find_reasonable_step_size",
    "hmc",
    "init_to_uniform",
    "initialize_model",
    "momentum_generator",
    "velocity_verlet",
    "warmup_adapter",
]
