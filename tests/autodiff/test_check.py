"""The check of gradients sees faults of a thousandth, wherever they are, and nothing else."""

import numpy as np
import pytest

from lightppl.autodiff.check import GradientError, check_gradient, value_and_gradient
from lightppl.autodiff.operation import Operation

POINT = np.array([0.4, -1.3, 2.0, 0.7])


def test_right_gradients_pass():
    check_gradient(lambda x: np.sum(np.exp(x) * np.sin(x)), POINT)
    check_gradient(lambda x: np.outer(x, x**2), POINT)


@pytest.mark.parametrize("fault", [5e-4, 1e-3, -1e-3])
@pytest.mark.parametrize("seed", range(5))
def test_a_wrong_derivative_is_seen(fault, seed):
    wrong = Operation("wrong", np.sin, (lambda ans, x: lambda g: g * np.cos(x) * (1.0 + fault),))
    with pytest.raises(GradientError, match="derivative in direction"):
        check_gradient(lambda x: np.sum(x**2) + np.sum(wrong(x)), POINT, seed=seed)


@pytest.mark.parametrize("place", range(4))
def test_a_fault_in_one_coordinate_is_seen(place):
    def gradient(x):
        right = np.cos(x)
        right[place] *= 1.0005
        return right

    with pytest.raises(GradientError):
        check_gradient(lambda x: np.sum(np.sin(x)), POINT, gradient=gradient)


def test_a_gradient_of_another_shape_is_seen():
    with pytest.raises(GradientError, match="shape"):
        check_gradient(lambda x: np.sum(x), POINT, gradient=lambda x: np.ones(3))


def test_not_a_number_is_seen():
    with pytest.raises(GradientError):
        check_gradient(lambda x: np.sum(x), POINT, gradient=lambda x: x * np.nan)


def test_value_and_gradient_of_a_constant():
    value, gradient = value_and_gradient(lambda x: 3.0, POINT)
    assert value == 3.0
    np.testing.assert_array_equal(gradient, np.zeros(4))
