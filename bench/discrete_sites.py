"""Samplers of models with discrete sites, here and in NumPyro: effective draws a second.

Run:  python bench/discrete_sites.py --peers PYTHON

`PYTHON` is an interpreter with NumPyro and JAX.  The table has the smallest effective number of
draws of a continuous value by the seconds that iterations alone take, and the ratio.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from lightppl.diagnostics import effective_sample_size

JOB = Path(__file__).parent / "jobs" / "discrete_sites.py"
COUNTS = {
    "example DiscreteHMCGibbs": {"lightppl": (10_000, 210_000), "numpyro": (10_000, 110_000)},
    "example MixedHMC": {"lightppl": (10_000, 210_000), "numpyro": (10_000, 60_000)},
    "mixture DiscreteHMCGibbs": {"lightppl": (1000, 21_000), "numpyro": (20, 820)},
}
"""Draws of a short and of a long fit."""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", required=True, help="an interpreter with NumPyro")
    parser.add_argument("--only", nargs="*", choices=COUNTS, default=list(COUNTS))
    options = parser.parse_args()
    print(f"{'':28} {'lightppl':>12} {'NumPyro':>12} {'ratio':>7}")
    for case in options.only:
        ours = rate("lightppl", sys.executable, case)
        theirs = rate("numpyro", options.peers, case)
        print(case)
        for what, x, y in zip(("draws a second", "effective draws a second"), ours, theirs):
            print(f"  {what:26} {x:12,.1f} {y:12,.1f} {x / y:7.1f}", flush=True)


def rate(library, python, case):
    """Return draws, and effective ones, by seconds of iterations: those of a long fit less a short
    one's.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "draws.npz"
        counts = map(str, COUNTS[case][library])
        done = subprocess.run(
            [python, str(JOB), library, case, *counts, str(file)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        (short, before), (long, after) = json.loads(done.stdout.rpartition("JSON ")[2]).items()
        draws = np.load(file)["draws"]
    effective = min(effective_sample_size(x[None]) for x in draws.T) / len(draws)
    draws_a_second = (int(long) - int(short)) / (after - before)
    return draws_a_second, effective * draws_a_second


if __name__ == "__main__":
    main()
