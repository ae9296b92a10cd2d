"""Where the names of this package are: for editors, and for `names_when_used`."""

from .hmc import AdaptState as AdaptState, HMC as HMC, HMCState as HMCState
from .kernel import MCMCKernel as MCMCKernel
from .mcmc import MCMC as MCMC
from .nuts import NUTS as NUTS
from .replica_exchange import (
    ReplicaExchangeMC as ReplicaExchangeMC, ReplicaExchangeMCState as ReplicaExchangeMCState,
)
from .subsampled import HMCECS as HMCECS, HMCECSState as HMCECSState
from .walnuts import WALNUTS as WALNUTS
