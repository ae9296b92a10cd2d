"""Draws from a key: shapes, moments against their formulas, and keys as values."""

import inspect

import numpy as np
import pytest

import lightppl as lp
from lightppl import random
from lightppl.errors import ShapeError

SIZE = (40_000,)
EULER = np.euler_gamma

MOMENTS = {
    "normal": (lambda k, s: random.normal(k, s), 0.0, 1.0),
    "uniform": (lambda k, s: random.uniform(k, s, minval=-1.0, maxval=3.0), 1.0, 16 / 12),
    "truncated_normal": (lambda k, s: random.truncated_normal(k, -1.0, 1.0, s), 0.0, 0.2911251),
    "far out": (lambda k, s: random.truncated_normal(k, 9.0, np.inf, s), 9.1084, 0.0115),
    "laplace": (lambda k, s: random.laplace(k, s), 0.0, 2.0),
    "logistic": (lambda k, s: random.logistic(k, s), 0.0, np.pi**2 / 3),
    "gumbel": (lambda k, s: random.gumbel(k, s), EULER, np.pi**2 / 6),
    "t": (lambda k, s: random.t(k, 9.0, s), 0.0, 9 / 7),
    "exponential": (lambda k, s: random.exponential(k, s), 1.0, 1.0),
    "gamma": (lambda k, s: random.gamma(k, 3.0, s), 3.0, 3.0),
    "chisquare": (lambda k, s: random.chisquare(k, 3.0, s), 3.0, 6.0),
    "lognormal": (lambda k, s: np.log(random.lognormal(k, 0.5, s)), 0.0, 0.25),
    "pareto": (lambda k, s: np.log(random.pareto(k, 3.0, s)), 1 / 3, 1 / 9),
    "weibull_min": (lambda k, s: random.weibull_min(k, 2.0, 1.0, s), 2.0, 4.0),
    "beta": (lambda k, s: random.beta(k, 2.0, 3.0, s), 0.4, 0.04),
    "bernoulli": (lambda k, s: random.bernoulli(k, 0.3, s), 0.3, 0.21),
    "rademacher": (lambda k, s: random.rademacher(k, s), 0.0, 1.0),
    "randint": (lambda k, s: random.randint(k, s, 2, 5), 3.0, 2 / 3),
    "binomial": (lambda k, s: random.binomial(k, 5, 0.3, s), 1.5, 1.05),
    "poisson": (lambda k, s: random.poisson(k, 2.5, s), 2.5, 2.5),
    "geometric": (lambda k, s: random.geometric(k, 0.4, s), 2.5, 3.75),
    "categorical": (lambda k, s: random.categorical(k, np.log([0.3, 0.7]), shape=s), 0.7, 0.21),
    "choice": (lambda k, s: random.choice(k, np.array([1.0, 3.0]), s), 2.0, 1.0),
    "cauchy": (lambda k, s: np.arctan(random.cauchy(k, s)), 0.0, np.pi**2 / 12),
    "dirichlet": (lambda k, s: random.dirichlet(k, [1.0, 3.0], s)[:, 0], 0.25, 0.0375),
    "small dirichlet": (lambda k, s: random.dirichlet(k, [1e-3, 1e-3], s)[:, 0], 0.5, 0.2495),
    "multivariate_normal": (
        lambda k, s: random.multivariate_normal(k, [0.0, 1.0], [[1.0, 0.5], [0.5, 2.0]], s)[:, 1],
        1.0, 2.0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MOMENTS)
def test_moments_are_those_of_the_family(name):
    draw, mean, variance = MOMENTS[name]
    draws = np.asarray(draw(0, SIZE), float)
    error = np.sqrt(variance / len(draws))
    assert abs(draws.mean() - mean) < 5 * error
    assert abs(draws.var() / variance - 1.0) < 0.1


@pytest.mark.parametrize("name", MOMENTS)
def test_a_key_is_a_value_and_a_generator_advances(name):
    draw = MOMENTS[name][0]
    key, generator = random.key(3), np.random.default_rng(3)
    assert np.array_equal(draw(key, (8,)), draw(key, (8,)))
    assert not np.array_equal(draw(key, (8,)), draw(random.fold_in(key, 1), (8,)))
    first, second = draw(generator, (64,)), draw(generator, (64,))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize(
    "draws, shape",
    [
        (lambda: random.normal(0), ()),
        (lambda: random.gamma(0, np.ones(3)), (3,)),
        (lambda: random.beta(0, np.ones((2, 1)), np.ones(3)), (2, 3)),
        (lambda: random.poisson(0, np.ones(3), (5, 3)), (5, 3)),
        (lambda: random.categorical(0, np.zeros((4, 3))), (4,)),
        (lambda: random.categorical(0, np.zeros((3, 4)), axis=0, shape=(2, 4)), (2, 4)),
        (lambda: random.choice(0, np.zeros((5, 2)), (3,)), (3, 2)),
        (lambda: random.dirichlet(0, np.ones((2, 3)), (7, 2)), (7, 2, 3)),
        (lambda: random.multivariate_normal(0, np.zeros((4, 2)), np.eye(2)), (4, 2)),
        (lambda: random.permutation(0, np.zeros((3, 2)), axis=1, independent=True), (3, 2)),
    ],
)
def test_shapes(draws, shape):
    assert np.shape(draws()) == shape


def test_a_shape_that_does_not_end_with_that_of_the_parameters_is_refused():
    with pytest.raises(ShapeError, match=r"\(3, 5\).*\(3,\)"):
        random.gamma(0, np.ones(3), (3, 5))


def test_permutations_keep_the_elements():
    x = np.arange(12.0).reshape(3, 4)
    together = random.permutation(0, x, axis=1)
    apart = random.permutation(0, x, axis=1, independent=True)
    assert np.array_equal(np.sort(together, axis=1), x)
    assert np.array_equal(np.sort(apart, axis=1), x)
    assert len({tuple(row - row.min()) for row in together}) == 1


def test_numbers_are_float64_and_int64_unless_asked_for():
    assert random.normal(0, (2,)).dtype == np.float64
    assert random.randint(0, (2,), 0, 3).dtype == random.poisson(0, 2.0, (2,)).dtype == np.int64
    assert random.normal(0, (2,), np.float32).dtype == np.float32


def test_every_function_takes_the_key_first():
    keyless = {
        "Key", "PRNGKey", "key", "as_generator", "as_key", "default_generator", "set_rng_seed",
    }  # fmt: skip
    for name in set(random.__all__) - keyless:
        assert next(iter(inspect.signature(getattr(random, name)).parameters)) == "key", name


def test_the_package_has_them():
    assert lp.random.key is lp.random.PRNGKey
    first, second = lp.random.split(lp.random.key(0))
    assert lp.random.normal(first) != lp.random.normal(second)
