"""The contract: shapes, wrappers, guards, errors, traced parameters, user families."""

import doctest
import importlib
import pkgutil

import numpy as np
import pytest
from autograd import grad

import lightppl.distributions as dist
from lightppl.distributions import constraints
from lightppl.errors import ConstraintError, ModelError, ShapeError


def modules():
    return [info.name for info in pkgutil.walk_packages(dist.__path__, "lightppl.distributions.")]


@pytest.mark.parametrize("name", modules())
def test_examples_in_docstrings_run(name):
    module = importlib.import_module(name)
    failures, _ = doctest.testmod(module, extraglobs={"np": np})
    assert failures == 0


def test_error_names_distribution_parameter_value_and_remedy():
    with pytest.raises(ConstraintError) as caught:
        dist.Normal(0.0, np.array([1.0, -2.0]))
    text = str(caught.value)
    for part in ("Normal", "scale", "-2.", "index (1,)", "1 of 2", "positive", "Check the scale"):
        assert part in text


def test_mismatched_parameters_are_named():
    with pytest.raises(ShapeError, match=r"loc \(3,\).*scale \(4,\)"):
        dist.Normal(np.zeros(3), np.ones(4))


def test_low_above_high_is_refused():
    with pytest.raises(ConstraintError, match="greater than"):
        dist.Uniform(1.0, 0.5)


def test_value_of_wrong_shape_is_named():
    with pytest.raises(ShapeError, match="event shape"):
        dist.Dirichlet(np.ones(3)).log_prob(np.ones(4) / 4)
    with pytest.raises(ShapeError, match="broadcast"):
        dist.Normal(np.zeros(3), 1.0).log_prob(np.zeros(4))


def test_both_or_neither_of_probs_and_logits_is_an_error():
    with pytest.raises(ModelError, match="neither"):
        dist.Bernoulli()
    with pytest.raises(ModelError, match="both"):
        dist.Categorical(probs=np.ones(2) / 2, logits=np.zeros(2))


def test_traced_parameters_are_not_validated_and_guards_stay_finite():
    def total(low):
        return np.sum(dist.Uniform(low, low + 1.0).log_prob(np.array([0.5, 0.7])))

    assert np.isfinite(grad(total)(0.3))
    slope = grad(lambda x: dist.Gamma(2.0, 1.0).log_prob(x))(-1.0)
    assert slope == 0.0


def test_expanded_copies_are_independent():
    d = dist.Normal(np.zeros((3, 1)), 1.0).expand((2, 3, 4))
    draws = d.sample(0, (5,))
    assert draws.shape == (5, 2, 3, 4)
    assert np.unique(draws).size == draws.size


def test_families_in_the_style_of_numpyro_work():
    class Shifted(dist.Distribution):
        arg_constraints = {"loc": constraints.real}
        support = constraints.real

        def __init__(self, loc, *, validate_args=None):
            self.loc = np.asarray(loc, float)
            super().__init__(np.shape(self.loc), (), validate_args=validate_args)

        def sample(self, key, sample_shape=()):
            noise = np.random.default_rng(0).normal(size=tuple(sample_shape) + self.batch_shape)
            return self.loc + noise

        def log_prob(self, value):
            return -0.5 * (value - self.loc) ** 2

    d = Shifted(np.array([[0.0], [100.0], [200.0]]))
    assert d.log_density(np.zeros((3, 1))).shape == (3, 1)
    wide = d.expand((2, 3, 4))
    draws = wide.sample(0, (5,))
    assert draws.shape == (5, 2, 3, 4)
    np.testing.assert_allclose(draws.mean((0, 1, 3)), [0.0, 100.0, 200.0], atol=1.0)
    assert np.unique(draws).size == draws.size
    assert wide.to_event(1).log_prob(draws).shape == (5, 2, 3)
    with pytest.raises(ConstraintError, match="Shifted"):
        Shifted(np.nan)


def test_unfinished_family_says_what_is_missing():
    class Empty(dist.Distribution):
        support = constraints.real

    for call in (lambda d: d.sample(0), lambda d: d.log_prob(0.0), lambda d: d.mean):
        with pytest.raises(NotImplementedError, match="Empty"):
            call(Empty())


def test_mask_keeps_nan_out_of_value_and_gradient():
    data = np.array([1.0, np.nan, 2.0])
    mask = ~np.isnan(data)

    def total(loc):
        return np.sum(dist.Normal(loc, 1.0).mask(mask).log_prob(data))

    assert np.isfinite(total(0.0))
    assert grad(total)(0.0) == pytest.approx(3.0)
    assert dist.Normal(0.0, 1.0).mask(False).log_prob(np.zeros(2)).tolist() == [0.0, 0.0]


