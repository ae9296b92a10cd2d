"""Densities that run as Python: right gradients, honest prices, and rejections that are earned."""

import math

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.density import compile_density
from lightppl.density.eager import EagerPotential, is_floating_point_failure
from lightppl.errors import (
    ConstraintError, FallbackWarning, ModelError, ShapeError, TracingError,
)
from lightppl.infer import MCMC, NUTS
from lightppl.infer.util import log_density
from lightppl.machine_code.object_code import call_potential


def called_from_c(potential, q):
    arrays = (potential.float_data, potential.int_data, np.zeros(1))
    return call_potential(potential.address, np.asarray(q, float), np.zeros(len(q)), *arrays)


@pytest.mark.parametrize("kind", [KeyboardInterrupt, RuntimeError, ValueError, ModelError])
def test_what_stops_a_function_that_c_calls_is_raised_once(kind):
    calls = []

    def stopped(q):
        calls.append(q)
        raise kind("stopped")

    potential = EagerPotential(stopped, 2)
    assert np.isnan(called_from_c(potential, np.ones(2)))
    assert np.isnan(called_from_c(potential, np.ones(2)))
    assert len(calls) == 1
    with pytest.raises(kind):
        potential.raise_error()
    potential.raise_error()


FAILURES = {
    "overflow": lambda q: math.exp(1000.0 + float(q[0])),
    "division by zero": lambda q: 1.0 / (0.0 * float(q[0])),
    "logarithm of a negative number": lambda q: math.log(-1.0 - float(q[0]) ** 2),
    "square root of a negative number": lambda q: math.sqrt(-1.0 - float(q[0]) ** 2),
    "a matrix without a factor": lambda q: np.linalg.cholesky(-np.eye(2) - float(q[0]) ** 2)[0, 0],
    "a singular matrix": lambda q: np.linalg.inv(np.zeros((2, 2)) * float(q[0]))[0, 0],
}


@pytest.mark.parametrize("fails", list(FAILURES.values()), ids=list(FAILURES))
def test_floating_point_failures_are_rejected_points(fails):
    potential = EagerPotential(fails, 1)
    with pytest.warns(FallbackWarning, match="float"):
        value, gradient = potential(np.ones(1))
    assert np.isnan(value) and np.isnan(gradient[0])
    assert np.isnan(called_from_c(potential, np.ones(1)))
    potential.raise_error()


def test_errors_of_ours_that_are_arithmetic_are_still_errors():
    from lightppl.autodiff.check import GradientError

    assert not is_floating_point_failure(GradientError("a derivative is wrong"))
    assert is_floating_point_failure(FloatingPointError())
    assert not is_floating_point_failure(ValueError("shapes (2,) and (3,) do not fit"))


def raises_beyond_one(error):
    def model():
        x = lp.sample("x", dist.Normal(0.0, 1.0))
        if x > 1.0:
            raise error
        lp.factor("f", -0.0 * x)

    return model


@pytest.mark.parametrize("error", [ValueError("beyond"), ModelError("beyond")])
def test_a_model_that_raises_ends_the_run_and_does_not_cut_the_posterior_off(error):
    mcmc = MCMC(
        NUTS(raises_beyond_one(error), init_strategy=lp.infer.init_to_value(values={"x": 0.0})),
        num_warmup=50, num_samples=200, progress_bar=False,
    )
    with pytest.raises(type(error), match="beyond"), pytest.warns(FallbackWarning):
        mcmc.run(0)


def test_a_parameter_outside_of_its_set_is_a_rejected_point_in_all_ways_of_running():
    def model(function=np.exp):
        x = lp.sample("x", dist.Normal(0.0, 1.0))
        lp.sample("y", dist.Normal(function(x), x), obs=0.5)

    compiled, eager = compile_density(model), compile_density(model, jit=False)
    with pytest.warns(FallbackWarning, match="7 runs"):
        by_differences = compile_density(lambda: model(math.exp))
    for density in (compiled, eager, by_differences):
        assert np.isnan(density.potential(np.array([-1.0]))[0])
    with pytest.raises(ConstraintError):
        log_density(model, (), {}, {"x": -1.0})


def through_math(num_values):
    def model():
        x = lp.sample("x", dist.Normal(np.zeros(num_values), 1.0).to_event(1))
        lp.factor("f", -math.cosh(float(x[0])) if num_values else 0.0)

    return model


