"""Where the names of this package are: for editors, and for `names_when_used`."""

from . import mcmc as mcmc
