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


def random_chains(rng):
    """Chains of many lengths, even and odd, and of many kinds."""
    num_chains = rng.integers(1, 10)
    num_draws = int(rng.choice([4, 5, 6, 7, 8, 9, 11, 13, 20, 21, 50, 51, 100, 101]))
    x = rng.standard_normal((num_chains, num_draws))
    kinds = {
        "normal": lambda: x,
        "walk": lambda: np.cumsum(x, axis=1),
        "counts": lambda: rng.integers(0, 3, x.shape).astype(float),
        "coins": lambda: rng.integers(0, 2, x.shape).astype(float),
        "cauchy": lambda: rng.standard_cauchy(x.shape),
        "antithetic": lambda: (x + 3) * (-1) ** np.arange(num_draws),
        "nan": lambda: np.where(rng.random(x.shape) < 0.05, np.nan, x),
    }
    return kinds[rng.choice(list(kinds))]()


@pytest.fixture
def without_numba():
    """ArviZ's compiled path does not run with the newest NumPy."""
    was_on = arviz.Numba.numba_flag
    arviz.Numba.disable_numba()
    yield
    if was_on:
        arviz.Numba.enable_numba()


@pytest.mark.parametrize("seed", range(4))
def test_any_number_of_draws_agrees(seed, without_numba, caplog):
    caplog.set_level("ERROR", logger="arviz")
    rng = np.random.default_rng(seed)
    num_compared = 0
    for _ in range(40):
        x = random_chains(rng)
        if np.ptp(np.stack([x[:, : x.shape[1] // 2], x[:, -(x.shape[1] // 2):]])) == 0:
            continue  # a constant has no size here, and all of it there
        prob = float(rng.choice([0.05, 0.1, 0.3, 0.5, 0.95]))
        mcse_mean, mcse_sd, bulk, tail = (
            diagnostics.summarize({"x": x})["x"][name]
            for name in ("mcse_mean", "mcse_sd", "ess_bulk", "ess_tail")
        )
        with np.errstate(all="ignore"):
            pairs = {
                "bulk": (bulk, arviz.ess(x, method="bulk")),
                "tail": (tail, arviz.ess(x, method="tail")),
                "mean": (diagnostics.ess_mean(x), arviz.ess(x, method="mean")),
                "median": (diagnostics.ess_quantile(x, 0.5), arviz.ess(x, method="median")),
                "quantile": (
                    diagnostics.ess_quantile(x, prob), arviz.ess(x, method="quantile", prob=prob)
                ),
                "mcse mean": (mcse_mean, arviz.mcse(x)),
                "mcse sd": (mcse_sd, arviz.mcse(x, method="sd")),
                "mcse median": (
                    diagnostics.mcse_quantile(x, 0.5), arviz.mcse(x, method="median")
                ),
                "mcse quantile": (
                    diagnostics.mcse_quantile(x, prob),
                    arviz.mcse(x, method="quantile", prob=prob),
                ),
                "alone": (diagnostics.ess_tail(x), tail),
            }  # fmt: skip
            if len(x) > 1:
                pairs["rhat"] = (diagnostics.rhat(x), arviz.rhat(x))
        for name, (ours, theirs) in pairs.items():
            where = f"{name} of {x.shape}, prob={prob}"
            np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-12, err_msg=where)
            num_compared += 1
    assert num_compared > 300


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
