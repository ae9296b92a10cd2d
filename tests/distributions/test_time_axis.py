"""Densities along time: one graph for every length, the same values whatever is batched."""

import numpy as np
import pytest
from autograd import value_and_grad

import lightppl.distributions as dist
from lightppl.compiler.graph.evaluate import evaluate_graph
from lightppl.compiler.passes import optimize_graph
from lightppl.compiler.record.record import record_value_and_gradient

NOISE = np.array([[0.5, 0.1], [0.1, 0.8]])


def discrete(q, y):
    moves = np.reshape(q[:9], (3, 3))
    emission = dist.Normal(q[9:12], 0.5 + q[0] ** 2)
    return dist.DiscreteHMM(np.zeros(3), moves, emission, duration=y.shape[-1])


def discrete_with_changing_moves(q, y):
    moves = np.reshape(q[:9], (3, 3)) * np.linspace(0.5, 1.0, y.shape[-1])[:, None, None]
    return dist.DiscreteHMM(np.zeros(3), moves, dist.Normal(q[9:12], 1.0))


def gaussian(q, y):
    noise = dist.MultivariateNormal(q[8:10], NOISE * np.exp(q[10]))
    initial = dist.MultivariateNormal(np.zeros(2), NOISE)
    matrix, seen = np.reshape(q[:4], (2, 2)), np.reshape(q[4:8], (2, 2))
    return dist.GaussianHMM(initial, matrix, noise, seen, noise, duration=y.shape[-2])


def gaussian_with_changing_matrices(q, y):
    noise = dist.MultivariateNormal(np.zeros(2), NOISE * np.exp(q[10]))
    matrix = np.reshape(q[:4], (2, 2)) * np.linspace(0.5, 1.0, y.shape[-2])[:, None, None]
    return dist.GaussianHMM(noise, matrix, noise, np.eye(2), noise)


def diffusion(q, y):
    def one_state_at_a_time(x, t):
        if np.ndim(x) != 1:
            raise ValueError("one state")
        return np.stack([q[0] * x[1], -x[0] * t]), np.stack([1.0 + q[1] ** 2, 0.2 + x[1] ** 2])

    first = dist.Normal(np.zeros(2), 1.0).to_event(1)
    return dist.EulerMaruyama(np.linspace(0.0, 1.0, y.shape[-2]), one_state_at_a_time, first)


CASES = {
    "discrete": (discrete, ()),
    "discrete with changing moves": (discrete_with_changing_moves, ()),
    "diffusion": (diffusion, (2,)),
    "gaussian": (gaussian, (2,)),
    "gaussian with changing matrices": (gaussian_with_changing_matrices, (2,)),
}


def point(seed=0):
    return np.random.default_rng(seed).normal(scale=0.5, size=12)


def series(shape, event_shape):
    return np.random.default_rng(1).normal(size=shape + event_shape)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("shape", [(2,), (3,), (7,), (3, 5)])
def test_the_graph_says_what_eager_autograd_says(name, shape):
    make, event_shape = CASES[name]
    y, q = series(shape, event_shape), point()

    def total(q):
        return np.sum(make(q, y).log_prob(y))

    graph = optimize_graph(record_value_and_gradient(total, q))
    found_value, found_gradient = evaluate_graph(graph, q)
    value, gradient = value_and_grad(total)(q)
    np.testing.assert_allclose(found_value, value, rtol=1e-10)
    np.testing.assert_allclose(found_gradient, gradient, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("name", CASES)
def test_the_graph_does_not_grow_with_the_series(name):
    make, event_shape = CASES[name]

    def num_nodes(length):
        y = series((length,), event_shape)
        return len(record_value_and_gradient(lambda q: make(q, y).log_prob(y), point()).nodes())

    assert num_nodes(6) == num_nodes(60)


@pytest.mark.parametrize("name", CASES)
def test_series_of_a_batch_are_scored_alone(name):
    make, event_shape = CASES[name]
    y = series((3, 5), event_shape)
    alone = [make(point(), row).log_prob(row) for row in y]
    np.testing.assert_allclose(make(point(), y[0]).log_prob(y), alone, rtol=1e-12)


def test_batches_of_matrices_and_of_series_broadcast():
    moves = np.random.default_rng(2).normal(size=(4, 1, 1, 2, 2))
    y = series((3, 5), ())
    d = dist.DiscreteHMM(np.zeros((3, 2)), moves, dist.Normal(np.array([-1.0, 1.0]), 1.0), 5)
    scores = d.log_prob(y)
    assert d.batch_shape == scores.shape == (4, 3)
    alone = dist.DiscreteHMM(np.zeros(2), moves[2, 0], dist.Normal(np.array([-1.0, 1.0]), 1.0), 5)
    np.testing.assert_allclose(scores[2], alone.log_prob(y), rtol=1e-12)
    noise = dist.MultivariateNormal(np.zeros(2), NOISE)
    y = series((3, 5), (2,))
    d = dist.GaussianHMM(noise, moves, noise, np.eye(2), noise, duration=5)
    scores = d.log_prob(y)
    assert d.batch_shape == (4, 1) and scores.shape == (4, 3)
    alone = dist.GaussianHMM(noise, moves[2, 0, 0], noise, np.eye(2), noise, duration=5)
    np.testing.assert_allclose(scores[2], alone.log_prob(y), rtol=1e-12)
