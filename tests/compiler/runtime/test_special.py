import numpy as np
import pytest
import scipy.special as sp

from lightppl.autodiff import shape_derivatives
from lightppl.compiler.runtime import special
from lightppl.compiler.runtime.elementary import exp
from tests.machine import compiled

polygamma = compiled(special.polygamma)
RNG = np.random.default_rng(4)
POSITIVE = (0.3, 1.0, 2.5, 40.0)
UNIT = (1e-9, 0.2, 0.5, 0.97)


@pytest.mark.parametrize("name, arguments", [
    *[(name, (x,)) for name in ("ndtri", "erfcinv") for x in UNIT],
    *[("erfinv", (x,)) for x in (-0.999, -0.2, 0.0, 0.7)],
    *[(name, (x,)) for name in ("erfcx", "i0", "i0e", "i1", "i1e") for x in (-3.0, 0.0, 0.4, 6.0)],
    *[("gamma", (x,)) for x in (-2.5, 0.5, 7.1)],
    *[(name, (a, x)) for name in ("gammainc", "gammaincc", "ive", "kve")
      for a in POSITIVE for x in POSITIVE],
    *[("betainc", (a, b, x)) for a in POSITIVE for b in POSITIVE for x in UNIT],
])
def test_functions_are_scipys(name, arguments):
    np.testing.assert_allclose(
        compiled(getattr(special, name))(*arguments), getattr(sp, name)(*arguments), rtol=1e-14
    )


@pytest.mark.parametrize("name, num_arguments", [
    ("gammainc_da", 2), ("betainc_da", 3), ("betainc_db", 3), ("ive_dv", 2), ("kve_dv", 2),
])
def test_shape_derivatives_are_those_of_eager_code(name, num_arguments):
    for _ in range(10):
        arguments = RNG.uniform(0.2, 6.0, num_arguments)
        if num_arguments == 3:
            arguments[2] = RNG.uniform(0.05, 0.95)
        arguments = [float(x) for x in arguments]
        eager = getattr(shape_derivatives, name)(*arguments)
        found = compiled(getattr(special, name))(*arguments)
        np.testing.assert_allclose(found, eager, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("n", [1, 2, 5, 20])
@pytest.mark.parametrize("x", [1e-3, 0.3, 1.0, 7.0, 100.0, 1e10, -1.5, -20.3])
def test_polygamma_is_scipys(n, x):
    np.testing.assert_allclose(polygamma(float(n), x), sp.polygamma(n, x), rtol=1e-13)


def test_polygamma_at_poles_and_far_left():
    for n, x in ((1, 0.0), (2, 0.0), (2, -3.0), (3, -3.0), (2, np.inf)):
        assert polygamma(float(n), x) == sp.polygamma(n, x)
    assert np.isnan(polygamma(2.0, -1e7 - 0.5))


def test_loops_may_mix_them_with_scalar_functions():
    @compiled
    def total(x):
        result = 0.0
        for i in range(x.size):
            result += special.erfcx(x[i]) * exp(x[i])
        return result

    x = np.linspace(0.0, 2.0, 9)
    assert total(x) == pytest.approx(np.sum(sp.erfcx(x) * np.exp(x)))
