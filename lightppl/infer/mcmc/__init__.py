"""Markov chain Monte Carlo.

Reading order: `mcmc` (what users call), `plan` (what one run is asked to do) and `run` (what it
asks of runs and chains); `kernel` (the interface of samplers) with `python_run` for those in
Python; `compiled` with `compiled_run`, `columns` (what a sampler reports) and `states` for those in
kernels; then a file a sampler: `hmc`, `nuts`, `walnuts`, and what they say about a metric,
`mass_matrix`.
Around them `chains` (threads, blocks, Ctrl-C), `kept_draws` (of runs that ended early), `progress`,
`blas_threads` and `samples`.  For loops of one's own: `initialize_model`, and `functional` (HMC as
two functions).
"""

from lightppl.infer.mcmc.hmc import HMC, AdaptState, HMCState
from lightppl.infer.mcmc.kernel import MCMCKernel
from lightppl.infer.mcmc.mcmc import MCMC
from lightppl.infer.mcmc.nuts import NUTS
from lightppl.infer.mcmc.walnuts import WALNUTS

__all__ = ["HMC", "MCMC", "NUTS", "WALNUTS", "AdaptState", "HMCState", "MCMCKernel"]
