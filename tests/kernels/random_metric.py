"""Metrics of every form with random entries."""

import numpy as np

from lightppl.kernels.metric import make_metric, set_dense

KINDS = ("diagonal", "dense")


def random_metric(rng, size, kind):
    """Return a `Metric` of one of `KINDS`."""
    factor = rng.normal(size=(size, size))
    metric = make_metric(size, [range(size)] if kind == "dense" else [])
    set_dense(metric, factor @ factor.T / size + 0.3 * np.eye(size))
    return metric