def test_transformed_support_follows_the_base():
    d = dist.TransformedDistribution(dist.Beta(2.0, 3.0), dist.transforms.AffineTransform(1.0, 2.0))
    assert d.support == constraints.interval(1.0, 3.0)
    assert d.log_prob(0.5) == -np.inf
    assert np.isfinite(d.log_prob(1.5))


def test_transformed_density_and_intermediates_agree():
    base = dist.Normal(np.zeros(3), 1.0).to_event(1)
    d = dist.TransformedDistribution(base, dist.transforms.StickBreakingTransform())
    assert (d.batch_shape, d.event_shape) == ((), (4,))
    value, intermediates = d.sample_with_intermediates(0, (2,))
    np.testing.assert_allclose(d.log_prob(value, intermediates), d.log_prob(value))
    scalar = dist.TransformedDistribution(
        dist.Normal(np.zeros((5, 3)), 1.0), dist.transforms.StickBreakingTransform()
    )
    assert (scalar.batch_shape, scalar.event_shape) == ((5,), (4,))
    assert scalar.sample(0, (2,)).shape == (2, 5, 4)


def test_transforms_may_broadcast_the_base():
    d = dist.TransformedDistribution(
        dist.Normal(0.0, 1.0), dist.transforms.AffineTransform(np.arange(3.0), 1.0)
    )
    assert d.batch_shape == (3,)
    assert d.sample(0, (2,)).shape == (2, 3)
    assert np.unique(d.sample(0) - np.arange(3.0)).size == 3
    assert d.log_prob(0.0).shape == (3,)


def test_folded_normal_is_half_normal():
    folded, half = dist.FoldedDistribution(dist.Normal(0.0, 2.0)), dist.HalfNormal(2.0)
    x = np.array([0.0, 0.5, 3.0])
    np.testing.assert_allclose(folded.log_prob(x), half.log_prob(x))
    np.testing.assert_allclose(folded.cdf(x), half.cdf(x))
    assert folded.log_prob(-1.0) == -np.inf
    assert np.all(folded.sample(0, (100,)) >= 0)


def test_delta_unit_and_improper_uniform():
    d = dist.Delta(np.arange(3.0), event_dim=1)
    assert d.log_prob(np.arange(3.0)) == 0.0
    assert d.log_prob(np.ones(3)) == -np.inf
    assert d.sample(0, (2,)).shape == (2, 3)
    assert dist.Unit(np.array([1.0, 2.0])).log_prob(np.zeros((2, 0))).tolist() == [1.0, 2.0]
    flat = dist.ImproperUniform(constraints.simplex, (2,), (3,))
    assert flat.log_prob(np.ones(3) / 3).shape == (2,)
    assert np.all(flat.log_prob(np.ones(3)) == -np.inf)
    with pytest.raises(NotImplementedError):
        flat.sample(0)


def test_infer_shapes():
    assert dist.Normal.infer_shapes((3, 1), (4,)) == ((3, 4), ())
    assert dist.Dirichlet.infer_shapes((2, 5)) == ((2,), (5,))
    assert dist.MultivariateNormal.infer_shapes((4, 3), scale_tril=(3, 3)) == ((4,), (3,))
    assert dist.CategoricalLogits.infer_shapes((7, 3)) == ((7,), ())


def test_a_million_observations_are_scored_at_once():
    y = np.random.default_rng(0).integers(0, 2, 1_000_000)
    assert np.isfinite(np.sum(dist.Bernoulli(logits=0.3).log_prob(y)))
    x = np.random.default_rng(0).normal(size=(100_000, 3))
    assert dist.MultivariateNormal(np.zeros(3), np.eye(3)).log_prob(x).shape == (100_000,)


def test_interval_censoring_scores_what_is_known():
    base = dist.Weibull(2.0, 3.0)
    left, right = np.array([0, 0, 0, 1, 1, 0]), np.array([0, 1, 0, 0, 1, 0])
    value = np.array([[2, 5], [4, np.inf], [6, 9], [-1, 2], [1, 2], [2, 2]], float)
    F = base.cdf
    expected = [
        np.log(F(5.0) - F(2.0)),
        np.log(1 - F(4.0)),
        -27.0 + np.log1p(-np.exp(27.0 - 4.5**3)),
        np.log(F(2.0)),
        np.log(1 - (F(2.0) - F(1.0))),
        base.log_prob(2.0),
    ]
    d = dist.IntervalCensoredDistribution(base, left, right)
    np.testing.assert_allclose(d.log_prob(value), expected, rtol=1e-9)
    assert d.log_prob(value[0][::-1])[0] == -np.inf
    tail = dist.IntervalCensoredDistribution(dist.Normal(0.0, 1.0), False, False)
    exact = dist.TruncatedNormal(0.0, 1.0, low=30.0, high=31.0)._log_mass()
    assert tail.log_prob([30.0, 31.0]) == pytest.approx(exact)

    def total(scale):
        d = dist.IntervalCensoredDistribution(dist.Weibull(scale, 3.0), left, right)
        return np.sum(d.log_prob(value))

    slope = grad(total)(2.0)
    assert slope == pytest.approx((total(2.0 + 1e-6) - total(2.0 - 1e-6)) / 2e-6, rel=1e-5)


