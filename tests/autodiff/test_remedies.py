"""A traced value that reaches what cannot take it: the error names the one thing to write instead.

Each row is a program and the remedy, word for word; the line is that of the program.
"""

import functools
import importlib
import math
import re
import statistics

import numpy as np
import pytest
import scipy.integrate
import scipy.interpolate
import scipy.linalg
import scipy.optimize
import scipy.signal
import scipy.sparse
import scipy.special
import scipy.stats
from scipy.special import logsumexp

from lightppl import linalg, special
from lightppl.autodiff.check import value_and_gradient
from lightppl.errors import TracingError, UnsupportedOperationError
from tests.autodiff.recording import record

POINT = np.array([0.4, -1.3, 2.0])
X, Y, VALUES = np.arange(9.0).reshape(3, 3), np.arange(3.0), [1.0, 2.0, 3.0]
RNG = np.random.default_rng(0)
AWAY = "the value takes part in arithmetic as it is"
MASK = "use np.where with a mask instead of a slice, whose ends must be plain integers"
AS_LARGE = "make the array as large as it may become, and use np.where with a mask"
NEWTON = "write a fixed number of Newton steps, as in lightppl.contrib.control_flow.scan"
SAMPLE = 'draw with lightppl.sample("name", distribution)'
OTHERWISE = "write it with NumPy functions, or with those of lightppl.special and lightppl.linalg"


def first(x):
    return np.argmax(x)


