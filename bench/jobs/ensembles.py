"""Ensemble samplers of one library on NumPyro's documented example: times and draws.

Run:  PYTHON ensembles.py {lightppl,numpyro} FILE

Writes for each sampler the processor seconds of runs of two lengths, compilation in both where runs
compile anew, and of the longer one what the effective size needs: means over walkers by iteration,
and variances of draws.
"""

import argparse
import importlib
import time

import numpy as np

NUM_WALKERS, NUM_UNKNOWNS, NUM_WARMUP, LENGTHS = 20, 10, 1000, (2000, 102000)
THINNING = 10


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("library", choices=("lightppl", "numpyro"))
    parser.add_argument("file")
    options = parser.parse_args()
    results = {}
    for name, make in samplers(importlib.import_module(options.library)).items():
        timed(options.library, make(), LENGTHS[0])  # what happens once in a process
        times, draws = zip(*(timed(options.library, make(), length) for length in LENGTHS))
        results[f"{name}/seconds"] = times
        results[f"{name}/means"] = draws[-1].mean(axis=0)
        results[f"{name}/variances"] = draws[-1].var(axis=(0, 1))
    np.savez(options.file, **results)


def samplers(library):
    """Return functions that make samplers, by the words of the table."""
    dist = importlib.import_module(f"{library.__name__}.distributions")
    AIES, ESS = library.infer.AIES, library.infer.ESS
    if library.__name__ == "numpyro":
        library.enable_x64()

    def model():
        x = library.sample("x", dist.Normal().expand([NUM_UNKNOWNS]))
        library.sample("obs", dist.Normal(x, 1.0), obs=np.ones(NUM_UNKNOWNS))

    return {
        "AIES, as documented": lambda: AIES(
            model, moves={AIES.DEMove(): 0.5, AIES.StretchMove(): 0.5}
        ),
        "AIES, default": lambda: AIES(model),
        "ESS, as documented": lambda: ESS(
            model, moves={ESS.DifferentialMove(): 0.8, ESS.RandomMove(): 0.2}
        ),
        "ESS, default": lambda: ESS(model),
    }


def timed(library, sampler, length):
    """Return the processor seconds of one run, and its draws (K, N, D)."""
    MCMC = importlib.import_module(f"{library}.infer").MCMC
    key = 0 if library == "lightppl" else importlib.import_module("jax").random.key(0)
    mcmc = MCMC(
        sampler, num_warmup=NUM_WARMUP, num_samples=length, num_chains=NUM_WALKERS,
        thinning=THINNING, chain_method="vectorized", progress_bar=False,
    )  # fmt: skip
    start = time.process_time()
    mcmc.run(key)
    draws = np.asarray(mcmc.get_samples(group_by_chain=True)["x"])
    return time.process_time() - start, draws


if __name__ == "__main__":
    main()
