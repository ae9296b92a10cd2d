"""Statements keep what they were given, whatever the model does to its arrays afterwards."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.autodiff.frozen import freeze
from lightppl.density import compile_density
from lightppl.language.as_given import as_given

RNG = np.random.default_rng(7)
ONES = np.ones(3)


def mixture_at(w, a):
    parts = [dist.Normal(w, np.exp(a)).to_event(1), dist.Normal(-w, 1.0).to_event(1)]
    return dist.MixtureGeneral(dist.Categorical(np.array([0.3, 0.7])), parts)


def stretched(w, a):
    base = dist.Normal(np.exp(a), 1.0).expand([3]).to_event(1)
    return dist.TransformedDistribution(base, dist.transforms.AffineTransform(w, w))


ROWS = lambda name: lp.plate(f"rows_{name}", 3)  # noqa: E731
STATEMENTS = {
    "observation": lambda n, w, a: lp.sample(n, dist.Normal(a, np.ones(3)).to_event(1), obs=w),
    "parameter": lambda n, w, a: lp.sample(n, dist.Normal(w, np.exp(a)).to_event(1), obs=ONES),
    "bounds": lambda n, w, a: lp.sample(n, dist.Uniform(-w, w).to_event(1)) * a,
    "covariance": lambda n, w, a: lp.sample(
        n, dist.MultivariateNormal(a * ONES, np.diag(w)), obs=ONES
    ),
    "mixture": lambda n, w, a: lp.sample(n, mixture_at(w, a), obs=ONES),
    "transform": lambda n, w, a: lp.sample(n, stretched(w, a), obs=ONES),
    "factor": lambda n, w, a: lp.factor(n, -w),
    "deterministic": lambda n, w, a: lp.deterministic(n, w),
}


def score_rows(n, a, **options):
    with ROWS(n):
        lp.sample(n, dist.Normal(a, 1.0), **options)


def weighted(n, w, a):
    with lp.handlers.scale(scale=w):
        score_rows(n, a, obs=ONES)


def masked(n, w, a):
    keep = w > 2.0
    with lp.handlers.mask(mask=keep):
        score_rows(n, a, obs=ONES)
    keep[:] = True


def with_gaps(n, w, a):
    is_known, y = w > 2.0, w.copy()
    score_rows(n, a, obs=y, obs_mask=is_known)
    is_known[:], y[:] = True, np.nan


STATEMENTS.update(scale=weighted, mask=masked, obs_mask=with_gaps)


@pytest.mark.parametrize("jit", [True, False])
@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_statement_keeps_what_it_was_given(statement, jit, recwarn):
    def model(in_place):
        a, w = lp.sample("a", dist.Normal(0.0, 1.0)), np.array([1.0, 2.0, 3.0])
        for k in range(3):
            STATEMENTS[statement](f"y{k}", w, a)
            if in_place:
                w *= 2
            else:
                w = w * 2

    found, expected = (compile_density(model, (x,), jit=jit) for x in (True, False))
    q = RNG.normal(size=found.layout.size)
    (U, gradient), (expected_U, expected_gradient) = found.potential(q), expected.potential(q)
    assert U == expected_U
    np.testing.assert_array_equal(gradient, expected_gradient)
    values = found.constrain(q[None])
    for name, value in expected.constrain(q[None]).items():
        np.testing.assert_array_equal(values[name], value)
    assert not recwarn.list


def test_values_that_handlers_keep_are_not_given_away():
    def model():
        y = lp.sample("y", dist.Normal(np.zeros(3), 1.0).to_event(1))
        y += 1.0

    given = np.zeros(3)
    for handler in (lp.handlers.condition, lp.handlers.substitute):
        found = lp.handlers.trace(handler(model, {"y": given})).get_trace()
        assert np.all(given == 0.0) and np.all(found["y"].value == 0.0)


def test_what_cannot_change_is_not_copied():
    fixed = dist.Normal(freeze(np.zeros(3)), freeze(np.ones(3)))
    for value in (fixed, fixed.loc, 1.0, None, (1, "x"), np.float64(2.0)):
        assert as_given(value) is value
