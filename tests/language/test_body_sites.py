"""Sites inside loops and branches: one site outside, with an axis of time, for every handler."""

import numpy as np
import pytest
import scipy.stats as st

import lightppl as lp
import lightppl.distributions as dist
from lightppl.contrib.control_flow import cond, scan
from lightppl.density import compile_density
from lightppl.errors import ModelError, ShapeError, SiteNameError
from lightppl.handlers import (
    block, condition, do, mask, replay, scale, scope, seed, substitute, trace,
)
from lightppl.infer import Predictive
from lightppl.infer.reparam import LocScaleReparam

Y = np.array([0.3, -0.4, 1.0, 0.2])


def state_space(y=Y, length=4):
    a = lp.sample("a", dist.Normal(0.0, 1.0))

    def step(z, y_now):
        z = lp.sample("z", dist.Normal(a * z, 0.5))
        lp.deterministic("twice", 2 * z)
        lp.sample("y", dist.Normal(z, 2.0), obs=y_now)
        return z, z

    return scan(step, 1.0, y, length=length)


def by_hand(a, z):
    before = np.concatenate([[1.0], z[:-1]])
    prior = st.norm.logpdf(a) + st.norm.logpdf(z, a * before, 0.5).sum()
    return prior + st.norm.logpdf(Y, z, 2.0).sum()


def test_a_trace_has_each_site_once_with_time_in_front():
    tr = trace(seed(state_space, 0)).get_trace()
    assert list(tr) == ["a", "z", "twice", "y"]
    assert tr["z"].value.shape == (4,) and tr["y"].is_observed and not tr["z"].is_observed
    np.testing.assert_array_equal(tr["twice"].value, 2 * tr["z"].value)
    np.testing.assert_array_equal(tr["y"].value, Y)
    total = sum(tr[name].log_prob().sum() for name in ("a", "z", "y"))
    assert total == pytest.approx(by_hand(tr["a"].value, tr["z"].value))


def test_the_same_key_gives_the_same_draws():
    first, second = (trace(seed(state_space, 3)).get_trace() for _ in range(2))
    np.testing.assert_array_equal(first["z"].value, second["z"].value)


def test_handlers_give_values_for_all_steps():
    z = np.arange(4.0)
    for handler in (substitute(data={"z": z}), condition(data={"z": z})):
        with trace() as tr, handler, seed(rng_seed=0):
            state_space()
        np.testing.assert_array_equal(tr["z"].value, z)
        assert tr["z"].is_observed == isinstance(handler, condition)
    earlier = trace(seed(state_space, 5)).get_trace()
    again = trace(seed(replay(state_space, earlier), 6)).get_trace()
    np.testing.assert_array_equal(again["z"].value, earlier["z"].value)


def test_a_shorter_value_conditions_the_first_steps():
    with trace() as tr, condition(data={"y": Y[:2]}), seed(rng_seed=0):
        state_space(None)
    np.testing.assert_array_equal(tr["y"].value[:2], Y[:2])
    assert tr["y"].value.shape == (4,)


