"""HMCECS beside NumPyro's: effective draws a second, on its documented example and on 10^5 rows.

    python bench/subsampled.py --numpyro-python PATH

Both libraries run one after the other on this machine, each seed as a whole run with its warmup,
compiled before; medians over seeds of the smallest bulk ESS over coordinates, divided by seconds.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from lightppl.diagnostics import ess_bulk  # noqa: E402  (the path comes first)

TARGETS = ("mean", "logistic")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--numpyro-python", default=sys.executable)
    parser.add_argument("--targets", nargs="+", default=list(TARGETS), choices=TARGETS)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    print("| target | lightppl, ESS/s | NumPyro, ESS/s | ratio |\n|---|---|---|---|")
    for target in options.targets:
        ours = rate(sys.executable, "lightppl", target, options.seeds)
        theirs = rate(options.numpyro_python, "numpyro", target, options.seeds)
        print(f"| {target} | {ours:.0f} | {theirs:.0f} | {ours / theirs:.1f} |", flush=True)


def rate(python, library, target, seeds):
    """Return effective draws a second, the median over seeds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "runs.npz"
        job = ROOT / "bench" / "jobs" / "subsampled_job.py"
        command = [python, str(job), library, target, str(seeds), str(path)]
        subprocess.run(command, check=True)
        found = np.load(path)
    least = [np.min([ess_bulk(x) for x in draws.T[:, None]]) for draws in found["draws"]]
    return np.median(np.array(least) / found["seconds"])


if __name__ == "__main__":
    main()
