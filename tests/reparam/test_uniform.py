"""Uniform numbers become draws from the prior, whatever the family."""

import numpy as np
import pytest
from scipy import stats

import lightppl as lp
import lightppl.distributions as dist
from lightppl.contrib.control_flow import scan
from lightppl.density import map_over_draws
from lightppl.errors import ModelError
from lightppl.handlers import reparam, seed, substitute, trace
from lightppl.reparam.cube_generator import CubeGenerator
from lightppl.reparam.uniform import UniformReparam
from tests.distributions.catalogue import ROWS

NUM_DRAWS = 1000
NO_QUANTILES = {"VonMises", "SineBivariateVonMises", "SineSkewed"}
DRAWS_AGAIN = "HurdleLogits(Binomial)"
"""Its sampler draws until a count is positive."""

FIRST = {row.name: row for row in ROWS}
CLOSED = [name for name in FIRST if name not in NO_QUANTILES | {DRAWS_AGAIN}]


def cubed(fn):
    return reparam(lambda: lp.sample("x", fn), config={"x": UniformReparam()})


def dimension(fn):
    with trace() as tr:
        seed(cubed(fn), 0)()
    return tr["x_base"].value.shape


def draws_of(fn, u):
    """Values of the site at many points of the cube."""

    def run(values, generator):
        with trace() as tr, substitute(data=values):
            cubed(fn)()
        return {"x": tr["x"].value}

    return map_over_draws(run, {"x_base": u}, len(u), None)["x"]


@pytest.mark.parametrize("name", CLOSED)
def test_uniform_numbers_become_draws(name):
    row = FIRST[name]
    fn = row.make(**row.ordinary[0])
    u = np.random.default_rng(1).random((NUM_DRAWS, *dimension(fn)))
    ours = np.reshape(draws_of(fn, u), (NUM_DRAWS, -1))
    theirs = np.reshape(fn.sample(3, (NUM_DRAWS,)), (NUM_DRAWS, -1))
    if ours.shape[1] > 1:  # how entries belong together shows in their sum
        weights = np.arange(1.0, ours.shape[1] + 1)
        ours, theirs = (np.column_stack([x, x @ weights]) for x in (ours, theirs))
    # some entries are constants, such as the diagonal of a correlation matrix
    p_values = [
        stats.ks_2samp(np.round(a, 9), np.round(b, 9)).pvalue for a, b in zip(ours.T, theirs.T)
    ]
    assert min(p_values) > 1e-5


@pytest.mark.parametrize("name", sorted(NO_QUANTILES))
def test_a_family_without_quantiles_says_so(name):
    row = FIRST[name]
    with pytest.raises(ModelError, match="Site 'x' .* has no map from the unit cube"):
        dimension(row.make(**row.ordinary[0]))


def test_a_sampler_that_draws_again_is_refused():
    fn = FIRST[DRAWS_AGAIN].make(**FIRST[DRAWS_AGAIN].ordinary[0])
    gate_open, zero = 0.99, 0.001
    with pytest.raises(ModelError, match="Site 'x' .* has no map from the unit cube"):
        with substitute(data={"x_base": np.array([gate_open, zero])}):
            cubed(fn)()


def test_a_wrong_quantile_is_seen():
    u = np.random.default_rng(1).random(NUM_DRAWS)
    right, wrong = draws_of(dist.Normal(0.0, 1.0), u), draws_of(dist.Normal(0.0, 1.5), u)
    drawn = dist.Normal(0.0, 1.0).sample(3, (NUM_DRAWS,))
    assert stats.ks_2samp(right, drawn).pvalue > 1e-5 > stats.ks_2samp(wrong, drawn).pvalue


@pytest.mark.parametrize(
    "fn, shape",
    [
        (dist.Gamma(2.0, np.ones(3)), (3,)),
        (dist.Normal(0.0, 1.0).expand([2, 3]).to_event(1), (2, 3)),
        (dist.Dirichlet(np.ones((2, 4))), (2, 3)),
        (dist.LKJCholesky(4, 1.0), (6,)),
        (dist.LKJ(3, 1.0), (3,)),
        (dist.MultivariateNormal(np.zeros(3), np.eye(3)), (3,)),
        (dist.Categorical(np.ones(5) / 5), ()),
    ],
)
def test_a_family_takes_no_more_uniform_numbers_than_it_has_dimensions(fn, shape):
    assert dimension(fn) == shape


def test_a_univariate_site_is_its_quantile_function():
    u = np.linspace(0.01, 0.99, 7)
    for fn in (dist.Gamma(2.0, 3.0), dist.Beta(2.0, 5.0), dist.LogNormal(1.0, 0.5)):
        np.testing.assert_allclose(draws_of(fn, u), fn.icdf(u), rtol=1e-12)


def test_corners_of_the_cube_stay_finite():
    families = dist.Normal(0.0, 1.0), dist.Exponential(1.0), dist.Dirichlet(np.ones(3))
    for fn in families:
        for corner in (0.0, 1.0):
            assert np.all(np.isfinite(draws_of(fn, np.full((1, *dimension(fn)), corner))))


@pytest.mark.parametrize("mean", [0.03, 1.0, 7.5, 400.0])
def test_counts_are_exact_quantiles(mean):
    u = np.random.default_rng(0).random(500)
    poisson = CubeGenerator(u).poisson(mean, size=(500,))
    np.testing.assert_array_equal(poisson, stats.poisson(mean).ppf(u))
    p = mean / (mean + 20.0)
    binomial = CubeGenerator(u).binomial(30, p, size=(500,))
    np.testing.assert_array_equal(binomial, stats.binom(30, p).ppf(u))


def test_discrete_values_are_found_by_cumulated_probability():
    u = np.array([0.1, 0.19, 0.21, 0.9, 0.999])
    fn = dist.Categorical(np.array([0.2, 0.5, 0.3]))
    assert draws_of(fn, u).tolist() == [0, 0, 1, 2, 2]


def test_every_step_of_a_loop_has_its_own_quantile():
    def model():
        def step(x, _):
            x = lp.sample("x", dist.Normal(0.5 * x, 2.0))
            return x, x

        scan(step, 1.0, None, length=4)

    rewritten = reparam(model, config={"x": UniformReparam()})
    u = np.array([0.1, 0.5, 0.8, 0.3])
    with trace() as tr, substitute(data={"x_base": u}):
        rewritten()
    x, expected = 1.0, []
    for noise in stats.norm.ppf(u):
        x = 0.5 * x + 2.0 * noise
        expected.append(x)
    np.testing.assert_allclose(tr["x"].value, expected, rtol=1e-12)


def test_plates_keep_their_axes():
    def model():
        with lp.plate("rows", 3):
            lp.sample("x", dist.MultivariateNormal(np.zeros(2), np.eye(2)))

    with trace() as tr:
        seed(reparam(model, config={"x": UniformReparam()}), 0)()
    assert tr["x_base"].value.shape == tr["x"].value.shape == (3, 2)


@pytest.mark.parametrize(
    "fn, word",
    [
        (dist.Normal(0.0, 1.0).mask(False), "masked"),
        (dist.ImproperUniform(dist.constraints.real, (), ()), "improper"),
    ],
)
def test_priors_that_are_no_probability_are_refused(fn, word):
    with pytest.raises(ModelError, match=f"prior of site 'x' .* is {word}"):
        dimension(fn)