def test_a_lost_derivative_is_announced_once_with_its_price_line_and_remedy():
    with pytest.warns(FallbackWarning) as caught:
        density = compile_density(through_math(3))
        gradient = density.potential(np.array([0.5, 1.0, 2.0]))[1]
    assert len(caught) == 1
    message = str(caught[0].message)
    assert "test_eager.py:" in message and "19 runs" in message and "np.cosh" in message
    assert "autograd" not in message
    np.testing.assert_allclose(gradient, [0.5 + math.sinh(0.5), 1.0, 2.0], rtol=1e-9)


def test_the_price_is_what_a_gradient_takes():
    calls = []

    def objective(q):
        calls.append(q)
        return math.exp(float(q[0])) + q[1] ** 2

    potential = EagerPotential(objective, 2)
    with pytest.warns(FallbackWarning, match="takes 13 runs"):
        potential(np.ones(2))
    calls.clear()
    potential(np.ones(2))
    assert len(calls) == 13


@pytest.mark.parametrize("jit", [True, False])
def test_derivatives_by_differences_are_refused_in_many_dimensions(jit):
    with pytest.raises(TracingError, match=r"float.*test_eager.py:\d+.*21 unconstrained.*np.cosh"):
        density = compile_density(through_math(21), jit=jit)
        density.potential(np.zeros(21))


def test_a_branch_keeps_its_derivative_in_many_dimensions():
    def model():
        x = lp.sample("x", dist.Normal(np.zeros(30), 1.0).to_event(1))
        lp.factor("f", -x[0] if x[0] > 0 else x[1])

    with pytest.warns(FallbackWarning, match="autograd"):
        density = compile_density(model)
    assert np.all(np.isfinite(density.potential(np.ones(30))[1]))


def sometimes(y):
    x = lp.sample("x", dist.Normal(0.0, 1.0))
    if x > 0:
        z = lp.sample("z", dist.Normal(0.0, 1.0))
        lp.sample("y", dist.Normal(z, 1.0), obs=y)


@pytest.mark.parametrize("seed", range(4))
def test_a_site_that_exists_for_some_values_only_is_an_error_and_never_drawn(seed):
    mcmc = MCMC(NUTS(sometimes), num_warmup=20, num_samples=20, progress_bar=False)
    with pytest.raises(ModelError, match="'z'.*for some latent values only.*np.where"):
        mcmc.run(seed, 0.5)


def test_observed_and_deterministic_sites_may_exist_sometimes():
    def model():
        x = lp.sample("x", dist.Normal(0.0, 1.0))
        if x > 0:
            lp.sample("y", dist.Normal(x, 1.0), obs=0.5)
            lp.deterministic("positive", x)

    with pytest.warns(FallbackWarning):
        density = compile_density(model)
    for q in (-0.5, 0.5):
        _, gradient = density.potential(np.array([q]))
        np.testing.assert_allclose(gradient, [q + (q - 0.5) * (q > 0)], atol=1e-12)


@pytest.mark.parametrize("at_start", [True, False])
def test_a_site_whose_shape_depends_on_a_latent_value_is_refused(at_start):
    def model():
        x = lp.sample("x", dist.Normal(0.0, 1.0))
        lp.sample("z", dist.Normal(np.zeros(1 if (x > 0) == at_start else 3), 1.0))

    with pytest.warns(FallbackWarning), pytest.raises(ShapeError, match="'z'.*its shape depends"):
        density = lp.log_density_function(model)
        for x in (-1.0, 1.0):
            density(np.full(density.size, x))


@pytest.mark.filterwarnings("ignore::lightppl.errors.FallbackWarning")
@pytest.mark.parametrize(
    "here, there",
    [((), (3,)), ((3,), ()), ((3,), (1,)), ((1,), (3,)), ((3,), (3, 1)), ((2, 3), (3,))],
)
def test_a_latent_site_whose_shape_changes_is_refused(here, there):
    def model():
        x = lp.sample("x", dist.Normal(0.0, 1.0))
        lp.sample("z", dist.Normal(0.0, 1.0).expand(here if x > 0 else there))

    with pytest.raises(ShapeError, match="'z' has shape .* depends on latent values"):
        density = compile_density(model, (), {})
        for sign in (-1.0, 1.0):
            q = np.ones(density.layout.size)
            q[0] = sign
            density.potential(q)
