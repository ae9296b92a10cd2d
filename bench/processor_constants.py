"""What each constant of `lightppl.compiler.processor` is worth on this processor.

    python bench/processor_constants.py [--constants NAME ...] [--rounds N]

Every constant is halved and doubled, each by itself, and the models of ``bench/gradient.py`` are
compiled again.  Where the emitted text changes, the gradient is timed in turn with that of the
constant as it is.  A row shows the time with the changed constant, divided by the time with the
constant as it is: the geometric mean over the models whose text changes, and the extremes.
"""

import argparse
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent))

from gradient import (  # noqa: E402  (sets the number of threads first)
    Compiled, geometric_mean, ratio, seconds_of, time_in_turn,
)
from gradient_data import NAMES, simulate  # noqa: E402
from models import MODELS  # noqa: E402

import numpy as np  # noqa: E402

from lightppl.compiler import processor  # noqa: E402
from lightppl.density import compile_density  # noqa: E402

CONSTANTS = [name for name in vars(processor) if name.isupper()]


def main():
    options = _options()
    as_they_are = {name: _density(name) for name in NAMES}
    print(f"{'constant':24s} {'value':>7s} {'changed':>8s} {'models':>7s} "
          f"{'mean':>6s} {'least':>6s} {'most':>6s}")
    for constant in options.constants:
        value = getattr(processor, constant)
        for changed in (value // 2, value * 2):
            ratios = {}
            for name, before in as_they_are.items():
                with mock.patch.object(processor, constant, changed):
                    after = _density(name)
                if _text_and_sizes(after) != _text_and_sizes(before):
                    ratios[name] = _ratio(after, before, options)
            print(_row(constant, value, changed, ratios), flush=True)


def _options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--constants", nargs="+", choices=CONSTANTS, default=CONSTANTS)
    parser.add_argument("--rounds", type=int, default=7)
    return parser.parse_args()


def _density(name):
    return compile_density(MODELS[name], (), simulate(name))


def _text_and_sizes(density):
    """Return what the constants decide; of integers only those that are no addresses."""
    program = density.stages["program"]
    return program.source, [int(x) for x in program.int_data if abs(x) < 2**40]


def _ratio(after, before, options):
    q = 0.1 * np.random.default_rng(0).standard_normal(before.layout.size)
    grad, repeats = np.empty_like(q), {}
    for key, density in (("after", after), ("before", before)):
        ours = Compiled(density.potential)
        repeats[key] = lambda times, ours=ours: seconds_of(lambda: ours.repeat(q, grad, times))
    rounds = time_in_turn(repeats, SimpleNamespace(rounds=options.rounds, seconds=0.03))
    return ratio(rounds, "after", "before")


def _row(constant, value, changed, ratios):
    start = f"{constant:24s} {value:7d} {changed:8d} {len(ratios):7d} "
    if not ratios:
        return start + "     -      -      -"
    least, most = min(ratios, key=ratios.get), max(ratios, key=ratios.get)
    return (f"{start}{geometric_mean(ratios.values()):6.2f} {ratios[least]:6.2f} "
            f"{ratios[most]:6.2f}  {least}, {most}")


if __name__ == "__main__":
    main()
