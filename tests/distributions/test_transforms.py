"""Every transform: round trip, Jacobian, domain and codomain, shapes, extremes."""

import numpy as np
import pytest
from autograd import jacobian
from scipy.fft import dct

import lightppl.distributions as dist
from lightppl.distributions import biject_to, constraints, transforms
from lightppl.errors import ShapeError

RNG = np.random.default_rng(3)
UNIT_LOWER = np.array([[1.5, 0.0, 0.0], [0.3, 0.7, 0.0], [-0.4, 0.2, 2.0]])

# name -> (transform, point of the domain, number of free coordinates in an event of the codomain)
BIJECTORS = {
    "real": (biject_to(constraints.real), np.array(0.3)),
    "positive": (biject_to(constraints.positive), np.array(0.3)),
    "nonnegative": (biject_to(constraints.nonnegative), np.array(-0.3)),
    "softplus_positive": (biject_to(constraints.softplus_positive), np.array(0.3)),
    "greater_than": (biject_to(constraints.greater_than(2.0)), np.array(0.3)),
    "greater_than_eq": (biject_to(constraints.greater_than_eq(2.0)), np.array(0.3)),
    "less_than": (biject_to(constraints.less_than(-2.0)), np.array(0.3)),
    "unit_interval": (biject_to(constraints.unit_interval), np.array(0.3)),
    "interval": (biject_to(constraints.interval(-1.0, 3.0)), np.array(0.3)),
    "open_interval": (biject_to(constraints.open_interval(-1.0, 3.0)), np.array(0.3)),
    "circular": (biject_to(constraints.circular), np.array(0.3)),
    "simplex": (biject_to(constraints.simplex), RNG.normal(size=3)),
    "ordered_vector": (biject_to(constraints.ordered_vector), RNG.normal(size=3)),
    "positive_ordered_vector": (biject_to(constraints.positive_ordered_vector), RNG.normal(size=3)),
    "l1_ball": (biject_to(constraints.l1_ball), RNG.normal(size=3)),
    "zero_sum": (biject_to(constraints.zero_sum(1)), RNG.normal(size=3)),
    "zero_sum_2": (biject_to(constraints.zero_sum(2)), RNG.normal(size=(2, 3))),
    "real_vector": (biject_to(constraints.real_vector), RNG.normal(size=3)),
    "real_matrix": (biject_to(constraints.real_matrix), RNG.normal(size=(2, 3))),
    "lower_cholesky": (biject_to(constraints.lower_cholesky), RNG.normal(size=6)),
    "scaled_unit": (biject_to(constraints.scaled_unit_lower_cholesky), RNG.normal(size=6)),
    "softplus_lower": (biject_to(constraints.softplus_lower_cholesky), RNG.normal(size=6)),
    "positive_definite": (biject_to(constraints.positive_definite), RNG.normal(size=6)),
    "corr_cholesky": (biject_to(constraints.corr_cholesky), RNG.normal(size=6)),
    "corr_matrix": (biject_to(constraints.corr_matrix), RNG.normal(size=6)),
    "independent": (
        biject_to(constraints.independent(constraints.positive, 1)),
        RNG.normal(size=3),
    ),
    "cat": (
        biject_to(constraints.cat([constraints.positive, constraints.real], 0, [2, 1])),
        RNG.normal(size=3),
    ),
}
OTHERS = {
    "Affine": (transforms.AffineTransform(1.0, -2.0), np.array(0.3)),
    "Power": (transforms.PowerTransform(-1.5), np.array(0.3)),
    "Cholesky": (transforms.CholeskyTransform(), UNIT_LOWER @ UNIT_LOWER.T),
    "SimplexToOrdered": (transforms.SimplexToOrderedTransform(1.7), np.array([0.1, 0.3, 0.4, 0.2])),
    "LowerCholeskyAffine": (
        transforms.LowerCholeskyAffine(np.ones(3), UNIT_LOWER),
        RNG.normal(size=3),
    ),
    "Permute": (transforms.PermuteTransform([2, 0, 1]), RNG.normal(size=3)),
    "Reshape": (transforms.ReshapeTransform((2, 3), (6,)), RNG.normal(size=6)),
    "Compose": (
        transforms.ComposeTransform(
            [transforms.ExpTransform(), transforms.AffineTransform(1.0, 2.0)]
        ),
        np.array(0.3),
    ),
    "RecursiveLinear": (
        transforms.RecursiveLinearTransform(np.array([[0.8, 0.3], [-0.2, 1.1]]), np.ones(2)),
        RNG.normal(size=(5, 2)),
    ),
    "Cosine": (transforms.DiscreteCosineTransform(smooth=0.7), RNG.normal(size=5)),
    "Cosine(-2)": (transforms.DiscreteCosineTransform(dim=-2), RNG.normal(size=(5, 2))),
    "Haar": (transforms.HaarTransform(), RNG.normal(size=7)),
    "Haar(flip)": (transforms.HaarTransform(dim=-2, flip=True), RNG.normal(size=(6, 2))),
    "Unpack": (transforms.UnpackTransform(lambda x: x, lambda y: y), RNG.normal(size=3)),
}
ALL = {**BIJECTORS, **OTHERS}


