"""Seventeen posteriors with trusted answers: lightppl, NumPyro and nutpie, gradient by gradient.

    python bench/posteriordb.py --numpyro-python PATH --pymc-python PATH --results FOLDER
    ... --time 3          # and three rounds of timed runs, in which the libraries take turns
    ... --warmup 500      # a table of its own

Every library samples every posterior in a process of its own, with default arguments: 4 chains of
1000 + 1000 draws on 2 cores, several seeds.  What is measured stays in the folder of results and
is not measured again, unless ``--again`` names its library.

Measures of a run, over all scalars of the reference (constrained, deterministic ones included):

- smallest bulk ESS (rank-normalised, split) per 1000 gradients of sampling, and, in parentheses,
  with those of warmup counted, too; leapfrog steps are counted, one gradient each;
- divergences after warmup, largest R-hat, largest z score of a mean or a standard deviation;
- seconds of the whole of a later run in a process that ran once before: for lightppl everything
  from the model to the draws, for NumPyro ``MCMC.run`` of the same object, for nutpie ``sample``
  of a compiled model.  What the first run took beyond that is called compiling.  Processor time
  is shown, too: other work on the machine disturbs it less.

A run **fails** if a scalar has R-hat above 1.05, or a mean that is more than 5 standard errors and
more than 0.1 posterior standard deviations off.  Figures are medians over seeds, seconds those of
the quickest run; means over posteriors are geometric, without the centred eight schools, where
every choice of arguments struggles.
"""

import sys
from pathlib import Path

import numpy as np
from counted_runs import (
    Runs, compile_seconds, geometric_mean, make_parser, print_markdown, rate, runs_of, speed,
    whole_rate,
)

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from lightppl.diagnostics import ess_bulk, mcse_mean, mcse_sd, rhat  # noqa: E402  (path)
from tests.correctness.posteriordb_data import READERS, load, scalar_of  # noqa: E402

NOT_IN_MEANS = "eight_schools-eight_schools_centered"
MAX_RHAT, MAX_Z, MAX_DISTANCE = 1.05, 5.0, 0.1


def main():
    options = read_options()
    runs = Runs("posteriordb", Judge(options.data), options, options.data)
    for library in () if options.only_print else options.libraries:
        for posterior in options.posteriors:
            runs.count(library, posterior)
    for turn in range(options.time):
        for posterior in options.posteriors:
            for library in options.libraries:
                runs.time(library, posterior, turn)
    found = {
        (library, posterior): runs.read(library, posterior)
        for library in options.libraries for posterior in options.posteriors
    }
    print_rates(found, options)
    print_trouble(found, options)
    if any("times" in result for result in found.values()):
        print("\nSmallest bulk ESS per second of the whole run (seconds of one):\n")
        print_speeds(found, options, "seconds")
        print("\nThe same per second of all processors together:\n")
        print_speeds(found, options, "processor")
        print("\nSeconds of compiling, which only the first run in a process takes:\n")
        print_compiling(found, options)


def read_options():
    parser = make_parser(__doc__.split("\n")[0])
    parser.add_argument("--posteriors", nargs="+", default=list(READERS), choices=READERS)
    parser.add_argument("--time", type=int, default=0, help="rounds of timed runs to add")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "posteriordb")
    return parser.parse_args()


class Judge:
    """Compares draws with the references in a folder."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, posterior, draws):
        """Return measures of draws (C, N, ...) by name."""
        reference = load(self.folder, posterior, "reference.json")["parameters"]
        x = np.stack([scalar_of(draws, name) for name in reference], axis=-1)  # (C, N, scalars)
        mean, sd, mcse_of_mean, mcse_of_sd = (
            np.array([expected[name] for expected in reference.values()])
            for name in ("mean", "sd", "mcse_mean", "mcse_sd")
        )
        ess, r = ess_bulk(x), rhat(x)
        off = np.abs(x.mean(axis=(0, 1)) - mean)
        z_mean = off / np.hypot(mcse_mean(x), mcse_of_mean)
        z_sd = np.abs(x.std(axis=(0, 1), ddof=1) - sd) / np.hypot(mcse_sd(x), mcse_of_sd)
        is_right = (z_mean <= MAX_Z) | (off <= MAX_DISTANCE * sd)  # False for NaN
        return {
            "ess": float(np.min(ess)),
            "worst": list(reference)[int(np.argmin(ess))],
            "rhat": float(np.max(r)),
            "z": float(max(np.max(z_mean), np.max(z_sd))),
            "distance": float(np.max(off / sd)),
            "fails": not (np.max(r) <= MAX_RHAT and bool(np.all(is_right))),
        }


def print_rates(found, options):
    print("\nSmallest bulk ESS per 1000 gradients of sampling (with those of warmup):\n")
    names = posteriors_of_mean(found, options)
    means = [
        f"{geometric_mean([rate(found[library, name]) for name in names]):.1f} "
        f"({geometric_mean([whole_rate(found[library, name]) for name in names]):.1f})"
        for library in options.libraries
    ]
    rows = table(found, options, two_rates)
    print_markdown([*rows, [f"geometric mean of {len(names)}", *means]])


def print_trouble(found, options):
    print("\nFailing runs / divergences / largest R-hat / largest z, the worst of the seeds:\n")
    print_markdown(table(found, options, trouble))


def print_speeds(found, options, clock):
    names = posteriors_of_mean(found, options)
    means = [
        f"{geometric_mean([speed(found[library, name], clock)[0] for name in names]):,.0f}"
        for library in options.libraries
    ]
    rows = table(found, options, lambda result: "{:,.0f} ({:.3f})".format(*speed(result, clock)))
    print_markdown([*rows, [f"geometric mean of {len(names)}", *means]])


def print_compiling(found, options):
    rows = table(found, options, lambda result: f"{compile_seconds(result):.2f}")
    print_markdown(rows)


def posteriors_of_mean(found, options):
    """Return the posteriors that count and that every library has sampled."""
    return [
        name for name in options.posteriors
        if name != NOT_IN_MEANS and all(found[library, name] for library in options.libraries)
    ]


def table(found, options, cell):
    rows = [
        [name.split("-", 1)[1], *(cell(found[library, name]) for library in options.libraries)]
        for name in options.posteriors
    ]
    return [["posterior", *options.libraries], *rows]


def two_rates(result):
    runs = runs_of(result)
    if not runs:
        return "-"
    num_failing = sum(run["fails"] for run in runs)
    mark = f" {num_failing}/{len(runs)} fail" if num_failing else ""
    return f"{rate(result):.1f} ({whole_rate(result):.1f}){mark}"


def trouble(result):
    runs = runs_of(result)
    if not runs:
        return "-"
    diverging, r, z = (max(run[name] for run in runs) for name in ("diverging", "rhat", "z"))
    return f"{sum(run['fails'] for run in runs)} / {diverging} / {r:.3f} / {z:.1f}"


if __name__ == "__main__":
    main()
