"""Where the names of this package are: for editors, and for `names_when_used`."""

from .adjusted_mclmc import AdjustedMCLMC as AdjustedMCLMC
from .aies import AIES as AIES
from .chees import ChEESHMC as ChEESHMC
from .ess import ESS as ESS
from .hmc import AdaptState as AdaptState, HMC as HMC, HMCState as HMCState
from .kernel import MCMCKernel as MCMCKernel
from .mclmc import MCLMC as MCLMC
from .mcmc import MCMC as MCMC
from .meads import MEADS as MEADS
from .nuts import NUTS as NUTS
from .walnuts import WALNUTS as WALNUTS
