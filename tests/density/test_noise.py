"""Functions that draw, as functions of noise: the draws, what is compiled, and what is refused."""

from typing import NamedTuple

import numpy as np
import pytest
from scipy import stats

import lightppl.distributions as dist
from lightppl import random
from lightppl.compiler.build import compile_counts
from lightppl.density.noise import compile_noisy
from lightppl.errors import LightPPLError, ModelError, UnsupportedOperationError
from lightppl.jit import kernel
from lightppl.kernels.noise import call_with_noise, make_noisy_call
from lightppl.special import take

Q, HELD = np.array([0.7, 2.5]), np.array([1.0, 3.0])
N = 4000


def drawn(rng_key, q, held):
    """Many kinds of draws, with parameters that are traced."""
    keys = random.split(rng_key, 4)
    rng = random.as_generator(keys[0])
    return [
        dist.Normal(q[0], q[1]).sample(keys[1], (3,)),
        dist.MultivariateNormal(q, np.eye(2) * q[1]).sample(keys[2]),
        dist.Gamma(q[1], 2.0).sample(rng, (2,)),
        dist.InverseGamma(q[1], held[0]).sample(rng),
        dist.Beta(q[0], held[1]).sample(rng),
        dist.Dirichlet(np.exp(q)).sample(rng),
        dist.StudentT(held[1], q[0], q[1]).sample(rng),
        dist.Categorical(logits=q).sample(rng, (2,)),
        dist.Bernoulli(q[0]).sample(rng),
        random.categorical(random.fold_in(rng_key, 5), q * np.ones((3, 2))),
        random.gamma(keys[3], q[1]),
        random.dirichlet(random.split(rng)[1], np.exp(q)),
        random.multivariate_normal(keys[3], q, np.eye(2) * q[1]),
        random.randint(keys[3], (2,), 0, held[1]),
        rng.normal(q, 2.0),
        rng.integers(5),
        take(np.arange(10.0), held[1].astype(np.int64)),
    ]


def as_vector(function):
    def vector(q, held, rng_key):
        return np.concatenate([np.ravel(x) * 1.0 for x in function(rng_key, q, held)])

    return vector


def test_what_is_compiled_is_the_function_of_the_same_noise():
    function = as_vector(drawn)
    compiled = compile_noisy(function, Q, HELD)
    for seed in range(5):
        rng = np.random.default_rng(seed)
        q, held = rng.uniform(0.2, 0.9, 2) * [1.0, 4.0], np.array([0.5 + seed, 1.0 + seed])
        noise = compiled.layout.draw(rng)
        expected = function(q, held, compiled.layout.key(noise))
        np.testing.assert_allclose(compiled(q, held, noise), expected, rtol=1e-10)


def test_draws_of_standard_noise_are_those_of_a_generator():
    def function(rng_key, q, held):
        rng = random.as_generator(rng_key)
        return [
            rng.standard_normal(3), rng.standard_exponential((2, 2)), rng.random(size=4),
        ]

    compiled = compile_noisy(as_vector(function), Q)
    expected = np.concatenate(list(map(np.ravel, function(7, Q, ()))))
    noise = compiled.layout.draw(random.as_generator(7))
    assert np.array_equal(compiled(Q, np.zeros(0), noise), expected)


class Many(NamedTuple):
    draws: np.ndarray


@kernel(entry=True)
def call_often(call, q, held, many, rng):
    for k in range(many.draws.shape[0]):
        call_with_noise(call, q, held, rng)
        many.draws[k] = call.result


def drawn_by_kernels(function, key=0):
    """Return N results of a function of (rng, q), as kernels draw them, (N, M)."""
    compiled = compile_noisy(
        as_vector(lambda rng_key, q, held: [function(random.as_generator(rng_key), q)]), Q, HELD
    )
    call = make_noisy_call(compiled.function, len(HELD), compiled.layout.counts)
    many = Many(np.zeros((N, compiled.size)))
    call_often(call, Q, HELD, many, random.as_generator(key))
    return many.draws


@pytest.mark.parametrize(
    "draw, law",
    [
        (lambda rng, q: rng.normal(q[0], 2.0), stats.norm(0.7, 2.0)),
        (lambda rng, q: rng.lognormal(q[0], 0.5), stats.lognorm(0.5, scale=np.exp(0.7))),
        (lambda rng, q: rng.uniform(q[0], q[1]), stats.uniform(0.7, 1.8)),
        (lambda rng, q: rng.exponential(q[1]), stats.expon(0, 2.5)),
        (lambda rng, q: rng.laplace(q[0], q[1]), stats.laplace(0.7, 2.5)),
        (lambda rng, q: rng.logistic(q[0], q[1]), stats.logistic(0.7, 2.5)),
        (lambda rng, q: rng.gumbel(q[0], q[1]), stats.gumbel_r(0.7, 2.5)),
        (lambda rng, q: rng.rayleigh(q[1]), stats.rayleigh(0, 2.5)),
        (lambda rng, q: rng.weibull(q[1]), stats.weibull_min(2.5)),
        (lambda rng, q: rng.pareto(q[1]), stats.lomax(2.5)),
        (lambda rng, q: rng.power(q[1]), stats.powerlaw(2.5)),
        (lambda rng, q: rng.standard_cauchy(), stats.cauchy()),
        (lambda rng, q: rng.gamma(q[0], q[1]), stats.gamma(0.7, 0, 2.5)),
        (lambda rng, q: rng.chisquare(q[1]), stats.chi2(2.5)),
        (lambda rng, q: rng.f(q[1], 3.0), stats.f(2.5, 3.0)),
        (lambda rng, q: rng.standard_t(q[1]), stats.t(2.5)),
        (lambda rng, q: rng.beta(q[0], q[1]), stats.beta(0.7, 2.5)),
        (lambda rng, q: dist.Gamma(q[0], q[1]).sample(rng), stats.gamma(0.7, 0, 1.0 / 2.5)),
        (lambda rng, q: dist.Beta(q[0], q[1]).sample(rng), stats.beta(0.7, 2.5)),
        (lambda rng, q: dist.InverseGamma(q[1], q[0]).sample(rng), stats.invgamma(2.5, 0, 0.7)),
        (lambda rng, q: dist.Dirichlet(q).sample(rng)[0], stats.beta(0.7, 2.5)),
    ],
    ids=lambda x: "" if callable(x) else x.dist.name,
)
def test_draws_have_their_distribution(draw, law):
    if stats.kstest(drawn_by_kernels(draw)[:, 0], law.cdf).pvalue < 1e-3:
        assert stats.kstest(drawn_by_kernels(draw, key=1)[:, 0], law.cdf).pvalue > 1e-3


