"""Pathfinder: normal approximations found along an optimisation path.

In reading order: `inverse_hessian` (what steps of a quasi-Newton method tell about curvature),
`path` (one path from one point, and the best normal distribution on it), `pathfinder` (several
paths, mixed by importance), `start` (`init_to_pathfinder`, which starts chains there).
"""

from lightppl.infer.paths.pathfinder import PathfinderResult, pathfinder
from lightppl.infer.paths.start import init_to_pathfinder

__all__ = ["PathfinderResult", "init_to_pathfinder", "pathfinder"]
