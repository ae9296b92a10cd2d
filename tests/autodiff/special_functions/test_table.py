"""Every row of the table: derivatives as differences have them, values as SciPy has them."""

import numpy as np
import pytest
import scipy.special

from lightppl.autodiff.check import value_and_gradient
from lightppl.autodiff.special_functions import ROWS, SEVERAL_RESULTS, UNKNOWN
from lightppl.errors import UnsupportedOperationError
from tests.autodiff.special_functions.points import POINTS, arguments_of

_OFFSETS = (1, 2, 3, 4)
_WEIGHTS = (4.0 / 5.0, -1.0 / 5.0, 4.0 / 105.0, -1.0 / 280.0)
_STEP = 1.5e-2
_NOISE = {
    "stdtridf": 2e-2, "fdtridfd": 1e-5, "fresnel_0": 1e-6, "iti0k0_1": 1e-6, "it2i0k0_1": 2e-2,
    **{f"itairy_{k}": 1e-3 for k in range(4)},
}
"""Where SciPy finds a value to few digits, differences show noise of this relative size."""

UFUNCS = {
    name for name in dir(scipy.special) if isinstance(getattr(scipy.special, name), np.ufunc)
}


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
    if partial is UNKNOWN
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
