"""Maps onto constrained sets have true gradients where runs start, at 0, and far away."""

import numpy as np
import pytest

from lightppl import distributions as dist
from lightppl.autodiff.check import check_gradient, value_and_gradient
from lightppl.density.potential import compile_objective
from lightppl.distributions import biject_to, constraints

SETS = {
    "positive": (constraints.positive, ()), "nonnegative": (constraints.nonnegative, ()),
    "greater_than": (constraints.greater_than(2.0), (2,)),
    "less_than": (constraints.less_than(-1.0), (2,)),
    "interval": (constraints.interval(-1.0, 3.0), (2,)),
    "open_interval": (constraints.open_interval(0.0, 1e-3), ()),
    "unit_interval": (constraints.unit_interval, (2,)),
    "softplus_positive": (constraints.softplus_positive, (2,)),
    "simplex": (constraints.simplex, (4,)), "ordered": (constraints.ordered_vector, (3,)),
    "positive_ordered": (constraints.positive_ordered_vector, (3,)),
    "sphere of l1": (constraints.l1_ball, (3,)),
    "lower_cholesky": (constraints.lower_cholesky, (3, 3)),
    "softplus_lower_cholesky": (constraints.softplus_lower_cholesky, (3, 3)),
    "scaled_unit_lower_cholesky": (constraints.scaled_unit_lower_cholesky, (3, 3)),
    "corr_cholesky": (constraints.corr_cholesky, (3, 3)),
    "corr_matrix": (constraints.corr_matrix, (3, 3)),
    "positive_definite": (constraints.positive_definite, (3, 3)),
    "zero_sum": (constraints.zero_sum(1), (4,)),
}
FAMILIES = {
    "Uniform": dist.Uniform(-2.0, 5.0), "Beta": dist.Beta(2.0, 3.5),
    "TruncatedNormal": dist.TruncatedNormal(0.3, 1.2, low=-1.0, high=4.0),
    "Kumaraswamy": dist.Kumaraswamy(2.0, 3.0), "HalfNormal": dist.HalfNormal(2.0),
    "Gamma": dist.Gamma(2.0, 0.7), "Dirichlet": dist.Dirichlet(np.array([1.0, 2.0, 0.7])),
    "LKJCholesky": dist.LKJCholesky(3, 1.5), "VonMises": dist.VonMises(0.3, 2.0),
}
PLACES = (0.0, -0.0, 0.1, 1.5, -8.0)


def objective_of(constraint, shape):
    """Return a function of the unconstrained numbers that sees values and Jacobian, and its size.
    """
    transform = biject_to(constraint)
    inner = transform.inverse_shape(shape)
    weights = np.cos(np.arange(max(1, int(np.prod(shape))))).reshape(shape)

    def objective(q):
        x = np.reshape(q, inner)
        y = transform(x)
        return np.sum(weights * y) + np.sum(transform.log_abs_det_jacobian(x, y))

    return objective, max(1, int(np.prod(inner)))


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("place", PLACES)
def test_gradients_are_those_of_differences(name, place):
    objective, size = objective_of(*SETS[name])
    tolerance = 1e-4 if name == "sphere of l1" else 1e-6  # which has an edge at 0
    check_gradient(objective, np.full(size, place), tolerance=tolerance)


@pytest.mark.parametrize("place", [0.0, 0.3, -30.0, 30.0])
def test_compiled_gradients_are_the_eager_ones(place):
    parts = [objective_of(*SETS[name]) for name in SETS]
    starts = np.cumsum([0, *(size for _, size in parts)])

    def objective(q):
        return sum(f(q[a:b]) for (f, _), a, b in zip(parts, starts.tolist(), starts[1:].tolist()))

    with np.errstate(all="ignore"):
        potential = compile_objective(objective, np.full(starts[-1], 0.2))
        _, found = potential(np.full(starts[-1], place))
        _, expected = value_and_gradient(objective, np.full(starts[-1], place))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", FAMILIES)
def test_densities_have_true_gradients_at_zero(name):
    family = FAMILIES[name]
    transform = biject_to(family.support)
    inner = transform.inverse_shape(family.shape())

    def density(q):
        x = np.reshape(q, inner)
        y = transform(x)
        return np.sum(family.log_prob(y)) + np.sum(transform.log_abs_det_jacobian(x, y))

    check_gradient(density, np.zeros(max(1, int(np.prod(inner)))), tolerance=1e-7)
