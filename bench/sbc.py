"""Simulation-based calibration at length: every sampler on every model, and samplers with faults.

Run:  python bench/sbc.py [--runs N] [--groups G] [--models NAME ...] [--samplers NAME ...]

Prints one table: for each model and sampler the smallest p value, corrected for their number, of
tests that ranks of parameters and log likelihoods are uniform (`tests.correctness.calibration`).
Each cell has N x G ranks a quantity.  Right samplers should have about one cell in twenty below
.05 and none below .0005; a centred hierarchy is no fair test of a sampler with one step size.

The last columns have planted faults.  Momenta that are too small and acceptance without a coin are
seen in every model; the last point of each trajectory where groups make long trajectories; a step
size that never stops adapting is too mild a fault for a thousand ranks, and stands here to say so.
"""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lightppl.infer import HMC, NUTS, WALNUTS  # noqa: E402
from tests.correctness.calibration import joined, ranks_of, worst  # noqa: E402
from tests.correctness.calibration_models import MODELS, centred_hierarchy  # noqa: E402
from tests.correctness.wrong_kernels import (  # noqa: E402
    AcceptingTooMuch,
    AlwaysAdapting,
    EndTaking,
)
from tests.correctness.wrong_samplers import too_slow  # noqa: E402

SAMPLERS = {
    "NUTS": NUTS,
    "welford": lambda model: NUTS(model, adaptation="welford"),
    "dense": lambda model: NUTS(model, adaptation="dense"),
    "low rank": lambda model: NUTS(model, adaptation="low_rank"),
    "HMC": lambda model: HMC(model, trajectory_length=2.0),
    "WALNUTS": WALNUTS,
}
FAULTY = {
    "momenta": too_slow,
    "acceptance": lambda model: AcceptingTooMuch(
        model, trajectory_length=2.0, target_accept_prob=0.2
    ),
    "last point": EndTaking,
    "adapt on": AlwaysAdapting,
}
NUM_DRAWS = 99


def main():
    """Run all cells and print the table row by row."""
    options = _options()
    print(f"{options.runs} runs of {options.groups} groups: corrected p values")
    names = options.samplers
    print("| model | " + " | ".join(names) + " | seconds |")
    print("| --- |" + " ---: |" * (len(names) + 1))
    for model in (*MODELS, centred_hierarchy):
        if model.__name__ in options.models:
            begun = time.perf_counter()
            cells = [cell(model, name, options) for name in names]
            seconds = time.perf_counter() - begun
            print(f"| {model.__name__} | " + " | ".join(cells) + f" | {seconds:.0f} |", flush=True)


def cell(model, name, options):
    """Return the smallest p value of a sampler on a model, and of what, as text."""
    make_sampler = {**SAMPLERS, **FAULTY}[name]
    runs = [
        ranks_of(model, make_sampler, options.seed + k, groups=options.groups, draws=NUM_DRAWS)
        for k in range(options.runs)
    ]
    p_value, where = worst(joined(runs), NUM_DRAWS)
    return f"{p_value:.2g}" + (f" ({where})" if p_value < 5e-4 else "")


def _options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--groups", type=int, default=10)
    parser.add_argument("--seed", type=int, default=100_000)
    models = [model.__name__ for model in (*MODELS, centred_hierarchy)]
    parser.add_argument("--models", nargs="+", default=models, choices=models)
    names = [*SAMPLERS, *FAULTY]
    parser.add_argument("--samplers", nargs="+", default=names, choices=names)
    return parser.parse_args()


if __name__ == "__main__":
    main()
