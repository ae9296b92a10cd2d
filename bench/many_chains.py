"""MCLMC, AdjustedMCLMC, ChEESHMC and MEADS of lightppl and of BlackJAX, on two small targets.

    python bench/many_chains.py --blackjax-python PATH [--samplers MCLMC ...] [--runs 3]

Each line runs in a process of its own for each library: once to compile, then several times with
other seeds.  A run is warmup and draws.  Columns, for each library: smallest bulk ESS over
coordinates per 1000 gradients of sampling - seconds of a run - ESS per second; then the ratios of
the first and the last.  All are medians.
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

from many_chains_data import RUNS, SIZES  # noqa: E402  (the path comes first)

from lightppl.diagnostics import ess_bulk  # noqa: E402

LINE = "{:24s}" + "{:>12s}{:>8s}{:>10s}" * 2 + "{:>10s}{:>8s}"


def main():
    options = read_options()
    print(LINE.format("", *("ESS/1000 g", "s", "ESS/s") * 2, "per grad", "per s"))
    for sampler in options.samplers:
        for target in SIZES:
            ours, theirs = (measure(x, sampler, target, options) for x in ("lightppl", "blackjax"))
            ratios = [f"{ours[k] / theirs[k]:.2f}" for k in (0, 2)]
            cells = [f"{x:.3g}" for x in (*ours, *theirs)]
            print(LINE.format(f"{sampler}, {target}", *cells, *ratios), flush=True)


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--blackjax-python", required=True, help="interpreter that has BlackJAX")
    parser.add_argument("--samplers", nargs="*", default=list(RUNS), choices=RUNS)
    parser.add_argument("--runs", type=int, default=3, help="runs after the first one")
    return parser.parse_args()


def measure(library, sampler, target, options):
    """Return ESS per 1000 gradients, seconds, and ESS per second: medians of runs but the first."""
    python = sys.executable if library == "lightppl" else options.blackjax_python
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [
                python, str(JOBS / f"many_chains_{library}.py"), sampler, target,
                "--runs", str(options.runs), "--output", folder,
            ],
            env=dict(os.environ, PYTHONPATH=str(ROOT)), capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{library}, {sampler}, {target} failed:\n{done.stderr}")
        line = next(x for x in done.stdout.splitlines() if x.startswith("JSON "))
        report = json.loads(line.removeprefix("JSON "))
        sizes = [float(np.min(ess_bulk(np.load(path)))) for path in report["files"]]
    found = list(zip(sizes, report["seconds"], report["gradients"]))[1:]
    columns = zip(*((1000 * size / count, time, size / time) for size, time, count in found))
    return tuple(map(statistics.median, columns))


if __name__ == "__main__":
    main()
