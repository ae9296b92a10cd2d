"""Command line and output that the jobs of all libraries share; needs only NumPy."""

import argparse
import json
import os
import time

import numpy as np

NUM_CHAINS, NUM_WARMUP = 4, 1000
NUM_SAMPLES = int(os.environ.get("BENCH_NUM_SAMPLES", 1000))
MODELS = ("eight_schools", "counties", "logistic")


def run_job(make_sampler):
    """Fit once, or several times, as the command line says, and print the seconds as JSON.

    Parameters
    ----------
    make_sampler : callable
        Maps the name of a model to ``(sample, summarize)``: ``sample(seed)`` returns a dict of
        arrays (chain, draw, ...), ``summarize()`` prints a summary of the last fit.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("model", choices=MODELS)
    parser.add_argument("--repeat", type=int, default=0, help="further fits, timed in this process")
    parser.add_argument("--draws", help="file for the draws of the last fit (npz)")
    options = parser.parse_args()
    sample, summarize = make_sampler(options.model)
    start = time.perf_counter()
    draws = sample(0)
    first = time.perf_counter() - start
    summarize()
    again = []
    for seed in range(1, options.repeat + 1):
        start = time.perf_counter()
        draws = sample(seed)
        again.append(time.perf_counter() - start)
    if options.draws:
        np.savez(options.draws, **draws)
    print("JSON " + json.dumps({"first": first, "again": again}))
