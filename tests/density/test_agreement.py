"""A compiled density that is wrong, in value or gradient, at one point or another, is not used."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.autodiff.functions.table import FUNCTIONS
from lightppl.compiler import build
from lightppl.density import compile_density, compile_objective, potential
from lightppl.density.agreement import gradients_agree, require_agreement, values_agree
from lightppl.density.eager import EagerPotential
from lightppl.errors import FallbackWarning, ModelError
from lightppl.infer import MCMC, NUTS

Q = np.array([0.3, -0.7, 1.1])
WEIGHTS = np.array([1.0, 2.0, 3.0])


def objective(q):
    return np.sum(WEIGHTS * q**2) + np.exp(q[0])


FAULTS = {
    "a value off by a millionth": lambda q, U, grad: (U * (1 + 1e-6), grad),
    "a value that is NaN": lambda q, U, grad: (np.nan, grad),
    "a value that is infinite": lambda q, U, grad: (np.inf, grad),
    "minus infinity": lambda q, U, grad: (-np.inf, grad),
    "a gradient of zero": lambda q, U, grad: (U, 0.0 * grad),
    "a gradient that is NaN": lambda q, U, grad: (U, np.nan * grad),
    "a transposed gradient": lambda q, U, grad: (U, grad[::-1]),
    "a wrong sign": lambda q, U, grad: (U, grad * [1.0, -1.0, 1.0]),
    "one entry off by a hundredth": lambda q, U, grad: (U, grad * [1.0, 1.0, 1.01]),
    "a wrong branch": lambda q, U, grad: (U, grad) if q[1] < 0 else (U + q[0], grad),
}
SEEN_BY_SLOPE = [name for name in FAULTS if name != "a wrong branch"]
"""One run of the model at one point cannot see another point."""


class Faulty(build.Potential):
    """A compiled potential with a planted fault."""

    fault = None

    def __call__(self, q):
        return self.fault(q, *super().__call__(q))


@pytest.fixture
def plant(monkeypatch):
    """Returns a function that plants a fault in every potential; no code is found on disk."""
    monkeypatch.setattr(potential, "Potential", Faulty)
    build._functions.clear()
    monkeypatch.setattr(build, "find_code", lambda *_: (None, None))
    monkeypatch.setattr(build, "keep_code", _refuse_to_keep)
    yield lambda fault: monkeypatch.setattr(Faulty, "fault", staticmethod(fault))
    build._functions.clear()


def _refuse_to_keep(*_):
    raise AssertionError("code that disagrees was kept")


@pytest.mark.parametrize("fault", FAULTS)
def test_new_code_with_a_fault_is_replaced_by_autograd_and_never_kept(plant, fault):
    plant(FAULTS[fault])
    with pytest.warns(FallbackWarning, match="differs from the model's .*runs eagerly"):
        found = compile_objective(objective, Q)
    assert isinstance(found, EagerPotential)
    np.testing.assert_allclose(found(Q)[1], 2 * WEIGHTS * Q + [np.exp(Q[0]), 0.0, 0.0])


@pytest.mark.parametrize("fault", SEEN_BY_SLOPE)
def test_code_from_disk_with_a_fault_is_seen_without_autograd(plant, monkeypatch, fault):
    plant(lambda q, U, grad: (U, grad))
    monkeypatch.setattr(build, "keep_code", lambda *_: None)
    assert compile_objective(objective, Q).function.has_agreed
    plant(FAULTS[fault])
    with pytest.warns(FallbackWarning, match="differs from the model's"):
        assert isinstance(compile_objective(objective, Q), EagerPotential)


def test_a_function_that_means_another_thing_when_traced_is_not_run_eagerly_either(monkeypatch):
    monkeypatch.setitem(FUNCTIONS, np.flip, FUNCTIONS[np.positive])
    with pytest.raises(ModelError, match="means another thing on traced values"):
        compile_objective(lambda q: np.sum(WEIGHTS * np.flip(q)), Q)


def test_a_potential_function_is_compared_too(plant):
    plant(FAULTS["a transposed gradient"])
    mcmc = MCMC(NUTS(potential_fn=objective), num_warmup=5, num_samples=5, progress_bar=False)
    with pytest.warns(FallbackWarning, match="gradient .* differs from the model's"):
        mcmc.run(0, init_params=Q)


def test_a_fault_at_a_kink_of_the_density_is_told_from_the_kink():
    found = compile_objective(lambda q: np.sum(np.abs(q)) + np.sum(q**2), np.zeros(3))
    assert found.function.has_agreed
    np.testing.assert_array_equal(found(np.zeros(3))[1], np.zeros(3))


def test_ill_conditioned_densities_may_differ_by_their_rounding():
    x = np.linspace(0.0, 1.0, 12)
    distance = (x[:, None] - x) ** 2

    def gaussian_process(q):
        covariance = np.exp(-distance * np.exp(q[0]) * 0.05) + 1e-13 * np.eye(12)
        factor = np.linalg.cholesky(covariance)
        return np.sum(np.linalg.solve(factor, np.sin(x)) ** 2)

    potential = compile_objective(gaussian_process, np.zeros(1))
    assert not isinstance(potential, EagerPotential)


def test_a_density_that_is_nowhere_finite_agrees_with_itself():
    found = compile_objective(lambda q: np.sum(np.log(-1.0 - q**2)), np.ones(2))
    assert np.isnan(found(np.ones(2))[0])


@pytest.mark.parametrize(
    "a, b, same",
    [
        (1.0, 1.0, True), (1.0, 1.0 + 1e-7, False), (1e9, 1e9 + 1.0, True), (1.0, np.nan, False),
        (np.nan, np.inf, True), (np.inf, 1.0, False), (-np.inf, np.nan, False),
        (-np.inf, -np.inf, True), (-np.inf, np.inf, False), (np.nan, np.nan, True),
    ],
)
def test_values_are_compared_as_a_sampler_sees_them(a, b, same):
    assert values_agree(a, b) is same and values_agree(b, a) is same


def test_gradients_are_compared_entry_by_entry():
    assert gradients_agree(np.array([1.0, 2.0]), np.array([1.0, 2.0 + 1e-9]))
    assert not gradients_agree(np.array([1.0, 2.0]), np.array([1.0, 2.1]))
    assert not gradients_agree(np.array([1.0, np.nan]), np.array([1.0, 2.0]))


def test_a_model_that_changes_between_runs_is_refused_before_its_code_is_blamed():
    rng = np.random.default_rng(0)

    class Steady:
        def __call__(self, q):
            return 0.0, np.zeros(1)

    with pytest.raises(ModelError, match="two log densities at one point"):
        require_agreement(Steady(), lambda q: rng.normal(), np.zeros(1))


def test_a_refit_runs_the_model_once_to_compare():
    calls = []

    def model(y):
        calls.append(y)
        x = lp.sample("x", dist.Normal(0.0, 1.0))
        lp.sample("y", dist.Normal(x, 1.0), obs=y)

    compile_density(model, (0.5,))
    before = len(calls)
    compile_density(model, (0.7,))
    assert len(calls) - before == 3  # to find the sites, to record, to compare
