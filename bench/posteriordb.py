"""Seventeen posteriors with trusted answers: lightppl, NumPyro and nutpie, gradient by gradient.

    python bench/posteriordb.py --peers PATH --results FOLDER           # draws and gradients
    python bench/posteriordb.py --peers PATH --results FOLDER --time 3  # and three timed rounds

Every library samples every posterior in a process of its own, with default arguments: 4 chains of
1000 + 1000 draws, several seeds.  One implementation of the diagnostics (ours) judges the draws of
all.  What is measured is kept in the folder of results and not measured again, unless ``--again``
names its library; the tables are printed in markdown, from all that the folder holds.

Measures of a run, over all scalars of the reference (constrained, deterministic ones included):

- smallest bulk ESS (rank-normalised, split) per 1000 gradients, of sampling only, and with those
  of warmup counted, too; leapfrog steps are counted, one gradient each;
- divergences after warmup, largest R-hat, largest z score of a mean or standard deviation;
- seconds of the whole of a later run in a process that ran once before: for lightppl everything
  from the model to the draws, for NumPyro ``MCMC.run`` of the same object, for nutpie ``sample``
  of a compiled model.  What the first run took beyond it is the column of compiling.

A run **fails** if a scalar has R-hat above 1.05, or a mean that is more than 5 standard errors and
0.1 posterior standard deviations off.  Figures are medians over seeds; means over posteriors are
geometric, without the centred eight schools, which no choice of arguments makes right.
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
sys.path.insert(0, str(ROOT))

from lightppl.diagnostics import ess_bulk, mcse_mean, mcse_sd, rhat  # noqa: E402
from tests.correctness.posteriordb_data import READERS, load, scalar_of  # noqa: E402

JOBS = ROOT / "bench" / "jobs"
LIBRARIES = {
    "lightppl": ("posteriordb_lightppl", {}),
    "NumPyro": ("posteriordb_numpyro", {}),
    "nutpie diagonal": ("posteriordb_pymc", {}),
    "nutpie low rank": ("posteriordb_pymc", {"low_rank_modified_mass_matrix": True}),
}
"""The job of each library, and the options of its sampler beside the defaults."""

NOT_IN_MEANS = "eight_schools-eight_schools_centered"
MAX_RHAT, MAX_Z, MAX_DISTANCE = 1.05, 5.0, 0.1


def main():
    options = read_options()
    options.results.mkdir(parents=True, exist_ok=True)
    for library in options.libraries if not options.only_print else ():
        for posterior in options.posteriors:
            count(library, posterior, options)
    for turn in range(options.time):
        for posterior in options.posteriors:
            for library in options.libraries:
                measure_time(library, posterior, turn, options)
    found = {
        (library, posterior): read(result_path(library, posterior, options))
        for library in options.libraries for posterior in options.posteriors
    }
    print_tables(found, options)


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--libraries", nargs="+", default=list(LIBRARIES), choices=LIBRARIES)
    parser.add_argument("--posteriors", nargs="+", default=list(READERS), choices=READERS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--warmup", type=int, default=1000)
    parser.add_argument("--label", default="", help="of results to keep beside others")
    parser.add_argument("--time", type=int, default=0, help="rounds of timed runs to add")
    parser.add_argument("--again", nargs="+", default=[], help="libraries to measure afresh")
    parser.add_argument("--only-print", action="store_true")
    parser.add_argument("--peers", help="interpreter that has NumPyro", default=sys.executable)
    parser.add_argument("--pymc", help="interpreter that has PyMC and nutpie, if another")
    parser.add_argument("--results", type=Path, default=Path(tempfile.mkdtemp()))
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "posteriordb")
    return parser.parse_args()


def count(library, posterior, options):
    """Run all seeds of a posterior that have no result yet."""
    path = result_path(library, posterior, options)
    result = {} if library in options.again else read(path)
    missing = [seed for seed in options.seeds if str(seed) not in result.get("runs", {})]
    if not missing:
        return
    with tempfile.TemporaryDirectory() as folder:
        report = run_job(library, posterior, options, ["--seeds", *map(str, missing)], folder)
        if "error" in report:
            result["error"] = report["error"]
        for seed, file in zip(missing, report.get("files", ())):
            judged = judge_counted(file, posterior, options)
            result.setdefault("runs", {})[str(seed)] = judged
            print(f"{library}, {posterior}, seed {seed}: {describe(judged)}", file=sys.stderr)
    path.write_text(json.dumps(result, indent=1))


def measure_time(library, posterior, turn, options):
    """Add a round of timed runs: one to compile, one for each seed."""
    path = result_path(library, posterior, options)
    result = read(path)
    seeds = [1000 * (turn + 1) + seed for seed in (999, *options.seeds)]
    with tempfile.TemporaryDirectory() as folder:
        report = run_job(
            library, posterior, options, ["--timings", "--seeds", *map(str, seeds)], folder
        )
        if "error" in report:
            return
        times = result.setdefault("times", {"compile": [], "seconds": [], "ess": []})
        times["compile"].append(report["compile"] - float(np.median(report["seconds"])))
        times["seconds"].extend(report["seconds"])
        times["ess"].extend(judge(file, posterior, options)["ess"] for file in report["files"])
    print(f"{library}, {posterior}: {report['seconds']} s", file=sys.stderr)
    path.write_text(json.dumps(result, indent=1))


def run_job(library, posterior, options, arguments, folder):
    """Run a job in a process of its own; return what it reports, or {"error": last lines}."""
    job, sampler_options = LIBRARIES[library]
    peers = options.pymc or options.peers if "pymc" in job else options.peers
    command = [
        sys.executable if job == "posteriordb_lightppl" else peers, str(JOBS / f"{job}.py"),
        posterior, "--data", str(options.data), "--output", folder,
        "--warmup", str(options.warmup), "--options", json.dumps(sampler_options), *arguments,
    ]  # fmt: skip
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith("JSON ")]
    if done.returncode or not lines:
        error = "\n".join(done.stderr.splitlines()[-8:])
        print(f"{library}, {posterior} failed:\n{error}", file=sys.stderr)
        return {"error": error}
    return json.loads(lines[-1].removeprefix("JSON "))


def result_path(library, posterior, options):
    stem = f"{library}{options.label}-{options.warmup}-{posterior}".replace(" ", "_")
    return options.results / f"{stem}.json"


def read(path):
    return json.loads(path.read_text()) if path.exists() else {}


def judge_counted(file, posterior, options):
    """Return the measures of one run as a dict of numbers."""
    with np.load(file) as arrays:
        steps, warmup_steps = int(arrays["_steps"].sum()), int(arrays["_warmup_steps"].sum())
        divergences = int(arrays["_diverging"].sum())
    return {
        **judge(file, posterior, options),
        "steps": steps, "warmup_steps": warmup_steps, "divergences": divergences,
    }  # fmt: skip


def judge(file, posterior, options):
    """Compare saved draws with the reference."""
    reference = load(options.data, posterior, "reference.json")["parameters"]
    with np.load(file) as arrays:
        draws = {name: arrays[name] for name in arrays if not name.startswith("_")}
    x = np.stack([scalar_of(draws, name) for name in reference], axis=-1)  # (C, N, scalars)
    mean, sd, mcse_of_mean, mcse_of_sd = (
        np.array([expected[name] for expected in reference.values()])
        for name in ("mean", "sd", "mcse_mean", "mcse_sd")
    )
    off = np.abs(x.mean(axis=(0, 1)) - mean)
    z_mean = off / np.hypot(mcse_mean(x), mcse_of_mean)
    z_sd = np.abs(x.std(axis=(0, 1), ddof=1) - sd) / np.hypot(mcse_sd(x), mcse_of_sd)
    ess, r = ess_bulk(x), rhat(x)
    is_wrong = ~((z_mean < MAX_Z) | (off < MAX_DISTANCE * sd))
    return {
        "ess": float(np.min(ess)),
        "worst": list(reference)[int(np.argmin(ess))],
        "rhat": float(np.max(r)),
        "z": float(max(np.max(z_mean), np.max(z_sd))),
        "distance": float(np.max(off / sd)),
        "fails": bool(not np.max(r) <= MAX_RHAT or np.any(is_wrong)),
    }


def describe(judged):
    rate = 1000 * judged["ess"] / judged["steps"]
    return (
        f"{rate:.1f} a thousand gradients, {judged['warmup_steps'] / 4000:.1f} thousand of warmup "
        f"a chain, {judged['divergences']} divergences, R-hat {judged['rhat']:.3f}, "
        f"z {judged['z']:.1f}{', FAILS' * judged['fails']}"
    )


# --- tables ---


def print_tables(found, options):
    libraries, posteriors = options.libraries, options.posteriors
    runs = {key: list(result.get("runs", {}).values()) for key, result in found.items()}
    print("\nSmallest bulk ESS per 1000 gradients of sampling (with those of warmup):\n")
    header = ["posterior", *libraries]
    rows = [
        [short(name), *(two_rates(runs[library, name]) for library in libraries)]
        for name in posteriors
    ]
    counted = [name for name in posteriors if name != NOT_IN_MEANS]
    means = [
        f"{geometric_mean([rate(runs[library, name]) for name in counted]):.1f} "
        f"({geometric_mean([whole_rate(runs[library, name]) for name in counted]):.1f})"
        for library in libraries
    ]
    print_markdown([header, *rows, [f"geometric mean of {len(counted)}", *means]])
    print("\nFailing runs - divergences - largest R-hat - largest z, the worst of the seeds:\n")
    rows = [
        [short(name), *(trouble(runs[library, name]) for library in libraries)]
        for name in posteriors
    ]
    sums = [
        f"{sum(run['fails'] for name in counted for run in runs[library, name])} of "
        f"{sum(len(runs[library, name]) for name in counted)} fail"
        for library in libraries
    ]
    print_markdown([header, *rows, [f"of the {len(counted)}", *sums]])
    if any("times" in result for result in found.values()):
        print_times(found, libraries, posteriors, counted)


def print_times(found, libraries, posteriors, counted):
    print("\nSmallest bulk ESS per second of the whole run (seconds; seconds of compiling):\n")
    rates = {key: times_of(result) for key, result in found.items()}
    rows = [
        [short(name), *("{:,.0f} ({:.3f}; {:.1f})".format(*rates[library, name])
                        for library in libraries)]
        for name in posteriors
    ]  # fmt: skip
    means = [
        "{:,.0f}".format(geometric_mean([rates[library, name][0] for name in counted]))
        for library in libraries
    ]
    print_markdown([["posterior", *libraries], *rows, ["geometric mean", *means]])


def times_of(result):
    """Return (ESS per second, seconds, seconds of compiling): the quickest of all timed runs."""
    times = result.get("times")
    if not times:
        return np.nan, np.nan, np.nan
    seconds = min(times["seconds"])
    return float(np.median(times["ess"])) / seconds, seconds, min(times["compile"])


def rate(runs):
    values = [1000 * run["ess"] / run["steps"] for run in runs]
    return float(np.median(values)) if values else np.nan


def whole_rate(runs):
    values = [1000 * run["ess"] / (run["steps"] + run["warmup_steps"]) for run in runs]
    return float(np.median(values)) if values else np.nan


def two_rates(runs):
    mark = "" if not any(run["fails"] for run in runs) else " fails"
    return f"{rate(runs):.1f} ({whole_rate(runs):.1f}){mark}" if runs else "-"


def trouble(runs):
    if not runs:
        return "-"
    worst = {name: max(run[name] for run in runs) for name in ("divergences", "rhat", "z")}
    num_failing = sum(run["fails"] for run in runs)
    return f"{num_failing} - {worst['divergences']} - {worst['rhat']:.3f} - {worst['z']:.1f}"


def geometric_mean(values):
    return float(np.exp(np.mean(np.log(values)))) if len(values) else np.nan


def short(posterior):
    return posterior.split("-", 1)[1]


def print_markdown(rows):
    """Print a table: the first column to the left, numbers to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "| " + " | ".join([row[0].ljust(widths[0]), *(
            cell.rjust(width) for cell, width in zip(row[1:], widths[1:])
        )]) + " |"
        for row in rows
    ]  # fmt: skip
    dashes = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    print("\n".join([lines[0], "| " + " | ".join(dashes) + " |", *lines[1:]]))


if __name__ == "__main__":
    main()
