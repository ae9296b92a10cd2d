"""Loops, branches and equations over data alone: inside a model they give what they give outside.

While a model is recorded, loops that depend on latent values are not run; those that do not are.
"""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.autodiff.over_time import each, fold
from lightppl.contrib.control_flow import cond, scan
from lightppl.contrib.ode import odeint
from lightppl.density import compile_density
from lightppl.infer.util import potential_energy

X = np.random.default_rng(0).normal(size=6)
TIMES = np.linspace(0.0, 2.0, 6)
LARGE_INTEGER = 2**55 + 1


def decay():
    return odeint(lambda y, t: -y * np.exp(-t), np.array([1.0, 2.0]), TIMES).ravel()[:6]


def decay_at_given_rates():
    def solve(_, rate):
        return None, odeint(lambda y, t, r: -r * y, np.ones(1), TIMES[:2], rate)[1, 0]

    return scan(solve, None, np.abs(X))[1]


def sums():
    return scan(lambda c, x: (c + x, c * x), 0.0, X)[1]


def sums_backwards():
    return scan(lambda c, x: (c + x, c), 1.0, X, reverse=True)[1]


def columns():
    final, ys = scan(lambda c, x: (0.5 * c + x, c), np.zeros(2), np.stack([X, -X], 1))
    return ys.sum(1) + final[0]


def integers():
    final, ys = scan(lambda c, x: (c * 31 + x, c), np.int64(LARGE_INTEGER), np.arange(6))
    return (ys % 7 + final % 5) * 1.0


def truth_values():
    return scan(lambda c, x: (c ^ (x > 0), c), True, X)[1] * 1.0


def dicts():
    def body(carry, x):
        return {"a": carry["a"] + x, "b": carry["a"]}, carry

    return scan(body, {"a": 0.0, "b": 1.0}, X)[1]["b"]


def counters():
    return scan(lambda c, _: (c + 1, c * 1.5), 0, length=6)[1]


def loop_in_a_loop():
    def body(c, x):
        return c + scan(lambda d, y: (d * 0.5 + x * y, None), 0.0, X)[0], c

    return scan(body, 0.0, X)[1]


def branch_in_a_loop():
    def body(c, x):
        return cond(x > 0, lambda v: v + x, lambda v: v * 0.5, c), c

    return scan(body, 1.0, X)[1]


def python_branch_in_a_loop():
    return scan(lambda c, x: (c + x if x > 0 else c, c), 0.0, X)[1]


def folded():
    return fold(lambda s, x: [s[0] * 0.5 + x[0]], [np.zeros(())], [X])[0] + each(
        lambda x: [x[0] ** 2], [X]
    )[0]


LOOPS = [
    decay, decay_at_given_rates, sums, sums_backwards, columns, integers, truth_values, dicts,
    counters, loop_in_a_loop, branch_in_a_loop, python_branch_in_a_loop, folded,
]  # fmt: skip


def beside_latents(of, a):
    return np.sum(np.sin(a[0] * of()) + a[1])


def in_the_body_of_a_loop(of, a):
    return scan(lambda c, x: (np.tanh(c + x * a[0] * of()[2] + of()[-1]), None), a[1], X)[0]


def in_a_loop_that_only_captures_latents(of, a):
    return scan(lambda c, x: (c + x * a[0], of()[1] * a[1]), 0.0, X)[1].sum()


def in_a_branch(of, a):
    return cond(a[0] > 0, lambda v: v * of()[3] + of()[1], lambda v: v - of()[2], a[1])


def as_what_a_loop_goes_along(of, a):
    return scan(lambda c, x: (np.cos(c * a[0] + x), None), a[1], of())[0]


def as_a_python_decision(of, a):
    return a[0] if of()[3] > of()[2] else a[1] ** 2


def as_an_index(of, a):
    return a[int(np.argmax(of())) % 2] ** 2 + a[0]


PLACES = [
    beside_latents, in_the_body_of_a_loop, in_a_loop_that_only_captures_latents, in_a_branch,
    as_what_a_loop_goes_along, as_a_python_decision, as_an_index,
]  # fmt: skip


CASES = [(of, beside_latents) for of in LOOPS] + [
    (of, where) for where in PLACES[1:] for of in (decay, integers, loop_in_a_loop)
]


@pytest.mark.parametrize("of, where", CASES, ids=lambda f: f.__name__)
def test_a_loop_over_data_is_a_constant(of, where, recwarn):
    known = of()

    def model(of):
        a = lp.sample("a", dist.Normal(np.zeros(2), 1.0).to_event(1))
        lp.factor("f", -where(of, a))

    found, expected = (compile_density(model, (f,)) for f in (of, lambda: known))
    for q in (np.array([0.4, -0.3]), np.array([-1.0, 1.7])):
        np.testing.assert_allclose(found.potential(q)[0], expected.potential(q)[0], rtol=1e-13)
        np.testing.assert_allclose(found.potential(q)[1], expected.potential(q)[1], rtol=1e-12)
    assert not recwarn.list


def test_results_of_a_loop_may_be_written_into():
    def model(x):
        a = lp.sample("a", dist.Normal(0.0, 1.0))
        _, (same, constant, computed) = scan(lambda c, v: (c + v, (v, TIMES, c)), 0.0, x)
        for results in (same, constant, computed):
            results += 1.0
        lp.factor("f", -a * (np.sum(same) + np.sum(constant) + np.sum(computed)))

    potential = compile_density(model, (X,)).potential
    total = np.sum(X) + 6 * np.sum(TIMES) + np.sum(np.cumsum(X)[:-1]) + 6 + 36 + 6
    np.testing.assert_allclose(potential(np.array([0.7]))[1], 0.7 + total)


def observed_rows(c, x):
    lp.sample("y", dist.Normal(c, 1.0), obs=x)
    lp.deterministic("level", c)
    return 0.5 * c + x, None


def observed_plates(c, x):
    with lp.plate("columns", 3):
        lp.sample("y", dist.Normal(c + x, 1.0), obs=x)
    lp.factor("f", c)
    return 0.5 * c + x, c


def observed_categories(c, x):
    weights = np.array([[0.2, 0.8], [0.5, 0.5]])
    lp.sample("one", dist.Categorical(weights[0]), obs=(x > 0).astype(int))
    with lp.plate("columns", 2):
        lp.sample("two", dist.Categorical(weights), obs=(x > c).astype(int))
    return c, None


def weighted_rows(c, x):
    with lp.handlers.scale(scale=2.0), lp.handlers.mask(mask=x > 0):
        return observed_rows(c, x)


@pytest.mark.parametrize(
    "body", [observed_rows, observed_plates, observed_categories, weighted_rows]
)
def test_sites_in_a_loop_over_data_are_scored(body, recwarn):
    def model():
        a = lp.sample("a", dist.Normal(0.0, 1.0))
        scan(body, 0.0, X)
        lp.factor("of a", a)

    for jit in (True, False):
        potential = compile_density(model, jit=jit).potential
        for a in (0.4, -1.3):
            expected = potential_energy(model, (), {}, {"a": a})
            np.testing.assert_allclose(potential(np.array([a]))[0], expected, rtol=1e-12)
    assert not recwarn.list
