"""Held values: those of a density that change between calls, and that no code knows."""

from functools import partial
from unittest import mock

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.compiler.build import compile_counts
from lightppl.compiler.graph.graph import Graph, GraphBuilder
from lightppl.compiler.passes import optimize_graph
from lightppl.compiler.record.record import record_value_and_gradient
from lightppl.compiler.rehearsal import Rehearsal
from lightppl.compiler.schedule.plan import schedule_graph
from lightppl.compiler.write.program import emit_program
from lightppl.density import compile_density, compile_function, potential
from lightppl.density.agreement import require_agreement
from lightppl.errors import FallbackWarning, ModelError, ShapeError, SiteNameError
from lightppl.handlers import condition, seed, substitute, trace
from lightppl.machine_code.object_code import POTENTIAL_CTYPE
from tests.density.random_models import RandomModel

REL = 1e-12


def drawn(model, args, names, key):
    """Return values of some sites and plates in one run of a model."""
    with trace() as found:
        seed(model, key)(*args)
    return {name: np.asarray(found[name].value) for name in names}


def with_data(model, values):
    """Return a model in which held values are data."""
    plates = {name: x for name, x in values.items() if name == "rows"}
    sites = {name: x for name, x in values.items() if name != "rows"}
    return substitute(condition(model, sites), plates)


def compiled_as_text(objective, q, stages, source, held=()):
    """Stand in for machine code: the emitted text as Python."""
    graph = optimize_graph(record_value_and_gradient(objective, q, *held[:1]))
    program = emit_program(schedule_graph(graph), *map(len, held[:1]))
    stages["program"], stages["seconds"] = program, {}
    found = Rehearsal(program, len(q))
    return _TextPotential(found, held[0] if len(held) else ())


class _TextPotential:
    def __init__(self, rehearsal, held):
        self.rehearsal, self.held, self.function = rehearsal, np.asarray(held), _Agreeing()

    def __call__(self, q, held=None):
        return self.rehearsal(q, self.held if held is None else held)


class _Agreeing:
    has_agreed, unkept = False, None


@pytest.mark.parametrize("number", range(50))
def test_a_held_value_is_worth_what_it_would_be_as_data(number):
    model = RandomModel(number)
    args = model.y, model.counts, model.levels
    rng = np.random.default_rng(number)
    with mock.patch.object(potential, "_compiled", compiled_as_text):
        density = compile_density(model, args, held=model.held)
        for key in range(2):
            values = drawn(model, args, model.held, 100 * number + key)
            q = rng.normal(size=density.size)
            U, grad = density.potential(q, density.held.flatten(values))
            fresh = compile_density(with_data(model, values), args)
            expected, expected_grad = fresh.potential(q)
            assert U == pytest.approx(expected, rel=REL)
            assert grad == pytest.approx(expected_grad, rel=REL, abs=REL * np.abs(grad).max())


@pytest.mark.parametrize("number", [3, 8, 21])
def test_machine_code_serves_all_held_values(number):
    model = RandomModel(number)
    args = model.y, model.counts, model.levels
    density = compile_density(model, args, held=model.held)
    before = compile_counts()
    found = []
    q = np.random.default_rng(number).normal(size=density.size)
    values = [drawn(model, args, model.held, key) for key in range(3)]
    for each in values:
        found.append(density.potential(q, density.held.flatten(each)))
    assert compile_counts() == before
    for each, (U, grad) in zip(values, found):
        expected, expected_grad = compile_density(with_data(model, each), args).potential(q)
        assert U == pytest.approx(expected, rel=REL)
        assert grad == pytest.approx(expected_grad, rel=REL, abs=REL * np.abs(grad).max())


def mixture(y):
    with lp.plate("rows", len(y)):
        z = lp.sample("z", dist.Bernoulli(0.3))
        mean = lp.sample("mean", dist.Normal(0.0, 1.0))
        lp.sample("o", dist.Normal(np.where(z == 1, mean, 0.0), 1.0), obs=y)


