"""Gradients of log densities where parameters are tiny or huge, against many digits."""

import mpmath
import numpy as np
import pytest
from autograd import grad, value_and_grad
from mpmath import mpf

import lightppl.distributions as dist
from lightppl.density.potential import compile_objective
from lightppl.distributions import constraints
from lightppl.special import expit
from tests.distributions.catalogue import SCALAR_ROWS

LOG_PARAMETERS = (-40.0, -30.0, -15.0, 4.0, 15.0, 30.0, 37.0, 40.0)
WORKING_DIGITS = 60
NEARLY = mpf(10) ** -20


def moved_parameter(constraint, u):
    """Return a parameter at the unconstrained value `u`, and its derivative there, or None."""
    if isinstance(constraint, (constraints.Positive, constraints.Nonnegative)):
        return np.exp(u), np.exp(u)
    if isinstance(constraint, (constraints.UnitInterval, constraints.OpenInterval)):
        p = float(expit(u))
        return (p, p * (1.0 - p)) if 0.0 < p < 1.0 else None
    if isinstance(constraint, constraints.Real):
        return u, 1.0
    return None


def cases_of(row):
    """Yield (parameter name, parameters, factor of the chain rule, value)."""
    params, values = row.ordinary
    known = row.make(**params).arg_constraints
    for name in params:
        if name in row.static + row.discrete_params or name not in known:
            continue
        for u in LOG_PARAMETERS:
            moved = moved_parameter(known[name], u)
            if moved is None:
                continue
            p, factor = moved
            for value in values:
                yield name, {**params, name: float(p)}, factor, value


def exact_slope(row, name, params, value):
    """Return the derivative of the reference by a central difference of many digits."""
    with mpmath.workdps(WORKING_DIGITS):
        exact = {k: p if k in row.static else mpf(p) for k, p in params.items()}
        p = exact[name]
        room = min(abs(p), abs(1 - p)) if p != 0 and p != 1 else 1
        step = NEARLY * room
        low = row.reference(mpf(value), **{**exact, name: p - step})
        high = row.reference(mpf(value), **{**exact, name: p + step})
        return (high - low) / (2 * step)


# the references of truncated families subtract what is equal to a hundred digits, or integrate
EXACT = [
    row
    for row in SCALAR_ROWS
    if row.exact and "log_prob" not in row.skip and not row.name.startswith("Truncated")
]


@pytest.mark.parametrize("row", EXACT, ids=lambda row: row.name)
def test_gradient_at_extreme_parameters(row):
    for name, params, factor, value in cases_of(row):
        d = row.make(**params, validate_args=False)
        if not np.isfinite(float(d.log_prob(value))):
            continue

        def score(p, name=name, params=params, value=value):
            return np.sum(row.make(**{**params, name: p}, validate_args=False).log_prob(value))

        found = factor * float(grad(score)(params[name]))
        expected = float(factor * exact_slope(row, name, params, value))
        where = f"{row.name} at {value} in {name} of {params}"
        assert abs(found - expected) <= 1e-8 * abs(expected) + 1e-9, (where, found, expected)


GATED = [
    lambda gate: dist.ZeroInflatedPoisson(gate, 2.0, validate_args=False),
    lambda gate: dist.ZeroInflatedNegativeBinomial2(2.0, 3.0, gate=gate, validate_args=False),
    lambda gate: dist.HurdlePoisson(gate, 2.0, validate_args=False),
    lambda gate: dist.HurdleLogNormal(gate, 0.0, 1.0, validate_args=False),
]


@pytest.mark.parametrize("make", GATED)
def test_a_gate_that_rounds_to_zero_or_one_has_a_finite_gradient(make):
    for q in (-800.0, -40.0, -37.0, 36.9, 37.0, 40.0, 800.0):
        for value in (0, 1, 7):
            _, slope = value_and_grad(lambda q: np.sum(make(expit(q)).log_prob(value)))(q)
            assert np.isfinite(slope), (q, value)


