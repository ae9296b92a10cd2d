import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl import diagnostics, plotting
from lightppl.diagnostics.fits import draws_by_site, statistics_of
from lightppl.infer import MCMC, NUTS


@pytest.fixture(scope="module")
def mcmc():
    def model(y):
        mu = lp.sample("mu", dist.Normal(0.0, 10.0))
        lp.deterministic("twice", 2 * mu)
        with lp.plate("data", len(y)):
            lp.sample("y", dist.Normal(mu, 1.0), obs=y)

    run = MCMC(NUTS(model), num_warmup=200, num_samples=100, num_chains=2, progress_bar=False)
    run.run(0, np.array([1.0, 2.0, 3.0]))
    return run


def test_draws_are_grouped_by_chain(mcmc):
    found = draws_by_site(mcmc)
    assert {name: x.shape for name, x in found.items()} == {"mu": (2, 100), "twice": (2, 100)}
    assert list(draws_by_site(np.zeros((2, 9)))) == ["Param:0"]


def test_what_the_sampler_reports_needs_no_extra_run(mcmc):
    statistics = statistics_of(mcmc)
    assert {"energy", "diverging", "num_steps", "tree_depth"} <= set(statistics)
    assert {x.shape for x in statistics.values()} == {(2, 100)}
    assert mcmc.get_statistics()["energy"].shape == (200,)
    assert statistics_of({"mu": np.zeros((2, 9))}) == {}


def test_a_summary_of_a_run_counts_what_the_sampler_reports(mcmc, capsys):
    assert diagnostics.summarize(mcmc).num_divergent == 0
    assert diagnostics.summary(mcmc)["mu"]["mean"] == pytest.approx(2.0, abs=0.3)
    diagnostics.print_summary(mcmc)
    assert "0 divergences" in capsys.readouterr().out


def test_the_table_shows_errors_of_mean_and_sd(mcmc):
    header, row = str(diagnostics.summarize(mcmc)).split("\n")[:2]
    shown = dict(zip(header.split(), row.split()[1:]))
    error = diagnostics.mcse_mean(draws_by_site(mcmc)["mu"])
    assert float(shown["mcse_mean"]) == pytest.approx(error, rel=0.06)
    assert "mcse_sd" in shown


def test_pictures_take_a_run(mcmc):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    assert plotting.plot_energy(mcmc).axes[0].get_title().startswith("E-BFMI")
    assert len(plotting.plot_pair(mcmc).axes) == 4


def test_arviz_gets_draws_and_statistics(mcmc):
    pytest.importorskip("arviz", reason="ArviZ is not installed")
    predicted = {"y": np.zeros((200, 3))}
    observed = {"y": np.ones(3)}
    data = diagnostics.to_arviz(mcmc, posterior_predictive=predicted, observed_data=observed)
    assert data.posterior["mu"].shape == (2, 100)
    assert np.array_equal(data.sample_stats["energy"], statistics_of(mcmc)["energy"])
    assert {"diverging", "n_steps", "acceptance_rate"} <= set(data.sample_stats)
    assert data.posterior_predictive["y"].shape == (2, 100, 3)
    assert data.observed_data["y"].shape == (3,)
