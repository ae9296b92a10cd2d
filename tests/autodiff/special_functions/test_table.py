"""Every row of the table: derivatives as differences have them, values as SciPy has them."""

import numpy as np
import pytest
import scipy.special

from lightppl import special
from lightppl.autodiff.check import value_and_gradient
from lightppl.autodiff.functions.scipy_special import BY_NAME
from lightppl.autodiff.operation import plain_value
from lightppl.autodiff.special_functions import ROWS, SEVERAL_RESULTS, UNKNOWN
from lightppl.errors import UnsupportedOperationError
from tests.autodiff.special_functions.points import arguments_of

_OFFSETS = (1, 2, 3, 4)
_WEIGHTS = (4.0 / 5.0, -1.0 / 5.0, 4.0 / 105.0, -1.0 / 280.0)
_STEP = 1.5e-2
_NOISE = {
    "stdtridf": 2e-2, "fdtridfd": 1e-5, "fresnel_0": 1e-6, "iti0k0_1": 1e-6, "it2i0k0_1": 2e-2,
    **{f"itairy_{k}": 1e-3 for k in range(4)},
}
"""Where SciPy finds a value to few digits, differences show noise of this relative size."""

def _functions():
    """All functions of one result: name, function, partial derivatives, name of the points."""
    for name, row in ROWS.items():
        yield name, getattr(scipy.special, name), row.partials, name
    for name, rows in SEVERAL_RESULTS.items():
        for k, row in enumerate(rows):
            function = getattr(scipy.special, name)
            yield row.name, lambda *args, f=function, k=k: f(*args)[k], row.partials, name


FUNCTIONS = {name: rest for name, *rest in _functions()}
WITH_DERIVATIVE = [
    (name, k)
    for name, (_, partials, _) in FUNCTIONS.items()
    for k, partial in enumerate(partials)
    if callable(partial)
]
WITHOUT = [
    (name, k)
    for name, (_, partials, _) in FUNCTIONS.items()
    for k, partial in enumerate(partials)
    if partial is UNKNOWN and not name.startswith("eval_hermite")  # of integer degrees alone
]


def differences(function, args, k):
    """Central differences of eighth order by argument k, elementwise."""
    size = np.abs(args[k])
    room = np.minimum(size, 1.0 - size) if np.all(size < 1) else np.minimum(size, 1.0)
    step = _STEP * np.where(room == 0, 1.0, room)
    total = 0.0
    for offset, weight in zip(_OFFSETS, _WEIGHTS):
        ahead = (*args[:k], args[k] + offset * step, *args[k + 1 :])
        behind = (*args[:k], args[k] - offset * step, *args[k + 1 :])
        total = total + weight * (function(*ahead) - function(*behind))
    return total / step


@pytest.mark.parametrize("name, k", WITH_DERIVATIVE)
def test_derivatives_are_those_of_differences(name, k):
    function, _, points = FUNCTIONS[name]
    args = arguments_of(points)

    def objective(x):
        return np.sum(function(*args[:k], x, *args[k + 1 :]))

    _, found = value_and_gradient(objective, args[k])
    expected = differences(function, args, k)
    scale = np.maximum(np.abs(expected), 1e-3 * np.abs(function(*args)))
    assert np.all(np.isfinite(found))
    noise = _NOISE.get(name, 0.0) * np.abs(function(*args)) + 1e-12
    tolerance = max(_NOISE.get(name, 0.0), 2e-7)
    assert np.all(np.abs(found - expected) <= tolerance * scale + noise), (found, expected)


@pytest.mark.parametrize("name, k", WITHOUT)
def test_an_unknown_derivative_is_refused_by_name_and_a_value_is_not(name, k):
    function, _, points = FUNCTIONS[name]
    args = arguments_of(points)
    plain = function(*args)
    seen = []

    def constant_there(x):
        result = function(*args[:k], special.stop_gradient(x), *args[k + 1 :])
        seen.append(plain_value(result))
        return np.sum(x)

    value_and_gradient(constant_there, args[k])
    np.testing.assert_allclose(seen[0], plain, rtol=1e-12)  # integers take another way
    with pytest.raises(UnsupportedOperationError, match=rf"{points} by its argument {k + 1} "):
        value_and_gradient(lambda x: np.sum(function(*args[:k], x, *args[k + 1 :])), args[k])


