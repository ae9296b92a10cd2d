"""Value and gradient of ten log densities: lightppl, by hand, NumPyro and PyMC side by side.

    python bench/gradient.py --numpyro-python PATH --pymc-python PATH [--models GP,GARCH] [--write]

Every library gets the same model and the same data.  Before timing, lightppl's value and gradient
are compared with the hand-written ones to 1e-8, and the peers' gradients with lightppl's.  Then
the four are timed in turn, in rounds; the table holds medians over rounds, or of ratios within a
round.  All processes share one core and use one thread, also in BLAS and XLA, and are called from
compiled loops, as samplers call them.

Columns: lightppl's microseconds - its time divided by that of the hand-written Numba function -
the times of NumPyro and of PyMC (Numba, as nutpie calls it) divided by lightppl's - seconds in
which a fresh process compiles the model with nothing cached, and from the cache - seconds in which
NumPyro traces and compiles the gradient.
"""

import os

THREADS = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}
os.environ.update(THREADS)  # libraries look when they are imported

import argparse  # noqa: E402
import json  # noqa: E402
import math  # noqa: E402
import statistics  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bench"), str(ROOT / "bench" / "jobs")]

from gradient_data import NAMES, simulate  # noqa: E402  (the paths come first)
from handwritten import BY_HAND, repeated  # noqa: E402
from models import MODELS  # noqa: E402

from lightppl.density import compile_density  # noqa: E402
from lightppl.jit import kernel  # noqa: E402
from lightppl.kernels.target import call_address  # noqa: E402

JOBS = ROOT / "bench" / "jobs"
RESULTS = ROOT / "bench" / "RESULTS.md"
HEADING = "## `gradient.py`: microseconds for value and gradient"
COLUMNS = (
    "lightppl us", "/ by hand", "NumPyro /", "PyMC /", "compile s", "cached s", "NumPyro compile s"
)


def main():
    scripts = {"NumPyro": "numpyro_gradient.py", "PyMC": "pymc_gradient.py"}
    run(__doc__, NAMES, scripts, HEADING, COLUMNS, measure)


def run(purpose, names, scripts, heading, columns, measure):
    """Measure, print and perhaps write one table.

    Parameters
    ----------
    purpose : str
        Docstring of the benchmark.
    names : tuple of str
        The rows.
    scripts : dict of str to str
        The script in `jobs` that serves each peer.
    heading : str
    columns : tuple of str
    measure : callable
        ``measure(name, folder, peers, options, notes)`` returns the cells of a row; what went
        wrong is added to `notes`.
    """
    options = read_options(purpose, names, scripts)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # peers inherit it
    pythons = {library: getattr(options, f"{library.lower()}_python") for library in scripts}
    peers = {x: Peer(pythons[x], script) for x, script in scripts.items() if pythons[x]}
    rows, notes = {}, []
    with tempfile.TemporaryDirectory() as folder:
        for name in options.models:
            try:
                rows[name] = measure(name, Path(folder), peers, options, notes)
            except Exception as error:  # the other models are still worth knowing
                notes.append(f"{name}: {type(error).__name__}: {error}")
                rows[name] = (math.nan,) * len(columns)
            print(markdown_row(name, rows[name]), flush=True)
    for peer in peers.values():
        peer.stop()
    text = [heading, "", table(rows, columns), "", describe(options, scripts), *bullets(notes)]
    print("\n" + "\n".join(text))
    if options.write:
        write_section(heading, "\n".join(text))


def read_options(purpose, names, scripts):
    parser = argparse.ArgumentParser(description=purpose.split("\n")[0])
    for library in scripts:
        parser.add_argument(
            f"--{library.lower()}-python", help=f"interpreter that has {library}; else skipped"
        )
    parser.add_argument("--models", help="comma-separated beginnings of names; default: all")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.05, help="of one batch of calls")
    parser.add_argument("--skip-compile", action="store_true", help="do not time compilation")
    parser.add_argument("--write", action="store_true", help="put the table into RESULTS.md")
    options = parser.parse_args()
    wanted = [x.strip().lower() for x in options.models.split(",")] if options.models else [""]
    options.models = [n for n in names if any(n.lower().startswith(x) for x in wanted)]
    if not options.models:
        parser.error(f"no such model; there are {', '.join(names)}")
    return options


