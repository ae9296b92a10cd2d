"""Lynxes and hares: a differential equation inside a model, fitted to a century-old trade in furs.

Pelts collected by the Hudson's Bay Company from 1900 to 1920, in thousands, follow the equations of
Lotka (1925) and Volterra (1926) for prey and predators.  The model is that of Carpenter (2018),
"Predator-prey population dynamics"; `odeint` solves the equations adaptively, with gradients.

    python examples/lynx_hare.py
"""

import argparse
from pathlib import Path

import numpy as np

import lightppl as lp
import lightppl.distributions as dist
from lightppl.contrib.ode import odeint
from lightppl.infer import MCMC, NUTS, Predictive, init_to_value

HARES = [
    30.0, 47.2, 70.2, 77.4, 36.3, 20.6, 18.1, 21.4, 22.0, 25.4, 27.1, 40.3, 57.0, 76.6, 52.3,
    19.5, 11.2, 7.6, 14.6, 16.2, 24.7,
]
LYNXES = [
    4.0, 6.1, 9.8, 35.2, 59.4, 41.7, 19.0, 13.0, 8.3, 9.1, 7.4, 8.0, 12.3, 19.5, 45.7, 51.1,
    29.7, 15.8, 9.7, 10.1, 8.6,
]
KNOWN_MEANS = np.array([0.547, 0.0277, 0.800, 0.0242])
"""Posterior means of theta from long runs of Stan (posteriordb)."""


def slopes(z, t, theta):
    """Return the change of hares and lynxes a year."""
    hares, lynxes = z[0], z[1]
    birth, hunt, death, feed = theta[0], theta[1], theta[2], theta[3]
    return np.stack([(birth - hunt * lynxes) * hares, (feed * hares - death) * lynxes])


def populations(years, pelts=None):
    prior = dist.TruncatedNormal(
        np.array([1.0, 0.05, 1.0, 0.05]), np.array([0.5, 0.05, 0.5, 0.05]), low=0.0
    )
    theta = lp.sample("theta", prior.to_event(1))
    z_init = lp.sample("z_init", dist.LogNormal(np.log(10.0), np.ones(2)).to_event(1))
    sigma = lp.sample("sigma", dist.LogNormal(-1.0, np.ones(2)).to_event(1))
    z = odeint(slopes, z_init, years, theta, rtol=1e-5, atol=1e-5)
    with lp.plate("year", len(years)):
        lp.sample("pelts", dist.LogNormal(np.log(z), sigma).to_event(1), obs=pelts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--picture", type=Path, default=Path(__file__).with_suffix(".png"))
    options = parser.parse_args()
    years, pelts = np.arange(21.0), np.stack([HARES, LYNXES], axis=1)

    # From a poor start a chain may find an orbit that never fits.  About 27 hares (death / feed),
    # 17 lynxes (birth / hunt) and a swing of ten years are seen at a glance.
    theta = np.array([0.5, 0.03, 0.8, 0.03])
    start = {"theta": theta, "z_init": pelts[0], "sigma": np.array([0.5, 0.5])}
    kernel = NUTS(populations, init_strategy=init_to_value(values=start))
    mcmc = MCMC(kernel, num_warmup=1000, num_samples=1000, num_chains=4)
    mcmc.run(options.seed, years, pelts)
    mcmc.print_summary()

    samples = mcmc.get_samples()
    theta = samples["theta"]
    assert np.all(abs(theta.mean(axis=0) - KNOWN_MEANS) < 0.2 * theta.std(axis=0))
    period = 2 * np.pi / np.sqrt(theta[:, 0] * theta[:, 2])
    print(f"Small swings have a period of {period.mean():.1f} +- {period.std():.1f} years.")
    assert 8.5 < period.mean() < 10.5

    months = np.arange(0.0, 30.0, 0.25)
    ahead = Predictive(populations, samples)(options.seed + 1, months)["pelts"]
    inside = np.mean(
        (np.quantile(ahead[:, :81:4], 0.05, axis=0) < pelts)
        & (pelts < np.quantile(ahead[:, :81:4], 0.95, axis=0))
    )
    print(f"90 % predictive intervals hold {100 * inside:.0f} % of the counts.")
    assert inside > 0.85
    draw_picture(years, pelts, months, ahead).savefig(options.picture, dpi=150)
    print(f"Picture of the populations: {options.picture}")


def draw_picture(years, pelts, months, ahead):
    """Return a figure: counts, and predictions ten years beyond them."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    for k, (panel, animal) in enumerate(zip(figure.subplots(1, 2, sharey=True), ("hare", "lynx"))):
        low, middle, high = np.quantile(ahead[:, :, k], [0.05, 0.5, 0.95], axis=0)
        panel.fill_between(1900 + months, low, high, alpha=0.25, label="90 % of predictions")
        panel.plot(1900 + months, middle, label="median prediction")
        panel.plot(1900 + years, pelts[:, k], "o", color="black", label="pelts")
        panel.set(xlabel="year", title=animal, ylim=(0, 130))
    figure.axes[0].set_ylabel("pelts, thousands")
    figure.axes[0].legend()
    return figure


if __name__ == "__main__":
    main()
