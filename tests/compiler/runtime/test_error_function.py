import math

import numpy as np
import pytest

from lightppl.compiler.runtime.error_function import erf, erfc, log_ndtr, ndtr

INF = math.inf


@pytest.mark.parametrize(
    "function, x, expected",
    [
        (erf, INF, 1.0), (erf, -INF, -1.0), (erf, 0.0, 0.0), (erf, 5e-324, 5e-324), (erf, 7.0, 1.0),
        (erfc, INF, 0.0), (erfc, -INF, 2.0), (erfc, 0.0, 1.0), (erfc, 28.0, 0.0),
        (ndtr, INF, 1.0), (ndtr, -INF, 0.0), (ndtr, 0.0, 0.5), (ndtr, -40.0, 0.0),
        (log_ndtr, INF, 0.0), (log_ndtr, -INF, -INF), (log_ndtr, 0.0, math.log(0.5)),
        (log_ndtr, -1e100, -5e199), (log_ndtr, 50.0, 0.0),
    ],
)
def test_limits(function, x, expected):
    np.testing.assert_allclose(function(x), expected, rtol=2.3e-16)


@pytest.mark.parametrize("function", [erf, erfc, ndtr, log_ndtr])
def test_nan_stays_nan(function):
    assert math.isnan(function(math.nan))


def test_erf_keeps_the_sign_of_zero():
    assert math.copysign(1.0, erf(-0.0)) == -1.0


@pytest.mark.parametrize("x", [1e-9, 0.2, 0.999, 1.001, 3.0])
def test_erf_and_erfc_sum_to_one(x):
    assert erf(x) + erfc(x) == pytest.approx(1.0, abs=2.3e-16)
    assert erf(-x) == -erf(x)


def test_log_ndtr_has_no_seam_where_its_forms_meet():
    for x in (-38.6, 0.0, 38.6, 39.0):
        below, above = log_ndtr(np.nextafter(x, -INF)), log_ndtr(np.nextafter(x, INF))
        assert below == pytest.approx(above, rel=1e-14, abs=1e-320)
        assert below <= above or below == pytest.approx(above, rel=1e-15, abs=1e-320)
