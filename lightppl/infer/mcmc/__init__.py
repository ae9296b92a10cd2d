"""Markov chain Monte Carlo.

Reading order: `mcmc` (what users call), `kernel` (the interface of samplers), `hmc` (HMC and NUTS),
`plan` (what one run is asked to do), `hamiltonian_run` and `python_run` (its chains), `problem`
(what is sampled), `mass_matrix`, `execution` (one run, from the call to the draws), `chains`
(threads, blocks, Ctrl-C), `until` (enough draws), `kept_draws` (of runs that ended early),
`results`, `progress`, `blas_threads` and `samples`.  For loops of one's own: `initialize_model`,
and `functional` (HMC as two functions).
"""

from lightppl.infer.mcmc.hmc import HMC, NUTS
from lightppl.infer.mcmc.kernel import AdaptState, HMCState, MCMCKernel
from lightppl.infer.mcmc.mcmc import MCMC

__all__ = ["HMC", "MCMC", "NUTS", "AdaptState", "HMCState", "MCMCKernel"]
