"""Public path of what surrounds Hamiltonian samplers; see `lightppl.infer.building_blocks`."""

from lightppl.infer.building_blocks import (
    AdaptWindow,
    HMCAdaptState,
    IntegratorState,
    TreeInfo,
    build_adaptation_schedule,
    build_tree,
    dual_averaging,
    euclidean_kinetic_energy,
    find_reasonable_step_size,
    momentum_generator,
    velocity_verlet,
    warmup_adapter,
    welford_covariance,
)
from lightppl.infer.mcmc.initialize_model import ModelInfo, ParamInfo, initialize_model
from lightppl.infer.subposteriors import consensus, parametric, parametric_draws
from lightppl.kernels.adaptation.windows import warmup_windows

__all__ = [
    "AdaptWindow",
    "HMCAdaptState",
    "IntegratorState",
    "ModelInfo",
    "ParamInfo",
    "TreeInfo",
    "build_adaptation_schedule",
    "build_tree",
    "consensus",
    "dual_averaging",
    "euclidean_kinetic_energy",
    "find_reasonable_step_size",
    "initialize_model",
    "momentum_generator",
    "parametric",
    "parametric_draws",
    "velocity_verlet",
    "warmup_adapter",
    "warmup_windows",
    "welford_covariance",
]
