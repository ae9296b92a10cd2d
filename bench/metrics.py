"""Seven targets that need a metric: what each choice of adaptation makes of them, and the peers.

    python bench/metrics.py --numpyro-python PATH --pymc-python PATH --results FOLDER

Smallest bulk ESS over all coordinates per 1000 gradients of sampling, thousands of gradients of
warmup a chain in parentheses; 4 chains of 1000 + 1000 draws, medians over seeds.  Models and data
are those of `jobs/metrics_data.py`, the same for every library.
"""

import sys
from pathlib import Path

import numpy as np
from counted_runs import (
    LIBRARIES, Runs, make_parser, print_markdown, rate, runs_of, warmup_thousands,
)

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "bench" / "jobs"))

from metrics_data import TARGETS  # noqa: E402  (the path comes first)

from lightppl.diagnostics import ess_bulk, rhat  # noqa: E402

MAX_RHAT = 1.05


def main():
    parser = make_parser(__doc__.split("\n")[0])
    parser.set_defaults(libraries=list(LIBRARIES))
    parser.add_argument("--targets", nargs="+", default=list(TARGETS), choices=TARGETS)
    options = parser.parse_args()
    runs = Runs("metrics", judge, options)
    if not options.only_print:
        for library in options.libraries:
            for target in options.targets:
                runs.count(library, target)
    rows = [
        [target, *(cell(runs.read(library, target)) for library in options.libraries)]
        for target in options.targets
    ]
    print_markdown([["target (D)", *options.libraries], *rows])


def judge(target, draws):
    """Return measures of draws (C, N, ...) by name, over all scalars."""
    x = np.concatenate([x.reshape(*x.shape[:2], -1) for x in draws.values()], axis=-1)
    r = float(np.max(rhat(x)))
    return {"ess": float(np.min(ess_bulk(x))), "rhat": r, "fails": not r <= MAX_RHAT}


def cell(result):
    if not runs_of(result):
        return "-"
    mark = " fails" if any(run["fails"] for run in runs_of(result)) else ""
    return f"{rate(result):.1f} ({warmup_thousands(result):.1f}){mark}"


if __name__ == "__main__":
    main()
