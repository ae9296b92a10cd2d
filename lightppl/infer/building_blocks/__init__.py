"""Parts of Hamiltonian samplers in plain NumPy, for those who write a loop of their own.

The names, arguments and results are NumPyro's; the public path is `lightppl.infer.hmc_util`.
`NUTS` and `HMC` do the same in compiled kernels, and are what to use where speed matters: here the
functions that a user gives may be any Python, and are run as they are.

Reading order: `vectors` (positions and momenta of any structure as flat vectors), `gradient`,
`mass` (mass matrices whole or in blocks, the kinetic energy, momenta), `integrator`, `tree` (a NUTS
trajectory); what warmup learns: `dual_averaging`, `welford`, `step_size`, `schedule`, and
`adapter`, which puts them together.
"""

from lightppl.infer.building_blocks.adapter import HMCAdaptState, warmup_adapter
from lightppl.infer.building_blocks.dual_averaging import dual_averaging
from lightppl.infer.building_blocks.integrator import IntegratorState, velocity_verlet
from lightppl.infer.building_blocks.mass import euclidean_kinetic_energy, momentum_generator
from lightppl.infer.building_blocks.schedule import AdaptWindow, build_adaptation_schedule
from lightppl.infer.building_blocks.step_size import find_reasonable_step_size
from lightppl.infer.building_blocks.tree import TreeInfo, build_tree
from lightppl.infer.building_blocks.welford import welford_covariance

__all__ = [
    "AdaptWindow",
    "HMCAdaptState",
    "IntegratorState",
    "TreeInfo",
    "build_adaptation_schedule",
    "build_tree",
    "dual_averaging",
    "euclidean_kinetic_energy",
    "find_reasonable_step_size",
    "momentum_generator",
    "velocity_verlet",
    "warmup_adapter",
    "welford_covariance",
]
