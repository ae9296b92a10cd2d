"""Every rewrite rule is an identity on hard numbers, value and gradient, or says where it is not.

Each program below lets some rules fire.  The optimized graph must give what eager code gives on a
grid of zeros, infinities, NaN, subnormal and huge numbers; zeros of either sign count as one.
"""

import functools

import numpy as np
import pytest

from lightppl import linalg, special
from lightppl.autodiff.check import value_and_gradient
from lightppl.compiler.graph.evaluate import evaluate_graph
from lightppl.compiler.passes import SIMPLIFY, algebra, optimize_graph
from lightppl.compiler.passes.rewriting import rewrite
from lightppl.compiler.record.record import record_value_and_gradient

HARD = np.array([
    0.0, -0.0, 1.0, -1.0, 0.7, -2.5, 1e-320, -1e-320, 1e-200, 1e200, 1e308, -1e308, 800.0, -800.0,
    720.0, -720.0, np.inf, -np.inf, np.nan,
])
FIRST, SECOND = (x.ravel() for x in np.meshgrid(HARD, HARD))
DATA = HARD[np.arange(len(FIRST)) * 7 % len(HARD)]
OTHER = HARD[(np.arange(len(FIRST)) * 7 + np.arange(len(FIRST)) // len(HARD)) % len(HARD)]
MASK = np.arange(len(FIRST)) % 3 == 0
ORDINARY = np.linspace(0.1, 3.0, len(FIRST))
NOWHERE = np.zeros(len(FIRST), bool)

PROGRAMS = {
    # --- sums
    "twice": lambda x, y: x + x, "plus zero": lambda x, y: x + 0.0 + y,
    "plus a negative": lambda x, y: x + (-y), "constants": lambda x, y: (x + DATA) + OTHER,
    "constants less": lambda x, y: (x - DATA) - OTHER, "mixed": lambda x, y: (x + 2.5) - y - 0.3,
    "number drifts": lambda x, y: (x + 2.5) + y, "less zero": lambda x, y: x - 0.0,
    "zero less": lambda x, y: 0.0 - x, "less a negative": lambda x, y: x - (-y),
    "negative less": lambda x, y: (-x) - y, "negative of a difference": lambda x, y: -(x - y),
    # --- products
    "by one": lambda x, y: x * 1.0, "by minus one": lambda x, y: x * -1.0,
    "of negatives": lambda x, y: (-x) * y, "of literals": lambda x, y: 4.0 * (0.5 * x),
    "of data": lambda x, y: (x * DATA) * OTHER, "of itself": lambda x, y: x * x,
    "of numbers": lambda x, y: (x * 1e200) * 1e200,
    "small numbers": lambda x, y: x * 1e-200 * 1e-200,
    "numbers that cancel": lambda x, y: x * 1e-200 * 1e200, "negated": lambda x, y: -(2.0 * x),
    "by a negative literal": lambda x, y: (-x) * 2.0, "square of negative": lambda x, y: (-x) ** 2,
    # --- quotients
    "by two": lambda x, y: x / 2.0, "by data": lambda x, y: x / DATA,
    "negative by": lambda x, y: (-x) / y, "of unknowns": lambda x, y: x / y,
    "data over unknowns": lambda x, y: DATA / x, "by a number": lambda x, y: x / 3.7,
    "cancels alone": lambda x, y: np.exp(x) * (y * (DATA / np.exp(x))),
    "cancels in a choice": lambda x, y: np.exp(x) * np.where(MASK, 0.0, DATA / np.exp(x)),
    "cancels": lambda x, y: np.exp(x) * (y - DATA / np.exp(x)),
    "cancels on the left": lambda x, y: np.exp(x) * (DATA / np.exp(x) - y),
    "cancels the sum": lambda x, y: np.exp(x) * (DATA / np.exp(x) + y),
    "chosen quotient": lambda x, y: np.where(MASK, 0.0, DATA / np.exp(x)),
    # --- powers, exponentials, logarithms
    **{f"power {p}": lambda x, y, p=p: x**p for p in (1.0, 2.0, 3.0, 4.0, 0.5, -0.5, -1.0, -2.0)},
    "log exp": lambda x, y: np.log(np.exp(x)), "logaddexp zero": lambda x, y: np.logaddexp(0.0, x),
    "logaddexp": lambda x, y: np.logaddexp(x, y), "log_expit": lambda x, y: special.log_expit(x),
    "softplus and expit": lambda x, y: special.softplus(x) - special.expit(x) * y,
    "both signs": lambda x, y: special.expit(x) * special.expit(-x) + special.softplus(-x),
    "xlogy exp": lambda x, y: special.xlogy(x, np.exp(y)),
    "xlogy of data exp": lambda x, y: special.xlogy(DATA, np.exp(y)),
    "xlogy of zeros exp": lambda x, y: special.xlogy(np.where(MASK, 0.0, 2.0), np.exp(y)),
    "xlogy by data": lambda x, y: special.xlogy(x, DATA),
    "xlogy by ordinary data": lambda x, y: special.xlogy(x, ORDINARY),
    "xlog1py by data": lambda x, y: special.xlog1py(x, DATA),
    "xlog1py by ordinary data": lambda x, y: special.xlog1py(x, ORDINARY - 1.0),
    "and nowhere": lambda x, y: np.where((x > 0) & NOWHERE, x, y),
    "and somewhere": lambda x, y: np.where(MASK & (x > 0), x, y),
    "xlogy": lambda x, y: special.xlogy(x, y), "xlog1py": lambda x, y: special.xlog1py(x, y),
    "where of a literal": lambda x, y: np.where(True, x, y),
    "zero or a product": lambda x, y: np.where(x == 0.0, 0.0, ORDINARY * x) + y,
    "logit": lambda x, y: special.logit(x), "log2": lambda x, y: np.log2(x) * y,
    "log10": lambda x, y: np.log10(x) - y, "exp2": lambda x, y: np.exp2(x) * y,
    "log_bessel_i0": lambda x, y: special.log_bessel_i0(x), "isnan": lambda x, y: np.isnan(x) * y,
    "fmax": np.fmax, "fmin": np.fmin, "maximum": np.maximum, "minimum": np.minimum,
    "integers and zero": lambda x, y: ((x > 0).astype(int) + 0.0) * y,
    "integers less zero": lambda x, y: ((x > 0).astype(int) - 0.0) / 2 * y,
}


EXACT = {
    "log exp": lambda x, y: x * 1.0,
    "numbers that cancel": lambda x, y: x * 1.0,
    "cancels alone": lambda x, y: y * DATA,
    "cancels in a choice": lambda x, y: np.where(MASK, 0.0, DATA),
    "chosen quotient": lambda x, y: np.where(MASK, 0.0, DATA * np.exp(-x)),
    "cancels": lambda x, y: np.exp(x) * y - DATA,
    "cancels on the left": lambda x, y: DATA - np.exp(x) * y,
    "cancels the sum": lambda x, y: DATA + np.exp(x) * y,
    "xlogy exp": lambda x, y: _zero_times(x, y),
    "xlogy of data exp": lambda x, y: _zero_times(DATA, y),
    "xlogy of zeros exp": lambda x, y: _zero_times(np.where(MASK, 0.0, 2.0), y),
}
"""The deliberate exceptions: what they mean without the detour that over- or underflows."""

WITHOUT_GRADIENT = {"cancels alone", "cancels in a choice"}
"""What is left of their gradients is the rounding of terms that cancel."""

SUMS = {"constants", "constants less", "mixed", "number drifts"}
"""Sums in another order: the same to rounding of their largest term."""


def _zero_times(known, y):
    return np.where((known == 0) & np.equal(y, y), 0.0, known * y)


FINITE_GRADIENT = ("log exp", "xlogy of zeros exp", "xlogy of data exp", "cancels alone")


@pytest.mark.parametrize("name", FINITE_GRADIENT)
@pytest.mark.parametrize("z", [-800.0, 800.0])
def test_a_finite_value_has_a_finite_gradient(name, z):
    """Where the detour is lost in the value, it is lost in the gradient."""
    known = np.array([0.0, 1.0, 3.0])
    programs = {
        "log exp": lambda q: np.sum(known * np.log(np.exp(q))),
        "xlogy of zeros exp": lambda q: np.sum(special.xlogy(np.zeros(3), np.exp(q))),
        "xlogy of data exp": lambda q: np.sum(special.xlogy(known, np.exp(q))),
        "cancels alone": lambda q: np.sum(np.exp(q) * (known / np.exp(q)) + known * q),
    }
    slope = np.zeros(3) if "zeros" in name else known
    graph = optimize_graph(record_value_and_gradient(programs[name], np.full(3, 0.3)))
    value, gradient = evaluate_graph(graph, np.full(3, z))
    assert np.isfinite(value)
    np.testing.assert_allclose(gradient, slope, rtol=1e-14)


def weighted(function):
    """Return the objective whose gradient shows values and partial derivatives of a function."""
    size = len(FIRST)
    return lambda q: np.sum(q[:size] * function(q[size : 2 * size], q[2 * size :]))


POINT = np.concatenate([np.ones(len(FIRST)), FIRST, SECOND])
ELSEWHERE = np.full(len(POINT), 0.3)


@pytest.mark.parametrize("name", PROGRAMS)
def test_elementwise_rules_are_identities(name):
    size = len(FIRST)
    with np.errstate(all="ignore"):
        _, expected = value_and_gradient(weighted(EXACT.get(name, PROGRAMS[name])), POINT)
        graph = record_value_and_gradient(weighted(PROGRAMS[name]), ELSEWHERE)
        found = evaluate_graph(optimize_graph(graph), POINT)[1]
        _, eager = value_and_gradient(weighted(PROGRAMS[name]), POINT)
        slack = sum(np.where(np.isfinite(x), 1e-15 * np.abs(x), 0.0)
                    for x in (FIRST, SECOND, DATA, OTHER, np.float64(3.0)))
    slack = np.tile(slack, 3) if name in SUMS else 0.0
    wrong = np.intersect1d(different(found, expected, slack), different(found, eager, slack))
    wrong = wrong[wrong < size] if name in WITHOUT_GRADIENT else wrong
    shown = [(FIRST[k % size], SECOND[k % size], DATA[k % size], OTHER[k % size], k // size,
              found[k], expected[k]) for k in wrong[:12]]
    assert not len(wrong), f"{name}: " + "\n".join(map(str, shown))


def different(found, expected, slack):
    """Return the positions at which two results are not the same number."""
    both = np.isfinite(found) & np.isfinite(expected)
    with np.errstate(all="ignore"):
        is_close = np.abs(found - expected) <= 1e-13 * np.abs(expected) + 1e-307 + slack
        is_same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    return np.flatnonzero(~np.where(both, is_close, is_same))


def test_every_rule_of_the_algebra_fires_in_some_program():
    fired = set()

    def watched(rule):
        def apply(r, inputs, attrs):
            found = rule(r, inputs, attrs)
            if found is not None:
                fired.add(rule)
            return found

        return apply

    rules = {op: [watched(x) for x in found] for op, found in SIMPLIFY.items()}
    for function in PROGRAMS.values():
        rewrite(record_value_and_gradient(weighted(function), ELSEWHERE), rules)
    silent = {x.__name__ for found in algebra.RULES.values() for x in found if x not in fired}
    assert silent <= {"_to_float"}


ONE_BY_ONE = {
    "cholesky": lambda a, b: np.linalg.cholesky(a),
    "solve": lambda a, b: linalg.solve(a, b),
    "solve_triangular": lambda a, b: linalg.solve_triangular(a, b),
    "log det": lambda a, b: linalg.slogdet(a)[1],
    "sign det": lambda a, b: linalg.slogdet(a)[0] * b[0, 0],
    "matmul": lambda a, b: a @ b,
    "eigh": lambda a, b: linalg.eigh(a).eigenvalues,
    "svd": lambda a, b: linalg.svdvals(a),
    "max": lambda a, b: np.max(a, axis=0), "prod": lambda a, b: np.prod(a, axis=1),
    "cumsum": lambda a, b: np.cumsum(a, axis=0), "cumprod": lambda a, b: np.cumprod(a, axis=1),
}


@pytest.mark.parametrize("name", ONE_BY_ONE)
def test_matrices_of_one_element_keep_the_meaning_of_matrices(name):
    def objective(q):
        return np.sum(ONE_BY_ONE[name](np.reshape(q[0], (1, 1)), np.reshape(q[1], (1, 1))))

    graph = optimize_graph(record_value_and_gradient(objective, np.array([0.7, 0.3])))
    eager = functools.partial(value_and_gradient, objective)
    for a in (0.7, 2.0, 0.0, -1.5, 1e-300, 1e200):
        with np.errstate(all="ignore"):
            try:
                value, gradient = eager(np.array([a, 0.4]))
            except np.linalg.LinAlgError:
                continue
            found_value, found_gradient = evaluate_graph(graph, np.array([a, 0.4]))
        if name == "solve_triangular" and a == 0.0:  # infinite, where SciPy has no number
            assert not np.isfinite(found_value) and not np.isfinite(value)
            continue
        np.testing.assert_allclose(found_value, value, rtol=1e-13, err_msg=str(a))
        if np.isfinite(value):
            np.testing.assert_allclose(found_gradient, gradient, rtol=1e-12, err_msg=str(a))


REDUCED = {
    "of a product": lambda x, y: np.sum(x * y[0]), "of a quotient": lambda x, y: np.sum(x / y[0]),
    "of terms": lambda x, y: np.sum(x + DATA[: len(HARD)] * 0.0 + y[0]),
    "of a negative": lambda x, y: np.sum(-x),
    "of sums": lambda x, y: np.sum(np.sum(np.tanh(x)) * y),
}


@pytest.mark.parametrize("name", REDUCED)
def test_sums_keep_what_is_no_number(name):
    size = len(HARD)
    objective = lambda q: REDUCED[name](q[:size], q[size:])
    graph = optimize_graph(record_value_and_gradient(objective, np.full(size + 3, 0.3)))
    for x in (np.ones(size), np.where(np.arange(size) == 2, np.inf, 1.0), np.zeros(size)):
        for y in (0.0, 2.0, -np.inf, np.nan, -800.0):
            q = np.append(x, [y, 1.0, 0.5])
            with np.errstate(all="ignore"):
                value, gradient = value_and_gradient(objective, q)
                found_value, found_gradient = evaluate_graph(graph, q)
            np.testing.assert_allclose(found_value, value, rtol=1e-13)
            np.testing.assert_allclose(found_gradient, gradient, rtol=1e-13)
