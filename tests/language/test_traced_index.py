"""Plain data indexed by the step of a loop: the recorded loop is the Python loop."""

import types

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.contrib.control_flow import scan
from lightppl.errors import ModelError, TracingError
from lightppl.language.traced_index import TracedIndexed, indexable
from lightppl.special import set_at, take

T = 6
Y = np.random.default_rng(0).normal(size=T)
MATRIX = np.random.default_rng(1).normal(size=(T, 2))
WIDE = dist.Normal(0.0, 1e9)
DATA = {"y": Y, "pair": (Y, MATRIX)}


def of_module(t, y):
    return Y[t]


def _of_helper(t):
    return DATA["pair"][1][t, 0]


def helped(t, y):
    return _of_helper(t)


def with_default(t, y, series=Y):
    return series[t]


def of_lambda(t, y):
    return (lambda k: y[k])(t)


READERS = {
    "closure": lambda t, y: y[t],
    "neighbours": lambda t, y: y[t] * y[t - 1],
    "row": lambda t, y: np.sum(MATRIX[t]),
    "element": lambda t, y: MATRIX[t, 1],
    "column": lambda t, y: MATRIX[:, 0][t],
    "twice": lambda t, y: y[t] + np.mean(y),
    "dict": lambda t, y: DATA["y"][t],
    "module": of_module,
    "helper": helped,
    "default": with_default,
    "inner function": of_lambda,
    "take": lambda t, y: take(y, t),
    "several": lambda t, y: np.sum(y[np.stack([t, t - 1])]),
}


def model_of(read, y):
    mu = lp.sample("mu", dist.Normal(0.0, 1.0))

    def step(carry, t):
        lp.sample("x", dist.Normal(carry, 1.0), obs=read(t, y))
        return 0.5 * carry + mu * read(t, y), None

    scan(step, mu, np.arange(T))


def unrolled_value(read, y, mu):
    carry, total = mu, dist.Normal(0.0, 1.0).log_prob(mu)
    for t in range(T):
        total += dist.Normal(carry, 1.0).log_prob(read(t, y))
        carry = 0.5 * carry + mu * read(t, y)
    return total


@pytest.mark.parametrize("name", READERS)
def test_a_body_may_index_data_by_its_step(name):
    density = lp.log_density_function(model_of, READERS[name], Y)
    for mu in (0.3, -1.1):
        np.testing.assert_allclose(
            density(np.array([mu])), unrolled_value(READERS[name], Y, mu), rtol=1e-12
        )
    assert any(node.op == "scan" for node in density._density.stages["recorded"].nodes())


def test_an_attribute_of_an_object_is_taken():
    box = types.SimpleNamespace(y=Y)
    with pytest.raises(TracingError, match=r"take\(box.y, t\)"):
        lp.log_density_function(model_of, lambda t, y: box.y[t], Y)
    density = lp.log_density_function(model_of, lambda t, y: take(box.y, t), Y)
    expected = unrolled_value(lambda t, y: Y[t], Y, 0.3)
    np.testing.assert_allclose(density(np.array([0.3])), expected, rtol=1e-12)


def test_the_functions_and_data_of_the_user_stay_as_they_are():
    def recursive(n):
        return Y if n == 0 else recursive(n - 1)

    rebuilt = indexable(recursive)
    assert type(rebuilt(2)) is TracedIndexed and type(recursive(2)) is np.ndarray
    assert recursive.__globals__ is globals() and type(DATA["y"]) is np.ndarray


def test_elements_that_do_not_count_may_be_out_of_range():
    def model(y, mode):
        mu = lp.sample("mu", dist.Normal(0.0, 1.0))

        def step(total, t):
            return total + mu * np.where(t < len(y), take(y, t, mode=mode), 10.0), None

        lp.factor("f", scan(step, 0.0, np.arange(T + 2))[0])

    with pytest.raises(IndexError, match=r'use take\(..., mode="clip"\)'):
        lp.log_density_function(model, Y, "raise")
    density = lp.log_density_function(model, Y, "clip")
    expected = dist.Normal(0.0, 1.0).log_prob(0.3) + 0.3 * (np.sum(Y) + 20.0)
    np.testing.assert_allclose(density(np.array([0.3])), expected, rtol=1e-12)


@pytest.mark.parametrize("q, nearest", [(1e9, -1), (-1e9, 0), (2.2, 2)])
def test_a_latent_index_far_out_of_range_reads_the_nearest_element(q, nearest):
    def model():
        x = lp.sample("x", WIDE)
        lp.factor("f", take(Y, np.floor(x).astype(int)))

    found = lp.log_density_function(model)(np.array([q]))
    np.testing.assert_allclose(found, Y[nearest] + WIDE.log_prob(q), rtol=1e-12)


def test_a_latent_position_can_be_set():
    def model():
        mu = lp.sample("mu", dist.Normal(0.0, 1.0))

        def step(row, t):
            return set_at(row, t, mu * Y[t]), None

        lp.factor("f", np.sum(scan(step, np.zeros(T), np.arange(T))[0] ** 2))

    density = lp.log_density_function(model)
    expected = dist.Normal(0.0, 1.0).log_prob(0.3) + np.sum((0.3 * Y) ** 2)
    np.testing.assert_allclose(density(np.array([0.3])), expected, rtol=1e-12)


def test_a_site_whose_name_changes_is_told_to_use_one_name():
    def model():
        def step(carry, t):
            return lp.sample(f"x_{t}", dist.Normal(carry, 1.0)), None

        scan(step, 0.0, np.arange(4))

    with pytest.raises(ModelError, match="one name for all steps"):
        lp.log_density_function(model)
