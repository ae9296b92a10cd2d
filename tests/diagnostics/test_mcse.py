import numpy as np
import pytest

from lightppl.diagnostics import mcse_mean, mcse_quantile, mcse_sd
from tests.reference.slow_diagnostics import ar1_chains


@pytest.mark.parametrize(
    "measure, estimate",
    [
        (mcse_mean, np.mean),
        (mcse_sd, np.std),
        (lambda x: mcse_quantile(x, 0.9), lambda x: np.quantile(x, 0.9)),
    ],
)
@pytest.mark.parametrize("rho", [0.0, 0.7])
def test_error_is_the_spread_of_estimates_over_repeated_runs(measure, estimate, rho):
    rng = np.random.default_rng(0)
    runs = ar1_chains(rng, rho, 4 * 300, 500).reshape(300, 4, 500)
    spread = np.std([estimate(run) for run in runs])
    predicted = np.mean([measure(run) for run in runs])
    assert predicted / spread == pytest.approx(1, abs=0.2)  # fail
    assert predicted / spread == pytest.approx(1, abs=0.12)  # alert


def test_error_of_sd_knows_heavy_tails():
    rng = np.random.default_rng(1)
    normal, heavy = rng.standard_normal((4, 1000)), rng.standard_t(5, (4, 1000))
    assert mcse_sd(heavy) / heavy.std() > 1.3 * mcse_sd(normal) / normal.std()


def test_errors_scale_with_the_variable():
    x = np.random.default_rng(2).standard_normal((4, 200, 2))
    for measure in (mcse_mean, mcse_sd, lambda y: mcse_quantile(y, 0.25)):
        assert measure(1000 * x) == pytest.approx(1000 * measure(x))


def test_constants_give_nan():
    x = np.ones((4, 100))
    assert np.isnan([mcse_mean(x), mcse_sd(x), mcse_quantile(x, 0.5)]).all()
