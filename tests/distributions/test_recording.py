"""Every family can be recorded and compiled, and says then what eager autograd says."""

import warnings

import numpy as np
import pytest
from autograd import value_and_grad

from lightppl.autodiff import as_array
from lightppl.compiler.graph.batch import evaluate_batch
from lightppl.compiler.record.random_draws import RecordingGenerator
from lightppl.compiler.graph.evaluate import evaluate_graph
from lightppl.compiler.passes import optimize_graph
from lightppl.compiler.record.record import record_function, record_value_and_gradient
from lightppl.density import compile_objective
from lightppl.distributions import biject_to
from lightppl.errors import FallbackWarning, TracingError, UnsupportedOperationError
from tests.distributions import checks
from tests.distributions.catalogue import ROWS
from tests.distributions.checks import _constraint_of, _inner


def flat_density(row):
    """Return the log density as a function of one flat vector: parameters, then the value."""
    params, values = row.ordinary
    d = row.make(**params)
    build, q = flat_distribution(row)
    transform = None if d.is_discrete else bijector_of(d.support)
    if transform is None or np.any(np.isnan(transform.inv(np.asarray(values[0])))):
        return lambda q: sum(np.sum(build(q).log_prob(np.asarray(v))) for v in values), q
    start = np.asarray(transform.inv(_inner(d, values)))

    def fun(q_and_value):
        made = build(q_and_value[: q.size])
        latent = transform(np.reshape(q_and_value[q.size :], start.shape))
        total = sum(np.sum(made.log_prob(np.asarray(v))) for v in values)
        return total + np.sum(made.log_density(latent))

    return fun, np.concatenate([q, start.ravel()])


def flat_distribution(row):
    """Return a maker of the ordinary case from a flat vector of unconstrained parameters."""
    params = row.ordinary[0]
    d = row.make(**params)
    pieces, size = {}, 0
    for name in params:
        transform = bijector_of(_constraint_of(d, name))
        if name not in row.static + row.discrete_params and transform is not None:
            start = np.asarray(transform.inv(as_array(params[name])), float)
            pieces[name] = (transform, start, slice(size, size + start.size))
            size += start.size

    def build(q):
        moved = {
            name: transform(np.reshape(q[cut], start.shape))
            for name, (transform, start, cut) in pieces.items()
        }
        return row.make(**{**params, **moved}, validate_args=False)

    flat = [start.ravel() for _, start, _ in pieces.values()]
    return build, np.concatenate([np.zeros(0)] + flat)


def bijector_of(constraint):
    try:
        return biject_to(constraint)
    except NotImplementedError:
        return None


RECORDED = [row for row in ROWS if "recording" not in row.skip]


@pytest.mark.parametrize("row", RECORDED, ids=lambda row: row.name)
def test_recorded_graph_equals_eager_autograd(row):
    fun, q = flat_density(row)
    if not q.size:
        pytest.skip("nothing moves")
    with np.errstate(all="ignore"):
        value, gradient = value_and_grad(fun)(q)
        graph = optimize_graph(record_value_and_gradient(fun, q))
        found_value, found_gradient = evaluate_graph(graph, q)
    np.testing.assert_allclose(found_value, value, rtol=1e-10)
    np.testing.assert_allclose(found_gradient, gradient, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("row", RECORDED, ids=lambda row: row.name)
def test_compiled_code_equals_eager_autograd(row):
    fun, q = flat_density(row)
    if not q.size:
        pytest.skip("nothing moves")
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error", FallbackWarning)
        value, gradient = value_and_grad(fun)(q)
        found_value, found_gradient = compile_objective(fun, q)(q)
    np.testing.assert_allclose(found_value, value, rtol=1e-10)
    np.testing.assert_allclose(found_gradient, gradient, rtol=1e-7, atol=1e-9)


# a grid search, and drawing again until positive
DRAWN_ONE_BY_ONE = {"HurdleLogits(Binomial)", "SineBivariateVonMises"}


@pytest.mark.parametrize("row", RECORDED, ids=lambda row: row.name)
def test_recorded_draws_fit_the_distribution(row):
    build, q = flat_distribution(row)
    if not q.size or "draws" in row.skip:
        pytest.skip("nothing to draw or to move")

    def recorded(q, generator):
        return {"x": build(q).sample(generator)}

    with np.errstate(all="ignore"):
        if row.name in DRAWN_ONE_BY_ONE:
            with pytest.raises((TracingError, UnsupportedOperationError)):
                record_function(recorded, q, RecordingGenerator)
            return
        graph, _ = record_function(recorded, q, RecordingGenerator)
        points = np.broadcast_to(q, (checks.NUM_DRAWS, q.size))
        draws = evaluate_batch(graph, points, np.random.default_rng(7))[0]
    checks.check_draws(row, draws=np.asarray(draws))
