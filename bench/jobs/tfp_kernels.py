"""One sampler with a name of TensorFlow Probability, in lightppl or in NumPyro: draws and seconds.

Run:  python tfp_kernels.py LIBRARY KERNEL OPTIONS FILE

The library is ``lightppl`` or ``numpyro``, options are JSON; the draws of the longest fit go to the
file (npz), and seconds of short and of long fits are printed as JSON: their difference is that of
iterations alone, because NumPyro compiles these samplers at each run.  The target is the correlated
pair of normals by which TensorFlow Probability documents them.
"""

import importlib
import json
import sys
import time

import numpy as np

NUM_WARMUP, SHORT, LONG, NUM_FITS = 500, 10_000, 110_000, 4
COVARIANCE = np.array([[1.0, 0.5], [0.5, 1.0]])


def main():
    library, name, options, file = sys.argv[1:]
    language = importlib.import_module(library)
    dist = importlib.import_module(f"{library}.distributions")
    mcmc_of = importlib.import_module(f"{library}.infer").MCMC
    kernels = importlib.import_module(f"{library}.contrib.tfp.mcmc")
    if library == "numpyro":
        language.enable_x64()

    def model():
        language.sample("x", dist.MultivariateNormal(np.zeros(2), COVARIANCE))

    seconds = {}
    for num_samples in (SHORT, LONG):
        mcmc = mcmc_of(
            getattr(kernels, name)(model, **json.loads(options)), num_warmup=NUM_WARMUP,
            num_samples=num_samples, progress_bar=False,
        )  # fmt: skip
        found = []
        for seed in range(NUM_FITS + 1):
            is_ours = library == "lightppl"
            key = seed if is_ours else importlib.import_module("jax").random.PRNGKey(seed)
            start = time.perf_counter()
            mcmc.run(key)
            draws = np.asarray(mcmc.get_samples()["x"])
            found.append(time.perf_counter() - start)
        seconds[num_samples] = found[1:]  # the first fit compiles what is kept
    np.savez(file, draws=draws)
    print("JSON " + json.dumps(seconds))


if __name__ == "__main__":
    main()
