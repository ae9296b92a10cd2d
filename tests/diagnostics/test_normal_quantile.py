"""Normal quantiles against SciPy."""

import numpy as np
import scipy.special

from lightppl.diagnostics.normal_quantile import normal_quantiles


def test_quantiles_agree_with_scipy():
    p = np.concatenate(
        [np.logspace(-12, -0.31, 200), np.linspace(0.01, 0.99, 99), 1 - np.logspace(-9, -1, 50)]
    )
    np.testing.assert_allclose(normal_quantiles(p), scipy.special.ndtri(p), rtol=2e-14, atol=2e-15)


def test_a_median_is_zero_and_signs_mirror():
    found = normal_quantiles(np.array([0.25, 0.5, 0.75]))
    assert abs(found[1]) < 1e-16
    assert found[0] == -found[2]
