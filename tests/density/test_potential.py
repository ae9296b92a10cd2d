"""The whole line from model to potential: values, gradients, Jacobians, and how rarely it compiles.
"""

import copy
import subprocess
import sys

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.compiler.build import compile_counts
from lightppl.contrib.control_flow import scan
from lightppl.density import compile_density, compile_objective, potential
from lightppl.density.eager import EagerPotential
from lightppl.density.log_density import flat_log_density, log_density
from lightppl.errors import (
    CompilationError, ConstraintError, DiscreteLatentError, FallbackWarning, ModelError,
    SiteNameError, TracingError,
)
from tests.density.models import EFFECT, SIGMA, branching, every_support, schools

POINTS = np.random.default_rng(3).uniform(-1.5, 1.5, size=(6, 40))


def eager(density, args, kwargs):
    log_density_at = flat_log_density(density.model, density.layout, args, kwargs)
    return EagerPotential(lambda q: -log_density_at(q), density.layout.size)


@pytest.mark.parametrize(
    "model, args, kwargs",
    [(schools, (SIGMA,), {"y": EFFECT}), (every_support, (EFFECT / 10,), {})],
    ids=["schools", "every support"],
)
def test_compiled_value_and_gradient_equal_eager_autograd(model, args, kwargs):
    density = compile_density(model, args, kwargs)
    twin = eager(density, args, kwargs)
    for point in POINTS:
        U, grad = density.potential(point[: density.layout.size])
        expected_U, expected_grad = twin(point[: density.layout.size])
        np.testing.assert_allclose(U, expected_U, rtol=1e-12)
        np.testing.assert_allclose(grad, expected_grad, rtol=1e-10, atol=1e-12)


def test_potential_adds_the_log_jacobian_to_the_density_of_constrained_values():
    density = compile_density(schools, (SIGMA,), {"y": EFFECT})
    q = POINTS[0, :10]
    values = {name: x[0] for name, x in density.constrain(q[None], True).items()}
    joint, _ = log_density(schools, (SIGMA,), {"y": EFFECT}, values)
    log_tau = q[density.layout.slices["tau"]][0]
    np.testing.assert_allclose(-density.potential(q)[0], joint + log_tau, rtol=1e-13)


def test_a_density_off_by_a_thousandth_is_seen():
    density = compile_density(schools, (SIGMA,), {"y": EFFECT})
    wrong = compile_density(schools, (SIGMA * 1.001,), {"y": EFFECT})
    with pytest.raises(AssertionError):
        q = POINTS[0, :10]
        np.testing.assert_allclose(density.potential(q)[0], wrong.potential(q)[0], rtol=1e-12)


@pytest.mark.parametrize("args", [(EFFECT / 10,)])
def test_constrain_and_unconstrain_are_inverse(args):
    density = compile_density(every_support, args)
    for point in POINTS:
        q = point[: density.layout.size]
        values = {name: x[0] for name, x in density.constrain(q[None]).items()}
        np.testing.assert_allclose(density.unconstrain(values), q, rtol=1e-9, atol=1e-9)


def test_constrained_values_lie_in_their_supports_and_deterministics_follow():
    density = compile_density(schools, (SIGMA,), {"y": EFFECT})
    values = density.constrain(POINTS[:, :10])
    assert values["theta"].shape == (6, 8)
    assert np.all(values["tau"] > 0)
    expected = values["mu"][:, None] + values["tau"][:, None] * values["z"]
    np.testing.assert_allclose(values["theta"], expected, rtol=1e-14)
    assert "theta" not in density.constrain(POINTS[:, :10], exclude_deterministic=True)


def test_new_data_and_new_hyperparameters_compile_nothing():
    compile_density(schools, (SIGMA,), {"y": EFFECT})
    before = compile_counts()
    compile_density(schools, (SIGMA + 1.0,), {"y": EFFECT[::-1].copy()})
    compile_density(schools, (SIGMA,), {"y": EFFECT, "scale": 1.0})
    compile_density(schools, (SIGMA,), {"y": EFFECT, "scale": 2.0})
    assert compile_counts() == before


def test_more_observations_compile_nothing():
    def model(x, y):
        b = lp.sample("b", dist.Normal(0.0, 1.0))
        with lp.plate("data", len(y)):
            lp.sample("y", dist.Normal(b * x, 1.0), obs=y)

    x = np.linspace(0.0, 1.0, 400)
    compile_density(model, (x[:40], x[:40].copy()))
    before = compile_counts()
    density = compile_density(model, (x, x.copy()))
    assert compile_counts() == before
    np.testing.assert_allclose(density.potential(np.ones(1))[1], [1.0], rtol=1e-12)


def autoregression(x, y, spread):
    a = lp.sample("a", dist.Normal(np.zeros(2), spread).to_event(1))

    def step(before, now):
        x, y = now
        lp.sample("y", dist.Normal(0.5 * before + x @ a, 1.0), obs=y)
        return y, None

    scan(step, 0.0, (x, y))