CALLS = [
    # functions of SciPy that are no ufuncs: direct, under another name, hidden in a call
    (lambda x: logsumexp(x), "use lightppl.special.logsumexp"),
    (lambda x: scipy.special.softmax(x, axis=0), "use lightppl.special.softmax"),
    (lambda x: list(map(logsumexp, [x])), "use lightppl.special.logsumexp"),
    (lambda x: functools.partial(scipy.special.logsumexp, axis=0)(x),
        "use lightppl.special.logsumexp"),
    (lambda x: scipy.linalg.cholesky(x[:, None] * x), "use lightppl.linalg.cholesky"),
    (lambda x: scipy.linalg.solve_triangular(X + np.eye(3), x, lower=True),
        "use lightppl.linalg.solve_triangular"),
    (lambda x: scipy.stats.norm.logpdf(x),
        "use lightppl.distributions.Normal(...).log_prob(value)"),
    (lambda x: scipy.stats.norm(0, 1).cdf(x), "use lightppl.distributions.Normal(...).cdf(value)"),
    (lambda x: scipy.stats.poisson.logpmf(2, x),
        "use lightppl.distributions.Poisson(...).log_prob(value)"),
    (lambda x: scipy.stats.multivariate_normal.logpdf(x, np.zeros(3)),
        "use lightppl.distributions.MultivariateNormal(...).log_prob(value)"),
    (lambda x: scipy.stats.zscore(x),
        "use a distribution of lightppl.distributions and its log_prob, or NumPy functions"),
    (lambda x: scipy.integrate.quad(lambda t: t * x[0], 0, 1),
        "use np.trapezoid over a fixed grid, or the nodes and weights of "
        "np.polynomial.legendre.leggauss"),
    (lambda x: scipy.integrate.solve_ivp(lambda t, y: -x[0] * y, (0, 1), [1.0]),
        "use lightppl.contrib.ode.odeint"),
    (lambda x: scipy.optimize.brentq(lambda t: t - x[0], -5, 5), NEWTON),
    (lambda x: scipy.optimize.minimize(lambda t: (t - x[0]) ** 2, 0.0), NEWTON),
    (lambda x: scipy.interpolate.CubicSpline(Y, x),
        "use np.interp, or a matrix of basis functions made from data"),
    (lambda x: scipy.signal.lfilter([1.0], [1.0, 0.5], x),
        "use lightppl.contrib.control_flow.scan"),
    # methods of plain arrays
    (lambda x: X.dot(x), "use X @ x"),
    (lambda x: np.ones((2, 3)).dot(x), "use np.ones((2, 3)) @ x"),
    (lambda x: [X][0].dot(x), "use [X][0] @ x"),
    (lambda x: Y.take(first(x)), "use lightppl.special.take(Y, first(x))"),
    (lambda x: Y.searchsorted(x), "use np.searchsorted(Y, x)"),
    # plain data at a traced index
    (lambda x: Y[first(x)], "use lightppl.special.take(Y, first(x))"),
    (lambda x: X[first(x), :], "use lightppl.special.take(X, first(x))"),
    (lambda x: X[:, first(x)], "use lightppl.special.take(X, first(x), axis=1)"),
    (lambda x: X[0, first(x)], "use lightppl.special.take(lightppl.special.take(X, 0, axis=0), "
        "first(x), axis=0)"),
    (lambda x: VALUES[first(x)], "use lightppl.special.take(np.stack(VALUES), first(x))"),
    (lambda x: {0: 1.0}[x[0]],
        "use lightppl.special.take(np.stack(list({0: 1.0}.values())), x[0])"),
    (lambda x: Y[: first(x)], MASK),
    # arrays made of traced values
    (lambda x: np.array([x[0], x[1]]), "use np.stack([x[0], x[1]])"),
    (lambda x: np.asarray((x[0], 1.0)), "use np.stack([x[0], 1.0])"),
    (lambda x: np.array([[x[0], x[1]], [1.0, x[2]]]),
        "use np.stack([np.stack([x[0], x[1]]), np.stack([1.0, x[2]])])"),
    (lambda x: np.array([v * v for v in x]), "use np.stack of the list"),
    (lambda x: np.asarray(x), f"leave np.asarray away: {AWAY}"),
    (lambda x: np.float64(x[0]), f"leave np.float64 away: {AWAY}"),
    (lambda x: np.full(3, x[0]), "use np.broadcast_to(value, shape)"),
    (lambda x: np.r_[x, 1.0], "use np.concatenate([x, 1.0])"),
    (lambda x: np.c_[x, Y], "use np.column_stack([x, Y])"),
    (lambda x: np.zeros(first(x)), AS_LARGE),
    (lambda x: np.arange(x[0]), AS_LARGE),
    (lambda x: np.fromiter(x, float), "use np.stack of the list"),
    # other functions
    (lambda x: np.random.normal(x[0]), SAMPLE),
    (lambda x: RNG.normal(x), SAMPLE),
    (lambda x: np.random.default_rng(0).poisson(x), SAMPLE),
    (lambda x: np.vectorize(lambda t: t)(x),
        "write the function with NumPy, which works on whole arrays"),
    (lambda x: "%f" % x[0], "use an f-string, which shows the shape of a traced value"),
    (lambda x: statistics.fmean(x), OTHERWISE),
    # conversions to Python numbers
    (lambda x: float(x[0]), f"leave float away: {AWAY}"),
    (lambda x: int(x[0]), "use np.floor(x), or x.astype(int) for an index"),
    (lambda x: range(first(x)),
        "use a range of fixed length, and np.where for the steps that count"),
    (lambda x: math.exp(x[0] + 1), "use np.exp(x[0] + 1)"),
    (lambda x: math.exp(float(x[0])), "use np.exp(x[0])"),
    (lambda x: math.lgamma(x[0]), "use lightppl.special.gammaln(x[0])"),
    (lambda x: math.atan2(x[0], 1.0), "use np.arctan2(x[0], 1.0)"),
    (lambda x: x[0].item(), "use the array itself"),
    (lambda x: x.tolist(), "use the array itself"),
    # the truth
    (lambda x: x if x[0] > 0 else -x, "use np.where(x[0] > 0, x, -x)"),
    (lambda x: x[0] > 0 and x[1] > 0, "use (x[0] > 0) & (x[1] > 0)"),
    (lambda x: x[0] > 0 or x[1] > 0, "use (x[0] > 0) | (x[1] > 0)"),
    (lambda x: not x[0] > 0, "use ~(x[0] > 0)"),
    (lambda x: 0 < x[0] < 1, "use (0 < x[0]) & (x[0] < 1)"),
    (lambda x: max(x[0], x[1], 0.0), "use np.maximum(np.maximum(x[0], x[1]), 0.0)"),
    (lambda x: min(x), "use np.min(x)"),
    (lambda x: any(x > 0), "use np.any(x > 0)"),
    (lambda x: sorted(x), "use np.sort(x)"),
    (lambda x: x[0] in [1, 2], "use np.isin(x[0], [1, 2])"),
    # functions of NumPy that have no fixed shape, or no derivative
    (lambda x: np.unique(x), "call it on data, or use np.sort"),
    (lambda x: np.flatnonzero(x),
        "use np.where(mask, a, b), whose shape does not depend on the values"),
    (lambda x: np.apply_along_axis(np.sum, 0, x),
        "write the function with NumPy, which works on whole arrays"),
    (lambda x: np.exp(x, out=np.zeros(3)), "use the returned array: out = np.exp(...)"),
    (lambda x: np.copyto(np.zeros(3), x),
        "use lightppl.special.set_at(x, idx, value), which returns a new array"),
]  # fmt: skip