def test_truncated_normal_far_in_the_tail():
    d = dist.TruncatedNormal(0.0, 1.0, low=40.0)
    draws = d.sample(0, (20_000,))
    assert dist.goodness_of_fit.kolmogorov_smirnov(draws, d.cdf) > 1e-3
    assert draws.mean() == pytest.approx(float(d.mean), abs=1e-3)
    np.testing.assert_allclose(d.cdf(d.icdf([0.1, 0.9])), [0.1, 0.9], rtol=1e-9)


def test_gradient_of_truncation_in_its_parameters():
    for make in (
        lambda x: dist.TruncatedNormal(x, np.exp(x), low=0.5, high=2.0),
        lambda x: dist.TruncatedCauchy(x, np.exp(x), low=0.5),
        lambda x: dist.TruncatedDistribution(dist.StudentT(np.exp(x), x, 1.0), low=x + 0.2),
        lambda x: dist.TruncatedDistribution(dist.StudentT(np.exp(x), x, 1.0), low=x),
        lambda x: dist.TruncatedGamma(np.exp(x), 1.0, high=2.0),
        lambda x: dist.DoublyTruncatedPowerLaw(-1.0 + x, 0.5, 3.0),
    ):

        def total(x, make=make):
            return np.sum(make(x).log_prob(np.array([1.0, 1.5])))

        slope = grad(total)(0.3)
        assert slope == pytest.approx((total(0.3 + 1e-6) - total(0.3 - 1e-6)) / 2e-6, rel=1e-5)


def test_power_law_is_smooth_where_it_is_logarithmic():
    def total(alpha):
        return np.sum(dist.DoublyTruncatedPowerLaw(alpha, 0.5, 3.0).log_prob(np.array([1.0, 1.5])))

    difference = (total(-1.0 + 1e-5) - total(-1.0 - 1e-5)) / 2e-5
    assert grad(total)(-1.0) == pytest.approx(difference, rel=1e-6)


def test_empirical_distribution():
    atoms = np.array([[1.0, 2.0], [3.0, 4.0], [1.0, 2.0]])
    d = dist.Empirical(atoms, np.log([1.0, 2.0, 1.0]))
    assert (d.batch_shape, d.event_shape, d.sample_size) == ((), (2,), 3)
    np.testing.assert_allclose(np.exp(d.log_prob(atoms)), [0.5, 0.5, 0.5])
    np.testing.assert_allclose(d.mean, [2.0, 3.0])
    np.testing.assert_allclose(d.variance, [1.0, 1.0])
    draws = d.sample(0, (1000,))
    assert draws.shape == (1000, 2)
    assert abs(np.mean(draws[:, 0] == 3.0) - 0.5) < 0.1


def test_hidden_markov_models_take_batches():
    logits = np.zeros((4, 1, 2, 2)) + np.array([[1.0, 0.0], [0.0, 2.0]])
    d = dist.DiscreteHMM(np.zeros((4, 2)), logits, dist.Normal(np.array([-1.0, 1.0]), 0.5), 6)
    assert (d.batch_shape, d.event_shape) == ((4,), (6,))
    draws = d.sample(0, (3,))
    assert draws.shape == (3, 4, 6)
    scores = d.log_prob(draws)
    assert scores.shape == (3, 4)
    single = dist.DiscreteHMM(np.zeros(2), logits[0, 0], dist.Normal(np.array([-1.0, 1.0]), 0.5), 6)
    np.testing.assert_allclose(scores, single.log_prob(draws))
    varying = dist.DiscreteHMM(
        np.zeros(2), np.broadcast_to(logits[0], (6, 2, 2)), dist.Normal(np.zeros((6, 2)), 1.0)
    )
    assert varying.event_shape == (6,)
    with pytest.raises(ShapeError, match="time axes"):
        dist.DiscreteHMM(np.zeros(2), np.zeros((3, 2, 2)), dist.Normal(np.zeros((6, 2)), 1.0))


