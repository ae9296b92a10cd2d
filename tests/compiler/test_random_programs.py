"""Compiled value and gradient equal eager autograd's on random compositions of operations."""

import numpy as np
import pytest

from lightppl.autodiff.check import value_and_gradient
from lightppl.density.potential import compile_objective
from tests.compiler.programs import OTHER_Q, Q, program, random_steps


@pytest.mark.parametrize("seed", range(100, 108))
def test_compiled_equals_eager(seed):
    fun = program(random_steps(seed, 14))
    potential = compile_objective(fun, Q)
    for q in (Q, OTHER_Q, Q):
        value, gradient = potential(q)
        expected, expected_gradient = value_and_gradient(fun, q)
        np.testing.assert_allclose(value, expected, rtol=1e-10)
        scale = np.max(np.abs(expected_gradient))
        np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-10, atol=1e-10 * scale)
