"""Where chains start: public path of `lightppl.density.initialize`, and of Pathfinder."""

from lightppl.density.initialize import (
    init_to_feasible,
    init_to_mean,
    init_to_median,
    init_to_sample,
    init_to_uniform,
    init_to_value,
)
from lightppl.infer.paths.start import init_to_pathfinder

__all__ = [
    "init_to_feasible",
    "init_to_mean",
    "init_to_median",
    "init_to_pathfinder",
    "init_to_sample",
    "init_to_uniform",
    "init_to_value",
]
