"""Numbers of ArviZ, where it is installed: it follows the same papers, written by others."""

import warnings

import numpy as np
import pytest

import lightppl.diagnostics as diagnostics
from tests.reference.slow_diagnostics import ar1_chains

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    arviz = pytest.importorskip("arviz", reason="ArviZ is not installed")

if not hasattr(arviz, "from_dict") or not arviz.__version__.startswith("0."):
    pytest.skip("ArviZ 1.x has another interface", allow_module_level=True)


@pytest.fixture(params=[-0.4, 0.0, 0.7, 0.95])
def chains(request):
    return ar1_chains(np.random.default_rng(0), request.param, 4, 500)


def test_rhat_and_ess_agree(chains):
    assert diagnostics.rhat(chains) == pytest.approx(float(arviz.rhat(chains)), rel=1e-10)
    for ours, method, options in [
        (diagnostics.ess_bulk(chains), "bulk", {}),
        (diagnostics.ess_tail(chains), "tail", {}),
        (diagnostics.ess_mean(chains), "mean", {}),
        (diagnostics.ess_quantile(chains, 0.3), "quantile", {"prob": 0.3}),
    ]:
        assert ours == pytest.approx(float(arviz.ess(chains, method=method, **options)), rel=1e-9)


def test_mcse_agrees(chains):
    mean = np.ravel(arviz.mcse(chains))[0]
    quantile = np.ravel(arviz.mcse(chains, method="quantile", prob=0.9))[0]
    assert diagnostics.mcse_mean(chains) == pytest.approx(mean, rel=1e-9)
    assert diagnostics.mcse_quantile(chains, 0.9) == pytest.approx(quantile, rel=1e-9)


def test_psis_agrees():
    log_ratios = np.random.default_rng(1).standard_t(4, size=(2000, 3))
    weights, k = arviz.psislw(log_ratios.T.copy(), reff=0.8)
    ours, our_k = diagnostics.psis(log_ratios, relative_ess=0.8)
    assert our_k == pytest.approx(np.asarray(k), rel=1e-8)
    assert ours.T == pytest.approx(np.asarray(weights), rel=1e-8)


def test_loo_agrees_for_independent_draws():
    rng = np.random.default_rng(2)
    y, mu = rng.standard_normal(25), 0.2 * rng.standard_normal((4, 500, 1))
    log_likelihood = -0.5 * (y - mu) ** 2
    data = arviz.from_dict(posterior={"mu": mu[..., 0]}, log_likelihood={"y": log_likelihood})
    theirs, ours = arviz.loo(data), diagnostics.loo(log_likelihood)
    assert ours.elpd == pytest.approx(theirs.elpd_loo, abs=5e-3)  # one relative ESS for all there
    assert ours.se == pytest.approx(theirs.se, rel=1e-3)


def test_energy_agrees_up_to_the_end_correction(chains):
    assert diagnostics.bfmi(chains) == pytest.approx(arviz.bfmi(chains), rel=5e-3)
