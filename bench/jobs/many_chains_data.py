"""What both libraries run in `many_chains.py`: targets, sizes of runs, and how a job is asked."""

import argparse
import json
import time

import numpy as np

SCALES = np.logspace(-1.0, 1.0, 100)
"""Standard deviations of a hundred independent normals."""

COVARIATES = np.random.default_rng(1).normal(size=(200, 10))
CHANCES = 1.0 / (1.0 + np.exp(-COVARIATES @ np.linspace(-1.0, 1.0, 10)))
OUTCOMES = (np.random.default_rng(2).random(200) < CHANCES).astype(np.int64)
"""Of a logistic regression with ten coefficients."""

SIZES = {
    "normals": 100,
    "logistic": 10,
}
"""Targets with their dimension."""

RUNS = {
    "MCLMC": dict(chains=4, warmup=1000, draws=20_000, thinning=10),
    "AdjustedMCLMC": dict(chains=4, warmup=1000, draws=2000, thinning=1),
    "ChEESHMC": dict(chains=32, warmup=500, draws=500, thinning=1),
    "MEADS": dict(chains=64, warmup=1000, draws=4000, thinning=10),
}
"""Samplers with the sizes of their runs; MEADS learns scales and step size in warmup and after."""


def run_job(make_run):
    """Run what the command line asks for, print its seconds and gradients as JSON.

    Parameters
    ----------
    make_run : callable
        ``make_run(sampler, target, sizes)`` returns a function of a seed that returns draws,
        (C, N, D), and how many gradients sampling has taken.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("sampler", choices=RUNS)
    parser.add_argument("target", choices=SIZES)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--output", required=True, help="folder for draws")
    options = parser.parse_args()
    run, seconds, gradients, files = (
        make_run(options.sampler, options.target, RUNS[options.sampler]), [], [], []
    )  # fmt: skip
    for seed in range(options.runs + 1):
        start = time.perf_counter()
        draws, count = run(seed)
        seconds.append(time.perf_counter() - start)
        gradients.append(float(count))
        files.append(f"{options.output}/{seed}.npy")
        np.save(files[-1], draws)
    print("JSON " + json.dumps(dict(seconds=seconds, gradients=gradients, files=files)))
