"""Ensemble samplers beside NumPyro's, on its documented example.

    python bench/ensembles.py --numpyro-python PATH [--runs N]

Ten normal unknowns, twenty walkers.  Columns: processor seconds of the second run of 1000 + 2000
iterations in a process, compilation in it where runs compile anew; of 100,000 more iterations,
every tenth of which is kept, from the difference of two runs, so that nothing but sampling counts;
effective draws of these; effective draws per second of these.  Medians of several processes; the
last column compares with NumPyro.

Effective sizes are those of means over walkers, whose autocorrelation does not depend on which
walker is called which chain: NumPyro's ESS permutes its chains in each iteration by default, so
that their own autocorrelations say nothing.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from lightppl.diagnostics.ess import effective_sample_size  # noqa: E402  (the path comes first)

JOB = ROOT / "bench" / "jobs" / "ensembles.py"
HEADER = ("", "short run", "100,000 more", "effective", "effective/s", "ratio")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--numpyro-python", default=sys.executable)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    run("lightppl", sys.executable)  # compiles what is kept on disk
    pythons = {"NumPyro": options.numpyro_python, "lightppl": sys.executable}
    found = {name: measured(name.lower(), python, options.runs) for name, python in pythons.items()}
    print(("{:30}" + "{:>13}" * 5).format(*HEADER))
    for sampler in found["lightppl"]:
        for name, rows in found.items():
            whole, more, size, speed = rows[sampler]
            ratio = speed / found["NumPyro"][sampler][3]
            print(
                f"{sampler + ', ' + name:30}{whole:13.3f}{more:13.3f}{size:13.0f}{speed:13.0f}"
                f"{ratio:13.1f}"
            )


def measured(library, python, num_runs):
    """Return medians of the columns, by sampler."""
    runs = [run(library, python) for _ in range(num_runs)]
    return {
        sampler: [statistics.median(column) for column in zip(*(x[sampler] for x in runs))]
        for sampler in runs[0]
    }


def run(library, python):
    """Return the columns of one process, by sampler."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "results.npz"
        environment = dict(os.environ, PYTHONPATH=str(ROOT) if library == "lightppl" else "")
        subprocess.run(
            [python, "-W", "ignore", str(JOB), library, str(file)], env=environment, check=True
        )
        with np.load(file) as content:
            results = dict(content)
    names = dict.fromkeys(key.split("/")[0] for key in results)
    return {name: columns({x: results[f"{name}/{x}"] for x in FIELDS}) for name in names}


FIELDS = ("seconds", "means", "variances")
"""What the job writes of each sampler."""


def columns(result):
    """Return the columns of one run."""
    (whole, longer), means = result["seconds"], result["means"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sizes = effective_sample_size(means[None]) * result["variances"] / means.var(axis=0)
    size, more = float(np.mean(sizes)) * 100 / 102, longer - whole
    return whole, more, size, size / more


if __name__ == "__main__":
    main()
