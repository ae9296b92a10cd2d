"""One sampler with a name of TensorFlow Probability, in lightppl or in NumPyro: draws and seconds.

Run:  python tfp_kernels.py LIBRARY KERNEL OPTIONS FILE

The library is ``lightppl`` or ``numpyro``, options are JSON; the draws of several fits go to the
file (npz), and their seconds are printed as JSON.  The target is the correlated pair of normals by
which TensorFlow Probability documents these samplers.
"""

import importlib
import json
import sys
import time

import numpy as np

NUM_WARMUP, NUM_SAMPLES, NUM_FITS = 500, 20_000, 5
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

    mcmc = mcmc_of(
        getattr(kernels, name)(model, **json.loads(options)), num_warmup=NUM_WARMUP,
        num_samples=NUM_SAMPLES, progress_bar=False,
    )  # fmt: skip
    seconds, draws = [], []
    for seed in range(NUM_FITS + 1):
        key = seed if library == "lightppl" else importlib.import_module("jax").random.PRNGKey(seed)
        start = time.perf_counter()
        mcmc.run(key)
        draws.append(np.asarray(mcmc.get_samples()["x"]))
        seconds.append(time.perf_counter() - start)
    np.savez(file, draws=np.stack(draws[1:]))  # the first fit compiles
    print("JSON " + json.dumps(seconds[1:]))


if __name__ == "__main__":
    main()
