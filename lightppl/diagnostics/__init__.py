"""Arrays of draws, chain by draw, in; numbers and plain advice out.

Reading order: `chains` (shapes, splitting), `autocovariance`, `ranks` (normal scores), then the
measures: `rhat` (do the chains agree), `ess` (how many independent draws), `mcse` (error of the
estimates), `intervals`; what only Hamiltonian samplers report: `energy`, `divergences`;
comparison of models: `pareto`, `loo`; at the end what people read: `advice` and `summary`, with
`fits` for what they hand in, and `inference_data` for ArviZ; from symptoms to causes:
`stray_chains`, `geometry`, `diagnosis`, and `quick_look` at the end of each run.

Everything is vectorised NumPy over many scalars at once, so nothing here has to be compiled: all
columns of a summary cost about 0.4 ms for a scalar with 4 x 1000 draws.
"""

from lightppl.diagnostics.advice import Finding
from lightppl.diagnostics.autocovariance import autocorrelation, autocovariance
from lightppl.diagnostics.divergences import count_divergences, count_tree_depth_hits
from lightppl.diagnostics.energy import bfmi
from lightppl.diagnostics.ess import (
    effective_sample_size,
    ess_bulk,
    ess_mean,
    ess_quantile,
    ess_tail,
)
from lightppl.diagnostics.intervals import hpdi
from lightppl.diagnostics.loo import LOO, loo
from lightppl.diagnostics.mcse import mcse_mean, mcse_quantile, mcse_sd
from lightppl.diagnostics.pareto import psis
from lightppl.diagnostics.rhat import gelman_rubin, rhat, split_gelman_rubin
from lightppl.diagnostics.summary import Summary, print_summary, summarize, summary
from lightppl.when_used import names_when_used

__getattr__, __dir__, __all__ = names_when_used(__name__)
