"""Scalar functions of compiled code: error against mpmath, time per element against libm and NumPy.

    python bench/elementary.py                    # times, and errors at 10^5 points: some minutes
    python bench/elementary.py --points 2000 exp log

Times are for a loop over 1024 elements in the first-level cache, the fastest of many runs; "libm"
is the same loop over the C library's function, "NumPy" NumPy or SciPy on the same array.
"""

import argparse
import math
import sys
import time
from pathlib import Path

import numpy as np
import scipy.special as sp

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import by_numba  # noqa: E402
from lightppl.compiler.runtime import elementary  # noqa: E402
from tests.machine import compiled  # noqa: E402
from tests.reference.elementary import TWINS, worst_error  # noqa: E402

NUM_ELEMENTS = 1024
IN_NUMPY = {
    "erf": sp.erf, "erfc": sp.erfc, "lgamma": sp.gammaln, "pow": np.power, "expit": sp.expit,
    "softplus": lambda x: np.logaddexp(0.0, x), "log_ndtr": sp.log_ndtr, "ndtr": sp.ndtr,
    "digamma": sp.digamma, "trigamma": lambda x: sp.polygamma(1, x),
    "log1mexp": lambda x: np.log(-np.expm1(-x)),
}


def main():
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--points", type=int, default=100_000)
    options.add_argument("names", nargs="*")
    options = options.parse_args()
    print(f"{'function':10s} {'max ulp':>8s} {'ns':>7s} {'libm':>7s} {'NumPy':>7s}   worst at")
    for name in options.names or TWINS:
        ours, libm, in_numpy = times(name)
        error, where = largest_error(name, options.points)
        figures = " ".join(f"{t:7.2f}" if t else "      -" for t in (ours, libm, in_numpy))
        place = ", ".join(repr(float(x)) for x in where or ())
        print(f"{name:10s} {error:8.3f} {figures}   {place}", flush=True)


def largest_error(name, num_points):
    """Return the largest error in ulp, and where."""
    twin = TWINS[name]
    points = twin.points(np.random.default_rng(7), num_points)
    values = np.empty(len(points))
    loop_of(getattr(elementary, name), points.shape[1])(
        *(np.ascontiguousarray(column) for column in points.T), values
    )
    return worst_error(values, twin, points)


def times(name):
    """Return nanoseconds per element: ours, libm (None if it has none), NumPy."""
    rng = np.random.default_rng(8)
    arguments = [rng.uniform(0.1, 6.0, NUM_ELEMENTS), rng.uniform(0.1, 3.0, NUM_ELEMENTS)]
    arguments = arguments[: 2 if name in ("pow", "logaddexp") else 1]
    values = np.empty(NUM_ELEMENTS)
    ours = loop_of(getattr(elementary, name), len(arguments))
    libm = None
    if hasattr(math, name):
        libm = loop_of(getattr(math, name), len(arguments), by_numba.compiled)
    in_numpy = IN_NUMPY.get(name) or getattr(np, name)
    return (
        fastest(ours.prepared(*arguments, values)),
        libm and fastest(lambda: libm(*arguments, values)),
        fastest(lambda: in_numpy(*arguments)),
    )


def fastest(call, num_calls=20, num_rounds=300):
    """Return nanoseconds per element of the fastest round."""
    call()
    best = math.inf
    for _ in range(num_rounds):
        start = time.perf_counter()
        for _ in range(num_calls):
            call()
        best = min(best, time.perf_counter() - start)
    return best / num_calls / NUM_ELEMENTS * 1e9


def loop_of(function, num_arguments, compiled=compiled):
    """Return a compiled loop that applies a function of one or two numbers."""

    @compiled
    def over_one(x, values):
        for i in range(x.size):
            values[i] = function(x[i])

    @compiled
    def over_two(x, y, values):
        for i in range(x.size):
            values[i] = function(x[i], y[i])

    return over_one if num_arguments == 1 else over_two


if __name__ == "__main__":
    main()