def test_a_pass_that_looks_at_a_held_value_is_caught():
    y = np.array([0.5, -1.0, 2.0])
    density = compile_density(mixture, (y,), held=["z"])
    at_first = density.potential.held

    def folded(graph, after_pass=None):
        """Replace what is held by its values at the time of recording."""
        builder, new = GraphBuilder(), {}
        for node in graph.nodes():
            if node.op == "held":
                new[node.index] = builder.data(at_first)
            elif node.op == "data":
                new[node.index] = builder.data(graph.arrays[node["key"]])
            else:
                inputs = [new[x.index] for x in node.inputs]
                attrs = dict(node.attrs)
                new[node.index] = builder.intern(node.op, inputs, attrs, node.shape, node.dtype)
        outputs = tuple(new[node.index] for node in graph.outputs)
        return optimize_graph(Graph(outputs, builder.arrays), after_pass)

    with mock.patch.object(potential, "optimize_graph", folded):
        with pytest.warns(FallbackWarning, match="differs from the model's"):
            density = compile_density(mixture, (y,), held=["z"])
    q = np.ones(3)
    assert density.potential(q, np.ones(3))[0] != density.potential(q, np.zeros(3))[0]


def test_agreement_is_asked_for_at_every_held_vector():
    calls = []

    def right(q, held):
        calls.append(tuple(held))
        return np.sum(q**2) * held[0]

    found = compile_function(lambda q: np.sum(q**2), np.ones(2), tempered="all")
    held = [np.ones(1), np.full(1, 2.0)]
    again = require_agreement(found.potential, right, np.ones(2), held=held)
    assert again is found.potential
    assert {(1.0,), (2.0,)} <= set(calls)


def test_temperatures_multiply_the_likelihood_or_everything():
    def model():
        x = lp.sample("x", dist.HalfNormal(1.0))
        lp.sample("o", dist.Normal(x, 1.0), obs=2.0)
        lp.factor("f", -x)

    q = np.array([0.3])
    x = np.exp(q[0])
    prior = dist.HalfNormal(1.0).log_prob(x) + q[0]
    likelihood = dist.Normal(x, 1.0).log_prob(2.0) - x
    by_likelihood = compile_density(model, tempered="likelihood")
    by_all = compile_density(model, tempered="all")
    for beta in (0.0, 0.3, 1.0):
        held = np.array([beta])
        assert by_likelihood.potential(q, held)[0] == pytest.approx(-prior - beta * likelihood)
        assert by_all.potential(q, held)[0] == pytest.approx(-beta * (prior + likelihood))


def test_a_minibatch_is_the_rows_at_its_index():
    X, y = np.random.default_rng(0).normal(size=(1000, 3)), np.arange(1000.0)

    def model(X, y):
        b = lp.sample("b", dist.Normal(0.0, 1.0).expand([3]).to_event(1))
        with lp.plate("rows", 1000, subsample_size=10) as rows:
            lp.sample("o", dist.Normal(X[rows] @ b, 1.0), obs=lp.subsample(y, event_dim=0))

    density = compile_density(model, (X, y), held=["rows"])
    q, rows = np.array([0.1, -0.2, 0.3]), np.array([5, 5, 999, 0, 1, 2, 3, 4, 7, 500])
    expected = dist.Normal(0.0, 1.0).log_prob(q).sum()
    expected += 100.0 * dist.Normal(X[rows] @ q, 1.0).log_prob(y[rows]).sum()
    assert density.potential(q, rows.astype(float))[0] == pytest.approx(-expected, rel=REL)


def test_a_step_touches_the_rows_of_its_minibatch_only():
    num_rows = 5000
    data = np.arange(float(num_rows))

    def objective(q, held):
        rows = lp.special.take(data, held.astype(int))
        return np.sum((rows - q[0]) ** 2)

    index = np.array([3.0, 4000.0, 17.0])
    graph = optimize_graph(record_value_and_gradient(objective, np.ones(1), index))
    program = emit_program(schedule_graph(graph), len(index))
    touched = set()
    whole = Rehearsal(program, 1)
    from lightppl.compiler import rehearsal

    read = rehearsal.GuardedArray.__getitem__

    def counted(self, i):
        if self.name == "float_data" or self.name.startswith("stream"):
            touched.add(i)
        return read(self, i)

    with mock.patch.object(rehearsal.GuardedArray, "__getitem__", counted):
        U, _ = whole(np.ones(1), index)
    assert U == pytest.approx(np.sum((index - 1.0) ** 2))
    assert len(touched) <= len(index) + 3


