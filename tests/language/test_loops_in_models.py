"""Models with loops and branches: compiled, eager, and as a plain Python loop they agree."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.contrib.control_flow import cond, scan
from lightppl.density import compile_density
from lightppl.infer import Predictive
from lightppl.infer.util import potential_energy

Y = np.random.default_rng(0).normal(size=6)
PANEL = np.random.default_rng(1).normal(size=(4, 3))


def numbers_of_three_kinds_in_a_tuple():
    a = lp.sample("a", dist.Normal(0.0, 1.0))

    def step(carry, y):
        level, count, flag = carry
        z = lp.sample("z", dist.Normal(a * level, 1.0))
        lp.sample("y", dist.Normal(np.where(flag, z, -z), 0.5 + 0.1 * count), obs=y)
        return (z, count + 1, z > 0), (z, count)

    (level, count, flag), (zs, counts) = scan(step, (0.0, 0, True), Y)
    lp.factor("f", 0.1 * np.sum(zs * counts) + np.where(flag, level, 0.0) * count)


def a_dict_backwards():
    a = lp.sample("a", dist.Normal(0.0, 1.0))

    def step(carry, y):
        z = lp.sample("z", dist.Normal(a * carry["p"], 1.0))
        return {"p": z, "q": carry["q"] + z * y}, carry["q"]

    last, before = scan(step, {"p": 1.0, "q": np.zeros(2)}, np.stack([Y, Y], 1), reverse=True)
    lp.factor("f", np.sum(np.sin(last["q"])) + np.sum(before[0]))


def a_single_step(shape=()):
    a = lp.sample("a", dist.Normal(np.zeros(shape), 1.0).to_event(len(shape)))

    def step(carry, y):
        z = lp.sample("z", dist.Normal(a * carry, 1.0).to_event(len(shape)))
        lp.sample("y", dist.Normal(z, 1.0).to_event(len(shape)), obs=y)
        return z, z * a

    last, ys = scan(step, np.full(shape, 0.5), np.reshape(Y[:1], (1, *shape)))
    lp.factor("f", np.sum(ys * last))


def a_single_step_of_a_vector_of_one():
    a_single_step((1,))


def nothing_to_go_along():
    a = lp.sample("a", dist.Normal(0.0, 1.0))

    def step(carry, _):
        i, total = carry
        return (i + 1, total + a**i), (i, i % 2 == 0)

    (i, total), (steps, is_even) = scan(step, (0, 0.0), None, length=4)
    lp.factor("f", -total * i + np.sum(steps * is_even * a))


def a_loop_in_a_loop():
    a = lp.sample("a", dist.Normal(0.0, 1.0))

    def row(level, ys):
        level = lp.sample("level", dist.Normal(level, 1.0))

        def cell(carry, y):
            z = lp.sample("z", dist.Normal(a * carry + level, 1.0))
            lp.sample("y", dist.Normal(z, 1.0), obs=y)
            return z, z**2

        last, squares = scan(cell, level, ys)
        return level + 0.1 * last, np.sum(squares)

    level, sums = scan(row, 0.0, Y.reshape(2, 3))
    lp.factor("f", -0.01 * np.sum(sums) * level)


def a_loop_in_a_plate(panel=PANEL):
    with lp.plate("series", panel.shape[1]):
        a = lp.sample("a", dist.Normal(0.0, 1.0))

        def step(carry, y):
            z = lp.sample("z", dist.Normal(a * carry, 1.0))
            lp.sample("y", dist.Normal(z, 1.0), obs=y)
            return z, z

        scan(step, np.zeros(panel.shape[1]), panel)


def a_loop_in_a_plate_of_one():
    a_loop_in_a_plate(PANEL[:, :1])


def a_branch_in_a_loop():
    a = lp.sample("a", dist.Normal(0.0, 1.0))

    def step(carry, y):
        z = lp.sample("z", dist.Normal(carry, 1.0))
        carry = cond(z > a, lambda v: v * a, lambda v: np.exp(-(v**2)), z)
        return carry, carry * y

    last, ys = scan(step, 0.5, Y)
    lp.factor("f", np.sum(ys) + last)


def sites_of_branches_in_a_loop():
    a = lp.sample("a", dist.Normal(0.0, 1.0))

    def step(carry, y):
        carry = cond(
            carry > 0,
            lambda v: lp.sample("s", dist.Normal(v - a, 2.0)),
            lambda v: lp.sample("s", dist.Normal(-v, 0.5)),
            carry,
        )
        lp.sample("y", dist.Normal(carry, 1.0), obs=y)
        return carry, None

    scan(step, 0.5, Y)


def a_loop_in_a_branch():
    a = lp.sample("a", dist.Normal(0.0, 1.0))
    b = lp.sample("b", dist.Normal(0.0, 1.0))

    def walk(v):
        return scan(lambda c, y: (np.sin(c * b) + y, None), v, Y)[0]

    lp.factor("f", cond(a > 0, walk, lambda v: v * b, a))


def structures_through_a_branch():
    a = lp.sample("a", dist.Normal(0.0, 1.0).expand([3]).to_event(1))
    u, v = cond(
        a[0] > 0,
        lambda x: (x[0] * 2, x[1]["k"]),
        lambda x: (np.exp(-x[0]), x[1]["k"] * x[0]),
        (a, {"k": a[::-1]}),
    )
    lp.factor("f", -0.1 * np.sum(u * v))


def simplexes_and_scales():
    p = lp.sample("p", dist.Dirichlet(np.ones(3)))

    def step(carry, y):
        w = lp.sample("w", dist.Dirichlet(1.0 + 5 * carry))
        s = lp.sample("s", dist.HalfNormal(1.0))
        lp.sample("y", dist.Normal(np.sum(w * np.arange(3.0)), s), obs=y)
        return w, w

    scan(step, p, Y)


def factors_and_deterministics():
    a = lp.sample("a", dist.Normal(0.0, 1.0))

    def step(carry, y):
        lp.factor("g", -0.5 * (y - carry * a) ** 2)
        d = lp.deterministic("d", carry * a + y)
        return d * 0.5, (np.ones(2), y, d)

    last, (ones, ys, ds) = scan(step, 1.0, Y)
    lp.factor("f", -np.sum(ds**2) + last * np.sum(ones) + np.sum(ys * ds))


def a_truth_value_is_carried():
    a = lp.sample("a", dist.Normal(0.0, 1.0))

    def step(seen, y):
        seen = seen | (y * a > 0.3)
        return seen, np.where(seen, a, a**2)

    seen, ys = scan(step, False, Y)
    lp.factor("f", np.sum(ys) - 5.0 * a**2 + np.where(seen, a, 0.0))


def a_window_is_carried():
    a = lp.sample("a", dist.Normal(0.0, 1.0).expand([3]).to_event(1))

    def step(window, y):
        new = np.sum(a * window) + y
        return np.concatenate([window[1:], np.stack([new])]), window[0]

    lp.factor("f", -0.1 * np.sum(scan(step, np.ones(3), Y)[1] ** 2))


MODELS = [
    numbers_of_three_kinds_in_a_tuple, a_dict_backwards, a_single_step,
    a_single_step_of_a_vector_of_one, nothing_to_go_along, a_loop_in_a_loop, a_loop_in_a_plate,
    a_loop_in_a_plate_of_one, a_branch_in_a_loop, sites_of_branches_in_a_loop, a_loop_in_a_branch,
    structures_through_a_branch, simplexes_and_scales, factors_and_deterministics,
    a_truth_value_is_carried, a_window_is_carried,
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_compiled_eager_and_plain_agree(model, recwarn):
    compiled, eager = (compile_density(model, jit=jit) for jit in (True, False))
    assert not recwarn.list
    for q in np.random.default_rng(2).normal(size=(4, compiled.layout.size)):
        (U, grad), (expected, expected_grad) = compiled.potential(q), eager.potential(q)
        np.testing.assert_allclose(U, expected, rtol=1e-10)
        np.testing.assert_allclose(grad, expected_grad, rtol=1e-9, atol=1e-10)
        assert U == pytest.approx(potential_energy(model, (), {}, compiled.layout.unflatten(q)))
        for k in range(len(q)):
            e = 1e-5 * np.eye(len(q))[k]
            slope = (eager.potential(q + e)[0] - eager.potential(q - e)[0]) / 2e-5
            assert expected_grad[k] == pytest.approx(slope, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_predictive_gives_every_site_its_axes(model):
    density = compile_density(model)
    draws = Predictive(model, num_samples=5)(0)
    assert {name: draws[name].shape[1:] for name in density.layout.shapes} == density.layout.shapes
    posterior = {name: draws[name] for name in density.layout.shapes}
    for value in Predictive(model, posterior)(1).values():
        assert value.shape[0] == 5 and np.all(np.isfinite(value))