def state_space(x, y, spread):
    a = lp.sample("a", dist.Normal(0.0, spread))

    def step(z, y):
        z = lp.sample("z", dist.Normal(a * z, 1.0))
        lp.sample("y", dist.Normal(z, 1.0), obs=y)
        return z, None

    scan(step, 0.0, y)


def hidden_states(x, y, spread):
    loc = lp.sample("loc", dist.Normal(np.zeros(2), spread).to_event(1))
    emission = dist.Normal(loc, 1.0)
    d = dist.DiscreteHMM(np.zeros(2), np.eye(2), emission, duration=len(y))
    lp.sample("y", d, obs=y)


@pytest.mark.parametrize("model", [autoregression, state_space, hidden_states])
def test_longer_series_and_other_hyperparameters_compile_nothing(model):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(90, 2)), rng.normal(size=90)
    compile_density(model, (x[:40], y[:40], 1.0))
    before = compile_counts()
    density = compile_density(model, (x, y, 2.5))
    assert compile_counts() == before
    eager = compile_density(model, (x, y, 2.5), jit=False)
    q = rng.normal(size=density.layout.size)
    np.testing.assert_allclose(density.potential(q)[0], eager.potential(q)[0], rtol=1e-10)
    np.testing.assert_allclose(density.potential(q)[1], eager.potential(q)[1], rtol=1e-9, atol=1e-9)


def test_axes_of_length_one_are_not_mistaken_for_missing_ones():
    def model(y):
        q = lp.sample("q", dist.Normal(0.0, 1.0).expand([1]).to_event(1))
        lp.factor("f", np.sum(q * np.array([[1.0], [2.0]])))
        with lp.plate("one", 1):
            r = lp.sample("r", dist.Normal(0.0, 1.0))
            lp.sample("y", dist.Normal(r, 1.0), obs=y)
        with lp.plate("rows", 3, dim=-2), lp.plate("column", 1, dim=-1):
            t = lp.sample("t", dist.Normal(r, 1.0))
        with lp.plate("row", 1, dim=-2), lp.plate("columns", 3, dim=-1):
            u = lp.sample("u", dist.Normal(q, 1.0))
        parts = [
            (t * u + q) ** 2, np.ones((4, 1)) @ q, np.mean(t, axis=-1), t.sum(1, keepdims=True) * q,
            q[:, None] * np.ones((1, 3)), np.max(t, axis=1), np.cumsum(t, axis=1),
            np.prod(u, axis=0), t @ u, np.broadcast_to(q, (2, 5)), np.stack([q, q]) * q,
            np.concatenate([q, q]) * q, q[np.zeros(3, int)], np.where(q > 0, t, u),
        ]
        lp.factor("g", sum((k + 1) * np.sum(part) for k, part in enumerate(parts)))

    density, eager = (compile_density(model, (np.ones(1),), jit=jit) for jit in (True, False))
    for q in np.random.default_rng(0).normal(size=(3, density.layout.size)):
        (U, grad), (expected, expected_grad) = density.potential(q), eager.potential(q)
        assert U == pytest.approx(expected, rel=1e-12)
        np.testing.assert_allclose(grad, expected_grad, rtol=1e-11, atol=1e-12)


def test_a_fresh_process_loads_what_another_compiled():
    code = (
        "import sys; sys.path.insert(0, '.');"
        "from tests.density.models import *; from lightppl.density import compile_density;"
        "from lightppl.compiler.build import compile_counts;"
        "compile_density(schools, (SIGMA,), {'y': EFFECT}); print(compile_counts()['compiled'])"
    )
    compile_density(schools, (SIGMA,), {"y": EFFECT})
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "0"


def test_a_branch_on_a_latent_value_runs_eagerly_with_one_warning_and_the_right_gradient():
    with pytest.warns(FallbackWarning, match="models.py.*np.where") as caught:
        density = compile_density(branching, (0.3,))
    assert len(caught) == 1
    for x in (0.7, -0.7):
        scale = 1.0 if x > 0 else 2.0
        U, grad = density.potential(np.array([x]))
        np.testing.assert_allclose(grad, [x - (0.3 - x) / scale**2], rtol=1e-12)
        expected = 0.5 * x**2 + 0.5 * ((0.3 - x) / scale) ** 2 + np.log(2 * np.pi) + np.log(scale)
        np.testing.assert_allclose(U, expected, rtol=1e-12)


def test_a_python_number_from_a_latent_value_keeps_the_gradient_right():
    def model(y):
        x = lp.sample("x", dist.Normal(0.0, 1.0))
        lp.sample("y", dist.Normal(float(x) ** 2, 1.0), obs=y)

    with pytest.warns(FallbackWarning, match="float"):
        density = compile_density(model, (0.5,))
    _, grad = density.potential(np.array([0.8]))
    np.testing.assert_allclose(grad, [0.8 - 2 * 0.8 * (0.5 - 0.64)], rtol=1e-9)


