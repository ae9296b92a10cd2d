"""Metrics of every form with random entries."""

import numpy as np

from lightppl.kernels.metric import make_metric, set_dense, set_low_rank

KINDS = ("diagonal", "dense", "low rank")


def random_metric(rng, size, kind):
    """Return a `Metric` of one of `KINDS`."""
    if kind == "low rank":
        rank = max(1, size - 1)
        metric = make_metric(size, max_rank=rank)
        orthogonal, _ = np.linalg.qr(rng.normal(size=(size, rank)))
        set_low_rank(metric, rng.uniform(0.3, 1.5, size), orthogonal.T, rng.uniform(0.2, 4.0, rank))
        return metric
    factor = rng.normal(size=(size, size))
    metric = make_metric(size, [range(size)] if kind == "dense" else [])
    set_dense(metric, factor @ factor.T / size + 0.3 * np.eye(size))
    return metric
