"""Gradients of plain functions, of functions that change, and of those that know their own."""

import numpy as np

import lightppl as lp
import lightppl.distributions as dist
from lightppl.infer.building_blocks.gradient import ValueAndGradient
from lightppl.infer.hmc_util import initialize_model


def test_structures_of_any_size_are_differentiated():
    both = ValueAndGradient(lambda z: sum(np.sum(x**2) for x in z.values()))
    for z in ({"a": np.ones(2)}, {"b": np.array(3.0), "a": np.ones(2)}, {"a": 2 * np.ones(2)}):
        value, gradient = both(z)
        assert value == sum(np.sum(x**2) for x in z.values())
        assert set(gradient) == set(z)
        for name in z:
            np.testing.assert_array_equal(gradient[name], 2 * z[name])


def test_a_function_may_look_at_what_changes():
    scale = np.ones(2)
    both = ValueAndGradient(lambda z: np.sum(scale * z))
    assert both(np.ones(2))[1].tolist() == [1.0, 1.0]
    scale[:] = 5.0
    assert both(np.ones(2))[1].tolist() == [5.0, 5.0]


def test_the_potential_of_a_model_answers_compiled(monkeypatch):
    runs = []

    def model():
        runs.append(1)
        lp.sample("x", dist.Normal(np.zeros(2), 3.0).to_event(1))

    potential_fn = initialize_model(0, model).potential_fn
    del runs[:]
    z = {"x": np.array([3.0, -6.0])}
    value, gradient = ValueAndGradient(potential_fn)(z)
    assert not runs, "the model does not run again"
    np.testing.assert_allclose(gradient["x"], z["x"] / 9.0)
    assert value == potential_fn(z)
