"""The shape of an observed site: that of its value or of its batch, never the growth of both."""

import itertools

import numpy as np
import pytest
from scipy import stats

import lightppl as lp
import lightppl.distributions as dist
from lightppl import handlers
from lightppl.contrib.control_flow import scan
from lightppl.errors import ShapeError
from lightppl.infer import Predictive, log_likelihood
from lightppl.infer.inspect import get_dependencies
from lightppl.infer.util import log_density

NO_PLATE, ROWS, GRID, COLUMN = {}, {-1: 3}, {-1: 3, -2: 4}, {-2: 4}

TABLE = [
    # batch shape, shape of the value, plates: shape of the log density, or None if refused
    ((), (), NO_PLATE, ()),
    ((), (3,), NO_PLATE, (3,)),
    ((), (4, 3), NO_PLATE, (4, 3)),
    ((1,), (3,), NO_PLATE, (3,)),
    ((3,), (), NO_PLATE, (3,)),
    ((3,), (1,), NO_PLATE, (3,)),
    ((3,), (3,), NO_PLATE, (3,)),
    ((3,), (4, 3), NO_PLATE, (4, 3)),
    ((3,), (4, 1), NO_PLATE, None),
    ((3,), (3, 1), NO_PLATE, None),
    ((3, 1), (3,), NO_PLATE, None),
    ((1, 3), (3, 1), NO_PLATE, None),
    ((4, 1), (4, 3), NO_PLATE, (4, 3)),
    ((4, 3), (4, 1), NO_PLATE, (4, 3)),
    ((4, 3), (3,), NO_PLATE, (4, 3)),
    ((3,), (4,), NO_PLATE, None),
    ((), (), ROWS, (3,)),
    ((), (1,), ROWS, (3,)),
    ((), (3,), ROWS, (3,)),
    ((), (4, 3), ROWS, (4, 3)),
    ((), (4,), ROWS, None),
    ((), (4, 1), ROWS, None),
    ((3,), (3,), ROWS, (3,)),
    ((3,), (3, 1), ROWS, None),
    ((3, 1), (3,), ROWS, None),
    ((3, 1), (3, 1), ROWS, None),
    ((3, 1), (1, 3), ROWS, None),
    ((4, 3), (3,), ROWS, (4, 3)),
    ((4, 3), (4, 3), ROWS, (4, 3)),
    ((4, 1), (4, 3), ROWS, (4, 3)),
    ((4,), (3,), ROWS, None),
    ((), (3,), GRID, (4, 3)),
    ((4, 1), (3,), GRID, (4, 3)),
    ((3,), (4, 1), GRID, (4, 3)),
    ((), (5, 4, 3), GRID, (5, 4, 3)),
    ((), (4,), GRID, None),
    ((), (4, 1), COLUMN, (4, 1)),
    ((), (4, 3), COLUMN, (4, 3)),
    ((3,), (4, 1), COLUMN, None),
    ((), (3,), COLUMN, None),
]  # fmt: skip


def loc_of(batch_shape):
    return np.linspace(-1.0, 1.0, int(np.prod(batch_shape))).reshape(batch_shape)


def value_of(shape):
    return np.linspace(0.0, 2.0, int(np.prod(shape))).reshape(shape)


def observe(batch_shape, value_shape, plates, **options):
    """The model of the table: one latent number, one observed site."""
    mu = lp.sample("mu", dist.Normal(0.0, 1.0))
    plates = [lp.plate(f"plate{dim}", size, dim=dim) for dim, size in plates.items()]
    fn = dist.Normal(loc_of(batch_shape) + mu, 2.0)
    with handlers.mask(mask=options.pop("mask", True)), handlers.scale(scale=options.pop("by", 1)):
        for plate in plates:
            plate.__enter__()
        try:
            lp.sample("y", fn, obs=value_of(value_shape), **options)
        finally:
            for plate in reversed(plates):
                plate.__exit__(None, None, None)


def density_at(shape, batch_shape, value_shape):
    """The log density of each element at mu = 0.5, by SciPy."""
    value, loc = np.broadcast_arrays(value_of(value_shape), loc_of(batch_shape))
    return np.broadcast_to(stats.norm(loc + 0.5, 2.0).logpdf(value), shape)


PRIOR = stats.norm.logpdf(0.5)
ACCEPTED = [row for row in TABLE if row[3] is not None]


@pytest.mark.parametrize("row", ACCEPTED, ids=str)
def test_what_fits_has_its_density(row):
    batch_shape, value_shape, plates, shape = row
    args = (batch_shape, value_shape, plates)
    found, tr = log_density(observe, args, {}, {"mu": 0.5})
    each = density_at(shape, batch_shape, value_shape)
    np.testing.assert_allclose(found, each.sum() + PRIOR, rtol=1e-13)
    assert tr["y"].log_prob_shape == shape == np.shape(tr["y"].log_prob())
    pointwise = log_likelihood(observe, {"mu": np.full(2, 0.5)}, *args)["y"]
    np.testing.assert_allclose(pointwise, np.stack([each] * 2), rtol=1e-13)


