"""A million rows in shards: each worker sees its own, and their posteriors are merged at the end.

Visits of a web page, and whether somebody bought: a logistic regression.  The posterior of all rows
is the product of the posteriors of the shards if each of the S shards takes the prior to the power
1/S, so that their product has it once.  With so many rows it is normal to a part in a thousand,
around its mode, and what is merged must agree with that.  The rows are simulated.

    python examples/sharded.py
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

import lightppl as lp
import lightppl.distributions as dist
from lightppl.infer import MCMC, NUTS
from lightppl.infer.hmc_util import consensus

PRIOR_SD = 2.0
TRUE_BETA = np.array([-1.0, 0.8, -0.4, 0.2])


def visits(X, bought=None, num_shards=1):
    with lp.handlers.scale(scale=1.0 / num_shards):  # prior^(1/S)
        beta = lp.sample("beta", dist.Normal(0, PRIOR_SD).expand([X.shape[1]]).to_event(1))
    with lp.plate("visit", len(X)):  # the likelihood of a shard as it is
        lp.sample("bought", dist.Bernoulli(logits=X @ beta), obs=bought)


def fit_shard(key, X, bought, num_shards):
    """Return draws of the posterior of one shard, by site; this runs in a worker."""
    mcmc = MCMC(NUTS(visits), num_warmup=300, num_samples=1000, progress_bar=False)
    mcmc.run(key, X, bought, num_shards)
    return mcmc.get_samples()


def fit_shards(executor, key, X, bought, num_shards):
    """Return draws of each shard, from any `concurrent.futures` executor."""
    shards = zip(np.array_split(X, num_shards), np.array_split(bought, num_shards))
    tasks = [
        executor.submit(fit_shard, lp.random.fold_in(key, s), *shard, num_shards)
        for s, shard in enumerate(shards)
    ]
    return [task.result() for task in tasks]


def simulate(rng, num_rows):
    X = np.column_stack([np.ones(num_rows), rng.normal(size=(num_rows, len(TRUE_BETA) - 1))])
    return X, (rng.random(num_rows) < 1 / (1 + np.exp(-X @ TRUE_BETA))).astype(np.int64)


def normal_at_the_mode(X, bought):
    """Return mode and inverse Hessian of the posterior of all rows, by Newton's method."""
    beta = np.zeros(X.shape[1])
    for _ in range(8):
        p = 1 / (1 + np.exp(-X @ beta))
        gradient = X.T @ (p - bought) + beta / PRIOR_SD**2
        hessian = (X.T * (p * (1 - p))) @ X + np.eye(len(beta)) / PRIOR_SD**2
        beta = beta - np.linalg.solve(hessian, gradient)
    return beta, np.linalg.inv(hessian)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--shards", type=int, default=4)
    parser.add_argument("--picture", type=Path, default=Path(__file__).with_suffix(".png"))
    options = parser.parse_args()
    X, bought = simulate(np.random.default_rng(options.seed), options.rows)

    with ProcessPoolExecutor() as executor:
        shards = fit_shards(executor, lp.random.key(options.seed), X, bought, options.shards)
    merged = consensus(shards)["beta"]

    mean, covariance = normal_at_the_mode(X, bought)
    sd = np.sqrt(np.diag(covariance))
    print(f"{options.rows} rows in {options.shards} shards")
    for k in range(len(mean)):
        print(
            f"beta[{k}]: {merged[:, k].mean():8.5f} +- {merged[:, k].std():.5f}, "
            f"normal at the mode: {mean[k]:8.5f} +- {sd[k]:.5f}"
        )
    error = np.sqrt((len(mean) + 2) / len(merged))  # of draws, and of weights made of draws
    assert np.all(np.abs(merged.mean(axis=0) - mean) < 4 * error * sd), "means differ"
    assert np.all(np.abs(merged.std(axis=0) / sd - 1.0) < 0.1), "sds differ"
    alone = shards[0]["beta"].std(axis=0) / sd
    print(f"One shard alone is {alone.mean():.2f} times as wide as all together.")
    assert np.all(np.abs(alone / np.sqrt(options.shards) - 1.0) < 0.15)

    figure = draw_picture(shards, merged)
    figure.savefig(options.picture, dpi=120)
    print(f"Picture of shards and of what they say together: {options.picture}")


def draw_picture(shards, merged):
    """Return a figure: histograms of one coefficient, of each shard and merged."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3), layout="constrained")
    panel = figure.subplots()
    for shard in shards:
        panel.hist(shard["beta"][:, 1], bins=60, density=True, histtype="step")
    panel.hist(merged[:, 1], bins=60, density=True, alpha=0.4, label="merged")
    panel.set_title("second coefficient")
    panel.legend()
    return figure


if __name__ == "__main__":
    main()
