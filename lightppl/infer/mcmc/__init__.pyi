"""Where the names of this package are: for editors, and for `names_when_used`."""

from .adjusted_mclmc import AdjustedMCLMC as AdjustedMCLMC
from .aies import AIES as AIES
from .barker import BarkerMH as BarkerMH
from .chees import ChEESHMC as ChEESHMC
from .discrete_gibbs import DiscreteGibbs as DiscreteGibbs, DiscreteHMCGibbs as DiscreteHMCGibbs
from .ess import ESS as ESS
from .gibbs import CustomGibbs as CustomGibbs, Gibbs as Gibbs, GibbsState as GibbsState
from .hmc import HMC as HMC
from .hmc_gibbs import HMCGibbs as HMCGibbs
from .hmc_state import AdaptState as AdaptState, HMCState as HMCState
from .interleaved import HMCGibbsState as HMCGibbsState
from .kernel import MCMCKernel as MCMCKernel
from .mclmc import MCLMC as MCLMC
from .mcmc import MCMC as MCMC
from .meads import MEADS as MEADS
from .mixed_hmc import MixedHMC as MixedHMC
from .nuts import NUTS as NUTS
from .replica_exchange import (
    ReplicaExchangeMC as ReplicaExchangeMC,
    ReplicaExchangeMCState as ReplicaExchangeMCState,
)
from .sample_adaptive import SA as SA
from .subsampled import HMCECS as HMCECS, HMCECSState as HMCECSState
from .walnuts import WALNUTS as WALNUTS
