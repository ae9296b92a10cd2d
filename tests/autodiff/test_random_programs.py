"""Derivatives of random compositions agree with finite differences."""

import pytest

from lightppl.autodiff.check import check_gradient
from tests.compiler.programs import OTHER_Q, Q, program, random_steps


@pytest.mark.parametrize("seed", range(30))
def test_gradients_are_differences(seed):
    fun = program(random_steps(seed, 20))
    for q in (Q, OTHER_Q):
        check_gradient(fun, q, step=1e-4, tolerance=1e-6, num_directions=2)
