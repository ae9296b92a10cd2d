"""Where the names of this package are: for editors, and for `names_when_used`."""

from . import (
    hmc as hmc,
    hmc_gibbs as hmc_gibbs,
    hmc_util as hmc_util,
    initialization as initialization,
    inspect as inspect,
    mcmc as mcmc,
    reparam as reparam,
    until as until,
    util as util,
)
from .initialization import (
    init_to_feasible as init_to_feasible,
    init_to_mean as init_to_mean,
    init_to_median as init_to_median,
    init_to_pathfinder as init_to_pathfinder,
    init_to_sample as init_to_sample,
    init_to_uniform as init_to_uniform,
    init_to_value as init_to_value,
)
from .mcmc import (
    HMC as HMC,
    HMCECS as HMCECS,
    MCMC as MCMC,
    MCMCKernel as MCMCKernel,
    NUTS as NUTS,
    ReplicaExchangeMC as ReplicaExchangeMC,
    WALNUTS as WALNUTS,
)
from .mcmc.initialize_model import initialize_model as initialize_model
from .paths import pathfinder as pathfinder
from .predictive import Predictive as Predictive
from .util import log_likelihood as log_likelihood