@pytest.mark.parametrize("base", [dist.Poisson(2.0), dist.NegativeBinomial2(2.0, 3.0)], ids=str)
def test_gate_and_gate_logits_agree_on_zeros(base):
    for make in (dist.ZeroInflatedDistribution, dist.HurdleDistribution):
        for q in (-700.0, -40.0, -3.0, 3.0, 30.0, 40.0, 800.0):
            by_gate = make(base, gate=expit(q)).log_prob(0)
            by_logits = make(base, gate_logits=q).log_prob(0)
            np.testing.assert_allclose(by_gate, by_logits, rtol=1e-12, atol=1e-15)


def test_truncated_normal_of_tiny_scale_has_a_finite_gradient():
    ends = ((None, 1.0), (-1.0, None), (-1.0, 1.0), (0.5, None), (0.5, 2.0), (-2.0, -0.5))
    for low, high in ends:
        value = 0.75 if low == 0.5 else -0.75 if high == -0.5 else 1e-17

        def score(u, low=low, high=high, value=value):
            d = dist.TruncatedNormal(0.0, np.exp(u), low=low, high=high)
            return np.sum(d.log_prob(value))

        # in the tail the density is that of an exponential variable: its slope is of order z^2
        for u in (-40.0, -20.0, -3.0, 0.0):
            found, slope = value_and_grad(score)(u)
            z = (value / np.exp(u), (low or 0.0) / np.exp(u), (high or 0.0) / np.exp(u))
            assert np.isfinite(slope) and np.isfinite(found), (low, high, u)
            assert abs(slope) <= 1.0 + 4.0 * max(np.square(z))


FAMILIES = [
    (lambda p: dist.NegativeBinomial2(3.0, p, validate_args=False), [0, 2, 9]),
    (lambda p: dist.NegativeBinomial2(p, 3.0, validate_args=False), [0, 2, 9]),
    (lambda p: dist.StudentT(p, 0.0, 1.0, validate_args=False), [-2.0, 0.0, 0.3]),
    (lambda p: dist.BetaBinomial(p, 2.0, 9, validate_args=False), [0, 2, 9]),
    (lambda p: dist.BetaNegativeBinomial(p, 2.0, 1.5, validate_args=False), [0, 2, 9]),
    (lambda p: dist.Beta(p, 2.0, validate_args=False), [0.1, 0.5, 0.9]),
    (lambda p: dist.Gamma(p, 2.0, validate_args=False), [0.1, 0.5, 9.0]),
    (lambda p: dist.VonMises(0.0, p, validate_args=False), [-3.0, 0.0, 1e-4]),
    (lambda p: dist.ZeroInflatedPoisson(p / (1.0 + p), 2.0, validate_args=False), [0, 0, 0]),
    (lambda p: dist.HurdlePoisson(0.3, p, validate_args=False), [0, 2, 9]),
    (lambda p: dist.RightCensoredDistribution(dist.Weibull(p, 1.5), True), [0.1, 1.0, 30.0]),
    (lambda p: dist.TruncatedNormal(0.0, p, low=-1.0, validate_args=False), [-0.5, 0.0, 2.0]),
]


def test_compiled_gradients_are_the_eager_ones_at_extreme_parameters():
    columns = np.array(LOG_PARAMETERS)[:, None]

    def objective(q):
        scores = []
        for k, (make, values) in enumerate(FAMILIES):
            log_parameters = np.reshape(q[k * columns.size : (k + 1) * columns.size], (-1, 1))
            log_prob = make(np.exp(log_parameters)).log_prob(np.array(values))
            scores.append(np.sum(np.maximum(log_prob, -1e30)))
        return np.sum(np.stack(scores))

    q = np.tile(columns.ravel(), len(FAMILIES))
    with np.errstate(all="ignore"):
        value, gradient = compile_objective(objective, q)(q)
        expected, expected_gradient = compile_objective(objective, q, jit=False)(q)
    np.testing.assert_allclose(value, expected, rtol=1e-10)
    np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-9, atol=1e-9)
