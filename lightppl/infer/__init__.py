"""Inference: what users call.

`mcmc` (MCMC with its kernels, and samplers of one's own), `until` (when a run has enough draws),
`paths` (Pathfinder), `evidence` (nested sampling and sequential Monte Carlo), `predictive`,
`subposteriors` (merging draws of split data).  Names load what they need when they are first used,
so that importing this package costs nothing.
"""

from lightppl.when_used import names_when_used

__getattr__, __dir__, __all__ = names_when_used(__name__)
