"""Compiled code has every special function that SciPy offers as a C function, with its derivative.
"""

import warnings

import numpy as np
import pytest
import scipy.special

from lightppl.autodiff.check import value_and_gradient
from lightppl.autodiff.special_functions import ROWS
from lightppl.compiler.graph.ops import ELEMENTWISE
from lightppl.density.potential import compile_objective
from lightppl.errors import FallbackWarning
from tests.autodiff.special_functions.points import arguments_of

NAMES = sorted(name for name, row in ROWS.items() if row.is_compiled)
NUM_BATCHES = 4
WITHOUT_SOLUTION = {"ncfdtridfd", "ncfdtridfn", "ncfdtrinc"}
"""Inverses that SciPy's search does not find at every point; what it gives must be the same."""


def joined(names):
    """Return an objective whose gradient shows every function's values and partial derivatives."""
    starts, pieces = {}, []
    for name in names:
        starts[name] = sum(map(np.size, pieces))
        columns = [np.asarray(x, dtype=np.float64) for x in arguments_of(name)]
        pieces += [np.ones(len(columns[0])), *columns]

    def objective(q):
        total = 0.0
        for name in names:
            row, columns = ROWS[name], arguments_of(name)
            size, start = len(columns[0]), starts[name]
            parts = [q[start + k * size : start + (k + 1) * size] for k in range(1 + len(columns))]
            weight, given = parts[0], [
                # an argument whose derivative is not known is data here
                x if callable(partial) or partial is None else np.asarray(column, np.float64)
                for x, column, partial in zip(parts[1:], columns, row.partials)
            ]
            function = getattr(scipy.special, name)
            total = total + np.sum(weight * function(*given))
        return total

    return objective, np.concatenate(pieces), starts


@pytest.mark.parametrize("batch", range(NUM_BATCHES))
def test_compiled_values_and_derivatives_are_the_eager_ones(batch):
    names = NAMES[batch::NUM_BATCHES]
    objective, q, starts = joined(names)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error", FallbackWarning)
        value, found = compile_objective(objective, q)(q)
        expected_value, expected = value_and_gradient(objective, q)
    np.testing.assert_allclose(value, expected_value, rtol=1e-10)
    for name in names:
        size = (1 + len(ROWS[name].partials)) * len(arguments_of(name)[0])
        part = slice(starts[name], starts[name] + size)
        assert name in WITHOUT_SOLUTION or np.all(np.isfinite(found[part])), name
        np.testing.assert_allclose(found[part], expected[part], rtol=1e-10, err_msg=name)


def test_values_of_functions_without_a_derivative_are_compiled():
    names = [name for name in NAMES if not ROWS[name].is_differentiable]
    assert {"mathieu_a", "elliprg", "nctdtr"} <= set(names) <= set(ELEMENTWISE)