@pytest.mark.parametrize("row", [row for row in TABLE if row[3] is None], ids=str)
@pytest.mark.parametrize("options", [{}, {"obs_mask": True}], ids=["obs", "obs_mask"])
def test_the_growth_of_both_is_refused_in_a_sentence(row, options):
    batch_shape, value_shape, plates, _ = row
    if options:
        options = {"obs_mask": np.ones(value_shape, bool)}
    with pytest.raises(ShapeError, match="(?s)'y'.*(expected|expects|would have|broadcast)"):
        with handlers.trace():
            observe(batch_shape, value_shape, plates, **options)


def test_no_combination_of_shapes_escapes_the_rule():
    shapes = [(), (1,), (3,), (3, 1), (1, 3), (4, 3), (4, 1), (4,)]
    for batch_shape, value_shape in itertools.product(shapes, repeat=2):
        for plates in (NO_PLATE, ROWS, GRID, COLUMN):
            try:
                _, tr = log_density(observe, (batch_shape, value_shape, plates), {}, {"mu": 0.5})
            except ShapeError:
                continue
            shape = np.shape(tr["y"].log_prob())
            assert shape in (value_shape, tr["y"].expected_batch_shape)
            each = density_at(shape, batch_shape, value_shape)
            np.testing.assert_allclose(tr["y"].log_prob(), each, rtol=1e-13)


@pytest.mark.parametrize("row", ACCEPTED, ids=str)
def test_weights_broadcast_to_the_density_and_no_further(row):
    batch_shape, value_shape, plates, shape = row
    args = (batch_shape, value_shape, plates)
    each = density_at(shape, batch_shape, value_shape)
    counts = np.arange(each.size).reshape(shape) % 2 == 0
    by = 1.0 + np.arange(each.size).reshape(shape)
    found, _ = log_density(observe, args, {"mask": counts, "by": by}, {"mu": 0.5})
    np.testing.assert_allclose(found, (by * each)[counts].sum() + PRIOR, rtol=1e-12)
    for option, weight in (("mask", np.ones((2, *shape), bool)), ("by", np.ones((2, *shape)))):
        with pytest.raises(ShapeError, match="Site 'y' has a (mask|scale|log density) of shape"):
            lp.log_density_function(observe, *args, **{option: weight})


@pytest.mark.parametrize("row", [ACCEPTED[1], ACCEPTED[9], ACCEPTED[-2]], ids=str)
def test_compiled_densities_follow_the_rule(row):
    batch_shape, value_shape, plates, shape = row
    f = lp.log_density_function(observe, batch_shape, value_shape, plates)
    expected = density_at(shape, batch_shape, value_shape).sum() + PRIOR
    np.testing.assert_allclose(f(np.array([0.5])), expected, rtol=1e-12)


@pytest.mark.parametrize("row", [row for row in ACCEPTED if row[3]], ids=str)
def test_gaps_are_filled_in_the_shape_of_the_density(row):
    batch_shape, value_shape, plates, shape = row
    size = int(np.prod(value_shape))
    is_known = np.arange(size).reshape(value_shape) % 3 != 1
    with handlers.trace() as tr, handlers.substitute(data={"mu": 0.5}), handlers.seed(rng_seed=0):
        observe(batch_shape, value_shape, plates, obs_mask=is_known)
    whole = np.broadcast_to(is_known, shape)
    assert np.shape(tr["y"].value) == shape
    if not whole.all():
        assert np.shape(tr["y_unobserved"].value) == (np.sum(~whole),)
    loc = np.broadcast_to(loc_of(batch_shape) + 0.5, shape)
    each = stats.norm(loc, 2.0).logpdf(tr["y"].value)
    parts = [site.log_prob().sum() for name, site in tr.items() if name.startswith("y_")]
    np.testing.assert_allclose(sum(parts), each.sum(), rtol=1e-12)


def test_events_do_not_count_as_axes_of_the_batch():
    def model(shape):
        mu = lp.sample("mu", dist.Normal(0.0, 1.0))
        lp.sample("y", dist.Normal(np.full(2, mu), 1.0).to_event(1), obs=np.zeros(shape))

    found, tr = log_density(model, ((5, 2),), {}, {"mu": 0.5})
    assert tr["y"].log_prob_shape == (5,)
    np.testing.assert_allclose(found, 10 * stats.norm.logpdf(0.5) + PRIOR)
    for shape in [(5, 1), (5,), ()]:
        with pytest.raises(ShapeError, match="Site 'y' observes a value"):
            log_density(model, (shape,), {}, {"mu": 0.5})


@pytest.mark.parametrize("sample_shape", [(3,), (4, 3)])
def test_sample_shape_counts_as_batch(sample_shape):
    def model(value):
        lp.sample("y", dist.Normal(0.0, 1.0), obs=value, sample_shape=sample_shape)

    for value in (0.0, np.zeros(3), np.zeros(sample_shape)):
        found, tr = log_density(model, (value,), {}, {})
        assert tr["y"].log_prob_shape == sample_shape or np.ndim(value) == 1
    with pytest.raises(ShapeError):
        log_density(model, (np.zeros((3, 1, 1)),), {}, {})


