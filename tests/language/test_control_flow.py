"""scan and cond equal Python loops and branches: value and gradient, eagerly."""

import numpy as np
import pytest

from lightppl.autodiff.check import check_gradient, value_and_gradient
from lightppl.compiler.graph.evaluate import evaluate_graph
from lightppl.compiler.record.record import record_value_and_gradient
from lightppl.contrib.control_flow import cond, scan
from lightppl.errors import ControlFlowError, ModelError, ShapeError, TracingError
from tests.language.control_flow_cases import CASES
from tests.reference import control_flow as plain


@pytest.mark.parametrize("name", CASES)
def test_gradients_equal_those_of_a_python_loop(name):
    make, size = CASES[name]
    q = np.random.default_rng(1).normal(size=size) / 2
    value, gradient = value_and_gradient(make(scan, cond), q)
    expected, expected_gradient = value_and_gradient(make(plain.scan, plain.cond), q)
    np.testing.assert_allclose(value, expected, rtol=1e-12)
    np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("name", CASES)
def test_plain_values_equal_those_of_a_python_loop(name):
    make, size = CASES[name]
    q = np.random.default_rng(2).normal(size=size) / 2
    assert make(scan, cond)(q) == pytest.approx(make(plain.scan, plain.cond)(q), rel=1e-13)


def test_second_derivatives():
    make, size = CASES["volatility"]
    q = np.random.default_rng(1).normal(size=size) / 2

    def slope(q):
        return value_and_gradient(make(scan, cond), q)[1]

    def unrolled(q):
        return value_and_gradient(make(plain.scan, plain.cond), q)[1]

    step = 1e-5
    for k in range(size):
        e = step * np.eye(size)[k]
        np.testing.assert_allclose(slope(q + e) - slope(q - e), unrolled(q + e) - unrolled(q - e),
                                   rtol=1e-8, atol=1e-12)


def test_python_control_flow_in_a_body_is_unrolled():
    def total(q):
        def step(x, e):
            if x > 0:
                return x * q[0], None
            return x + e, None

        return scan(step, q[1], np.arange(4.0))[0]

    check_gradient(total, [0.7, -1.5])


def test_integers_in_the_first_carry_may_become_floats():
    def total(q):
        return scan(lambda c, x: (c + q * x, c), 0, np.ones(3))[0]

    assert value_and_gradient(total, 2.0) == (6.0, 3.0)


def test_a_branch_on_a_plain_value_is_a_python_branch():
    assert cond(False, lambda x: 1 / 0, lambda x: x + 1, 2) == 3


def test_only_the_chosen_branch_reaches_the_gradient():
    def total(q):
        return cond(q > 0, lambda x: np.sqrt(x), lambda x: x * 3.0, q)

    assert value_and_gradient(total, -1.0) == (-3.0, 3.0)
    assert value_and_gradient(total, 4.0) == (2.0, 0.25)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: scan(lambda c, x: c, 0.0, np.ones(3)), r"must return \(carry, y\)"),
        (lambda: scan(lambda c, x: ((c, c), x), 0.0, np.ones(3)), "Keep the structure"),
        (lambda: scan(lambda c, x: (c + np.ones(2), x), 0.0, np.ones(3)), r"shape \(2,\)"),
        (lambda: scan(lambda c, x: (c, x), 0.0, (np.ones(3), np.ones(4))), "one length"),
        (lambda: scan(lambda c, x: (c, x), 0.0), "`length`"),
    ],
)
def test_mistakes_are_named(call, words):
    with pytest.raises(ModelError, match=words):
        call()


def test_branches_of_different_shapes_are_refused():
    def total(q):
        return np.sum(cond(q[0] > 0, lambda x: x, lambda x: np.concatenate([x, x]), q))

    with pytest.raises(ShapeError, match="different structure or shapes"):
        record_value_and_gradient(total, np.ones(1))


def test_a_float_of_a_carry_names_the_line():
    with pytest.raises(ControlFlowError, match="test_control_flow.py"):
        record_value_and_gradient(
            lambda q: scan(lambda c, x: (c * float(c), None), q[0], np.ones(3))[0], np.ones(1)
        )


