"""Models with subsampled plates."""

import numpy as np

import lightppl as lp
import lightppl.distributions as dist
from lightppl.handlers import scale

RNG = np.random.default_rng(11)
X, Y = RNG.normal(size=(12, 2)), (RNG.random(12) < 0.6) * 1.0
COUNTS = RNG.poisson(2.0, 7)
REFERENCE = {"b": np.array([0.3, -0.2]), "rate": 1.7}


def two_plates(x, y, counts):
    """Two subsampled plates, one of them with two sites; and data that are not subsampled."""
    b = lp.sample("b", dist.Normal(np.zeros(2), 1.0).to_event(1))
    rate = lp.sample("rate", dist.Gamma(2.0, 1.0))
    lp.sample("direct", dist.Normal(b[0], 0.5), obs=0.4)
    with lp.plate("rows", len(y), subsample_size=5):
        logits = lp.subsample(x, event_dim=1) @ b
        lp.sample("y", dist.Bernoulli(logits=logits), obs=lp.subsample(y, event_dim=0))
        with scale(scale=0.5):
            z = lp.subsample(x, event_dim=1)[:, 0]
            lp.sample("z", dist.Normal(rate, 2.0), obs=z)
    with lp.plate("more", len(counts), subsample_size=3) as index:
        lp.sample("counts", dist.Poisson(rate * np.exp(b[1])), obs=counts[index])


LOGITS = np.array([1.0, -0.8, 0.6, 1.3])


def slope_model():
    """One coefficient, four rows, subsamples of two."""
    x = lp.sample("x", dist.Normal(0.0, 1.0))
    with lp.plate("rows", 4, subsample_size=2) as index:
        lp.sample("y", dist.Bernoulli(logits=x * LOGITS[index]), obs=index % 2)
