"""From nothing to a summary: whole processes of lightppl and of its peers, side by side.

    python bench/end_to_end.py --numpyro-python PATH --pymc-python PATH [--model counties]

Each library runs the same model with 4 chains of 1000 + 1000 draws: several times in a fresh
process (wall time and peak memory of all of it), and once with further fits in one process.  A peer
is looked for in the environment of the given interpreter, by default in this one, and skipped if it
is absent.

Columns: whole process (s) - first fit inside it (s) - the same fit again in that process (s) - what
one more draw costs (microseconds), from repeated fits of 4 x (1000 + 11000) draws, so that nothing
but sampling counts - peak memory (MB) - smallest bulk ESS over scalars - that ESS per second of a
repeated fit.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from lightppl.diagnostics import ess_bulk  # noqa: E402  (the path comes first)

JOBS = ROOT / "bench" / "jobs"
HEADER = ("", "process", "first fit", "again", "us/draw", "MB", "min ESS", "ESS/s")
MORE_SAMPLES = 11000


def main():
    options = read_options()
    python = sys.executable
    rows = [
        measure("lightppl, nothing cached", python, "lightppl", options, cold=True),
        measure("lightppl, cached", python, "lightppl", options),
        measure("lightppl, 1 thread", python, "lightppl", options, LIGHTPPL_NUM_THREADS="1"),
        measure("lightppl, 2 threads", python, "lightppl", options, LIGHTPPL_NUM_THREADS="2"),
        measure("NumPyro", options.numpyro_python or python, "numpyro", options),
        measure("PyMC + nutpie", options.pymc_python or python, "nutpie", options),
    ]
    print(f"\n{options.model}, 4 chains x (1000 + 1000), median of {options.runs} processes\n")
    print_table([row for row in rows if row])
    print(f"\nimport lightppl, beyond numpy and scipy: {time_import():.3f} s")


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", default="eight_schools")
    parser.add_argument("--numpyro-python", help="interpreter that has NumPyro")
    parser.add_argument("--pymc-python", help="interpreter that has PyMC and nutpie")
    parser.add_argument("--runs", type=int, default=3, help="fresh processes for each library")
    parser.add_argument("--fits", type=int, default=5, help="further fits in one process")
    return parser.parse_args()


def measure(title, python, library, options, cold=False, **environment):
    """Return one row of the table, or None if the library is absent."""
    if library != "lightppl" and not has_module(python, library):
        print(f"{title}: skipped, {library} is not installed in {python}")
        return None
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ, PYTHONPATH=str(ROOT), **environment)
        if cold:
            environment["LIGHTPPL_CACHE_DIR"] = str(Path(folder) / "cache")
        command = [python, str(JOBS / f"{library}_job.py"), options.model]
        if not cold:
            run(command, environment)  # fill caches of files and of compiled code
        whole = [run(command, environment) for _ in range(1 if cold else options.runs)]
        draws = Path(folder) / "draws.npz"
        more = [] if cold else ["--repeat", str(options.fits)]
        again = run([*command, *more, "--draws", str(draws)], environment)["report"]["again"]
        smallest = smallest_ess(draws)
        environment["BENCH_NUM_SAMPLES"] = str(MORE_SAMPLES)
        more = [] if cold else ["--repeat", str(min(3, options.fits))]
        longer = run([*command, *more], environment)["report"]["again"]
    seconds = statistics.median(again) if again else float("nan")
    added = statistics.median(longer) - seconds if again else float("nan")
    return (
        title,
        statistics.median(r["seconds"] for r in whole),
        statistics.median(r["report"]["first"] for r in whole),
        seconds,
        1e6 * added / (4 * (MORE_SAMPLES - 1000)),
        max(r["megabytes"] for r in whole),
        smallest,
        smallest / seconds,
    )


def has_module(python, module):
    code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
    return subprocess.run([python, "-c", code]).returncode == 0


def run(command, environment):
    """Run a process and return its wall time, its peak memory and what it reports."""
    with tempfile.TemporaryFile("w+") as output:
        start = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{text}")
    line = next(line for line in text.splitlines() if line.startswith("JSON "))
    report = json.loads(line.removeprefix("JSON "))
    return {"seconds": seconds, "megabytes": usage.ru_maxrss / 1024, "report": report}


def smallest_ess(path):
    """Return the smallest bulk ESS over all scalars of saved draws."""
    with np.load(path) as draws:
        return min(float(np.min(ess_bulk(draws[name]))) for name in draws)


def time_import(num_runs=7):
    """Return the seconds that ``import lightppl`` adds, the median of fresh processes."""
    code = (
        "import numpy, scipy, time; start = time.perf_counter(); import lightppl;"
        "print(time.perf_counter() - start)"
    )
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    command = [sys.executable, "-c", code]
    return statistics.median(
        float(subprocess.run(command, env=environment, capture_output=True, check=True).stdout)
        for _ in range(num_runs)
    )


def print_table(rows):
    line = "{:26s}" + "{:>10s}" * 7
    print(line.format(*HEADER))
    for title, process, first, again, draw, megabytes, ess, rate in rows:
        numbers = f"{process:.2f}", f"{first:.2f}", f"{again:.3f}", f"{draw:.2f}"
        print(line.format(title, *numbers, f"{megabytes:.0f}", f"{ess:.0f}", f"{rate:,.0f}"))


if __name__ == "__main__":
    main()
