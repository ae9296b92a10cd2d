import math
import sys

import mpmath as mp
import numpy as np
import pytest

from lightppl.compiler.runtime.huge_angle import reduce_huge_angle
from lightppl.compiler.runtime.trigonometric import reduce_angle


@pytest.mark.parametrize("x", [2.0**43, 1e22, 6381956970095103.0 * 2.0**797, sys.float_info.max])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_remainder_is_right_to_68_bits_of_itself(x, sign):
    quadrant, r, r_low = reduce_huge_angle(sign * x)
    with mp.workprec(1300):
        n = mp.nint(mp.mpf(sign * x) * 2 / mp.pi)
        exact = mp.mpf(sign * x) - n * mp.pi / 2
        assert (int(n) - int(quadrant)) % 4 == 0
        assert abs((mp.mpf(r) + mp.mpf(r_low) - exact) / exact) < 2.0**-68


def test_agrees_with_the_reduction_of_moderate_angles():
    for x in np.random.default_rng(0).uniform(-1e12, 1e12, 50).tolist():
        quadrant, r, _ = reduce_huge_angle(x)
        expected_quadrant, expected_r, _ = reduce_angle(x)
        assert (quadrant - expected_quadrant) % 4 == 0
        assert math.isclose(r, expected_r, rel_tol=1e-15)
