"""Data of the benchmark models; the same numbers for every library."""

import numpy as np

SCHOOL_EFFECT = np.array([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0])
SCHOOL_ERROR = np.array([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0])


def simulate_counties(num_counties=85, num_houses=919, seed=0):
    """Return county index, floor and response of a varying-intercept regression.

    Sizes are those of the radon data of Gelman & Hill (2007); the values are simulated.
    """
    rng = np.random.default_rng(seed)
    county = np.sort(rng.integers(0, num_counties, num_houses))
    floor = (rng.random(num_houses) < 0.17).astype(float)
    intercept = 1.5 + 0.3 * rng.standard_normal(num_counties)
    response = intercept[county] - 0.7 * floor + 0.75 * rng.standard_normal(num_houses)
    return county, floor, response


def simulate_logistic(num_rows=1000, num_columns=10, seed=0):
    """Return the design matrix and 0/1 response of a logistic regression."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((num_rows, num_columns))
    beta = rng.standard_normal(num_columns)
    y = (rng.random(num_rows) < 1 / (1 + np.exp(-X @ beta))).astype(int)
    return X, y


def simulate_returns(num_days=500, seed=0):
    """Return a series whose variance follows its own past, and the first variance."""
    rng = np.random.default_rng(seed)
    y, variance = np.zeros(num_days), 0.5
    for t in range(num_days):
        y[t] = np.sqrt(variance) * rng.standard_normal()
        variance = 0.1 + 0.15 * y[t] ** 2 + 0.6 * variance
    return y, np.float64(0.5)


def simulate_regimes(num_steps=1000, num_states=4, seed=0):
    """Return a series that switches between levels, and the number of levels."""
    rng = np.random.default_rng(seed)
    state, y = 0, np.zeros(num_steps)
    for t in range(num_steps):
        if rng.random() < 0.1:
            state = rng.integers(num_states)
        y[t] = 3.0 * state + rng.standard_normal()
    return y, num_states
