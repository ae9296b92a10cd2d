"""Terrain ruggedness and wealth: bad geography hurts incomes, but not in Africa.

A regression with an interaction on the data of Nunn & Puga (2012), "Ruggedness: the blessing of bad
geography in Africa", Review of Economics and Statistics 94(1).  The file is a CSV with the columns
``cont_africa`` (0 or 1), ``rugged`` and ``rgdppc_2000``; countries without income are left out.

    python examples/rugged.py path/to/rugged.csv
"""

import argparse
from pathlib import Path

import numpy as np

import lightppl as lp
import lightppl.distributions as dist
from lightppl.infer import MCMC, NUTS, Predictive

EXACT = {
    "a": (9.1803, 0.1392),
    "bA": (-1.8404, 0.2228),
    "bR": (-0.1828, 0.0772),
    "bAR": (0.3458, 0.1301),
    "sigma": (0.9515, 0.0528),
}
"""Means and standard deviations of the posterior, by integration over a grid of sigma."""


def rugged_model(africa, ruggedness, log_gdp=None):
    a = lp.sample("a", dist.Normal(0, 10))
    b_africa = lp.sample("bA", dist.Normal(0, 1))
    b_rugged = lp.sample("bR", dist.Normal(0, 1))
    b_both = lp.sample("bAR", dist.Normal(0, 1))
    sigma = lp.sample("sigma", dist.Uniform(0, 10))
    mean = a + b_africa * africa + b_rugged * ruggedness + b_both * africa * ruggedness
    with lp.plate("country", len(ruggedness)):
        lp.sample("log_gdp", dist.Normal(mean, sigma), obs=log_gdp)


def read_csv(path):
    """Return africa, ruggedness and log income of the countries with known income."""
    table = np.genfromtxt(path, delimiter=",", names=True, dtype=None, encoding="utf-8")
    table = table[np.isfinite(table["rgdppc_2000"])]
    return table["cont_africa"].astype(float), table["rugged"], np.log(table["rgdppc_2000"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("csv", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--picture", type=Path, default=Path(__file__).with_suffix(".png"))
    options = parser.parse_args()
    africa, ruggedness, log_gdp = read_csv(options.csv)

    mcmc = MCMC(NUTS(rugged_model), num_warmup=1000, num_samples=1000, num_chains=4)
    mcmc.run(options.seed, africa, ruggedness, log_gdp=log_gdp)
    mcmc.print_summary()
    samples = mcmc.get_samples()

    for name, (mean, sd) in EXACT.items():
        draws = samples[name]
        assert abs(draws.mean() - mean) < 0.12 * sd, f"{name}: {draws.mean():.4f}, exact {mean}"
        assert 0.9 < draws.std() / sd < 1.1, f"{name}: sd {draws.std():.4f}, exact {sd}"
    slope_africa = samples["bR"] + samples["bAR"]
    probability = np.mean(slope_africa > samples["bR"])
    print(f"Ruggedness hurts less in Africa with probability {probability:.3f}.")
    assert probability > 0.98

    predicted = Predictive(rugged_model, samples)(options.seed + 1, africa, ruggedness)["log_gdp"]
    low, high = np.quantile(predicted, [0.05, 0.95], axis=0)
    inside = np.mean((low < log_gdp) & (log_gdp < high))
    print(f"90 % predictive intervals hold {100 * inside:.0f} % of the countries.")
    assert 0.85 < inside < 0.96
    draw_picture(africa, ruggedness, log_gdp, predicted).savefig(options.picture, dpi=150)
    print(f"Picture of the posterior predictive: {options.picture}")


def draw_picture(africa, ruggedness, log_gdp, predicted):
    """Return a figure: income over ruggedness with predictive bands, in and outside Africa."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    for place, panel in enumerate(figure.subplots(1, 2, sharey=True)):
        chosen = np.flatnonzero(africa == 1 - place)
        chosen = chosen[np.argsort(ruggedness[chosen])]
        low, high = np.quantile(predicted[:, chosen], [0.05, 0.95], axis=0)
        panel.fill_between(ruggedness[chosen], low, high, alpha=0.25, label="90 % of predictions")
        panel.plot(ruggedness[chosen], predicted[:, chosen].mean(axis=0), label="mean prediction")
        panel.plot(ruggedness[chosen], log_gdp[chosen], ".", color="black", label="countries")
        panel.set(xlabel="ruggedness", title="outside Africa" if place else "Africa")
    figure.axes[0].set_ylabel("log GDP per head, 2000")
    figure.axes[0].legend()
    return figure


if __name__ == "__main__":
    main()