@pytest.mark.parametrize(
    "draw, probs",
    [
        (lambda rng, q: rng.geometric(q[0]), stats.geom(0.7).pmf(np.arange(8))),
        (lambda rng, q: rng.integers(2, 6), np.array([0, 0, 1, 1, 1, 1]) / 4.0),
        (lambda rng, q: dist.Bernoulli(q[0]).sample(rng), np.array([0.3, 0.7])),
        (lambda rng, q: dist.Categorical(logits=q).sample(rng), np.exp(Q) / np.exp(Q).sum()),
        (lambda rng, q: random.categorical(rng, q), np.exp(Q) / np.exp(Q).sum()),
    ],
)
def test_integers_have_their_probabilities(draw, probs):
    counts = np.bincount(drawn_by_kernels(draw)[:, 0].astype(int), minlength=len(probs))
    is_met = probs > 1e-3
    assert counts[: len(probs)][probs == 0].sum() == 0
    expected = N * probs[is_met] / probs[is_met].sum()
    observed = counts[: len(probs)][is_met]
    assert stats.chisquare(observed, expected * observed.sum() / N).pvalue > 1e-4


def test_a_key_is_a_value():
    def function(rng_key, q, held):
        first, second = random.split(rng_key)
        return [
            random.normal(x) for x in (
                rng_key, rng_key, first, second, first, random.split(rng_key, 3)[0],
                random.fold_in(rng_key, 0), random.split(first)[0], random.as_generator(first),
            )
        ]

    compiled = compile_noisy(as_vector(function), Q)
    found = compiled(Q, np.zeros(0), compiled.layout.draw(np.random.default_rng(0)))
    as_python = np.array(function(random.PRNGKey(3), Q, ()))
    same = found[:, None] == found, as_python[:, None] == as_python
    assert np.array_equal(*same)
    assert compiled.layout.size == 5
    long = compile_noisy(as_vector(split_often), Q)
    assert long.layout.size == 1


def split_often(rng_key, q, held):
    for _ in range(40):
        rng_key, _ = random.split(rng_key)
    return [random.normal(rng_key)]


@pytest.mark.parametrize(
    "draw, words",
    [
        (lambda rng: rng.poisson(3.0), "Generator.poisson"),
        (lambda rng: rng.choice(3), "Generator.choice"),
        (lambda rng: dist.Binomial(5, 0.3).sample(rng), "Generator.binomial"),
    ],
)
def test_draws_without_a_formula_are_refused_by_name(draw, words):
    with pytest.raises(UnsupportedOperationError, match=words):
        compile_noisy(as_vector(lambda key, q, held: [draw(random.as_generator(key))]), Q)


def test_what_changes_from_call_to_call_is_found():
    count, hidden = [], np.random.default_rng(0)

    def counts(rng_key, q, held):
        count.append(0.0)
        return [q + len(count)]

    def draws_more(rng_key, q, held):
        count.append(0.0)
        return [random.normal(rng_key, (len(count),)).sum()]

    def draws_behind(rng_key, q, held):
        return [q * hidden.normal(size=2)]

    def is_odd(rng_key, q, held):
        count.append(0.0)
        return [q * q if len(count) % 2 else q + q]

    def settles(rng_key, q, held):
        count.append(0.0)
        return [q + min(len(count) - before, 3)]

    for function in (counts, draws_more, draws_behind, is_odd, settles):
        before = len(count)
        with pytest.raises(ModelError, match="the same|other random numbers"):
            compile_noisy(as_vector(function), Q)


def test_seeds_and_branches_are_refused():
    def asks_for_a_seed(rng_key, q, held):
        return [np.random.default_rng(rng_key.seed_sequence()).normal(size=2)]

    def branches(rng_key, q, held):
        return [q if random.normal(rng_key) > 0.0 else -q]

    for function, words in ((asks_for_a_seed, "seed"), (branches, "where")):
        with pytest.raises(LightPPLError, match=words):
            compile_noisy(as_vector(function), Q)


def test_one_structure_is_compiled_once():
    def function(scale):
        return as_vector(lambda key, q, held: [q + scale * random.normal(key, (2,))])

    compile_noisy(function(np.full(2, 2.0)), Q)
    before = compile_counts()
    compile_noisy(function(np.full(2, 3.0)), Q)
    assert compile_counts() == before
