"""Small arithmetic that emitted code writes as a call."""

from lightppl.compiler.runtime.floating_point import select
from lightppl.compiler.runtime.symbolic import scalar_function


@scalar_function
def square(x):
    """Return ``x * x``."""
    return x * x


@scalar_function
def sign(x):
    """Return -1.0, 0.0 or 1.0; NaN for NaN."""
    return select(x > 0.0, 1.0, select(x < 0.0, -1.0, x * 0.0))