def measure(name, folder, peers, options, notes):
    """Return one row of the table; what went wrong is added to `notes`."""
    case = Case(name, MODELS[name], BY_HAND[name], simulate(name), folder / "data.npz")
    rounds, compile_seconds = case.time(peers, options, notes)
    cold, cached = (math.nan, math.nan)
    if not options.skip_compile:
        cold, cached = compile_twice(name, case.data)
    return (
        1e6 * statistics.median(rounds["lightppl"]),
        ratio(rounds, "lightppl", "by hand"),
        ratio(rounds, "NumPyro", "lightppl"),
        ratio(rounds, "PyMC", "lightppl"),
        cold,
        cached,
        compile_seconds.get("NumPyro", math.nan),
    )


class Case:
    """One model with its data, in several libraries.

    Parameters
    ----------
    name : str
    model, by_hand : callable
    arguments : dict of str to numpy.ndarray
    data : pathlib.Path
        Where the arguments are put for the peers.
    tolerance : float
        Of the comparison with the function written by hand.
    """

    def __init__(self, name, model, by_hand, arguments, data, tolerance=1e-8):
        self.name, self.data = name, data
        np.savez(data, **arguments)
        density = compile_density(model, (), arguments)
        self.layout = density.layout
        self.q = 0.1 * np.random.default_rng(0).standard_normal(self.layout.size)
        self.columns = tuple(arguments.values())
        self.ours, self.by_hand = Compiled(density.potential), repeated(by_hand)
        check_by_hand(self.ours, self.by_hand, self.columns, self.q, tolerance)

    def time(self, peers, options, notes):
        """Return the seconds of a call in each round, and of compilation, by library."""
        q, grad = self.q, np.empty_like(self.q)
        repeats = {
            "lightppl": lambda times: seconds_of(lambda: self.ours.repeat(q, grad, times)),
            "by hand": lambda times: seconds_of(
                lambda: self.by_hand(q, grad, *self.columns, times)
            ),
        }
        compile_seconds = {}
        self.ours.repeat(q, grad, 1)
        gradient = self.layout.unflatten(grad.copy())
        point = {site: np.ravel(x).tolist() for site, x in self.layout.unflatten(q).items()}
        for library, peer in peers.items():
            answer = peer.ask({"prepare": self.name, "data": str(self.data), "point": point})
            if "error" in answer:
                notes.append(f"{self.name}: {library} skipped, {answer['error']}")
                continue
            for note in differences(answer["gradient"], gradient):
                notes.append(f"{self.name}: {library}'s gradient differs, {note}")
            compile_seconds[library] = answer["seconds"]
            repeats[library] = lambda times, peer=peer: peer.ask({"times": times})["seconds"]
        return time_in_turn(repeats, options), compile_seconds


class Compiled:
    """A compiled potential, called many times from machine code."""

    def __init__(self, potential):
        if not hasattr(potential, "workspace_size"):
            raise RuntimeError("the model runs eagerly: it could not be compiled")
        workspace = np.zeros(potential.workspace_size)
        self.potential = potential
        self.data = (potential.float_data, potential.int_data, workspace)

    def repeat(self, q, grad, times):
        """Fill `grad` and return the sum of U over the calls."""
        return repeat_potential(self.potential.address, q, grad, *self.data, times)


@kernel(entry=True)
def repeat_potential(address, q, grad, float_data, int_data, workspace, times):
    """Call a compiled potential many times."""
    total = 0.0
    for _ in range(times):
        total += call_address(address, q, grad, float_data, int_data, workspace)
    return total


def check_by_hand(ours, by_hand, columns, q, tolerance):
    """Compare gradients at two points, and the difference of the values between them."""
    values = []
    for point in (q, 0.5 * q + 0.1):
        grad, expected = np.empty_like(q), np.empty_like(q)
        values.append((ours.repeat(point, grad, 1), by_hand(point, expected, *columns, 1)))
        error = np.max(np.abs(grad - expected) / (1 + np.abs(expected)))
        if not error < tolerance:
            raise AssertionError(f"the gradient differs from the hand-written one by {error:.1e}")
    (first, first_by_hand), (second, second_by_hand) = values
    error = abs((second - first) - (second_by_hand - first_by_hand)) / (1 + abs(first))
    if not error < tolerance:
        raise AssertionError(f"the value differs from the hand-written one by {error:.1e}")


