"""Values and gradients at zeros, ends, ties and far out: eager, compiled and true.

The truth comes of differences with hundreds of digits.
"""

import mpmath as mp
import numpy as np
import pytest

from lightppl.autodiff.check import value_and_gradient
from lightppl.density.potential import compile_objective
from tests.autodiff.hard_points import HARD, ONE, PAIRS, TWO

KINKS = {"absolute", "fabs", "clip", "where", "cbrt", "reciprocal"}
"""Functions with points where two slopes, or none, are right; the rest of the line is tried."""
OUTSIDE = {
    "entr", "gammaln", "rgamma", "exprel", "ellipk", "where", "power 1.5", "power", "float_power",
    "arctan2", "xlogy", "xlog1py", "rel_entr", "kl_div", "huber", "pseudo_huber", "binom", "poch",
    "iv", "boxcox", "boxcox1p",
}
"""Functions that are infinite, or have no slope, at some of the points; NaN says so."""
SCIPY_IS_WRONG = {("gammaln", 1e-320), ("gammaln", -1e-320), ("gammaln", -np.inf)}
"""SciPy is infinite where the logarithm of gamma is 736.8; the C library has +inf at -inf."""
NO_SLOPE = {
    "power": [(0.0, 0.0), (1e-320, 1e-320)], "arctan2": [(0.0, 0.0), (0.0, -2.0)],
    "copysign": [(1.0, 0.0), (-2.0, 0.0)], "xlogy": [(0.0, 0.0)], "rel_entr": [(0.0, 1.0)],
    "kl_div": [(0.0, 1.0)], "hypot": [(1e-320, 1e-320)],
    "binom": [(1e-9, 3.0), (1.0, 1e300), (700.0, -700.0)],
    "poch": [(0.0, 0.0), (-1.0, -1.0), (0.0, -2.0), (-2.0, 0.0)],
}
NO_SLOPE["float_power"] = NO_SLOPE["power"]
"""Points on a cut, at a pole or with too few digits, where differences see something else."""


def joined(functions, columns):
    """Return objective, point, and a reader of a function's values and partial derivatives."""
    count, width = len(columns[0]), 1 + len(columns)

    def objective(q):
        total = 0.0
        for k, function in enumerate(functions):
            parts = [q[(k * width + j) * count : (k * width + j + 1) * count] for j in range(width)]
            total = total + np.sum(parts[0] * function(*parts[1:]))
        return total

    point = np.concatenate([np.ones(count), *columns] * len(functions))
    return objective, point, lambda flat, k: flat.reshape(len(functions), width, count)[k]


def results(table, columns):
    """Return eager and compiled values and slopes by name."""
    objective, point, read = joined([function for function, _ in table.values()], columns)
    with np.errstate(all="ignore"):
        _, compiled = compile_objective(objective, point)(point)
        _, eager = value_and_gradient(objective, point)
    return {name: (read(eager, k), read(compiled, k)) for k, name in enumerate(table)}


@pytest.fixture(scope="module")
def of_one():
    return results(ONE, [HARD])


@pytest.fixture(scope="module")
def of_two():
    return results(TWO, [PAIRS[:, 0], PAIRS[:, 1]])


def slope(twin, x):
    """Return the derivative of a function of mpmath, or None where there is none."""
    with mp.workdps(60 if x == 0 or 1e-9 <= abs(x) < 1e4 else 700):
        return _slope(twin, x)


def _slope(twin, x):
    step = mp.mpf(10) ** -20 * (min(1, abs(mp.mpf(float(x)))) if x else 1)
    x = mp.mpf(float(x))
    try:
        near, far = (twin(x + k * step) - twin(x - k * step) for k in (1, 2))
        found = (8 * near - far) / (12 * step)
        return float(mp.re(found)) if abs(mp.im(found)) <= 1e-30 * abs(found) else None
    except (ValueError, ZeroDivisionError, OverflowError, TypeError, mp.libmp.NoConvergence):
        return None


def is_same(a, b, tolerance=1e-10):
    if np.isnan(a) or np.isnan(b):
        return np.isnan(a) and np.isnan(b)
    if np.isinf(a) or np.isinf(b):
        return a == b
    return abs(a - b) <= tolerance * max(abs(a), abs(b)) + 1e-300


@pytest.mark.parametrize("name", ONE)
def test_compiled_is_eager_for_one_number(of_one, name):
    eager, compiled = of_one[name]
    for k, x in enumerate(HARD):
        if (name, x) not in SCIPY_IS_WRONG:
            assert is_same(eager[0, k], compiled[0, k]), (x, eager[0, k], compiled[0, k])
        assert is_same(eager[1, k], compiled[1, k]), (x, eager[1, k], compiled[1, k])


@pytest.mark.parametrize("name", ONE)
def test_slopes_are_true_for_one_number(of_one, name):
    (values, slopes), _ = of_one[name]
    twin = ONE[name][1]
    for k, x in enumerate(HARD):
        assert name in OUTSIDE or np.isnan(values[k]) or not np.isnan(slopes[k]), x
        is_tried = np.isfinite(x) and np.isfinite(values[k]) and not (name in KINKS and x == 0)
        # special functions of many digits are slow far out, and sinc's argument is rounded there
        is_near = abs(x) < 1e3 or (not name.startswith(SLOW) and name != "sinc")
        expected = slope(twin, x) if twin and is_tried and is_near else None
        if expected is not None and not (name == "where" and abs(x) < 1e-300):
            assert is_same(slopes[k], expected), (x, slopes[k], expected)


SLOW = (
    "erf", "ndtr", "log_ndtr", "gamma", "rgamma", "digamma", "trigamma", "i0", "i1", "j0", "j1",
    "log_bessel", "ellip", "spence", "sin", "cos", "tan",
)


@pytest.mark.parametrize("name", TWO)
def test_compiled_is_eager_for_two_numbers(of_two, name):
    eager, compiled = of_two[name]
    for k, pair in enumerate(PAIRS):
        for row in range(3):
            if row and tuple(pair) in NO_SLOPE.get(name, ()):
                continue
            assert is_same(eager[row, k], compiled[row, k]), (pair, eager[:, k], compiled[:, k])


@pytest.mark.parametrize("name", TWO)
def test_values_and_slopes_are_true_for_two_numbers(of_two, name):
    function, twin = TWO[name]
    eager, _ = of_two[name]
    with np.errstate(all="ignore"):
        plain = np.asarray(function(PAIRS[:, 0], PAIRS[:, 1]), dtype=np.float64)
    for k, (x, y) in enumerate(PAIRS):
        assert is_same(eager[0, k], plain[k]), (x, y, eager[0, k], plain[k])
        for row in (1, 2):
            is_known = name in OUTSIDE or not np.isnan(eager[row, k])
            assert is_known or np.isnan(plain[k]) or not np.all(np.isfinite((x, y))), (x, y)
        is_plain = np.all(np.abs((x, y)) < 1e150) and not 0 < abs(x) < 1e-150
        is_plain = is_plain and np.isfinite(plain[k])
        if twin is None or not is_plain or (x, y) in NO_SLOPE.get(name, ()):
            continue
        for row, by_one, at in (  # the slope by an order is a difference itself
            (1, lambda t: twin(t, mp.mpf(float(y))), x),
            (2, lambda t: twin(mp.mpf(float(x)), t), y),
        ):
            expected = None if name == "iv" and row == 1 else slope(by_one, at)
            if expected is not None and (abs(expected) > 1e-30 or expected == 0):
                assert is_same(eager[row, k], expected, 1e-9), (x, y, row, eager[row, k], expected)