def test_euler_maruyama_steps_functions_that_take_one_state():
    def sde_fn(x, t):
        return np.stack([x[1], -x[0]]), np.stack([0.1 + 0.0 * x[0], 0.2 + 0.0 * x[1]])

    def vectorized(x, t):
        return np.stack([x[..., 1], -x[..., 0]], -1), np.array([0.1, 0.2])

    first = dist.Normal(np.zeros(2), 1.0).to_event(1)
    t = np.array([0.0, 0.1, 0.3])
    one = dist.EulerMaruyama(t, sde_fn, first)
    many = dist.EulerMaruyama(t, vectorized, first)
    draws = many.sample(0, (4,))
    assert draws.shape == (4, 3, 2)
    np.testing.assert_allclose(one.log_prob(draws), many.log_prob(draws))
    np.testing.assert_allclose(one.sample(0, (4,)), draws)


def test_circulant_normal_of_many_sites_uses_the_fast_transform():
    size = 3000
    distance = np.minimum(np.arange(size), size - np.arange(size))
    row = np.exp(-distance / 3.0)
    d = dist.CirculantNormal(np.zeros(size), row, validate_args=False)
    x = np.random.default_rng(0).normal(size=size)
    spectrum = np.fft.fft(row).real
    expected = -0.5 * np.sum(np.abs(np.fft.fft(x)) ** 2 / spectrum) / size
    expected -= 0.5 * np.log(spectrum).sum() + 0.5 * size * np.log(2 * np.pi)
    assert float(d.log_prob(x)) == pytest.approx(expected, rel=1e-10)


def test_mixture_of_batches_and_vectors():
    weights = dist.Categorical(probs=np.full((5, 3), 1 / 3))
    component = dist.MultivariateNormal(np.zeros((5, 3, 2)), np.eye(2))
    d = dist.MixtureSameFamily(weights, component)
    assert (d.batch_shape, d.event_shape) == ((5,), (2,))
    draws = d.sample(0, (7,))
    assert draws.shape == (7, 5, 2)
    assert d.log_prob(draws).shape == (7, 5)
    assert d.component_log_probs(draws).shape == (7, 5, 3)
    assert (d.mean.shape, d.variance.shape) == ((5, 2), (5, 2))
    with pytest.raises(ShapeError):
        dist.MixtureSameFamily(weights, dist.Normal(np.zeros(4), 1.0))
    with pytest.raises(ModelError, match="support"):
        dist.MixtureGeneral(
            dist.Categorical(probs=np.ones(2) / 2), [dist.Normal(0.0, 1.0), dist.Exponential(1.0)]
        )


def test_inverse_wishart_mean():
    scale = np.array([[2.0, 0.3], [0.3, 1.0]])
    d = dist.InverseWishart(12.0, scale)
    draws = d.sample(0, (20_000,))
    mean_z, variance_z = dist.goodness_of_fit.moment_z_scores(draws, d.mean, d.variance)
    assert np.all(np.abs(mean_z) < 5) and np.all(np.abs(variance_z) < 6)
    np.testing.assert_allclose(
        dist.InverseWishart(12.0, rate_matrix=np.linalg.inv(scale)).mean, d.mean
    )


def test_gradient_of_gaussian_hidden_markov_model_and_projected_normal():
    noise = dist.MultivariateNormal(np.zeros(1), np.eye(1))
    y = np.array([[0.3], [1.0], [-0.2]])

    def total(x):
        matrix = np.reshape(np.stack([x]), (1, 1))
        return dist.GaussianHMM(noise, matrix, noise, np.eye(1), noise, duration=3).log_prob(y)

    difference = (total(0.5 + 1e-6) - total(0.5 - 1e-6)) / 2e-6
    assert grad(total)(0.5) == pytest.approx(float(difference), rel=1e-6)
    direction = np.array([0.6, -0.8])
    for size in (1.0, 20.0):

        def score(x, size=size):
            return dist.ProjectedNormal(x * size * np.array([1.0, 2.0])).log_prob(direction)

        difference = (score(0.5 + 1e-6) - score(0.5 - 1e-6)) / 2e-6
        assert grad(score)(0.5) == pytest.approx(float(difference), rel=1e-6)


@pytest.mark.parametrize(
    "family",
    [
        lambda: dist.Poisson(1e30),
        lambda: dist.NegativeBinomial2(1e30, 2.0),
        lambda: dist.ZeroInflatedPoisson(0.1, 1e30),
    ],
)
def test_counts_of_enormous_means_can_be_drawn(family):
    assert np.max(family().sample(0, (20,))) > 1e16
