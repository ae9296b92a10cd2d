"""Where the names of this package are: for editors, and for `names_when_used`."""

from . import (
    control_flow as control_flow,
    nested_sampling as nested_sampling,
    ode as ode,
    tfp as tfp,
)
