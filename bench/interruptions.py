"""Runs that are killed or interrupted at random moments, compilation included.

    python bench/interruptions.py [--kills 20] [--interrupts 50] [--seed 0]

Killed with SIGKILL, the same call goes on from its checkpoint: it must give the draws of a run that
nobody broke off, bit by bit, and lose no more than the last seconds.  Interrupted with Ctrl-C, the
`MCMC` must be usable: the next run in the same process gives the draws of a fresh one, bit by bit.
Moments are spread over the whole run; in every fourth process nothing is compiled beforehand.
"""

import argparse
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

import lightppl as lp
import lightppl.distributions as dist
from lightppl.infer import MCMC, NUTS

Y = np.array([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0])
SIGMA = np.array([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0])


def schools(sigma, y):
    mu = lp.sample("mu", dist.Normal(0.0, 5.0))
    tau = lp.sample("tau", dist.HalfCauchy(5.0))
    with lp.plate("schools", len(sigma)):
        theta = lp.sample("theta", dist.Normal(mu, tau))
        lp.sample("y", dist.Normal(theta, sigma), obs=y)


def make(num_samples):
    return MCMC(
        NUTS(schools), num_warmup=1000, num_samples=num_samples, num_chains=4, progress_bar=False
    )


def digest(mcmc):
    samples, statistics = mcmc.get_samples(), mcmc.get_statistics()
    arrays = [x[name] for x in (samples, statistics) for name in sorted(x)]
    return hashlib.sha256(b"".join(np.ascontiguousarray(x).tobytes() for x in arrays)).hexdigest()


def run_with_checkpoint(path, num_samples):
    """What a killed process does: one call, to the end if it is let."""
    mcmc = make(num_samples)
    mcmc.run(0, SIGMA, Y, checkpoint=path)
    print(digest(mcmc))


def interrupted_run(seconds, num_samples):
    """Interrupt a run after some seconds, then run again and print what that gives."""
    mcmc = make(num_samples)
    pid = os.getpid()
    timer = threading.Timer(seconds, lambda: os.kill(pid, signal.SIGINT))
    timer.daemon = True
    timer.start()
    stage, began = "ended before", time.time()
    try:
        mcmc.run(0, SIGMA, Y)
        num_draws = mcmc.get_statistics(group_by_chain=True)["diverging"].shape[1]
        stage = "draws kept" if num_draws < num_samples else stage
        timer.cancel()
    except KeyboardInterrupt:
        stage = "draws kept" if mcmc.last_state is not None else "no draws yet"
    duration = time.time() - began
    mcmc.num_samples = 200
    mcmc.run(0, SIGMA, Y)
    print(f"{stage}|{digest(mcmc)}|{duration}")


def child(folder, is_cold, *arguments):
    """Start this file in a process of its own."""
    cache = tempfile.mkdtemp(dir=folder) if is_cold else f"{folder}/warm"
    os.makedirs(cache, mode=0o700, exist_ok=True)
    environment = {**os.environ, "LIGHTPPL_CACHE_DIR": cache, "LIGHTPPL_NUM_THREADS": "2"}
    command = [sys.executable, __file__, *map(str, arguments)]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        # what runs in the background may ignore Ctrl-C, and its children too
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip


def answer(process):
    out, error = process.communicate()
    if process.returncode:
        raise SystemExit(f"A process failed:\n{error[-3000:]}")
    return out.strip()


def timed(folder, is_cold, *arguments):
    began = time.time()
    return answer(child(folder, is_cold, *arguments)), time.time() - began


def kill_at_random(folder, count, rng, num_samples):
    whole, _ = timed(folder, False, "checkpoint", f"{folder}/whole", num_samples)
    seconds = {
        is_cold: timed(folder, is_cold, "checkpoint", f"{folder}/again{is_cold}", num_samples)[1]
        for is_cold in (False, True)
    }
    print(f"unbroken: {seconds[False]:.1f} s, {seconds[True]:.1f} s if nothing is compiled")
    num_equal, lost = 0, []
    for number in range(count):
        is_cold, path = number % 4 == 3, Path(folder) / f"kill{number}"
        moment = rng.uniform(0.1, seconds[is_cold])
        process = child(folder, is_cold, "checkpoint", path, num_samples)
        time.sleep(moment)
        process.kill()
        process.wait()
        size = path.stat().st_size / 1e6 if path.exists() else 0.0
        has_draws = size > 0.02  # before, it only says of which call it is
        saved = time.time() - path.stat().st_mtime if has_draws else np.nan
        found, again = timed(folder, False, "checkpoint", path, num_samples)
        num_equal += found == whole
        lost.append(saved)
        print(
            f"killed after {moment:5.2f} s {'(cold)' if is_cold else '      '}: last saved "
            f"{saved:4.2f} s before, {size:6.1f} MB; resumed in {again:4.1f} s, "
            f"{'equal' if found == whole else 'DIFFERENT'}"
        )
    print(f"{num_equal} of {count} equal; at most {np.nanmax(lost):.1f} s lost")
    return num_equal == count


def interrupt_at_random(folder, count, rng, num_samples):
    fresh, seconds = {}, {}
    answer(child(folder, False, "interrupt", 1e6, num_samples))  # so that all is compiled
    for is_cold in (False, True):
        _, fresh[is_cold], duration = answer(
            child(folder, is_cold, "interrupt", 1e6, num_samples)
        ).split("|")
        seconds[is_cold] = float(duration)
    print(f"undisturbed: {seconds[False]:.1f} s, {seconds[True]:.1f} s if nothing is compiled")
    stages = []
    for number in range(count):
        is_cold = number % 4 == 3
        moment = rng.uniform(0.0, seconds[is_cold])
        text = answer(child(folder, is_cold, "interrupt", moment, num_samples))
        stage, found, _ = text.split("|")
        stages.append(stage if found == fresh[is_cold] else "DIFFERENT")
        print(f"Ctrl-C after {moment:5.2f} s {'(cold)' if is_cold else '      '}: {stages[-1]}")
    print({stage: stages.count(stage) for stage in stages})
    return "DIFFERENT" not in stages


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--interrupts", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    rng = np.random.default_rng(chosen.seed)
    with tempfile.TemporaryDirectory() as folder:
        good = not chosen.kills or kill_at_random(folder, chosen.kills, rng, 150_000)
        if chosen.interrupts:
            good = interrupt_at_random(folder, chosen.interrupts, rng, 50_000) and good
    raise SystemExit(0 if good else 1)


if __name__ == "__main__":
    if sys.argv[1:2] == ["checkpoint"]:
        run_with_checkpoint(sys.argv[2], int(sys.argv[3]))
    elif sys.argv[1:2] == ["interrupt"]:
        interrupted_run(float(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
