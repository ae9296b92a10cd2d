"""European dippers, caught in seven years: survival and recapture from who is seen again.

The Cormack-Jolly-Seber model with constant rates.  Whether a bird that is no longer seen is dead or
was missed is summed out by hand, from the last year backwards.
Data: Lebreton, Burnham, Clobert and Anderson (1992), Ecological Monographs 62, as a CSV file.

    python examples/capture_recapture.py dipper.csv
"""

import argparse
from pathlib import Path

import numpy as np

import lightppl as lp
import lightppl.distributions as dist
from lightppl.infer import MCMC, NUTS

MAXIMUM_LIKELIHOOD = {"survival": (0.560, 0.025), "recapture": (0.903, 0.029)}
"""Estimates and standard errors of the same model in the paper."""


def log_never_seen(survival, recapture, num_years):
    """Return the log probability of not being seen again, by number of years that are left.

    chi(0) = 1 and chi(k) = (1 - survival) + survival (1 - recapture) chi(k - 1).
    """
    never_seen = [1.0]
    for _ in range(num_years - 1):
        never_seen.append(1.0 - survival + survival * (1.0 - recapture) * never_seen[-1])
    return np.log(np.stack([1.0 + 0.0 * survival, *never_seen[1:]]))


def dipper_model(seen_again, missed, years_left, num_years):
    survival = lp.sample("survival", dist.Uniform(0, 1))
    recapture = lp.sample("recapture", dist.Uniform(0, 1))
    never_seen = log_never_seen(survival, recapture, num_years)
    alive = seen_again + missed
    with lp.plate("bird", len(years_left)):
        lp.factor(
            "history",
            alive * np.log(survival)
            + seen_again * np.log(recapture)
            + missed * np.log1p(-recapture)
            + never_seen[years_left],
        )


def summarize(histories):
    """Return times seen again and times missed while surely alive, and years after the last time.
    """
    num_years = histories.shape[1]
    first = np.argmax(histories, axis=1)
    last = num_years - 1 - np.argmax(histories[:, ::-1], axis=1)
    seen_again = histories.sum(axis=1) - 1
    return seen_again.astype(float), (last - first - seen_again).astype(float), num_years - 1 - last


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("csv", type=Path, help="table of capture histories")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--picture", type=Path, default=Path(__file__).with_suffix(".png"))
    options = parser.parse_args()
    table = np.genfromtxt(options.csv, delimiter=",", skip_header=1, dtype=int)
    histories = table[:, 1:]

    mcmc = MCMC(NUTS(dipper_model), num_warmup=1000, num_samples=1000, num_chains=4)
    mcmc.run(options.seed, *summarize(histories), histories.shape[1])
    mcmc.print_summary()
    samples = mcmc.get_samples()

    for name, (estimate, error) in MAXIMUM_LIKELIHOOD.items():
        mean, sd = samples[name].mean(), samples[name].std()
        assert abs(mean - estimate) < 0.5 * error, f"{name}: {mean:.3f}, published {estimate}"
        assert abs(sd / error - 1.0) < 0.25, f"{name}: sd {sd:.4f}, published {error}"
    print("Survival and recapture agree with the published estimates.")

    figure = draw_picture(samples)
    figure.savefig(options.picture, dpi=120)
    print(f"Picture of the posterior: {options.picture}")


def draw_picture(samples):
    """Return a figure: draws of both probabilities, and the published estimates."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 5), layout="constrained")
    panel = figure.subplots()
    panel.plot(samples["survival"], samples["recapture"], ".", alpha=0.2)
    (x, dx), (y, dy) = MAXIMUM_LIKELIHOOD.values()
    panel.errorbar(x, y, xerr=dx, yerr=dy, color="black", fmt="o")
    panel.set_xlabel("survival from year to year")
    panel.set_ylabel("probability of being seen")
    return figure


if __name__ == "__main__":
    main()
