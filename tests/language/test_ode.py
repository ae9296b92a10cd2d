"""odeint: solutions against SciPy, gradients against differences, compiled against eager."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from lightppl.autodiff.check import check_gradient, value_and_gradient
from lightppl.contrib.ode import odeint
from lightppl.density.potential import compile_objective
from lightppl.errors import ShapeError

TIMES = np.array([0.0, 0.3, 1.0, 4.0])


def pendulum(y, t, damping, force):
    return np.stack([y[1], -np.sin(y[0]) - damping * y[1] + force * np.cos(t)])


def stiff(y, t, rate):
    return np.stack([-rate * (y[0] - np.cos(t))])


@pytest.mark.parametrize("tolerance", [1e-4, 1e-7, 1e-10])
def test_solutions_are_as_accurate_as_asked(tolerance):
    y0 = np.array([1.0, 0.5])
    found = odeint(pendulum, y0, TIMES, 0.1, 0.3, rtol=tolerance, atol=tolerance)
    exact = solve_ivp(
        lambda t, y: pendulum(y, t, 0.1, 0.3), (0, 4), y0, "DOP853", TIMES, rtol=1e-12, atol=1e-12
    ).y.T
    np.testing.assert_array_equal(found[0], y0)
    assert abs(found - exact).max() < 20 * tolerance


def test_stiff_systems_take_many_steps():
    found = odeint(stiff, np.zeros(1), TIMES, 300.0)[:, 0]
    exact = solve_ivp(
        lambda t, y: stiff(y, t, 300.0), (0, 4), [0.0], "Radau", TIMES, rtol=1e-10, atol=1e-12
    ).y[0]
    np.testing.assert_allclose(found, exact, atol=1e-5)


def test_too_few_steps_give_nan():
    found = odeint(stiff, np.zeros(1), TIMES, 300.0, mxstep=10)
    assert np.isfinite(found[0]).all() and np.isnan(found[-1]).all()


def test_the_state_may_have_structure():
    def rhs(state, t):
        position, (velocity, count) = state["x"], state["rest"]
        return {"x": velocity, "rest": (-position, 1.0)}

    start = {"x": np.eye(2), "rest": (np.zeros((2, 2)), np.float64(0.0))}
    found = odeint(rhs, start, TIMES)
    np.testing.assert_allclose(found["x"], np.cos(TIMES)[:, None, None] * np.eye(2), atol=1e-5)
    np.testing.assert_allclose(found["rest"][1], TIMES, atol=1e-8)


def objective(q):
    weights = np.random.default_rng(0).normal(size=(4, 2))
    y = odeint(pendulum, q[:2], TIMES, np.exp(q[2]), q[3], rtol=1e-8, atol=1e-8)
    return np.sum(weights * y)


def test_gradients_agree_with_differences():
    check_gradient(objective, np.array([1.0, 0.5, -2.0, 0.3]), tolerance=1e-5)


def test_gradients_with_respect_to_times():
    def last(q):
        return odeint(pendulum, np.array([1.0, 0.5]), q, 0.1, 0.3, rtol=1e-9, atol=1e-9)[-1, 0]

    y = odeint(pendulum, np.array([1.0, 0.5]), TIMES, 0.1, 0.3, rtol=1e-9, atol=1e-9)
    _, gradient = value_and_gradient(last, TIMES)
    np.testing.assert_allclose(gradient[-1], y[-1, 1], rtol=1e-5)


def test_compiled_equals_eager():
    q = np.array([1.0, 0.5, -2.0, 0.3])
    compiled, eager = compile_objective(objective, q), compile_objective(objective, q, jit=False)
    for point in (q, -q, 1.3 * q):
        (value, gradient), (found, found_gradient) = eager(point), compiled(point)
        np.testing.assert_allclose(found, value, rtol=1e-9, atol=1e-10)
        np.testing.assert_allclose(found_gradient, gradient, rtol=1e-7, atol=1e-9)


def test_shapes_of_slopes_are_checked():
    with pytest.raises(ShapeError, match="right-hand side"):
        odeint(lambda y, t: y[:1], np.ones(2), TIMES)
    with pytest.raises(ShapeError, match="vector of times"):
        odeint(lambda y, t: y, np.ones(2), 1.0)
