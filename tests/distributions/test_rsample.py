"""`has_rsample` says the truth: a draw moves with its parameters as its derivative tells."""

import warnings

import numpy as np
import pytest
from autograd import grad

import lightppl.distributions as dist
from lightppl.autodiff import as_array
from lightppl.distributions import biject_to, constraints
from tests.distributions.catalogue import ROWS

NUM_DRAWS = 50
# their draws come from rejection samplers: a derivative holds on the average only
GAMMA_BASED = {
    "StudentT", "Gamma", "InverseGamma", "Beta", "Chi2", "BetaProportion", "Dirichlet", "LKJ",
    "LKJCholesky", "MultivariateStudentT",
}


def moving_parameters(row):
    """Yield name, transform and unconstrained value of the parameters that draws depend on."""
    params, _ = row.ordinary
    d = row.make(**params)
    for name in params:
        if name in row.static + row.discrete_params:
            continue
        constraint = d.arg_constraints.get(name, constraints.real)
        if constraints.is_dependent(constraint):
            constraint = constraints.real
        try:
            transform = biject_to(constraint)
        except NotImplementedError:
            continue
        yield name, transform, np.asarray(transform.inv(as_array(params[name])), float)


def slope_and_difference(row, name, transform, start):
    shape = np.shape(row.make(**row.ordinary[0]).sample(5, (NUM_DRAWS,)))
    weights = np.random.default_rng(3).uniform(0.5, 1.0, shape)
    direction = np.random.default_rng(1).uniform(0.5, 1.0, start.shape)

    def total(u):
        moved = row.make(**{**row.ordinary[0], name: transform(u)}, validate_args=False)
        return np.sum(weights * moved.sample(5, (NUM_DRAWS,)))

    step = 1e-6
    high, low = float(total(start + step * direction)), float(total(start - step * direction))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Output seems independent")
        slope = float(np.sum(grad(total)(start) * direction))
    return slope, (high - low) / (2.0 * step)


def claims(row):
    return row.make(**row.ordinary[0]).has_rsample


DIFFERENTIABLE = [row for row in ROWS if claims(row)]


@pytest.mark.parametrize("row", DIFFERENTIABLE, ids=lambda row: row.name)
def test_draws_move_as_their_derivative_says(row):
    for name, transform, start in moving_parameters(row):
        slope, difference = slope_and_difference(row, name, transform, start)
        tolerance = 0.1 if row.name in GAMMA_BASED else 1e-5
        assert abs(slope - difference) <= tolerance * (1.0 + abs(difference)), (name, slope)


def test_nothing_with_a_derivative_is_claimed_of_mixtures_and_atoms():
    weights = dist.Categorical(probs=np.array([0.3, 0.7]))
    parts = [dist.Normal(0.0, 1.0), dist.Normal(1.0, 1.0)]
    for d in (
        dist.MixtureSameFamily(weights, dist.Normal(np.zeros(2), 1.0)),
        dist.MixtureGeneral(weights, parts),
        dist.Empirical(np.zeros(2), np.zeros(2)),
        dist.ImproperUniform(constraints.real, (), ()),
        dist.Poisson(1.0),
        dist.Poisson(1.0).expand((3,)),
    ):
        assert not d.has_rsample
        with pytest.raises(NotImplementedError):
            d.rsample(0)


@pytest.mark.parametrize("concentration", [0.05, 0.7, 3.0, 80.0])
def test_gamma_draws_move_as_their_quantile_does(concentration):
    draws = dist.Gamma(concentration, 1.0).sample(7, (20,))
    q = np.exp(dist.Gamma(concentration, 1.0).log_cdf(draws))
    inner = (q > 1e-3) & (q < 1.0 - 1e-3)

    def draw(a):
        return np.sum(np.where(inner, dist.Gamma(a, 1.0).sample(7, (20,)), 0.0))

    step = 1e-5 * concentration
    high, low = (dist.Gamma(concentration + s, 1.0).icdf(q) for s in (step, -step))
    expected = np.sum(np.where(inner, high - low, 0.0)) / (2.0 * step)
    np.testing.assert_allclose(grad(draw)(concentration), expected, rtol=1e-5)
