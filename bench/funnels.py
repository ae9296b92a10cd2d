"""Funnels: what NUTS misses in a neck, and what WALNUTS pays for it.

Run:  python bench/funnels.py [--seeds N] [--draws N]

Two targets whose answers are known: Neal's funnel, and the centred eight schools with all but the
scale integrated out.  One line a sampler, over all seeds with 4 chains each:

- gradients a draw, divergences of a thousand draws;
- mean of the logarithm of the scale, and the probability that it is below its 5 % quantile;
- root mean squared error of both over the seeds, in standard deviations of what is estimated
  (a draw's own, so that 1/sqrt(N) is the error of N independent draws), and as independent draws
  per 1000 gradients: 1 / error^2 / thousands of gradients, bias included.
"""

import argparse
import sys
import warnings
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import lightppl as lp  # noqa: E402
import lightppl.distributions as dist  # noqa: E402
from lightppl.infer import MCMC, NUTS, WALNUTS  # noqa: E402

Y = np.array([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0])
SIGMA = np.array([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0])


def funnel():
    """Neal's, in ten dimensions."""
    log_scale = lp.sample("log scale", dist.Normal(0.0, 3.0))
    with lp.plate("dimensions", 9):
        lp.sample("x", dist.Normal(0.0, np.exp(log_scale / 2)))


def schools():
    """Eight schools, centred."""
    mu = lp.sample("mu", dist.Normal(0.0, 5.0))
    tau = lp.sample("tau", dist.HalfCauchy(5.0))
    lp.deterministic("log scale", np.log(tau))
    with lp.plate("schools", 8):
        theta = lp.sample("theta", dist.Normal(mu, tau))
        lp.sample("y", dist.Normal(theta, SIGMA), obs=Y)


def truth_of(model):
    """Return nodes and probabilities of the logarithm of the scale."""
    if model is funnel:
        x = np.linspace(-24.0, 24.0, 8001)
        log_p = -0.5 * (x / 3.0) ** 2
    else:
        x = np.linspace(-14.0, 6.0, 8001)
        log_p = np.array([log_marginal(tau) for tau in np.exp(x)]) + x
    p = np.exp(log_p - log_p.max())
    return x, p / p.sum()


def log_marginal(tau):
    """Return the log density of tau given the data, with effects and mean integrated out."""
    covariance = np.diag(SIGMA**2 + tau**2) + 25.0
    quadratic = Y @ np.linalg.solve(covariance, Y)
    return -0.5 * (quadratic + np.linalg.slogdet(covariance)[1]) - np.log1p((tau / 5.0) ** 2)


def samplers(model):
    """Return the samplers by name."""
    return {
        "NUTS": NUTS(model),
        "NUTS, target .95": NUTS(model, target_accept_prob=0.95),
        "NUTS, target .99": NUTS(model, target_accept_prob=0.99),
        "WALNUTS": WALNUTS(model),
    }


def line(sampler, model, options):
    """Return the cells of one line of the table."""
    x, p = truth_of(model)
    cut = x[np.searchsorted(np.cumsum(p), 0.05)]
    quantities = (lambda v: v), (lambda v: 1.0 * (v < cut))
    true = [np.sum(p * f(x)) for f in quantities]
    sd = [np.sqrt(np.sum(p * (f(x) - mean) ** 2)) for f, mean in zip(quantities, true)]
    estimates, gradients, divergences, count = [], 0, 0, 0
    for seed in range(options.seeds):
        mcmc = MCMC(
            sampler, num_warmup=1000, num_samples=options.draws, num_chains=4, progress_bar=False
        )
        mcmc.run(seed, extra_fields=("num_steps",))
        v, fields = mcmc.get_samples()["log scale"], mcmc.get_extra_fields()
        estimates.append([f(v).mean() for f in quantities])
        gradients += fields["num_steps"].sum()
        divergences += np.count_nonzero(fields["diverging"])
        count += len(v)
    estimates = np.array(estimates)
    errors = np.sqrt(np.mean((estimates - true) ** 2, axis=0)) / sd
    per_run = gradients / options.seeds / 1000
    means = estimates.mean(axis=0)
    return [
        f"{gradients / count:.1f}", f"{1000 * divergences / count:.2f}",
        f"{means[0]:.3f}", f"{means[1]:.4f}", *(f"{error:.3f}" for error in errors),
        *(f"{1 / error**2 / per_run:.3f}" for error in errors),
    ]  # fmt: skip


def main():
    """Print one table a target."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=16)
    parser.add_argument("--draws", type=int, default=4000)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    for model in (funnel, schools):
        x, p = truth_of(model)
        print(f"\n{model.__name__}: mean {np.sum(p * x):.3f}, 5 % in the neck")
        print(
            "| sampler | gradients | divergences | mean | neck | error of mean | of neck | "
            "draws per 1000 gradients | of neck |"
        )
        print("| --- |" + " ---: |" * 8)
        for name, sampler in samplers(model).items():
            print(f"| {name} | " + " | ".join(line(sampler, model, options)) + " |", flush=True)


if __name__ == "__main__":
    main()