def test_draws_and_starts_carry_what_is_held():
    y = np.array([0.5, -1.0, 2.0])
    density = compile_density(mixture, (y,), held=["z"])
    rngs = [np.random.default_rng(k) for k in range(2)]
    points = density.initial_points(rngs, init_params={"z": np.array([1, 0, 1])})
    assert points.shape == (2, 6)
    assert density.constrain(points)["z"].tolist() == [[1, 0, 1]] * 2
    assert density.unflatten(points)["z"].dtype == np.int64
    assert np.array_equal(density.flatten(density.unflatten(points[0])), points[0])


def test_eager_densities_hold_values_too():
    y = np.array([0.5, -1.0, 2.0])
    eager = compile_density(mixture, (y,), held=["z"], jit=False).potential
    compiled = compile_density(mixture, (y,), held=["z"]).potential
    q, held = np.array([0.1, 0.2, -0.3]), np.array([0.0, 1.0, 1.0])
    assert eager(q, held)[0] == pytest.approx(compiled(q, held)[0], rel=REL)
    assert eager(q, held)[1] == pytest.approx(compiled(q, held)[1], rel=REL)


def test_an_array_of_the_model_itself_is_indexed_eagerly_after_one_warning():
    def model():
        z = lp.sample("z", dist.Categorical(np.ones(3) / 3))
        levels = np.array([0.0, 1.0, 5.0])
        lp.sample("x", dist.Normal(levels[z], 1.0))

    with pytest.warns(FallbackWarning, match="take"):
        density = compile_density(model, held=["z"])
    for z, level in enumerate([0.0, 1.0, 5.0]):
        U = density.potential(np.array([2.0]), np.array([float(z)]))[0]
        assert U == pytest.approx(-dist.Normal(level, 1.0).log_prob(2.0) + np.log(3.0))


def test_a_held_value_that_nothing_reads_stays_what_it_is():
    def model():
        lp.sample("z", dist.Bernoulli(0.5).mask(False))
        x = lp.sample("x", dist.Normal(0.0, 1.0))
        lp.factor("f", -np.sum(np.linalg.cholesky(np.eye(3) * (1.0 + x**2))))

    density = compile_density(model, held=["z"])
    assert "held[" not in density.stages["program"].source
    workspace = np.zeros(density.potential.workspace_size)
    workspace[0] = 1.0
    data = density.potential.float_data, density.potential.int_data
    arrays = np.ones(1), np.zeros(1), *data, workspace
    POTENTIAL_CTYPE(density.potential.address)(*(x.ctypes.data for x in arrays))
    assert workspace[0] == 1.0


@pytest.mark.parametrize(
    "wrong, error",
    [({"held": ["y"]}, SiteNameError), ({"held": ["o"]}, SiteNameError),
     ({"held": ["rows", "z"]}, SiteNameError), ({}, ModelError),
     ({"held": ["z"], "tempered": "half"}, ValueError)],
)
def test_what_cannot_be_held_is_refused(wrong, error):
    with pytest.raises(error):
        compile_density(mixture, (np.zeros(3),), **wrong)


def test_other_data_are_bound_with_what_is_held():
    density = compile_density(mixture, (np.zeros(3),), held=["z"])
    density.set_data(np.ones(3))
    expected = compile_density(mixture, (np.ones(3),), held=["z"])
    q, held = np.ones(3), np.array([1.0, 0.0, 1.0])
    assert density.potential(q, held)[0] == expected.potential(q, held)[0]
    with pytest.raises(ShapeError):
        density.set_data(np.ones(4))


def test_partial_models_and_handlers_index_their_arrays():
    levels = np.array([0.0, 1.0, 5.0])

    def model(levels):
        z = lp.sample("z", dist.Categorical(np.ones(3) / 3))
        lp.sample("x", dist.Normal(levels[z], 1.0))

    for wrapped in (partial(model, levels), seed(partial(model, levels), 0)):
        density = compile_density(wrapped, held=["z"])
        U = density.potential(np.array([2.0]), np.array([2.0]))[0]
        assert U == pytest.approx(-dist.Normal(5.0, 1.0).log_prob(2.0) + np.log(3.0))