def differences(found, expected, tolerance=1e-6):
    """Yield the sites whose gradients are not the same."""
    for site, x in expected.items():
        x, y = np.ravel(x), np.array(found.get(site, np.nan))
        error = np.max(np.abs(x - y) / (1 + np.abs(x)))
        if not error < tolerance:
            yield f"{site} by {error:.1e}"


def time_in_turn(repeats, options):
    """Return seconds a call in each round, by library; batches last about equally long."""
    times = {library: calibrate(repeat, options.seconds) for library, repeat in repeats.items()}
    rounds = {library: [] for library in repeats}
    for _ in range(options.rounds):
        for library, repeat in repeats.items():
            rounds[library].append(repeat(times[library]) / times[library])
    return rounds


def calibrate(repeat, seconds):
    """Return how many calls take about the given time."""
    times = 1
    while (taken := repeat(times)) < seconds / 4:
        times *= 2
    return max(1, round(times * seconds / taken))


def seconds_of(work):
    start = time.process_time()
    work()
    return time.process_time() - start


def ratio(rounds, one, other):
    """Return the median over rounds of the ratio of two times."""
    if one not in rounds or other not in rounds:
        return math.nan
    return statistics.median(a / b for a, b in zip(rounds[one], rounds[other]))


def compile_twice(name, data):
    """Return the seconds of compilation in a fresh process, nothing cached and all cached."""
    with tempfile.TemporaryDirectory() as cache:
        environment = dict(os.environ, PYTHONPATH=str(ROOT), LIGHTPPL_CACHE_DIR=f"{cache}/cache")
        command = [sys.executable, str(JOBS / "lightppl_gradient.py"), name, str(data)]
        found = []
        for _ in range(2):
            done = subprocess.run(
                command, capture_output=True, text=True, env=environment, check=True
            )
            lines = [x for x in done.stdout.splitlines() if x.startswith("JSON ")]
            found.append(float(lines[-1][5:]))
    return found


class Peer:
    """Another library in its own interpreter, that answers orders; see `gradient_server.py`."""

    def __init__(self, python, script, patience=400.0):
        self.command = [python, str(JOBS / script)]
        self.patience = patience
        self.process = None
        self.last_words = []

    def ask(self, order):
        """Return the answer to an order, ``{"error": sentence}`` if there is none."""
        if self.process is None:
            self.start()
        watch = threading.Timer(self.patience, self.process.kill)
        watch.start()
        try:
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()
            for line in self.process.stdout:
                if line.startswith("JSON "):
                    return json.loads(line[5:])
                self.last_words = [line.strip()]
        except BrokenPipeError:
            pass
        finally:
            watch.cancel()
        self.stop()
        return {"error": f"the process ended or took over {self.patience:.0f} s {self.last_words}"}

    def start(self):
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def table(rows, columns):
    lines = [markdown_row("", columns), "| --- |" + " ---: |" * len(columns)]
    lines += [markdown_row(name, row) for name, row in rows.items()]
    means = [geometric_mean([row[k] for row in rows.values()]) for k in range(len(columns))]
    means[0] = math.nan
    lines.append(markdown_row("geometric mean", means))
    return "\n".join(lines)


def markdown_row(name, cells):
    texts = [x if isinstance(x, str) else "-" if math.isnan(x) else f"{x:.3g}" for x in cells]
    return f"| {name:18s} | " + " | ".join(texts) + " |"


def geometric_mean(values):
    logs = [math.log(x) for x in values if not math.isnan(x)]
    return math.exp(statistics.fmean(logs)) if logs else math.nan


def describe(options, scripts):
    times = " and ".join(f'"{library} /"' for library in scripts)
    return (
        f"Medians of {options.rounds} rounds of processor time in which the libraries take turns; "
        "ratios are within a round.\nOne core and one thread everywhere (`OPENBLAS_NUM_THREADS=1`, "
        f"`XLA_FLAGS={THREADS['XLA_FLAGS']}`).\n{times}: that time divided by lightppl's. "
        "Compilation: fresh processes, empty cache and full cache."
    )


def bullets(notes):
    return ["", *(f"- {note}" for note in notes)] if notes else []


def write_section(heading, text):
    """Replace the section of this benchmark in the file of results; the others stay."""
    before, _, rest = RESULTS.read_text().partition(heading.partition(":")[0])
    _, next_heading, after = rest.partition("\n## ")
    after = next_heading + after if after else ""
    RESULTS.write_text(before.rstrip() + "\n\n" + text + "\n" + after)


if __name__ == "__main__":
    main()
