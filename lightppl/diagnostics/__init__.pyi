"""Where the names of this package are: for editors, and for `names_when_used`."""

from .advice import Finding as Finding
from .autocovariance import autocorrelation as autocorrelation, autocovariance as autocovariance
from .diagnosis import Diagnosis as Diagnosis, diagnose as diagnose
from .divergences import (
    count_divergences as count_divergences,
    count_tree_depth_hits as count_tree_depth_hits,
)
from .energy import bfmi as bfmi
from .ess import (
    effective_sample_size as effective_sample_size,
    ess_bulk as ess_bulk,
    ess_mean as ess_mean,
    ess_quantile as ess_quantile,
    ess_tail as ess_tail,
)
from .inference_data import to_arviz as to_arviz
from .intervals import hpdi as hpdi
from .loo import LOO as LOO, loo as loo
from .mcse import mcse_mean as mcse_mean, mcse_quantile as mcse_quantile, mcse_sd as mcse_sd
from .pareto import psis as psis
from .rhat import (
    gelman_rubin as gelman_rubin,
    rhat as rhat,
    split_gelman_rubin as split_gelman_rubin,
)
from .summary import (
    Summary as Summary,
    print_summary as print_summary,
    summarize as summarize,
    summary as summary,
)