def test_batches_without_a_plate_and_factors_of_arrays_are_legal():
    def model():
        x = lp.sample("x", dist.Normal(np.zeros(3), 1.0))
        z = lp.sample("z", dist.Normal(0.0, 1.0), sample_shape=(2,))
        lp.factor("f", -np.abs(x))
        lp.factor("g", -np.sum(z**2))

    q = np.array([0.5, -1.0, 2.0, 0.1, 0.2])
    expected = stats.norm.logpdf(q).sum() - np.abs(q[:3]).sum() - np.sum(q[3:] ** 2)
    np.testing.assert_allclose(lp.log_density_function(model)(q), expected)


def regression(x, y=None):
    slope = lp.sample("slope", dist.Normal(0.0, 1.0))
    lp.sample("y", dist.Normal(slope * x, 1.0), obs=y)


def test_what_follows_sees_the_larger_shape():
    x, y = np.arange(4.0), np.ones((2, 4))
    slope = np.array([0.0, 1.0, 2.0])
    assert log_likelihood(regression, {"slope": slope}, x, y=y)["y"].shape == (3, 2, 4)
    assert Predictive(regression, {"slope": slope})(0, x)["y"].shape == (3, 4)
    assert get_dependencies(regression, (x, y))["posterior_dependencies"] == {
        "slope": {"slope": set(), "y": set()}
    }
    tr = handlers.trace(handlers.seed(regression, 0)).get_trace(x, y)
    table = tr.format_shapes(compute_log_prob=True).splitlines()
    assert [line.split() for line in table[-3:]] == [
        ["y", "dist", "4", "|"], ["value", "2", "4", "|"], ["log_prob", "2", "4", "|"]
    ]
    conditioned = handlers.condition(regression, {"y": y})
    found, _ = log_density(conditioned, (x,), {}, {"slope": 1.0})
    np.testing.assert_allclose(found, log_density(regression, (x, y), {}, {"slope": 1.0})[0])
    wrong = handlers.condition(regression, {"y": np.ones((4, 1))})
    with pytest.raises(ShapeError, match=r"log density would have shape \(4, 4\)"):
        log_density(wrong, (x,), {}, {"slope": 1.0})


def test_a_body_observes_data_of_a_larger_shape():
    def model(y):
        mu = lp.sample("mu", dist.Normal(0.0, 1.0))

        def step(carry, now):
            lp.sample("y", dist.Normal(mu, 1.0), obs=now)
            return carry, None

        scan(step, 0.0, y)

    y = np.arange(6.0).reshape(2, 3)
    expected = stats.norm(0.5, 1.0).logpdf(y).sum() + PRIOR
    found, tr = log_density(model, (y,), {}, {"mu": 0.5})
    np.testing.assert_allclose(found, expected)
    assert tr["y"].log_prob_shape == (2, 3)
    np.testing.assert_allclose(lp.log_density_function(model, y)(np.array([0.5])), expected)


def test_collapsing_takes_data_of_a_larger_shape():
    def model(y):
        mu = lp.sample("mu", dist.Normal(0.0, 2.0))
        lp.sample("y", dist.Normal(mu, 1.0), obs=y)

    y = np.array([0.5, 1.0, -2.0])
    found, _ = log_density(handlers.collapse(model), (y,), {}, {})
    exact = stats.multivariate_normal(np.zeros(3), np.eye(3) + 4.0).logpdf(y)
    np.testing.assert_allclose(found, exact)


@pytest.mark.parametrize(
    "fn",
    [
        dist.MultivariateNormal(np.zeros(2), np.eye(2)),
        dist.Dirichlet(np.ones(3)),
        dist.Multinomial(4, np.ones(3) / 3),
        dist.LKJCholesky(2, 1.0),
        dist.GaussianRandomWalk(1.0, 4),
        dist.Categorical(logits=np.zeros(3)),
        dist.MixtureSameFamily(dist.Categorical(probs=np.ones(2) / 2), dist.Normal(np.ones(2), 1)),
        dist.RightCensoredDistribution(dist.Normal(0.0, 1.0), np.array(False)),
    ],
    ids=lambda fn: type(fn).__name__,
)
def test_families_score_data_of_more_axes_as_if_they_were_expanded(fn):
    value = fn.expand((5,)).sample(0)

    def model():
        lp.sample("mu", dist.Normal(0.0, 1.0))
        lp.sample("y", fn, obs=value)

    expected = fn.expand((5,)).log_prob(value)
    found, tr = log_density(model, (), {}, {"mu": 0.5})
    np.testing.assert_allclose(tr["y"].log_prob(), expected, rtol=1e-12)
    np.testing.assert_allclose(found, expected.sum() + PRIOR, rtol=1e-12)
    np.testing.assert_allclose(lp.log_density_function(model)(np.array([0.5])), found, rtol=1e-12)
