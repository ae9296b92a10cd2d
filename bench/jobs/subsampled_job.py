"""Runs of HMCECS on a subsampled mean and on a logistic regression, by one of two libraries.

    python subsampled_job.py {lightppl,numpyro} TARGET SEEDS FILE

Writes draws (S, N, D) and seconds of compiled runs, without what precedes the first draw of the
process: one run is thrown away.
"""

import sys
import time

import numpy as np

if sys.argv[1] == "numpyro":
    import jax
    import jax.numpy as xp
    import numpyro as pp
    import numpyro.distributions as dist
    from numpyro.infer import HMCECS, MCMC, NUTS

    pp.enable_x64()
    key = jax.random.PRNGKey
else:
    import lightppl as pp
    import lightppl.distributions as dist
    from lightppl.infer import HMCECS, MCMC, NUTS

    xp, key = np, int


def mean(data):
    x = pp.sample("x", dist.Normal(0.0, 1.0))
    with pp.plate("N", len(data), subsample_size=100):
        pp.sample("obs", dist.Normal(x, 1.0), obs=pp.subsample(data, event_dim=0))


def logistic(x, y):
    b = pp.sample("x", dist.Normal(xp.zeros(10), 1.0).to_event(1))
    with pp.plate("N", len(y), subsample_size=1000):
        logits = pp.subsample(x, event_dim=1) @ b
        pp.sample("obs", dist.Bernoulli(logits=logits), obs=pp.subsample(y, event_dim=0))


def target_named(name):
    """Return a model, its data, a reference and numbers of iterations."""
    rng = np.random.default_rng(0)
    if name.startswith("mean"):
        data = rng.normal(1.0, 1.0, 10_000)
        return mean, (data,), {"x": np.mean(data)}, (1000, 1000)
    x, b = rng.normal(size=(100_000, 10)), 0.3 * rng.normal(size=10)
    y = (rng.random(100_000) < 1 / (1 + np.exp(-x @ b))) * 1.0
    return logistic, (x, y), {"x": b}, (300, 500)


def main():
    _, name, seeds, path = sys.argv[1:]
    model, data, reference, (num_warmup, num_samples) = target_named(name)
    proxy = None if name.endswith("naive") else HMCECS.taylor_proxy(reference)
    data = tuple(xp.asarray(x) for x in data)
    mcmc = MCMC(
        HMCECS(NUTS(model), num_blocks=10, proxy=proxy), num_warmup=num_warmup,
        num_samples=num_samples, progress_bar=False,
    )  # fmt: skip
    draws, seconds = [], []
    for seed in range(1 + int(seeds)):
        start = time.perf_counter()
        mcmc.run(key(seed), *data)
        x = np.asarray(mcmc.get_samples()["x"])
        seconds.append(time.perf_counter() - start)
        draws.append(x.reshape(len(x), -1))
    np.savez(path, draws=np.array(draws[1:]), seconds=np.array(seconds[1:]))


if __name__ == "__main__":
    main()