def free_coordinates(constraint, y):
    """Return the entries that chart an event of `constraint`."""
    if isinstance(constraint, (constraints.Simplex,)):
        return y[..., :-1]
    if isinstance(constraint, constraints.CorrCholesky):
        return y[np.tril_indices(y.shape[-1], -1)]
    if isinstance(constraint, constraints.CorrMatrix):
        return y[np.tril_indices(y.shape[-1], -1)]
    if isinstance(constraint, (constraints.LowerCholesky, constraints.PositiveDefinite)):
        return y[np.tril_indices(y.shape[-1])]
    return np.reshape(y, (-1,))


def numerical_log_det(t, x):
    """Return log |det| of the Jacobian between charts, by central differences."""
    domain = t.domain
    chart = free_coordinates(domain, x)
    columns = []
    for k in range(chart.size):
        ends = []
        for sign in (1.0, -1.0):
            moved = chart.astype(float).copy()
            moved[k] += sign * 1e-5
            ends.append(free_coordinates(t.codomain, np.asarray(t(from_chart(domain, moved, x)))))
        columns.append((ends[0] - ends[1]) / 2e-5)
    matrix = np.stack(columns, -1)
    if matrix.shape[0] != matrix.shape[1]:  # an embedding: volume of the image
        return 0.5 * np.linalg.slogdet(matrix.T @ matrix)[1]
    return np.linalg.slogdet(matrix)[1]


def from_chart(constraint, chart, like):
    if isinstance(constraint, constraints.Simplex):
        return np.append(chart, 1.0 - chart.sum())
    if isinstance(constraint, constraints.PositiveDefinite):
        matrix = np.zeros(like.shape)
        matrix[np.tril_indices(like.shape[-1])] = chart
        return matrix + np.tril(matrix, -1).T
    return chart.reshape(like.shape)