def _if(x):
    if x[0] > 0:
        return x
    return -x


def _while(x):
    while x[0] > 0:
        x = x - 1
    return x


def _assert(x):
    assert x[0] > 0
    return x


def _assign_number(x):
    y = np.zeros(3)
    y[1] = x[1]
    return y


def _assign_part(x):
    y = np.zeros(3)
    y[1:] = x[1:]
    return y


def _assign_to_traced(x):
    x[0] = 1.0
    return x


def _add_to_part(x):
    y = np.zeros(3)
    y[0] += x[0]
    return y


def _add_in_place(x):
    y = np.zeros(3)
    y += x
    return y


STATEMENTS = [
    (_if, 1, "use np.where(x[0] > 0, a, b), or lightppl.contrib.control_flow.cond where only one "
        "of the two may be computed"),
    (_while, 1, "use lightppl.contrib.control_flow.scan over a fixed number of steps, with "
        "np.where for those that count"),
    (_assert, 1, "leave it away, or check the data outside of the model"),
    (_assign_number, 2, "use y = lightppl.special.set_at(y, 1, x[1])"),
    (_assign_part, 2, "use y = lightppl.special.set_at(y, np.s_[1:], x[1:])"),
    (_assign_to_traced, 1, "use x = lightppl.special.set_at(x, 0, 1.0)"),
    (_add_to_part, 2, "use y = lightppl.special.set_at(y, 0, y[0] + x[0])"),
    (_add_in_place, 2, "use y = y + x"),
]  # fmt: skip

ROWS = [(fun, 0, remedy) for fun, remedy in CALLS] + STATEMENTS


@pytest.mark.parametrize("fun, offset, remedy", ROWS, ids=[row[2][:60] for row in ROWS])
def test_the_error_names_one_remedy_at_the_line(fun, offset, remedy):
    with pytest.raises((TracingError, UnsupportedOperationError)) as caught:
        record(fun, POINT)
    message = str(caught.value)
    assert message.endswith(f", {remedy}."), message
    line = fun.__code__.co_firstlineno + offset
    assert re.search(rf" at {re.escape(__file__)}:{line}\b", message), message


NO_UFUNCS = {
    f"{package}.{name}": getattr(module, name)
    for package, ours, module in (
        ("special", special, scipy.special), ("linalg", linalg, scipy.linalg),
    )
    for name in ours.__all__
    if callable(getattr(module, name, None)) and not isinstance(getattr(module, name), np.ufunc)
}


ARGUMENTS = [
    lambda x: [x],
    lambda x: [np.exp(x)[:, None] * X + np.eye(3)],
    lambda x: [2, x],
    lambda x: [X, x],
    lambda x: [(X, True), x],
    lambda x: [1, 1, x],
]


@pytest.mark.parametrize("name", sorted(NO_UFUNCS))
def test_what_replaces_a_function_of_scipy_is_named(name):
    """Where its frames are all that is known; what SciPy makes of an array at all, it may make."""
    for arguments in ARGUMENTS:

        def called_in_a_hidden_way(x):
            list(map(NO_UFUNCS[name], *zip(arguments(x))))
            return x

        try:
            record(called_in_a_hidden_way, POINT)
        except TracingError as error:
            if str(error).startswith("`scipy."):  # otherwise compiled code, which has no frame
                named = re.search(r", use lightppl\.(\w+\.\w+)\.$", str(error)).group(1)
                assert NO_UFUNCS[named] is NO_UFUNCS[name], str(error)
                return
        except Exception:
            continue  # arguments that do not fit


