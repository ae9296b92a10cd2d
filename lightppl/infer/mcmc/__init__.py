"""Markov chain Monte Carlo.

Reading order: `mcmc` (what users call) with `reader` (what they read afterwards), `plan` (what one
run is asked to do) and `run` (what it asks of runs and chains); `kernel` (the interface of
samplers) with `python_run` for those in Python; `compiled` with `compiled_run`, `columns` (what a
sampler reports) and `states` for those in kernels; `adaptive` (what those share that have a step
size and a metric) with `mass_matrix`; then a file a sampler: `hmc`, `nuts`, `walnuts`, `barker`,
`sample_adaptive`; `mclmc` and `adjusted_mclmc` with what these two share, `microcanonical`; those
with names of TensorFlow Probability, `tfp` (what they share), `random_walk` with `new_state`,
`langevin`, `slice` and `fixed_hmc`.

Where values are held between transitions: `interleaved` (what samplers around an inner kernel
share), `hmc_gibbs` with `gibbs_updates`, `discrete_gibbs` and `mixed_hmc` with `discrete_sites`,
`subsampled` with `subsampled_estimate`; `gibbs` with `gibbs_chain` (blocks that take turns); and
`replica_exchange`.

Chains that see each other are the walkers of one ensemble: `ensemble_kernel` with `ensemble_run`,
then a file a sampler, `aies`, `ess`, `chees` and `meads`, and what those without gradients have in
common, `ensemble_sampler`.

Around them `execution` (one run, from the call to the draws), `chains` (threads, blocks, Ctrl-C),
`executors` with `shipping` (chains in other processes), `until` (enough draws), `checkpoint` (draws
on disk) with `frames`, `plain` and `same_call`, `kept_draws` (of runs that ended early), `results`,
`diagnosis`, `progress`, `blas_threads` and `samples`.  For loops of one's own: `initialize_model`,
and `functional` (HMC as two functions).
"""

from lightppl.when_used import names_when_used

__getattr__, __dir__, __all__ = names_when_used(__name__)
