"""The compiled log density as a function for others."""

import numpy as np
import scipy.optimize

import lightppl as lp
import lightppl.distributions as dist
from tests.density.models import EFFECT, SIGMA, schools


def test_value_and_grad_agree_with_differences():
    f = lp.log_density_function(schools, SIGMA, y=EFFECT)
    q = np.linspace(-1.0, 1.0, f.size)
    value, grad = f.value_and_grad(q)
    assert isinstance(value, float) and grad.shape == (f.size,)
    steps = 1e-6 * np.eye(f.size)
    differences = [(f(q + s) - f(q - s)) / 2e-6 for s in steps]
    np.testing.assert_allclose(grad, differences, rtol=1e-6, atol=1e-7)


def test_gradients_returned_earlier_are_not_overwritten():
    f = lp.log_density_function(schools, SIGMA, y=EFFECT)
    _, first = f.value_and_grad(np.zeros(f.size))
    kept = first.copy()
    f.value_and_grad(np.ones(f.size))
    np.testing.assert_array_equal(first, kept)


def test_scipy_finds_the_mode():
    def model(y):
        mu = lp.sample("mu", dist.Normal(0.0, 2.0))
        with lp.plate("data", len(y)):
            lp.sample("y", dist.Normal(mu, 1.0), obs=y)

    y = np.array([1.0, 2.0, 4.0])
    f = lp.log_density_function(model, y)
    found = scipy.optimize.minimize(f.potential_and_grad, np.zeros(1), jac=True)
    np.testing.assert_allclose(f.unravel(found.x)["mu"], y.sum() / (3 + 0.25), rtol=1e-6)


def test_ravel_undoes_unravel():
    f = lp.log_density_function(schools, SIGMA, y=EFFECT)
    q = np.linspace(-1.0, 1.0, f.size)
    np.testing.assert_allclose(f.ravel(f.unravel(q)), q, atol=1e-13)
