"""Public path of samplers with the names of TensorFlow Probability, which is not needed for them.

See `lightppl.infer.mcmc.tfp`.
"""

from lightppl.infer.mcmc.fixed_hmc import (
    HamiltonianMonteCarlo,
    NoUTurnSampler,
    UncalibratedHamiltonianMonteCarlo,
)
from lightppl.infer.mcmc.langevin import MetropolisAdjustedLangevinAlgorithm, UncalibratedLangevin
from lightppl.infer.mcmc.new_state import random_walk_normal_fn, random_walk_uniform_fn
from lightppl.infer.mcmc.random_walk import RandomWalkMetropolis, UncalibratedRandomWalk
from lightppl.infer.mcmc.replica_exchange import ReplicaExchangeMC
from lightppl.infer.mcmc.slice import SliceSampler
from lightppl.infer.mcmc.tfp import TFPKernel, TFPKernelState

__all__ = [
    "HamiltonianMonteCarlo",
    "MetropolisAdjustedLangevinAlgorithm",
    "NoUTurnSampler",
    "RandomWalkMetropolis",
    "ReplicaExchangeMC",
    "SliceSampler",
    "TFPKernel",
    "TFPKernelState",
    "UncalibratedHamiltonianMonteCarlo",
    "UncalibratedLangevin",
    "UncalibratedRandomWalk",
    "random_walk_normal_fn",
    "random_walk_uniform_fn",
]