@pytest.mark.parametrize("name", ALL)
def test_round_trip(name):
    t, x = ALL[name]
    y = t(x)
    np.testing.assert_allclose(t.inv(y), x, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(t(t.inv(y)), y, rtol=1e-10, atol=1e-12)
    assert t.inv.inv is t


@pytest.mark.parametrize("name", ALL)
def test_image_lies_in_the_codomain(name):
    t, x = ALL[name]
    if not constraints.is_dependent(t.codomain):
        assert np.all(t.codomain(t(x)))
    assert np.all(t.domain(t.inv(t(x))))
    assert np.shape(t(x)) == t.forward_shape(np.shape(x))
    assert np.shape(x) == t.inverse_shape(np.shape(t(x)))


@pytest.mark.parametrize("name", ALL)
def test_log_det_equals_that_of_the_numerical_jacobian(name):
    t, x = ALL[name]
    y = t(x)
    found = float(np.sum(t.log_abs_det_jacobian(x, y)))
    assert found == pytest.approx(numerical_log_det(t, x), rel=1e-6, abs=1e-7)
    assert float(np.sum(t.inv.log_abs_det_jacobian(y, x))) == pytest.approx(-found)
    y2, intermediates = t.call_with_intermediates(x)
    np.testing.assert_array_equal(y, y2)
    assert float(np.sum(t.log_abs_det_jacobian(x, y, intermediates))) == pytest.approx(found)


@pytest.mark.parametrize("name", ALL)
def test_batches_are_transformed_one_by_one(name):
    t, x = ALL[name]
    batch = np.broadcast_to(x, (2, 3) + x.shape) if name != "cat" else None
    if batch is None:
        return
    y = t(batch)
    np.testing.assert_allclose(y[1, 2], t(x))
    np.testing.assert_allclose(t.inv(y)[1, 2], x, rtol=1e-9, atol=1e-12)
    log_det = t.log_abs_det_jacobian(batch, y)
    assert np.shape(log_det) == (2, 3) + np.shape(t.log_abs_det_jacobian(x, t(x)))
    if not constraints.is_dependent(t.codomain):
        assert np.shape(t.codomain(y))[:2] == (2, 3)


@pytest.mark.parametrize("name", ALL)
def test_derivative_of_the_image(name):
    t, x = ALL[name]
    found = np.reshape(jacobian(lambda u: np.reshape(t(u), (-1,)))(x), (-1, x.size))
    direction = np.linspace(0.5, 1.0, x.size)
    if name == "Cholesky":  # moves within the symmetric matrices
        direction = np.ones((3, 3)).ravel()
    ends = [np.reshape(t(x + s * 1e-6 * direction.reshape(x.shape)), (-1,)) for s in (1, -1)]
    np.testing.assert_allclose(found @ direction, (ends[0] - ends[1]) / 2e-6, rtol=1e-5, atol=1e-7)


EXTREMES = [name for name in BIJECTORS if name not in ("zero_sum", "zero_sum_2", "cat")]


@pytest.mark.parametrize("name", EXTREMES)
@pytest.mark.parametrize("size", [1e-12, 8.0])
def test_round_trip_and_support_at_extremes(name, size):
    t, x = BIJECTORS[name]
    x = np.broadcast_to(size * np.sign(x + 1e-30), x.shape)
    y = t(x)
    assert np.all(t.codomain(y))
    log_det = t.log_abs_det_jacobian(x, y)
    assert np.all(np.isfinite(log_det))
    if size < 1 or name not in ("l1_ball", "corr_matrix", "positive_definite"):
        np.testing.assert_allclose(t.inv(y), x, rtol=1e-6, atol=1e-10)


@pytest.mark.parametrize("name", ["unit_interval", "simplex", "corr_cholesky", "interval"])
def test_far_points_stay_in_the_support_with_finite_log_det(name):
    t, x = BIJECTORS[name]
    for size in (-100.0, 100.0):
        far = np.full(x.shape, size)
        assert np.all(t.codomain(t(far)))
        assert np.all(np.isfinite(t.log_abs_det_jacobian(far, t(far))))


def test_simplex_stays_accurate_where_shares_are_tiny():
    x = np.array([-400.0, 3.0, 300.0])
    t = transforms.StickBreakingTransform()
    np.testing.assert_allclose(t.inv(t(x)), x, rtol=1e-12)


def test_users_register_their_own_constraint():
    class Even(constraints.Constraint):
        def __call__(self, x):
            return np.equal(x, x)

    with pytest.raises(NotImplementedError, match="biject_to.register"):
        biject_to(Even())

    @biject_to.register(Even)
    def _(constraint):
        return transforms.IdentityTransform()

    assert biject_to(Even()) == transforms.IdentityTransform()
    with pytest.raises(TypeError):
        biject_to.register(3, lambda c: None)


def test_discrete_constraints_have_no_bijector():
    for constraint in (constraints.boolean, constraints.integer_interval(0, 3)):
        with pytest.raises(NotImplementedError):
            biject_to(constraint)


def test_wrong_vector_length_is_named():
    with pytest.raises(ShapeError, match="5 entries"):
        transforms.CorrCholeskyTransform()(np.zeros(5))


def test_affine_codomain_follows_domain_and_sign():
    c = transforms.AffineTransform(1.0, -2.0, domain=constraints.positive).codomain
    assert c == constraints.less_than(1.0)
    c = transforms.AffineTransform(1.0, -2.0, domain=constraints.unit_interval).codomain
    assert c == constraints.interval(-1.0, 1.0)


def test_equal_transforms_compare_equal():
    assert transforms.AffineTransform(1.0, 2.0) == transforms.AffineTransform(1.0, 2.0)
    assert transforms.AffineTransform(1.0, 2.0) != transforms.AffineTransform(1.0, 3.0)
    assert dist.biject_to(constraints.simplex) == transforms.StickBreakingTransform()


def test_recursion_equals_its_loop():
    A, start = np.array([[0.8, 0.3], [-0.2, 1.1]]), np.array([1.0, -1.0])
    x = np.random.default_rng(0).normal(size=(3, 7, 2))
    state, path = start, []
    for t in range(7):
        state = np.einsum("ij,...j->...i", A, np.broadcast_to(state, (3, 2))) + x[:, t]
        path.append(state)
    y = transforms.RecursiveLinearTransform(A, start)(x)
    np.testing.assert_allclose(y, np.stack(path, 1))


def test_cosine_and_fourier_equal_scipy():
    x = np.random.default_rng(0).normal(size=(3, 7))
    y = transforms.DiscreteCosineTransform()(x)
    np.testing.assert_allclose(y, dct(x, norm="ortho"), atol=1e-12)
    for size in (6, 7):
        x = np.random.default_rng(0).normal(size=(3, size))
        t = transforms.RealFastFourierTransform((size,))
        assert t(x).shape == t.forward_shape(x.shape)
        np.testing.assert_allclose(t.inv(t(x)), x, atol=1e-12)
        packed = transforms.PackRealFastFourierCoefficientsTransform((size,))
        assert packed(x).shape == packed.forward_shape(x.shape)
        np.testing.assert_allclose(packed.inv(packed(x)), x, atol=1e-12)
        assert np.all(packed.codomain(packed(x)))
    pair = transforms.ComplexTransform()
    np.testing.assert_allclose(pair.inv(pair(x[:, :2])), x[:, :2])
    assert pair(x[:, :2]).shape == pair.forward_shape((3, 2))


def test_induced_dirichlet_ignores_where_it_is_anchored():
    base, value = dist.Dirichlet(np.array([1.0, 2.0, 3.0])), np.array([-0.3, 0.9])
    scores = [
        dist.TransformedDistribution(base, transforms.SimplexToOrderedTransform(anchor)).log_prob(
            value + anchor
        )
        for anchor in (0.0, 5.0)
    ]
    assert scores[0] == pytest.approx(scores[1])
