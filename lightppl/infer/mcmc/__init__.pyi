"""Where the names of this package are: for editors, and for `names_when_used`."""

from .hmc import HMC as HMC
from .hmc_state import AdaptState as AdaptState, HMCState as HMCState
from .kernel import MCMCKernel as MCMCKernel
from .mcmc import MCMC as MCMC
from .nuts import NUTS as NUTS
from .walnuts import WALNUTS as WALNUTS
