"""Every function of the catalogue: value as plain NumPy, gradient as finite differences."""

import numpy as np
import pytest

from lightppl.autodiff.check import check_gradient, value_and_gradient
from tests.autodiff.catalogue import ROWS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_value_and_gradient(row):
    plain = np.asarray(row.at(row.point))
    traced = []

    def objective(x):
        result = row.at(x)
        traced.append((np.shape(result), result))
        return np.sum(result * 1.0)

    value, _ = value_and_gradient(objective, row.point)
    assert traced[0][0] == plain.shape
    np.testing.assert_allclose(value, np.sum(plain), rtol=1e-12, atol=1e-13)
    check_gradient(row.at, row.point, tolerance=row.tolerance)


def test_names_are_unique():
    names = [row.name for row in ROWS]
    assert len(names) == len(set(names))