def test_steps_beyond_a_shorter_value_are_drawn_anew_in_each_run_and_from_its_key():
    known = condition(state_space, {"y": Y[:2]})
    first, again, other = (trace(seed(known, k)).get_trace(None)["y"].value for k in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert np.all(first[2:] != other[2:])
    draws = {"a": np.ones(5), "z": np.zeros((5, 4))}
    first, again = (Predictive(known, draws, return_sites=["y"])(1, None)["y"] for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert len(np.unique(first[:, 2:])) == 10


def test_a_longer_value_is_refused():
    with pytest.raises(ShapeError, match="loop of 4 steps"), seed(rng_seed=0):
        substitute(state_space, {"z": np.zeros(5)})()


def test_weights_names_and_blocks_apply_from_outside():
    with trace() as tr, scope(prefix="m"), scale(scale=3.0), seed(rng_seed=0):
        state_space()
    assert list(tr) == ["m/a", "m/z", "m/twice", "m/y"] and tr["m/z"].scale == 3.0
    counted = np.array([True, False, True, True])
    with trace() as tr, mask(mask=counted), seed(rng_seed=0):
        scan(lambda c, y: (c, lp.sample("y", dist.Normal(0, 1), obs=y)), 0.0, Y)
    np.testing.assert_allclose(tr["y"].log_prob(), np.where(counted, st.norm.logpdf(Y), 0.0))
    assert list(trace(block(seed(state_space, 0), hide=["z"])).get_trace()) == ["a", "twice", "y"]


@pytest.mark.parametrize("jit", [True, False])
def test_the_density_is_that_of_the_joint(jit):
    density = compile_density(state_space, jit=jit)
    q = np.random.default_rng(0).normal(size=5)
    assert density.layout.shapes == {"a": (), "z": (4,)}
    assert -density.potential(q)[0] == pytest.approx(by_hand(q[0], q[1:]), rel=1e-12)


def test_latent_sites_keep_their_support():
    def model():
        def step(s, _):
            s = lp.sample("s", dist.HalfNormal(1.0 + s))
            return s, None

        scan(step, 0.5, None, length=3)

    density = compile_density(model)
    q = np.array([0.1, -0.5, 0.3])
    s = np.exp(q)
    expected = st.halfnorm.logpdf(s, scale=1 + np.r_[0.5, s[:-1]]).sum() + q.sum()
    assert -density.potential(q)[0] == pytest.approx(expected, rel=1e-12)


def test_a_support_that_moves_is_refused():
    def model():
        def step(top, _):
            x = lp.sample("x", dist.Uniform(0.0, top))
            return x + 1.0, None

        scan(step, 2.0, None, length=3)

    with pytest.raises(ModelError, match="support"):
        compile_density(model)


@pytest.mark.parametrize("is_outside", [True, False])
def test_plates_inside_and_around(is_outside):
    def model():
        def step(x, y):
            if is_outside:
                x = lp.sample("x", dist.Normal(x, 1.0))
            else:
                with lp.plate("series", 2):
                    x = lp.sample("x", dist.Normal(x, 1.0))
            return x, None

        if is_outside:
            with lp.plate("series", 2):
                scan(step, np.zeros(2), np.arange(3.0))
        else:
            scan(step, np.zeros(2), np.arange(3.0))

    tr = trace(seed(model, 0)).get_trace()
    assert tr["x"].value.shape == (3, 2) and tr["x"].log_prob().shape == (3, 2)
    density = compile_density(model)
    q = np.random.default_rng(0).normal(size=6)
    x = q.reshape(3, 2)
    expected = st.norm.logpdf(np.diff(x, axis=0, prepend=np.zeros((1, 2)))).sum()
    assert -density.potential(q)[0] == pytest.approx(expected, rel=1e-12)


def test_reparametrization_around_a_loop_acts_on_the_steps():
    config = {"z": LocScaleReparam(0.0)}
    tr = trace(seed(lp.handlers.reparam(state_space, config), 0)).get_trace()
    assert tr["z"].type == "deterministic" and tr["z_decentered"].value.shape == (4,)
    before = np.concatenate([[1.0], tr["z"].value[:-1]])
    expected = tr["a"].value * before + 0.5 * tr["z_decentered"].value
    np.testing.assert_allclose(tr["z"].value, expected, rtol=1e-12)


def test_loops_in_loops_have_two_axes_of_time():
    def model():
        def row(level, _):
            def cell(x, _):
                x = lp.sample("x", dist.Normal(x, 1.0))
                return x, None

            x, _ = scan(cell, level, None, length=3)
            return x, None

        scan(row, 0.0, None, length=2)

    tr = trace(seed(model, 0)).get_trace()
    assert tr["x"].value.shape == (2, 3)
    q = np.random.default_rng(0).normal(size=6)
    expected = st.norm.logpdf(np.diff(q, prepend=0.0)).sum()
    assert -compile_density(model).potential(q)[0] == pytest.approx(expected, rel=1e-12)


def test_draws_for_many_draws_at_once():
    a = np.linspace(-0.9, 0.9, 2000)
    draws = Predictive(state_space, {"a": a})(0, None)
    assert draws["z"].shape == draws["y"].shape == (2000, 4)
    before = np.concatenate([np.ones((2000, 1)), draws["z"][:, :-1]], axis=1)
    noise = (draws["z"] - a[:, None] * before) / 0.5
    assert abs(noise.mean()) < 0.05 and abs(noise.std() - 1.0) < 0.05
    assert abs(np.corrcoef(noise.T) - np.eye(4)).max() < 0.1


def test_draws_whose_distribution_needs_the_carry():
    def model():
        def step(count, _):
            count = lp.sample("count", dist.Poisson(1.0 + count))
            return count, None

        scan(step, 0, None, length=5)

    draws = Predictive(model, num_samples=1000)(0)["count"]
    assert draws.shape == (1000, 5)
    np.testing.assert_allclose(draws.mean(axis=0), [1, 2, 3, 4, 5], rtol=0.15)


def test_a_site_in_both_branches():
    def model():
        x = lp.sample("x", dist.Normal(0.0, 1.0))
        wide = cond(
            x > 0,
            lambda x: lp.sample("y", dist.Normal(x, 2.0)),
            lambda x: lp.sample("y", dist.Normal(-x, 0.5)),
            x,
        )
        lp.deterministic("twice", 2 * wide)

    density = compile_density(model)
    for q in (np.array([0.4, 1.0]), np.array([-0.4, 1.0])):
        loc, spread = (q[0], 2.0) if q[0] > 0 else (-q[0], 0.5)
        expected = st.norm.logpdf(q[0]) + st.norm.logpdf(q[1], loc, spread)
        assert -density.potential(q)[0] == pytest.approx(expected, rel=1e-12)
    constrained = density.constrain(np.array([[0.4, 1.0], [-0.4, 3.0]]))
    np.testing.assert_allclose(constrained["twice"], [2.0, 6.0])


def test_mistakes_are_named():
    def twice(c, x):
        lp.sample("x", dist.Normal(0, 1))
        lp.sample("x", dist.Normal(0, 1))
        return c, None

    with pytest.raises(SiteNameError, match="twice in one step"), seed(rng_seed=0):
        scan(twice, 0.0, Y)

    def sometimes(c, x):
        if x > 0:
            lp.sample("x", dist.Normal(0, 1))
        return c, None

    with pytest.raises(ModelError, match="in every step"), seed(rng_seed=0):
        scan(sometimes, 0.0, Y)
    cut = do(data={"z": np.zeros(4)})
    with pytest.raises(ModelError, match="inside the body"), seed(rng_seed=0), cut:
        state_space()


def test_draws_in_branches_for_many_draws_at_once():
    def model():
        a = lp.sample("a", dist.Normal(0.0, 1.0))
        s = cond(
            a > 0,
            lambda a: lp.sample("s", dist.Normal(a, 2.0)),
            lambda a: lp.sample("s", dist.Normal(-a, 0.5)),
            a,
        )
        lp.sample("y", dist.Normal(s, 1.0))

    draws = Predictive(model, num_samples=4000)(0)
    a, s = draws["a"], draws["s"]
    noise = np.where(a > 0, (s - a) / 2.0, (s + a) / 0.5)
    for z in (noise, draws["y"] - s):
        assert abs(z.mean()) < 0.06 and abs(z.std() - 1.0) < 0.05
    assert abs(np.corrcoef(noise, a)[0, 1]) < 0.06


def test_a_latent_array_is_indexed_by_what_the_loop_goes_along():
    groups = np.array([2, 0, 1, 0])

    def model():
        a = lp.sample("a", dist.Normal(0.0, 1.0).expand([3]).to_event(1))

        def step(level, k):
            lp.sample("y", dist.Normal(level + a[k], 1.0), obs=0.5)
            return 0.5 * level, None

        scan(step, 1.0, groups)

    q = np.array([0.3, -0.4, 0.8])
    expected = st.norm.logpdf(q).sum()
    expected += st.norm.logpdf(0.5, 0.5 ** np.arange(4) + q[groups]).sum()
    for jit in (True, False):
        assert -compile_density(model, jit=jit).potential(q)[0] == pytest.approx(expected)
