"""Where the names of this package are: for editors, and for `names_when_used`."""

from .discrete_gibbs import (
    DiscreteGibbs as DiscreteGibbs,
    DiscreteHMCGibbs as DiscreteHMCGibbs,
)
from .hmc import AdaptState as AdaptState, HMC as HMC, HMCState as HMCState
from .kernel import MCMCKernel as MCMCKernel
from .mcmc import MCMC as MCMC
from .mixed_hmc import MixedHMC as MixedHMC
from .nuts import NUTS as NUTS
from .walnuts import WALNUTS as WALNUTS