def test_random_numbers_inside_a_model_are_refused():
    rng = np.random.default_rng(0)

    def model():
        x = lp.sample("x", dist.Normal(0.0, 1.0))
        lp.factor("noise", rng.normal() * x)

    words = r"two log densities at one point.* 'noise' at .*test_potential.py:\d+"
    with pytest.raises(ModelError, match=words):
        compile_density(model)


def test_a_plate_that_draws_other_rows_in_each_run_is_refused():
    y = np.linspace(-3.0, 3.0, 50)

    def model():
        x = lp.sample("x", dist.Normal(0.0, 1.0))
        with lp.plate("rows", len(y), subsample_size=5) as rows:
            lp.sample("y", dist.Normal(x, 1.0), obs=y[rows])

    with pytest.raises(ModelError, match="'y' at .*leave subsample_size away"):
        compile_density(model)


@pytest.mark.parametrize("jit", [True, False])
def test_a_latent_array_changed_in_place_is_a_new_array(jit):
    def model():
        x = lp.sample("x", dist.Normal(0.0, 1.0).expand([2]).to_event(1))
        x += 1.0
        lp.sample("y", dist.Normal(x, 1.0).to_event(1), obs=np.zeros(2))

    q = np.array([0.5, -0.3])
    U, grad = compile_density(model, jit=jit).potential(q)
    np.testing.assert_array_equal(q, [0.5, -0.3])
    assert U == pytest.approx(0.5 * np.sum(q**2 + (q + 1) ** 2) + 2 * np.log(2 * np.pi))
    np.testing.assert_allclose(grad, 2 * q + 1)


def test_copies_and_comparisons_with_none_are_harmless():
    def model():
        x = lp.sample("x", dist.Normal(0.0, 1.0))
        scale = 1.0 if copy.deepcopy(x) == None or x != None else 2.0  # noqa: E711
        lp.factor("f", -0.5 * copy.copy(x) ** 2 / scale)

    density = compile_density(model)
    np.testing.assert_allclose(density.potential(np.array([0.5]))[1], [1.0])


class Column:
    """Looks like a column of a data frame."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values, dtype)

    def __rmul__(self, other):
        return other * self.values

    def __rsub__(self, other):
        return other - self.values


def test_columns_of_data_frames_are_operands_and_masked_arrays_are_not():
    def model(x):
        a = lp.sample("a", dist.Normal(0.0, 1.0))
        lp.factor("f", -np.sum((a * x - 1.0) ** 2) - np.sum(a - x))

    values = np.array([1.0, 2.0])
    found, expected = (
        compile_density(model, (x,)).potential(np.array([0.3])) for x in (Column(values), values)
    )
    assert found == expected
    with pytest.raises(ModelError, match="masked array at .*test_potential.py"):
        compile_density(model, (np.ma.array(values, mask=[True, False]),))


def test_an_assignment_names_its_line_and_the_remedy():
    def model():
        x = lp.sample("x", dist.Normal(np.zeros(2), 1.0).to_event(1))
        z = np.zeros(2)
        z[0] = x[0]
        lp.factor("f", z.sum())

    with pytest.raises(TracingError, match=r"test_potential.py:\d+.*set_at"):
        compile_density(model)


def test_a_wrong_parameter_names_site_distribution_and_line():
    with pytest.raises(ConstraintError, match=r"Site 'obs': Normal got scale.*models.py:\d+"):
        compile_density(schools, (-SIGMA,), {"y": EFFECT})


def test_a_discrete_latent_site_is_refused_by_name():
    def model():
        lp.sample("k", dist.Bernoulli(0.5))

    with pytest.raises(DiscreteLatentError, match="'k'"):
        compile_density(model)


def test_a_model_without_latent_sites_has_one_density():
    density = compile_density(lambda: lp.sample("y", dist.Normal(0.0, 1.0), obs=1.0))
    U, gradient = density.potential(np.zeros(0))
    assert U == -dist.Normal(0.0, 1.0).log_prob(1.0) and gradient.shape == (0,)


def test_condition_on_an_unknown_site_is_an_error():
    with pytest.raises(SiteNameError, match="'muu'"):
        compile_density(lp.condition(schools, data={"muu": 1.0}), (SIGMA,), {"y": EFFECT})


def test_jit_false_runs_eagerly_without_a_warning(recwarn):
    density = compile_density(schools, (SIGMA,), {"y": EFFECT}, jit=False)
    assert isinstance(density.potential, EagerPotential)
    assert not recwarn.list


def test_what_cannot_be_lowered_runs_eagerly(monkeypatch):
    def refuse(source):
        raise CompilationError("density: `x` is not known.")

    monkeypatch.setattr(potential, "build_function", refuse)
    with pytest.warns(FallbackWarning, match="not known. The model runs eagerly"):
        found = compile_objective(lambda q: np.sum(q * q), np.ones(3))
    value, gradient = found(np.ones(3))
    assert value == 3.0 and gradient.tolist() == [2.0, 2.0, 2.0]
