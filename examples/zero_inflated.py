"""Manuscripts of a monastery: counts with too many zeros, because on some days nobody works.

A zero-inflated Poisson regression beside a plain one: McElreath (2020), "Statistical Rethinking",
2nd ed., sec. 12.2.  The data are simulated, so that the truth is known.

    python examples/zero_inflated.py
"""

import argparse
from pathlib import Path

import numpy as np

import lightppl as lp
import lightppl.distributions as dist
from lightppl.infer import MCMC, NUTS, Predictive

NUM_DAYS, PROB_IDLE, LOG_RATE, SLOPE = 365, 0.3, 0.3, 0.5


def inflated_model(x, count=None):
    prob_idle = lp.sample("prob_idle", dist.Beta(2, 4))
    log_rate = lp.sample("log_rate", dist.Normal(0, 1))
    slope = lp.sample("slope", dist.Normal(0, 1))
    with lp.plate("day", len(x)):
        rate = np.exp(log_rate + slope * x)
        lp.sample("count", dist.ZeroInflatedPoisson(prob_idle, rate=rate), obs=count)


def plain_model(x, count=None):
    log_rate = lp.sample("log_rate", dist.Normal(0, 1))
    slope = lp.sample("slope", dist.Normal(0, 1))
    with lp.plate("day", len(x)):
        lp.sample("count", dist.Poisson(np.exp(log_rate + slope * x)), obs=count)


def simulate(seed):
    """Return predictor and count of all days."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=NUM_DAYS)
    count = rng.poisson(np.exp(LOG_RATE + SLOPE * x))
    return x, np.where(rng.random(NUM_DAYS) < PROB_IDLE, 0, count)


def fit(model, seed, x, count):
    """Return the draws, and the share of zeros in each replicated data set."""
    mcmc = MCMC(NUTS(model), num_warmup=1000, num_samples=1000, num_chains=4)
    mcmc.run(seed, x, count=count)
    mcmc.print_summary()
    samples = mcmc.get_samples()
    replicated = Predictive(model, samples)(seed + 1, x)["count"]
    return samples, np.mean(replicated == 0, axis=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--picture", type=Path, default=Path(__file__).with_suffix(".png"))
    options = parser.parse_args()
    x, count = simulate(2)
    samples, zeros = fit(inflated_model, options.seed, x, count)
    _, zeros_of_plain = fit(plain_model, options.seed, x, count)

    truth = {"prob_idle": PROB_IDLE, "log_rate": LOG_RATE, "slope": SLOPE}
    for name, value in truth.items():
        low, high = np.quantile(samples[name], [0.005, 0.995])
        assert low < value < high, f"{name}: {low:.2f} to {high:.2f}, truth {value}"
    observed = np.mean(count == 0)
    print(f"Share of zeros: {observed:.2f}; replicated: {zeros.mean():.2f} with idle days, "
          f"{zeros_of_plain.mean():.2f} without.")
    assert 0.05 < np.mean(zeros > observed) < 0.95
    assert np.mean(zeros_of_plain > observed) < 0.01

    figure = draw_picture(observed, zeros, zeros_of_plain)
    figure.savefig(options.picture, dpi=120)
    print(f"Picture of the check: {options.picture}")


def draw_picture(observed, zeros, zeros_of_plain):
    """Return a figure: the share of zeros in replicated data under both models."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4), layout="constrained")
    panel = figure.subplots()
    panel.hist(zeros, bins=40, alpha=0.5, label="zero-inflated")
    panel.hist(zeros_of_plain, bins=40, alpha=0.5, label="Poisson")
    panel.axvline(observed, color="black", label="observed")
    panel.set_xlabel("share of days without a manuscript")
    panel.legend()
    return figure


if __name__ == "__main__":
    main()