def test_a_value_that_leaves_the_body_by_the_back_door_is_named():
    def total(q):
        kept = []

        def step(c, x):
            kept.append(c * x)
            return c * q[0], None

        return scan(step, 1.0, np.ones(3))[0] + np.sum(np.stack(kept))

    with pytest.raises(TracingError, match=r"outside of it at .*test_control_flow.py:\d+.* as y"):
        record_value_and_gradient(total, np.ones(1))


def test_a_body_may_change_its_carry_in_place():
    init, xs = np.ones(2), np.ones((3, 2))

    def total(q):
        def step(c, x):
            c += q
            x *= 2.0
            return c, c * x

        last, ys = scan(step, init, xs)
        return np.sum(last) + np.sum(ys * np.arange(3.0)[:, None])

    value, gradient = value_and_gradient(total, np.array([0.5, 1.5]))
    assert value == total(np.array([0.5, 1.5])) == total(np.array([0.5, 1.5]))
    np.testing.assert_array_equal(gradient, [19.0, 19.0])
    np.testing.assert_array_equal(init, 1.0)
    np.testing.assert_array_equal(xs, 1.0)


def root_or_input(q):
    return cond(q[0] > 0.0, lambda x: x * np.sqrt(q[0]), lambda x: x, q)


def root_of_a_chain(q):
    def true(x):
        rows = np.stack([q[0] * k for k in range(3)])
        return x * np.sum(np.sqrt(np.exp(rows)[0] - 1.0 + q[0]))

    return cond(q[0] > 0.0, true, lambda x: x, q)


def root_inside_a_loop(q):
    def step(carry, x):
        return carry + np.sum(cond(q[0] > 0.0, lambda y: y * np.sqrt(q[0]), np.sin, x)), x

    return scan(step, 0.0, np.ones(3) * q[1])[0]


def root_of_a_loop_state(q):
    def step(carry, x):
        return carry, cond(carry > 0.0, lambda y: y * np.sqrt(carry), np.sin, x)

    return scan(step, q[0], np.ones(3) * q[1])[1]


def root_inside_another_branch(q):
    def outer(x):
        shared = np.sqrt(q[0])
        return cond(q[1] > 0.0, lambda y: y * shared, lambda y: y * np.log(q[0]), x)

    return cond(q[0] > 0.0, outer, np.cos, q)


def loop_over_a_root(q):
    def true(x):
        roots = np.sqrt(q[0] * np.ones(3))
        return x * scan(lambda carry, r: (carry + r, r), 0.0, roots)[0]

    return cond(q[0] > 0.0, true, lambda x: x, q)


def loop_that_nobody_reads(q):
    def false(x):
        spread = np.std(q[0] * np.ones((2, 1)), axis=1)
        scan(lambda carry, y: (carry * y, y), 1.0, spread)
        return 0.9 * x

    return cond(q[0] > 0.0, lambda x: x, false, q)


@pytest.mark.parametrize("q", [[0.0, 0.7], [-0.4, 0.7], [0.4, 0.7], [0.4, -0.7]])
@pytest.mark.parametrize("recorded_at", [[0.5, 0.3], [-0.5, 0.3]])
@pytest.mark.parametrize("fun", [
    root_or_input, root_of_a_chain, root_inside_a_loop, root_of_a_loop_state,
    root_inside_another_branch, loop_over_a_root, loop_that_nobody_reads,
])
def test_what_a_branch_makes_of_its_surroundings_counts_only_if_it_is_taken(fun, recorded_at, q):
    """Its derivative may be infinite where the other branch is taken."""
    objective = lambda q: np.sum(fun(q))  # noqa: E731
    graph = record_value_and_gradient(objective, np.array(recorded_at))
    expected = value_and_gradient(objective, np.array(q))
    for found, eager in zip(evaluate_graph(graph, np.array(q)), expected):
        assert np.all(np.isfinite(eager))
        np.testing.assert_allclose(found, eager, rtol=1e-12)
