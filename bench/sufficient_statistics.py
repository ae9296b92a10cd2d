"""Gaussian regressions on more and more rows, with and without sufficient statistics.

Run:  python bench/sufficient_statistics.py [--rows N ...] [--without]

One line a number of rows: seconds to bind the data (code is in the cache), megabytes that binding
adds beside those of the design matrix, microseconds of a gradient, seconds of a whole run,
binding included, posterior mean and standard deviation of one coefficient and of the scale.
"""

import argparse
import resource
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import lightppl as lp  # noqa: E402
import lightppl.distributions as dist  # noqa: E402
from lightppl.compiler import passes  # noqa: E402
from lightppl.density.potential import compile_density  # noqa: E402
from lightppl.infer import MCMC, NUTS  # noqa: E402

NUM_COLUMNS = 10


def model(X, y):
    """A regression with an intercept."""
    a = lp.sample("a", dist.Normal(0.0, 10.0))
    b = lp.sample("b", dist.Normal(np.zeros(NUM_COLUMNS), 10.0))
    sigma = lp.sample("sigma", dist.HalfNormal(5.0))
    lp.sample("y", dist.Normal(a + X @ b, sigma), obs=y)


def make_data(num_rows):
    """Return a design matrix and observations."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(num_rows, NUM_COLUMNS))
    return X, 2.0 + X @ np.linspace(-1.0, 1.0, NUM_COLUMNS) + 1.5 * rng.normal(size=num_rows)


def megabytes():
    """Return the most memory that this process has used."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def seconds_of(function):
    """Return how long a call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def measure(num_rows):
    """Print one line."""
    X, y = make_data(num_rows)
    compile_density(model, make_data(100))
    before, densities = megabytes(), []
    binding = seconds_of(lambda: densities.append(compile_density(model, (X, y))))
    memory = megabytes() - before
    q = np.random.default_rng(0).normal(size=NUM_COLUMNS + 2)
    gradient = np.median([seconds_of(lambda: densities[0].potential(q)) for _ in range(25)])
    chain = MCMC(NUTS(model), num_warmup=500, num_samples=1000, num_chains=1, progress_bar=False)
    chain.run(0, *make_data(100))
    whole = seconds_of(lambda: chain.run(0, X, y))
    draws = chain.get_samples()
    summary = ", ".join(
        f"{np.mean(x):.5f} +- {np.std(x):.5f}" for x in (draws["b"][:, 0], draws["sigma"])
    )
    print(
        f"{num_rows:>9} rows: binding {binding:6.2f} s, {memory:5.0f} MB beside "
        f"{X.nbytes / 2**20:.0f}, gradient {1e6 * gradient:9.2f}, "
        f"run {whole:7.2f} s, {summary}",
        flush=True,
    )


def main():
    """Measure each number of rows."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[100, 10_000, 1_000_000])
    parser.add_argument("--without", action="store_true", help="leave the pass out")
    options = parser.parse_args()
    if options.without:
        passes.PASSES = tuple(x for x in passes.PASSES if x.name != "statistics")
    for num_rows in options.rows:
        measure(num_rows)


if __name__ == "__main__":
    main()
