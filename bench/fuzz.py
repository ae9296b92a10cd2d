"""Random programs by the thousand: compiled, as Python text, eager, by differences.

Run:  python bench/fuzz.py [--programs N] [--seed S] [--compiled EVERY] [--kinds KIND ...]

Prints one table: how many programs of each kind, how many were refused with an error that says so,
how many differed, and the seconds. A program that differs is printed as a short text that can be
run again; its kind and seed make the whole of it (`tests.fuzz.programs.random_program`).
"""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lightppl.errors import LightPPLError  # noqa: E402
from tests.fuzz.agreement import differences  # noqa: E402
from tests.fuzz.programs import KINDS, random_program  # noqa: E402
from tests.fuzz.shortening import shortened  # noqa: E402

SHARES = {"loops": 0.4, "linear algebra": 0.7, "models": 0.9}
"""How many programs of a slow kind there are for one of another kind."""


def main():
    """Make, compare and count programs."""
    options = _options()
    counts = {kind: Counter() for kind in options.kinds}
    start = time.perf_counter()
    for kind, seed in jobs(options):
        begun = time.perf_counter()
        if begun - start > options.seconds:
            break
        is_compiled = options.compiled > 0 and seed % options.compiled == 0
        outcome, problem = outcome_of(random_program(kind, seed), is_compiled)
        counts[kind].update({"programs": 1, "compiled": is_compiled, outcome: 1})
        counts[kind]["seconds"] += time.perf_counter() - begun
        if problem:
            report(kind, seed, problem, is_compiled)
    print_table(counts)
    return int(any(found["differing"] for found in counts.values()))


def jobs(options):
    """Return kinds and seeds of all programs, such that kinds go side by side."""
    shares = {kind: SHARES.get(kind, 1.0) for kind in options.kinds}
    numbers = {k: round(options.programs * x / sum(shares.values())) for k, x in shares.items()}
    order = sorted((i / n, kind, i) for kind, n in numbers.items() for i in range(n))
    return [(kind, options.seed + i) for _, kind, i in order]


def outcome_of(program, is_compiled):
    """Return "agreeing", "differing" or "refused", and what is wrong, if anything is."""
    try:
        found = differences(program, is_compiled)
    except LightPPLError as error:
        return "refused", f"refused: {error}"
    except Exception as error:  # a crash is a difference
        return "differing", f"{type(error).__name__}: {error}"
    return ("differing", "; ".join(found[:2])) if found else ("agreeing", None)


def report(kind, seed, problem, is_compiled):
    """Print what is wrong with a program, and its shortest text that has the same fault."""
    print(f"\n{kind} {seed}: {problem[:300]}", flush=True)
    if problem.startswith("refused"):
        return
    kind_of_problem = problem.split(":")[0]

    def is_failing(program):
        return (outcome_of(program, is_compiled)[1] or "").startswith(kind_of_problem)

    print(shortened(random_program(kind, seed), is_failing).text, flush=True)


def print_table(counts):
    """Print one row a kind, and their sum."""
    columns = ("programs", "compiled", "refused", "differing", "seconds")
    print("\n| kind | " + " | ".join(columns) + " |")
    print("| --- |" + " ---: |" * len(columns))
    total = sum(counts.values(), Counter())
    for kind, found in [*counts.items(), ("all", total)]:
        print(f"| {kind} | " + " | ".join(f"{found[c]:.0f}" for c in columns) + " |")


def _options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--programs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--compiled", type=int, default=10, help="every how many; 0: none")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so many")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
