"""What the jobs of `posteriordb.py` share, whatever their library: options, files, checks.

Needs NumPy only.  A job module has ``MODELS`` (models by posterior) and three functions::

    make_sampler(model, arguments, sizes, options) -> sampler
    sampler.count(seed) -> Counted        one run, with its gradients
    sampler.time(seed) -> (float, dict)   seconds of one run of the whole, and its draws
    log_densities(model, arguments, points) -> list of float
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from tests.correctness.posteriordb_data import arguments_of, points_of  # noqa: E402

HARES = "hudson_lynx_hare-lotka_volterra"
QUICK, EXACT = {"steps_a_year": 10}, {"steps_a_year": 100}
"""Steps of Runge and Kutta's method for sampling, and for the check of the density."""


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


def run_job(models, make_sampler, log_densities):
    """Do what the command line asks for; print one line of JSON."""
    options = _read_options()
    folder, name = Path(options.data), options.posterior
    model, arguments = models[name], arguments_of(folder, name)
    if options.check:
        more = EXACT if name == HARES else {}
        points, expected = points_of(folder, name)
        found = np.array(log_densities(model, {**arguments, **more}, points))
        _report({"error": float(np.abs(found - found[0] - expected).max())})
        return
    arguments.update(QUICK if name == HARES else {})
    sizes = Sizes(options.chains, options.warmup, options.draws, options.cores)
    start = time.perf_counter()
    sampler = make_sampler(model, arguments, sizes, json.loads(options.options))
    made = time.perf_counter() - start
    if options.timings:
        seconds, draws = sampler.time(options.seeds[0])
        report = {"compile": made + seconds, "seconds": [], "files": []}
        for seed in options.seeds[1:]:
            seconds, draws = sampler.time(seed)
            report["seconds"].append(seconds)
            report["files"].append(_save(options.output, f"timed-{seed}", draws))
        _report(report)
        return
    files = []
    for seed in options.seeds:
        counted = sampler.count(seed)
        numbers = {f"_{field}": getattr(counted, field) for field in counted._fields[1:]}
        files.append(_save(options.output, f"counted-{seed}", {**counted.draws, **numbers}))
    _report({"files": files})


def _read_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("posterior")
    parser.add_argument("--data", required=True, help="folder of the posteriors")
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
