"""GARCH: how volatile are returns today, and how volatile will they be?

The variance of each return follows from the return and the variance of the day before
(Bollerslev 1986, "Generalized autoregressive conditional heteroskedasticity"): a recursion, written
with `scan`.  The data are simulated from known parameters, so the posterior can be checked.

    python examples/garch.py
"""

import argparse
import time
from pathlib import Path

import numpy as np

import lightppl as lp
import lightppl.distributions as dist
from lightppl.contrib.control_flow import scan
from lightppl.handlers import condition, seed, trace
from lightppl.infer import MCMC, NUTS, Predictive

TRUE = {"mu": 0.05, "level": 0.10, "shock": 0.15, "memory": 0.75}
NUM_DAYS, NUM_AHEAD = 1500, 50


def garch(num_days):
    mu = lp.sample("mu", dist.Normal(0.0, 1.0))
    level = lp.sample("level", dist.HalfNormal(1.0))
    # what shocks and memory explain is less than everything: the variance stays finite
    shares = lp.sample("shares", dist.Dirichlet(np.array([2.0, 4.0, 1.0])))
    shock = lp.deterministic("shock", shares[0])
    memory = lp.deterministic("memory", shares[1])

    def day(variance, _):
        y = lp.sample("y", dist.Normal(mu, np.sqrt(variance)))
        next_variance = level + shock * (y - mu) ** 2 + memory * variance
        return next_variance, np.sqrt(variance)

    first = level / (1.0 - shock - memory)
    _, volatility = scan(day, first, None, length=num_days)
    lp.deterministic("volatility", volatility)


def simulate(rng_key):
    """Return returns, and their true volatility."""
    shares = np.array([TRUE["shock"], TRUE["memory"], 1.0 - TRUE["shock"] - TRUE["memory"]])
    known = condition(garch, {"mu": TRUE["mu"], "level": TRUE["level"], "shares": shares})
    tr = trace(seed(known, rng_key)).get_trace(NUM_DAYS)
    return tr["y"].value, tr["volatility"].value


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--picture", type=Path, default=Path(__file__).with_suffix(".png"))
    options = parser.parse_args()
    y, volatility = simulate(options.seed)

    start = time.perf_counter()
    mcmc = MCMC(NUTS(condition(garch, {"y": y})), num_warmup=1000, num_samples=1000, num_chains=4)
    mcmc.run(options.seed + 1, NUM_DAYS)
    mcmc.print_summary(exclude_deterministic=True)
    print(f"Model to summary in {time.perf_counter() - start:.2f} s.")

    samples = mcmc.get_samples()
    for name, true in TRUE.items():
        z = (samples[name].mean() - true) / samples[name].std()
        assert abs(z) < 3.0, f"{name} is {z:.1f} standard deviations off"
    estimate = samples["volatility"].mean(axis=0)
    error = np.mean(abs(estimate / volatility - 1.0))
    print(f"Volatility is found within {100 * error:.1f} % on average.")
    assert error < 0.1

    # the first days are given, the days ahead are drawn
    parameters = {name: samples[name] for name in ("mu", "level", "shares")}
    predictive = Predictive(condition(garch, {"y": y}), parameters)
    ahead = predictive(options.seed + 2, NUM_DAYS + NUM_AHEAD)
    future = ahead["volatility"][:, NUM_DAYS:]
    long_run = np.sqrt(samples["level"] / (1.0 - samples["shock"] - samples["memory"]))
    print(f"Volatility tomorrow {future[:, 0].mean():.2f}, in the long run {long_run.mean():.2f}.")
    assert future[:, 0].std() < future[:, -1].std(), "the far future is less certain"
    draw_picture(y, ahead["volatility"]).savefig(options.picture, dpi=150)
    print(f"Picture of the volatility: {options.picture}")


def draw_picture(y, volatility):
    """Return a figure: returns, and volatility with its forecast."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 5), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    days = np.arange(volatility.shape[1])
    above.plot(days[: len(y)], y, linewidth=0.6, color="black")
    above.set_ylabel("return")
    low, middle, high = np.quantile(volatility, [0.05, 0.5, 0.95], axis=0)
    below.fill_between(days, low, high, alpha=0.25, label="90 %")
    below.plot(days, middle, label="median")
    below.set(xlabel="day", ylabel="volatility", xlim=(len(y) - 300, len(days)))
    below.legend()
    return figure


if __name__ == "__main__":
    main()