def test_the_table_has_every_real_ufunc_of_scipy():
    """What is missing has complex results, is NumPy's, or has several results without a slope."""
    names = {f.__name__ for f in vars(scipy.special).values() if isinstance(f, np.ufunc)}
    missing = names - ROWS.keys() - SEVERAL_RESULTS.keys() - BY_NAME.keys()
    others = {name for name in missing if not name.startswith(("mathieu_", "obl_", "pro_"))}
    assert others <= {
        "hankel1", "hankel1e", "hankel2", "hankel2e", "kelvin", "modfresnelm", "modfresnelp",
        "wofz",
    }
    assert sum(row.is_differentiable for row in ROWS.values()) > 155


@pytest.mark.parametrize("name", sorted(SEVERAL_RESULTS))
def test_several_results_have_the_values_of_scipy(name):
    args = arguments_of(name)
    function, seen = getattr(scipy.special, name), []

    def objective(x):
        results = function(*args[:-1], x)
        seen.extend(plain_value(r) for r in results)
        return np.sum(results[-1])

    value_and_gradient(objective, args[-1])
    np.testing.assert_array_equal(np.array(seen), np.array(function(*args)))


def test_functions_that_are_not_real_are_refused_by_name():
    with pytest.raises(UnsupportedOperationError, match="wofz"):
        value_and_gradient(lambda x: np.sum(scipy.special.wofz(x).real), np.ones(2))


@pytest.mark.parametrize("name", sorted(set(scipy.special.__all__)))
def test_every_public_name_can_be_imported(name):
    assert getattr(special, name) is not None
    assert name in dir(special)


def test_functions_of_plain_arrays_refuse_traced_ones_by_name():
    with pytest.raises(UnsupportedOperationError, match="scipy.special.bernoulli has no form"):
        value_and_gradient(lambda x: special.bernoulli(x[0]), np.ones(2))
    np.testing.assert_array_equal(special.bernoulli(3), scipy.special.bernoulli(3))


EXACT = [
    ("gammainc", 1, (1.0, 0.0), 1.0), ("gammainc", 1, (1e6, 1e6), 3.989422471563389e-4),
    ("log_ndtr", 0, (-1e8,), 1e8), ("log_ndtr", 0, (-1e4,), 10000.000099999999),
    ("i1", 0, (0.0,), 0.5), ("iv", 1, (1.0, 0.0), 0.5), ("iv", 1, (0.0, 0.0), 0.0),
    ("erfcx", 0, (1e8,), -5.641895835477563e-17), ("dawsn", 0, (1e8,), -5e-17),
    ("i0e", 0, (1e10,), -1.9947114020820706e-16), ("rgamma", 0, (-2.0,), 2.0),
    ("binom", 0, (2.0, 3.0), 1.0 / 3.0), ("binom", 0, (1e10, 1.0), 1.0),
    ("poch", 0, (0.0, 3.0), 2.0), ("poch", 0, (-1.0, 2.0), -1.0),
    ("stdtr", 1, (5.0, 0.0), 0.3796066898224944),
    ("boxcox1p", 1, (1.5, 0.0), 0.5 * np.log(2.5) ** 2), ("entr", 0, (0.0,), np.inf),
    ("rel_entr", 1, (0.0, 0.0), 0.0), ("rel_entr", 0, (2.0, 2.0), 1.0),
    ("kl_div", 0, (1.0 + 1e-9, 1.0), np.log1p((1.0 + 1e-9) - 1.0)),
]


@pytest.mark.parametrize("name, k, args, expected", EXACT)
def test_derivatives_at_ends_zeros_and_far_out(name, k, args, expected):
    function = getattr(scipy.special, name)
    with np.errstate(all="ignore"):
        _, found = value_and_gradient(
            lambda x: function(*args[:k], x[0], *args[k + 1 :]), [args[k]]
        )
    np.testing.assert_allclose(found[0], expected, rtol=1e-8)
