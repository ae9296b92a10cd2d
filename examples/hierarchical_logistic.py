"""Answers of 40 groups: intercepts and slopes that vary together, with a correlation to learn.

A hierarchical logistic regression; the correlation matrix has an LKJ prior and coefficients are in
the non-centred form.  The data are simulated, so that the truth is known.

    python examples/hierarchical_logistic.py
"""

import argparse
from pathlib import Path

import numpy as np

import lightppl as lp
import lightppl.distributions as dist
from lightppl.infer import MCMC, NUTS

NUM_GROUPS, ROWS_OF_GROUP = 40, 50
MEAN, SD, CORRELATION = np.array([-0.5, 1.0]), np.array([1.0, 0.7]), 0.6


def answer_model(group, x, num_groups, y=None):
    with lp.plate("coefficient", 2):
        mean = lp.sample("mean", dist.Normal(0, 2))
        sd = lp.sample("sd", dist.HalfNormal(2))
    factor = lp.sample("factor", dist.LKJCholesky(2, 2.0))
    lp.deterministic("correlation", factor[1, 0])
    with lp.plate("group", num_groups):
        z = lp.sample("z", dist.Normal(np.zeros(2), 1).to_event(1))
    coefficients = mean + z @ (sd[:, None] * factor).T
    eta = coefficients[group, 0] + coefficients[group, 1] * x
    with lp.plate("row", len(x)):
        lp.sample("y", dist.Bernoulli(logits=eta), obs=y)


def simulate(seed):
    """Return group, predictor and answer of all rows."""
    rng = np.random.default_rng(seed)
    off_diagonal = CORRELATION * SD[0] * SD[1]
    covariance = np.array([[SD[0] ** 2, off_diagonal], [off_diagonal, SD[1] ** 2]])
    coefficients = rng.multivariate_normal(MEAN, covariance, NUM_GROUPS)
    group = np.repeat(np.arange(NUM_GROUPS), ROWS_OF_GROUP)
    x = rng.normal(size=len(group))
    eta = coefficients[group, 0] + coefficients[group, 1] * x
    return group, x, (rng.random(len(group)) < 1.0 / (1.0 + np.exp(-eta))).astype(int)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--picture", type=Path, default=Path(__file__).with_suffix(".png"))
    options = parser.parse_args()
    group, x, y = simulate(1)

    mcmc = MCMC(NUTS(answer_model), num_warmup=1000, num_samples=1000, num_chains=4)
    mcmc.run(options.seed, group, x, NUM_GROUPS, y=y)
    mcmc.print_summary()
    samples = mcmc.get_samples()

    truth = {"mean": MEAN, "sd": SD, "correlation": CORRELATION}
    for name, value in truth.items():
        low, high = np.quantile(samples[name], [0.005, 0.995], axis=0)
        assert np.all((low < value) & (value < high)), f"{name}: {low} to {high}, truth {value}"
    positive = np.mean(samples["correlation"] > 0)
    print(f"The correlation is positive with probability {positive:.3f}.")
    assert positive > 0.9

    figure = draw_picture(samples)
    figure.savefig(options.picture, dpi=120)
    print(f"Picture of the posterior: {options.picture}")


def draw_picture(samples):
    """Return a figure: posterior of the correlation and of both scales, truth as lines."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3), layout="constrained")
    panels = {
        "correlation": (samples["correlation"], CORRELATION),
        "sd of intercepts": (samples["sd"][:, 0], SD[0]),
        "sd of slopes": (samples["sd"][:, 1], SD[1]),
    }
    for panel, (title, (draws, value)) in zip(figure.subplots(1, 3), panels.items()):
        panel.hist(draws, bins=60, density=True, alpha=0.5)
        panel.axvline(value, color="black")
        panel.set_title(title)
    return figure


if __name__ == "__main__":
    main()
