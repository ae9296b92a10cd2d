"""Samplers of TensorFlow Probability, here and in NumPyro: effective draws a second.

Run:  python bench/tfp.py --peers PYTHON

`PYTHON` is an interpreter with NumPyro, JAX and TensorFlow Probability.  Both libraries run each
sampler with the same options, compiled; the table has the smallest effective number of draws by
the seconds that iterations alone take, at best, and the ratio.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from lightppl.diagnostics import effective_sample_size

JOB = Path(__file__).parent / "jobs" / "tfp_kernels.py"
KERNELS = {
    "RandomWalkMetropolis": {},
    "MetropolisAdjustedLangevinAlgorithm": {"step_size": 1.0},
    "SliceSampler": {"step_size": 1.0, "max_doublings": 5},
    "HamiltonianMonteCarlo": {"step_size": 0.5, "num_leapfrog_steps": 3},
    "NoUTurnSampler": {"step_size": 0.5},
    "UncalibratedHamiltonianMonteCarlo": {"step_size": 0.5, "num_leapfrog_steps": 3},
    "UncalibratedLangevin": {"step_size": 1.0},
    "UncalibratedRandomWalk": {},
}
"""Options that both take; steps of a random walk have the standard deviation 1."""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", required=True, help="an interpreter with NumPyro and TFP")
    parser.add_argument("--only", nargs="*", choices=KERNELS, default=list(KERNELS))
    options = parser.parse_args()
    print(f"{'effective draws a second':36} {'lightppl':>12} {'NumPyro':>12} {'ratio':>7}")
    for name in options.only:
        ours = rate("lightppl", sys.executable, name, KERNELS[name])
        theirs = rate("numpyro", options.peers, name, KERNELS[name])
        print(f"{name:36} {ours:12,.0f} {theirs:12,.0f} {ours / theirs:7.1f}", flush=True)


def rate(library, python, name, options):
    """Return effective draws by seconds of iterations: those of long fits less those of short."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "draws.npz"
        command = [python, str(JOB), library, name, json.dumps(options), str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        seconds = json.loads(done.stdout.rpartition("JSON ")[2])
        draws = np.load(file)["draws"]
    (short, before), (long, after) = ((int(n), np.min(x)) for n, x in seconds.items())
    effective = np.min(effective_sample_size(draws[None])) / len(draws)
    return float(effective * (long - short) / (after - before))


if __name__ == "__main__":
    main()
