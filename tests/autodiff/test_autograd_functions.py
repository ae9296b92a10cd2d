"""Models written with `autograd.numpy` mean, and compile to, what they mean with NumPy."""

import autograd.numpy as anp
import autograd.scipy.linalg as anp_linalg
import autograd.scipy.special as anp_special
import numpy as np
import pytest
from autograd.extend import defvjp, primitive

from lightppl import linalg, special
from lightppl.autodiff.check import value_and_gradient
from lightppl.compiler.passes import optimize_graph
from lightppl.compiler.record.record import record_value_and_gradient
from lightppl.compiler.rehearsal import Rehearsal
from lightppl.compiler.schedule.plan import schedule_graph
from lightppl.compiler.write.program import emit_program
from lightppl.contrib.control_flow import cond, scan
from lightppl.errors import UnsupportedOperationError

_M = np.random.default_rng(0).normal(size=(3, 4))
_K = _M @ _M.T + np.eye(3)


def _shifted(np, q):
    x = np.reshape(q, (3, 4))
    return x @ x.T + _K


def _joined(np, q):
    rows = np.stack([q, q**2])
    wide = np.hstack([rows, np.concatenate((rows, rows), axis=1)])
    return np.sum(np.vstack([wide, wide]) ** 2) + np.sum(np.column_stack([q, q]) * q[:2])


def _several_results(np, q):
    values, vectors = np.linalg.eigh(_shifted(np, q))
    sign, log = np.linalg.slogdet(_shifted(np, q))
    return np.sum(values**1.5) + np.sum(vectors**2 * _M[:, :3]) + sign * log


def _parts(np, q):
    parts = np.array_split(q, 5)
    return sum(np.sum(k * x**2) for k, x in enumerate(parts)) + np.sum(np.split(q, 3)[1] ** 3)


WRITTEN = {
    "reductions by position": lambda np, q: np.sum(np.sum(np.reshape(q, (3, 4)), 1) ** 2)
    + np.var(q) + np.sum(np.max(np.reshape(q, (4, 3)), axis=0)) + np.mean(np.prod(q)),
    "products": lambda np, q: np.dot(q, q) + np.sum(np.outer(q, q) ** 3)
    + np.sum(np.einsum("ij,kj->ik", np.reshape(q, (3, 4)), _M)) + np.sum(_shifted(np, q) ** 2),
    "movement": lambda np, q: np.sum(np.transpose(np.reshape(q, (3, 4))) * np.roll(_M.T, 1))
    + np.sum(np.repeat(q, 2) * np.arange(24.0)) + np.sum(np.expand_dims(q, 1) * q[:2]),
    "joined": _joined,
    "several results": _several_results,
    "parts": _parts,
    "selection": lambda np, q: np.sum(np.where(q > 0, q, q**2)) + np.sum(np.clip(q, -0.5, 0.5))
    + np.sum(np.sort(q) * np.arange(12.0)) + q[np.argmax(q)] ** 2 + np.sum(np.full_like(q, 2) * q),
    "matrices": lambda np, q: np.sum(np.linalg.solve(_shifted(np, q), _M))
    + np.sum(np.log(np.diag(np.linalg.cholesky(_shifted(np, q))))) + np.linalg.norm(q),
}


@pytest.mark.parametrize("where", ("alone", "in a loop", "in a branch"))
@pytest.mark.parametrize("name", WRITTEN)
def test_a_function_of_autograd_is_the_one_of_numpy(name, where):
    function = WRITTEN[name]
    _require_agreement(
        _placed(lambda q: function(anp, q), where), _placed(lambda q: function(np, q), where)
    )


@pytest.mark.parametrize("where", ("alone", "in a loop", "in a branch"))
def test_a_function_of_autograd_s_scipy_is_ours(where):
    def written(np, special, linalg):
        def function(q):
            root = np.linalg.cholesky(_shifted(np, q))
            solved = linalg.solve_triangular(root, _M, lower=True)
            return np.sum(solved**2) + special.logsumexp(q) + np.sum(special.gammaln(q**2 + 1.0))

        return _placed(function, where)

    _require_agreement(written(anp, anp_special, anp_linalg), written(np, special, linalg))


def test_arrays_are_made_of_numbers():
    def function(q):
        table = anp.array([[q[0], 1.0], [q[1], 2.0]])
        rows = anp.array(q, ndmin=2) + anp.full((1, 12), q[3])
        return anp.sum(table.T[0] * q[:2]) + anp.sum(rows**2)

    def plain(q):
        table = np.stack([np.stack([q[0], 1.0]), np.stack([q[1], 2.0])])
        return np.sum(table.T[0] * q[:2]) + np.sum((q[None] + q[3]) ** 2)

    _require_agreement(function, plain)


def test_a_primitive_of_a_user_is_not_what_has_its_name_here():
    @primitive
    def square(x):
        return x**3

    defvjp(square, lambda ans, x: lambda g: g * 3 * x**2)
    with pytest.raises(UnsupportedOperationError, match=r"\.square at .* no compiled form"):
        record_value_and_gradient(lambda q: np.sum(square(q)), np.arange(3.0))


def _placed(function, where):
    if where == "in a loop":
        def looped(q):
            xs = np.stack([q, 0.5 * q])
            last, rows = scan(lambda c, x: (0.5 * c + function(x), np.sin(c)), q[0], xs)
            return last + np.sum(rows)

        return looped
    if where == "in a branch":
        return lambda q: cond(q[0] > 0.2, lambda x: function(0.7 * x), lambda x: -function(x), q)
    return function


def _require_agreement(function, plain):
    points = np.random.default_rng(3).normal(size=(3, 12))
    with np.errstate(all="ignore"):
        graph = optimize_graph(record_value_and_gradient(function, points[0]))
    emitted = emit_program(schedule_graph(graph))
    for q in points:
        expected = value_and_gradient(plain, q)
        for found in (value_and_gradient(function, q), Rehearsal(emitted, 12)(q)):
            np.testing.assert_allclose(found[0], expected[0], rtol=1e-9)
            np.testing.assert_allclose(found[1], expected[1], rtol=1e-9, atol=1e-9)
