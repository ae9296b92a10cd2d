"""Eight schools: did coaching raise test scores, and how much does that differ between schools?

The hierarchical model of Rubin (1981), "Estimation in parallel randomized experiments", in the
non-centred form: schools share what they can, and estimates shrink towards each other.

    python examples/eight_schools.py
"""

import argparse
import time
from pathlib import Path

import numpy as np

import lightppl as lp
import lightppl.distributions as dist
from lightppl.infer import MCMC, NUTS

EFFECT = np.array([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0])
STANDARD_ERROR = np.array([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0])
KNOWN_MEANS = {"mu": 4.41, "tau": 3.60}
"""Posterior means from long runs of Stan (posteriordb)."""


def eight_schools(sigma, y=None):
    mu = lp.sample("mu", dist.Normal(0, 5))
    tau = lp.sample("tau", dist.HalfCauchy(5))
    with lp.plate("school", len(sigma)):
        z = lp.sample("z", dist.Normal(0, 1))
        theta = lp.deterministic("theta", mu + tau * z)
        lp.sample("obs", dist.Normal(theta, sigma), obs=y)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--picture", type=Path, default=Path(__file__).with_suffix(".png"))
    options = parser.parse_args()

    start = time.perf_counter()
    mcmc = MCMC(NUTS(eight_schools), num_warmup=1000, num_samples=1000, num_chains=4)
    mcmc.run(options.seed, STANDARD_ERROR, y=EFFECT)
    mcmc.print_summary()
    print(f"Model to summary in {time.perf_counter() - start:.2f} s.")

    samples = mcmc.get_samples(group_by_chain=True)
    for name, known in KNOWN_MEANS.items():
        mean, sd = samples[name].mean(), samples[name].std()
        assert abs(mean - known) < 0.2 * sd, f"{name} has mean {mean:.2f}, known is {known}"
    theta = samples["theta"].mean(axis=(0, 1))
    assert np.ptp(theta) < 0.25 * np.ptp(EFFECT), "schools should shrink towards each other"

    draw_picture(samples).savefig(options.picture, dpi=150)
    print(f"Picture of the posterior: {options.picture}")


def draw_picture(samples):
    """Return a figure: school effects as measured and as estimated, and tau against mu."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    schools, funnel = figure.subplots(1, 2)
    place = np.arange(len(EFFECT))
    low, high = np.quantile(samples["theta"], [0.05, 0.95], axis=(0, 1))
    estimate = samples["theta"].mean(axis=(0, 1))
    schools.errorbar(
        place - 0.1, EFFECT, 1.645 * STANDARD_ERROR, fmt="o", color="0.6", label="measured alone"
    )
    schools.vlines(place + 0.1, low, high, color="C0")
    schools.plot(place + 0.1, estimate, "o", color="C0", label="estimated together")
    schools.axhline(samples["mu"].mean(), color="black", linewidth=0.5)
    schools.set_xticks(place, "ABCDEFGH")
    schools.set(xlabel="school", ylabel="effect of coaching (points)", title="90 % intervals")
    schools.legend()
    funnel.plot(samples["mu"].ravel(), samples["tau"].ravel(), ".", markersize=2, alpha=0.4)
    funnel.set(xlabel="mu: mean effect", ylabel="tau: sd between schools", yscale="log")
    return figure


if __name__ == "__main__":
    main()
