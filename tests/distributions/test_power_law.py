"""Power laws through the exponent -1, where formulas change."""

import numpy as np
import pytest
from autograd import grad

import lightppl.distributions as dist


@pytest.mark.parametrize("offset", [0.0, 1e-12, 1e-8, -1e-8, 1e-5, 4e-4, -4e-4, 6e-4, 1e-2, -0.5])
def test_quantiles_move_smoothly_with_the_exponent(offset):
    def quantile(alpha, q):
        return np.sum(dist.DoublyTruncatedPowerLaw(alpha, 0.5, 4.0).icdf(q))

    alpha, step = -1.0 + offset, 1e-4
    for q in (0.05, 0.5, 0.8):
        expected = (
            8.0 * (quantile(alpha + step, q) - quantile(alpha - step, q))
            - (quantile(alpha + 2.0 * step, q) - quantile(alpha - 2.0 * step, q))
        ) / (12.0 * step)
        np.testing.assert_allclose(grad(quantile)(alpha, q), expected, rtol=1e-8)


def test_quantiles_at_exponent_minus_one_are_geometric():
    d = dist.DoublyTruncatedPowerLaw(-1.0, 0.5, 8.0)
    np.testing.assert_allclose(d.icdf(np.array([0.0, 0.25, 0.5, 1.0])), [0.5, 1.0, 2.0, 8.0])
    # the slope in the exponent is x L^2 q (1 - q) / 2
    slope = grad(lambda a: np.sum(dist.DoublyTruncatedPowerLaw(a, 0.5, 8.0).icdf(0.5)))(-1.0)
    np.testing.assert_allclose(slope, 2.0 * np.log(16.0) ** 2 / 8.0)
