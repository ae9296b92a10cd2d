"""Runs of samplers of several libraries, gradient by gradient: what the tables of samplers share.

A job is a process of one library on one problem (`jobs/sampler_job.py`); what it measures is kept
as one JSON file a problem, so that figures of libraries that did not change are measured once.
One implementation of the diagnostics, ours, judges the draws of all.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
JOBS = ROOT / "bench" / "jobs"

LIBRARIES = {
    "lightppl": ("lightppl", {}),
    "lightppl welford": ("lightppl", {"adaptation": "welford"}),
    "lightppl fisher": ("lightppl", {"adaptation": "fisher"}),
    "lightppl low rank": ("lightppl", {"adaptation": "low_rank"}),
    "lightppl dense": ("lightppl", {"adaptation": "dense"}),
    "NumPyro": ("numpyro", {}),
    "nutpie diagonal": ("pymc", {}),
    "nutpie low rank": ("pymc", {"low_rank_modified_mass_matrix": True}),
}
"""The ending of each library's jobs, and options of its sampler beside the defaults."""

FOUR = ["lightppl", "NumPyro", "nutpie diagonal", "nutpie low rank"]


def make_parser(description):
    """Return a parser of the options that all tables of samplers have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--libraries", nargs="+", default=FOUR, choices=LIBRARIES)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--warmup", type=int, default=1000)
    parser.add_argument("--again", nargs="+", default=[], help="libraries to measure afresh")
    parser.add_argument("--only-print", action="store_true", help="measure nothing")
    parser.add_argument("--numpyro-python", default=sys.executable, metavar="PATH")
    parser.add_argument("--pymc-python", default=sys.executable, metavar="PATH")
    parser.add_argument("--results", type=Path, help="folder to keep measurements in")
    return parser


class Runs:
    """Measurements of one table.

    Parameters
    ----------
    job : str
        The beginning of the names of its jobs.
    judge : callable
        Maps the name of a problem and its draws, a dict of arrays (C, N, ...), to a dict of
        measures; "ess" is the smallest bulk ESS.
    options : namespace
        Of `make_parser`.
    data : Path, optional
        Handed to the jobs.
    """

    def __init__(self, job, judge, options, data=None):
        self.job, self.judge, self.options, self.data = job, judge, options, data
        self.folder = options.results or Path(tempfile.mkdtemp())
        self.folder.mkdir(parents=True, exist_ok=True)

    def read(self, library, problem):
        """Return what is known: {"runs": by seed, "times": lists} or less."""
        path = self._path(library, problem)
        return json.loads(path.read_text()) if path.exists() else {}

    def count(self, library, problem):
        """Run all seeds that have no result yet."""
        result = {} if library in self.options.again else self.read(library, problem)
        runs = result.setdefault("runs", {})
        missing = [str(seed) for seed in self.options.seeds if str(seed) not in runs]
        if not missing:
            return
        with tempfile.TemporaryDirectory() as folder:
            report = self._run_job(library, problem, ["--seeds", *missing], folder)
            for seed, file in zip(missing, report["files"]):
                runs[seed] = run = self.judged(problem, file)
                print(f"{library}, {problem}, seed {seed}: {described(run)}", file=sys.stderr)
        self._write(library, problem, result)

    def judged(self, problem, file):
        """Return the measures of saved draws, and of what they took, if that was counted."""
        with np.load(file) as arrays:
            draws = {name: x for name, x in arrays.items() if not name.startswith("_")}
            counts = {name[1:]: int(x.sum()) for name, x in arrays.items() if name.startswith("_")}
        return {**self.judge(problem, draws), **counts}

    def time(self, library, problem, turn):
        """Add a round of timed runs: one to compile, one for each seed."""
        seeds = [1000 * (turn + 1) + seed for seed in (999, *self.options.seeds)]
        arguments = ["--timings", "--seeds", *map(str, seeds)]
        with tempfile.TemporaryDirectory() as folder:
            report = self._run_job(library, problem, arguments, folder)
            found = [self.judged(problem, file)["ess"] for file in report["files"]]
        result = self.read(library, problem)
        times = result.setdefault("times", {})
        compiling = report["first"] - float(np.median(report["seconds"]))
        added = {"compile": [compiling], "ess": found, **report}
        for name in ("compile", "seconds", "processor", "ess"):
            times.setdefault(name, []).extend(added[name])
        print(f"{library}, {problem}: {report['seconds']} s", file=sys.stderr)
        self._write(library, problem, result)

    def _run_job(self, library, problem, arguments, folder):
        """Run a job in a process of its own and return what it reports."""
        ending, sampler_options = LIBRARIES[library]
        peers = {"numpyro": self.options.numpyro_python, "pymc": self.options.pymc_python}
        command = [
            peers.get(ending, sys.executable), str(JOBS / f"{self.job}_{ending}.py"), problem,
            "--output", folder, "--warmup", str(self.options.warmup),
            "--options", json.dumps(sampler_options), *arguments,
        ]  # fmt: skip
        command += ["--data", str(self.data)] if self.data else []
        environment = dict(os.environ, PYTHONPATH=str(ROOT))
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        lines = [line for line in done.stdout.splitlines() if line.startswith("JSON ")]
        if done.returncode or not lines:
            raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-3000:]}")
        return json.loads(lines[-1].removeprefix("JSON "))

    def _path(self, library, problem):
        words = f"{self.job} {library} {self.options.warmup} {problem}"
        kept = (c if c.isalnum() or c in "-." else "_" for c in words)
        return self.folder / f"{''.join(kept)}.json"

    def _write(self, library, problem, result):
        self._path(library, problem).write_text(json.dumps(result, indent=1))


def described(run):
    """Return the measures of a run as a line."""
    return (
        f"{1000 * run['ess'] / run['steps']:.1f} a thousand gradients, {run['steps']} + "
        f"{run['warmup_steps']} gradients, {run['diverging']} divergences, "
        f"R-hat {run['rhat']:.3f}{', FAILS' * run['fails']}"
    )


def rate(result):
    """Return the smallest ESS per 1000 gradients of sampling, the median of the runs."""
    return _median([1000 * run["ess"] / run["steps"] for run in runs_of(result)])


def whole_rate(result):
    """Return the same with the gradients of warmup counted, too."""
    runs = runs_of(result)
    return _median([1000 * run["ess"] / (run["steps"] + run["warmup_steps"]) for run in runs])


def warmup_thousands(result):
    """Return thousands of gradients of warmup a chain, the median of the runs."""
    return _median([run["warmup_steps"] / 4000 for run in runs_of(result)])


def runs_of(result):
    """Return the measured runs of a problem as a list."""
    return list(result.get("runs", {}).values())


def speed(result, clock="seconds"):
    """Return (ESS per second, seconds) of the quickest of all timed runs.

    Parameters
    ----------
    result : dict
        As `Runs.read` returns.
    clock : {"seconds", "processor"}
        The clock on the wall, or the time of all processors, which other work on the machine
        disturbs less.
    """
    times = result.get("times")
    if not times:
        return np.nan, np.nan
    seconds = min(times[clock])
    return float(np.median(times["ess"])) / seconds, seconds


def compile_seconds(result):
    """Return how much longer the first run took, at best."""
    return min(result.get("times", {}).get("compile", [np.nan]))


def geometric_mean(values):
    """Return the geometric mean of what was measured."""
    known = [value for value in values if not np.isnan(value)]
    return float(np.exp(np.mean(np.log(known)))) if known else np.nan


def print_markdown(rows):
    """Print a table: the first column to the left, numbers to the right."""
    first, *others = [max(map(len, column)) for column in zip(*rows)]
    dashes = ["-" * first, *("-" * (width - 1) + ":" for width in others)]
    for name, *cells in [rows[0], dashes, *rows[1:]]:
        aligned = [cell.rjust(width) for cell, width in zip(cells, others)]
        print(f"| {' | '.join([name.ljust(first), *aligned])} |")


def _median(values):
    return float(np.median(values)) if values else np.nan
