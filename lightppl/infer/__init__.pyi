"""Where the names of this package are: for editors, and for `names_when_used`."""

from . import (
    barker as barker,
    ensemble as ensemble,
    hmc as hmc,
    hmc_gibbs as hmc_gibbs,
    hmc_util as hmc_util,
    initialization as initialization,
    inspect as inspect,
    mcmc as mcmc,
    mixed_hmc as mixed_hmc,
    reparam as reparam,
    sa as sa,
    until as until,
    util as util,
)
from .evidence.smc import SMC as SMC
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
    AdjustedMCLMC as AdjustedMCLMC,
    AIES as AIES,
    BarkerMH as BarkerMH,
    ChEESHMC as ChEESHMC,
    CustomGibbs as CustomGibbs,
    DiscreteGibbs as DiscreteGibbs,
    DiscreteHMCGibbs as DiscreteHMCGibbs,
    ESS as ESS,
    Gibbs as Gibbs,
    HMC as HMC,
    HMCECS as HMCECS,
    HMCGibbs as HMCGibbs,
    MCLMC as MCLMC,
    MCMC as MCMC,
    MCMCKernel as MCMCKernel,
    MEADS as MEADS,
    MixedHMC as MixedHMC,
    NUTS as NUTS,
    ReplicaExchangeMC as ReplicaExchangeMC,
    SA as SA,
    WALNUTS as WALNUTS,
)
from .mcmc.fixed_hmc import (
    HamiltonianMonteCarlo as HamiltonianMonteCarlo,
    NoUTurnSampler as NoUTurnSampler,
    UncalibratedHamiltonianMonteCarlo as UncalibratedHamiltonianMonteCarlo,
)
from .mcmc.initialize_model import initialize_model as initialize_model
from .mcmc.langevin import (
    MetropolisAdjustedLangevinAlgorithm as MetropolisAdjustedLangevinAlgorithm,
    UncalibratedLangevin as UncalibratedLangevin,
)
from .mcmc.new_state import (
    random_walk_normal_fn as random_walk_normal_fn,
    random_walk_uniform_fn as random_walk_uniform_fn,
)
from .mcmc.random_walk import (
    RandomWalkMetropolis as RandomWalkMetropolis,
    UncalibratedRandomWalk as UncalibratedRandomWalk,
)
from .mcmc.slice import SliceSampler as SliceSampler
from .paths import pathfinder as pathfinder
from .predictive import Predictive as Predictive
from .util import log_likelihood as log_likelihood
