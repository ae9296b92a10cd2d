"""Kernels of lightppl and of NumPyro: effective draws per second on small examples.

    python bench/kernels.py --numpyro-python PATH [--rows BarkerMH SA] [--runs 5] [--cold]

Each row runs in a process of its own for each library: once to compile, then several times with
other keys.  A run is warmup and draws together: of lightppl all that `MCMC.run` does, of NumPyro
the compiled iterations alone.  Its effective draws are the smallest bulk ESS over all scalars.
A row is one entry of `ROWS` in `bench/jobs/kernels_lightppl.py` and one of the same
name in `kernels_numpyro.py`; rows that only one of them has are run there only.

Columns, for each library: effective draws of a run - seconds of a run - effective draws per second
- the same of the first run, with all that it compiles; then the ratios of both.  All are medians.
What lightppl has on disk it need not compile: `--cold` hides it.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
JOBS = ROOT / "bench" / "jobs"
sys.path[:0] = [str(ROOT), str(JOBS)]

from kernels_lightppl import ROWS  # noqa: E402  (the path comes first)

from lightppl.diagnostics import ess_bulk  # noqa: E402

LIBRARIES = ("lightppl", "numpyro")
LINE = "{:26s}" + "{:>8s}{:>9s}{:>10s}{:>9s}" * 2 + "{:>8s}{:>8s}"


def main():
    options = read_options()
    print(LINE.format("", *("ESS", "s", "ESS/s", "first") * 2, "ratio", "first"))
    for name, row in ROWS.items():
        if not options.rows or any(name.startswith(wanted) for wanted in options.rows):
            measured = [measure(library, name, row, options) for library in LIBRARIES]
            print(line_of(name, *measured), flush=True)


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--numpyro-python", help="interpreter that has NumPyro")
    parser.add_argument("--rows", nargs="*", help="beginnings of names of rows; all by default")
    parser.add_argument("--runs", type=int, default=5, help="runs after the first one")
    parser.add_argument("--cold", action="store_true", help="hide compiled code on disk")
    return parser.parse_args()


def measure(library, name, row, options):
    """Return (ESS, seconds, ESS per second, ESS per second of the first run), or None."""
    python = sys.executable if library == "lightppl" else options.numpyro_python
    if python is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ, PYTHONPATH=str(ROOT))
        if options.cold:
            environment["LIGHTPPL_CACHE_DIR"] = folder
        command = [
            python, str(JOBS / f"kernels_{library}.py"), name, "--timings", "--output", folder,
            "--warmup", str(row.warmup), "--draws", str(row.draws), "--chains", str(row.chains),
            "--seeds", *map(str, range(options.runs + 1)),
        ]  # fmt: skip
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False
        )
        if f"KeyError: {name!r}" in done.stderr:
            return None
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr}")
        line = next(x for x in done.stdout.splitlines() if x.startswith("JSON "))
        report = json.loads(line.removeprefix("JSON "))
        sizes = [smallest_ess(path) for path in report["files"]]
    seconds = report["seconds"]
    return (
        statistics.median(sizes),
        statistics.median(seconds),
        statistics.median(size / x for size, x in zip(sizes, seconds, strict=True)),
        statistics.median(sizes) / report["first"],
    )


def smallest_ess(path):
    """Return the smallest bulk ESS over all scalars of saved draws that are not constant."""
    with np.load(path) as draws:
        found = [np.ravel(ess_bulk(draws[name])) for name in draws]
    return float(np.nanmin(np.concatenate(found)))


def line_of(name, ours, theirs):
    """Return a row of the table."""
    cells = []
    for found in (ours, theirs):
        if found is None:
            cells += ["-"] * 4
        else:
            ess, seconds, rate, first = found
            cells += [f"{ess:.0f}", f"{seconds:.3f}", f"{rate:,.0f}", f"{first:,.0f}"]
    if ours is None or theirs is None:
        return LINE.format(name, *cells, "-", "-")
    ratios = (one / two for one, two in zip(ours[2:], theirs[2:], strict=True))
    return LINE.format(name, *cells, *(f"{ratio:.1f}" for ratio in ratios))


if __name__ == "__main__":
    main()
