"""One sampler of models with discrete sites, in lightppl or in NumPyro: draws and seconds.

Run:  python discrete_sites.py LIBRARY CASE SHORT LONG FILE

The draws of the continuous sites of the longest fit go to the file (npz); seconds of fits with
SHORT and with LONG draws are printed as JSON: their difference is that of iterations alone, because
NumPyro compiles at each run.  The mixture has three components and 1000 assignments, and chains
begin near its mode; the example is NumPyro's.
"""

import importlib
import json
import sys
import time

import numpy as np

NUM_WARMUP, NUM_ROWS = 300, 1000


def main():
    library, case, *counts, file = sys.argv[1:]
    lp = importlib.import_module(library)
    dist = importlib.import_module(f"{library}.distributions")
    infer = importlib.import_module(f"{library}.infer")
    is_ours = library == "lightppl"
    if not is_ours:
        lp.enable_x64()
        jax = importlib.import_module("jax")
    array = np.asarray if is_ours else jax.numpy.asarray

    def example(probs, locs):
        c = lp.sample("c", dist.Categorical(probs))
        lp.sample("x", dist.Normal(locs[c], 0.5))

    def mixture(x):
        w = lp.sample("w", dist.Dirichlet(np.ones(3)))
        mu = lp.sample("mu", dist.Normal(np.zeros(3), 3.0).to_event(1))
        scale = lp.sample("scale", dist.HalfNormal(1.0))
        with lp.plate("rows", len(x)):
            z = lp.sample("z", dist.Categorical(w))
            lp.sample("obs", dist.Normal(mu[z], scale), obs=x)

    rng = np.random.default_rng(0)
    component = rng.choice(3, NUM_ROWS, p=[0.2, 0.3, 0.5])
    rows = np.array([-4.0, 0.0, 4.0])[component] + rng.normal(size=NUM_ROWS)
    near = {"mu": array([-4.0, 0.0, 4.0]), "w": array(np.ones(3) / 3), "scale": array(1.0)}
    small = (array([0.15, 0.3, 0.3, 0.25]), array([-2.0, 0.0, 2.0, 4.0]))
    kernels = {
        "example DiscreteHMCGibbs": lambda: infer.DiscreteHMCGibbs(
            infer.NUTS(example), modified=True
        ),
        "example MixedHMC": lambda: infer.MixedHMC(
            infer.HMC(example, trajectory_length=1.2), num_discrete_updates=20
        ),
        "mixture DiscreteHMCGibbs": lambda: infer.DiscreteHMCGibbs(
            infer.NUTS(mixture, init_strategy=infer.init_to_value(values=near))
        ),
    }
    arguments = small if case.startswith("example") else (array(rows),)
    names, seconds = ("x",) if case.startswith("example") else ("w", "mu", "scale"), {}
    for num_samples in map(int, counts):
        mcmc = infer.MCMC(
            kernels[case](), num_warmup=NUM_WARMUP, num_samples=num_samples, progress_bar=False
        )
        for seed in range(2):  # the first fit compiles what is kept
            key = seed if is_ours else jax.random.PRNGKey(seed)
            start = time.perf_counter()
            mcmc.run(key, *arguments)
            found = mcmc.get_samples()
            draws = np.column_stack([np.asarray(found[name]) for name in names])
            seconds[num_samples] = time.perf_counter() - start
    np.savez(file, draws=draws)
    print("JSON " + json.dumps(seconds))


if __name__ == "__main__":
    main()
