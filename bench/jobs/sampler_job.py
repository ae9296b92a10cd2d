"""What jobs that count gradients share, whatever their library: options, files, checks.

Needs NumPy only.  A job hands over its problems and two names of its library's file::

    Sampler(model, arguments, sizes, options)
      .count(seed) -> Counted        one run, with its gradients
      .time(seed) -> (float, dict)   seconds of one run of the whole, and its draws
    log_densities(model, arguments, points) -> list of float
"""

import argparse
import json
import time
from pathlib import Path
from typing import Callable, NamedTuple

import numpy as np


class Problem(NamedTuple):
    """A model and how to feed it.

    Attributes
    ----------
    model : callable
    arguments : callable
        Without arguments, returns those of the model for sampling.
    exact_arguments : callable
        The same for the check of the density.
    points : callable
        Returns parameters by name, by point, and log densities less that of the first point.
    """

    model: Callable
    arguments: Callable
    exact_arguments: Callable
    points: Callable


class Sizes(NamedTuple):
    """How much a run does."""

    chains: int
    warmup: int
    draws: int
    cores: int


class Counted(NamedTuple):
    """One run and its gradients.

    Attributes
    ----------
    draws : dict of str to array (C, N, ...)
    steps : (C, N) int
        Leapfrog steps, one gradient each.
    warmup_steps : (C, W) int
    diverging : (C, N) bool
    """

    draws: dict
    steps: np.ndarray
    warmup_steps: np.ndarray
    diverging: np.ndarray


def run_job(find_problem, make_sampler, log_densities):
    """Do what the command line asks for; print one line of JSON.

    Parameters
    ----------
    find_problem : callable
        Maps a name and the folder of data, or None, to a `Problem`.
    make_sampler, log_densities : callable
        See above.
    """
    options = _read_options()
    problem = find_problem(options.problem, options.data and Path(options.data))
    if options.check:
        points, expected = problem.points()
        found = np.array(log_densities(problem.model, problem.exact_arguments(), points))
        _report({"error": float(np.abs(found - found[0] - expected).max())})
        return
    sizes = Sizes(options.chains, options.warmup, options.draws, options.cores)
    start = time.perf_counter()
    sampler_options = json.loads(options.options)
    sampler = make_sampler(problem.model, problem.arguments(), sizes, sampler_options)
    made = time.perf_counter() - start
    if options.timings:
        _report(_time(sampler, made, options))
        return
    files = []
    for seed in options.seeds:
        counted = sampler.count(seed)
        numbers = {f"_{field}": getattr(counted, field) for field in counted._fields[1:]}
        files.append(_save(options.output, f"counted-{seed}", {**counted.draws, **numbers}))
    _report({"files": files})


def _time(sampler, made, options):
    """Time one run for each seed, after a first one that compiles."""
    first, _ = sampler.time(options.seeds[0])
    report = {"first": made + first, "seconds": [], "processor": [], "files": []}
    for seed in options.seeds[1:]:
        start = time.process_time()
        seconds, draws = sampler.time(seed)
        report["processor"].append(time.process_time() - start)
        report["seconds"].append(seconds)
        report["files"].append(_save(options.output, f"timed-{seed}", draws))
    return report


def _read_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("problem")
    parser.add_argument("--data", help="folder of data")
    parser.add_argument("--output", help="folder for draws")
    parser.add_argument("--check", action="store_true", help="only compare log densities")
    parser.add_argument("--timings", action="store_true", help="first seed: to compile")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--chains", type=int, default=4)
    parser.add_argument("--warmup", type=int, default=1000)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--options", default="{}", help="JSON, for the sampler of this library")
    return parser.parse_args()


def _save(folder, stem, arrays):
    path = Path(folder) / f"{stem}.npz"
    np.savez(path, **{name: np.asarray(x) for name, x in arrays.items()})
    return str(path)


def _report(content):
    print("JSON " + json.dumps(content), flush=True)