@pytest.mark.parametrize(
    "fun, remedy",
    [
        (lambda x, c: c.dot(x), "use c.to_numpy()"),
        (lambda x, c: c * x, None),
        (lambda x, c: c[first(x)], "use lightppl.special.take(c.to_numpy(), first(x))"),
        (lambda x, c: c.clip(x[0]), "use c.to_numpy()"),
    ],
)
def test_columns_of_pandas_are_made_arrays(fun, remedy):
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    column = pandas.Series(Y)
    if remedy is None:
        assert record(lambda x: fun(x, column), POINT) is not None
        return
    with pytest.raises(TracingError) as caught:
        record(lambda x: fun(x, column), POINT)
    assert str(caught.value).endswith(f", {remedy}."), str(caught.value)


@pytest.mark.parametrize(
    "fun, remedy",
    [
        (lambda x: x.at[0].set(1.0), "use lightppl.special.set_at(x, idx, value)"),
        (lambda x: x.sort(), "use np.sort(x), which returns a new array"),
        (lambda x: x.no_such_thing, "use the functions of NumPy"),
    ],
)
def test_an_attribute_that_is_missing_has_a_remedy(fun, remedy):
    with pytest.raises(AttributeError) as caught:
        record(fun, POINT)
    assert str(caught.value).endswith(f"Instead, {remedy}."), str(caught.value)
    assert f"{__file__}:{fun.__code__.co_firstlineno}." in str(caught.value)
    assert record(lambda x: x if not hasattr(x, "at") else -x, POINT) is not None


def test_long_expressions_are_cut():
    with pytest.raises(TracingError, match=r"^`np.asarray\(.{50,70} \.\.\.` at"):
        record(lambda x: np.asarray(x + 1000000001 + 1000000002 + 1000000003
                                    + 1000000004 + 1000000005), POINT)  # fmt: skip


def test_python_without_columns_reads_the_whole_line(monkeypatch):
    from lightppl.autodiff import user_expression

    monkeypatch.setattr(user_expression, "_place_of_instruction", lambda *_: None)
    user_expression._paths_at.cache_clear()
    try:
        with pytest.raises(TracingError, match=re.escape("use np.stack([x[0], x[1]])")):
            record(lambda x: np.array([x[0], x[1]]), POINT)
    finally:
        user_expression._paths_at.cache_clear()


def test_source_that_cannot_be_read_gives_a_general_remedy():
    names = {"np": np, "__name__": "typed_in"}
    exec("def fun(x): return np.asarray([x, x])", names)
    with pytest.raises(TracingError, match="write it with NumPy functions"):
        record(names["fun"], POINT)


@pytest.mark.parametrize("fun", [lambda x: float(x[0]) ** 2, lambda x: math.exp(x[0])])
def test_without_recording_numbers_stay_numbers(fun):
    value, _ = value_and_gradient(fun, POINT)
    assert value == fun(POINT)


def test_what_the_tables_name_exists():
    """A remedy that cannot be typed in is none."""
    from lightppl.autodiff import library_remedies as tables

    texts = [*tables._OF_MATH.values(), *tables._OF_SCIPY.values(), *tables._REFUSED,
             *tables.NUMPY_WITHOUT_HOOK.values(),
             *(f"lightppl.distributions.{name}" for name in tables._OF_STATS.values())]
    pattern = r"\b(?:np|scipy|lightppl)(?:\.\w+)+"
    names = {name for text in texts for name in re.findall(pattern, text)}
    names |= {f"np.{name}" for name in dir(math)
              if not name.startswith("_") and name not in tables._OF_MATH and name not in NO_NUMPY}
    missing = []
    for name in sorted(names):
        module, _, function = name.replace("np.", "numpy.", 1).rpartition(".")
        if not hasattr(importlib.import_module(module), function):
            missing.append(name)
    assert not missing


NO_NUMPY = {"tau", "ulp", "cbrt", "fma", "isqrt"}
"""Names of the math module that are no function of real numbers, or newer than others."""
