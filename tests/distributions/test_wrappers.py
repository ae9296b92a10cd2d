"""Wrappers keep the axes and the knowledge of what they wrap; `unwrapping` finds it again."""

import numpy as np
import pytest

import lightppl.distributions as dist
from lightppl.distributions import kl_divergence
from lightppl.distributions.transforms import AffineTransform, ExpTransform
from lightppl.distributions.unwrapping import family_of, innermost, layers, split_wrappers
from lightppl.errors import ShapeError


@pytest.mark.parametrize(
    "first, second", [((3,), (4,)), ((3,), ()), ((2, 3), (3,)), ((3,), (3, 4))]
)
def test_expanding_again_cannot_drop_an_axis(first, second):
    with pytest.raises(ShapeError, match="Normal.expand"):
        dist.Normal(0.0, 1.0).expand(first).expand(second)


def test_expanding_again_reaches_the_family_at_once():
    d = dist.Normal(0.0, 1.0).expand((3,)).expand((2, 3))
    assert [type(layer).__name__ for layer in layers(d)] == ["ExpandedDistribution", "Normal"]
    assert d.batch_shape == (2, 3)


def test_wrappers_are_split_off_and_the_rest_stays():
    base = dist.LogNormal(0.0, 1.0)
    d = base.expand((2, 3)).mask(np.ones(3, bool)).to_event(1)
    family, wrappers = split_wrappers(d)
    assert family is base is family_of(d)
    assert [type(w).__name__ for w in wrappers] == [
        "Independent", "MaskedDistribution", "ExpandedDistribution",
    ]
    assert type(innermost(d)) is dist.Normal


def test_a_wrapped_discrete_distribution_is_discrete():
    for d in (dist.Poisson(1.0).expand((2,)), dist.Poisson(np.ones(2)).to_event(1)):
        assert d.is_discrete and d.sample(0).dtype == np.int64


def test_a_transformed_distribution_of_one_is_one():
    inner = dist.TransformedDistribution(dist.Normal(0.0, 1.0), ExpTransform())
    d = dist.TransformedDistribution(inner, AffineTransform(1.0, 2.0))
    assert type(d.base_dist) is dist.Normal and len(d.transforms) == 2
    whole = dist.TransformedDistribution(
        dist.Normal(0.0, 1.0), [ExpTransform(), AffineTransform(1.0, 2.0)]
    )
    np.testing.assert_array_equal(d.log_prob(3.0), whole.log_prob(3.0))
    assert d.support == whole.support
    lognormal = dist.TransformedDistribution(dist.LogNormal(0.2, 0.5), AffineTransform(0.0, 2.0))
    np.testing.assert_allclose(
        lognormal.log_prob(3.0), dist.LogNormal(0.2 + np.log(2.0), 0.5).log_prob(3.0)
    )


def test_a_folded_distribution_is_not_flattened():
    folded = dist.FoldedDistribution(dist.Normal(0.5, 1.0))
    d = dist.TransformedDistribution(folded, AffineTransform(0.0, 2.0))
    np.testing.assert_allclose(d.log_prob(3.0), folded.log_prob(1.5) - np.log(2.0))


def test_divergence_of_a_point_counts_its_density():
    q = dist.Normal(0.0, 1.0)
    for point in (dist.Delta(1.0, log_density=10.0), dist.Delta(np.ones(2), 10.0, event_dim=1)):
        target = q if point.event_dim == 0 else q.expand((2,)).to_event(1)
        expected = 10.0 - np.sum(target.log_prob(point.v))
        np.testing.assert_allclose(kl_divergence(point, target), expected)


MATRICES = ("covariance_matrix", "precision_matrix", "scale_tril")


@pytest.mark.parametrize("name", MATRICES)
@pytest.mark.parametrize("loc, matrix, batch", [
    ((4, 2), (2, 2), (4,)),
    ((2,), (3, 2, 2), (3,)),
    ((4, 1, 2), (3, 2, 2), (4, 3)),
    ((), (2, 2), ()),
])
def test_matrices_of_a_normal_vector_have_its_batch_shape(name, loc, matrix, batch):
    given = np.broadcast_to(np.diag([1.0, 4.0]), matrix)
    d = dist.MultivariateNormal(np.zeros(loc), **{name: given})
    assert d.batch_shape == batch
    for attribute in MATRICES:
        assert getattr(d, attribute).shape == batch + (2, 2)
    product = d.covariance_matrix @ d.precision_matrix
    np.testing.assert_allclose(product, np.broadcast_to(np.eye(2), batch + (2, 2)), atol=1e-12)


def test_matrices_of_other_vectors_have_their_batch_shape():
    low_rank = dist.LowRankMultivariateNormal(np.zeros((4, 2)), np.ones((2, 1)), np.ones(2))
    for attribute in MATRICES:
        assert getattr(low_rank, attribute).shape == (4, 2, 2)
    assert dist.MultivariateStudentT(3.0, np.zeros((4, 2)), np.eye(2)).covariance_matrix.shape == (
        4, 2, 2,
    )


def test_vectors_of_one_category_or_of_no_entry_are_distributions():
    for d in (
        dist.Dirichlet(np.ones(1)),
        dist.Dirichlet(np.ones((3, 1))),
        dist.Normal(np.zeros(0), 1.0),
        dist.MultivariateNormal(np.zeros(0), covariance_matrix=np.zeros((0, 0))),
        dist.ZeroSumNormal(1.0, (1,)),
    ):
        draws = d.sample(0, (5,))
        assert draws.shape == (5,) + d.shape()
        np.testing.assert_array_equal(d.log_prob(draws), 0.0)
        to_support = dist.biject_to(d.support)
        z = to_support.inv(draws)
        assert z.shape[-1] == 0
        np.testing.assert_allclose(to_support(z), draws)
        jacobian = to_support.log_abs_det_jacobian(z, draws)
        np.testing.assert_array_equal(jacobian, np.zeros(z.shape[: z.ndim - d.event_dim]))
