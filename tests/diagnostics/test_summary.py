import time

import numpy as np
import pytest

import lightppl.diagnostics as diagnostics
from lightppl.diagnostics import print_summary, summarize, summary
from lightppl.errors import ShapeError


@pytest.fixture
def draws():
    rng = np.random.default_rng(0)
    return {
        "mu": rng.standard_normal((4, 501)),
        "theta": rng.gamma(2.0, size=(4, 501, 3)),
        "R": rng.standard_normal((4, 501, 2, 2)),
        "k": rng.integers(0, 3, (4, 501)),
        "one": np.ones((4, 501)),
    }


def test_columns_equal_the_single_measures(draws):
    table = summarize(draws, prob=0.8)
    x = draws["theta"][:, :, 1]
    row = table["theta[1]"]
    assert row["mean"] == pytest.approx(x.mean())
    assert row["sd"] == pytest.approx(x.std(ddof=1))
    assert row["median"] == pytest.approx(np.median(x))
    assert (row["hdi_lo"], row["hdi_hi"]) == tuple(diagnostics.hpdi(x.ravel(), 0.8))
    for name, measure in [
        ("ess_bulk", diagnostics.ess_bulk),
        ("ess_tail", diagnostics.ess_tail),
        ("r_hat", diagnostics.rhat),
        ("mcse_mean", diagnostics.mcse_mean),
        ("mcse_sd", diagnostics.mcse_sd),
    ]:
        assert row[name] == pytest.approx(measure(x), rel=1e-10), name


def test_every_scalar_has_a_label(draws):
    names = summarize(draws).names
    assert names[:4] == ("mu", "theta[0]", "theta[1]", "theta[2]")
    assert names[4:] == ("R[0,0]", "R[0,1]", "R[1,0]", "R[1,1]", "k", "one")


def test_constants_print_as_nan_and_are_no_trouble(draws):
    table = summarize(draws)
    assert np.isnan(table["one"]["r_hat"]) and table["one"]["sd"] == 0
    assert table.advice == ()
    assert "nan" in [line for line in str(table).splitlines() if line.startswith("one")][0]


def test_reports_of_the_sampler_are_counted(draws):
    extra = {
        "diverging": np.eye(4, 501, dtype=bool),
        "num_steps": np.full((4, 501), 1023),
        "energy": np.random.default_rng(1).standard_normal((4, 501)),
    }
    table = summarize(draws, extra=extra, max_tree_depth=(5, 10))
    assert table.num_divergent == 4
    assert table.num_tree_depth_hits == 4 * 501
    assert table.bfmi.shape == (4,)
    assert len(table.advice) == 2
    text = str(table)
    assert "4 divergences" in text and table.advice[0] in text


def test_numbers_of_any_size_keep_the_table_aligned():
    rng = np.random.default_rng(2)
    scales = np.array([1e-6, 1.0, 1e5, 1e12])
    lines = str(summarize({"x": scales * rng.standard_normal((4, 100, 4))})).splitlines()
    assert len({len(line) for line in lines[:5]}) == 1


def test_summary_has_the_keys_and_shapes_of_numpyro(draws):
    table = summary(draws, prob=0.9)
    assert list(table) == list(draws)
    assert list(table["R"]) == ["mean", "std", "median", "5.0%", "95.0%", "n_eff", "r_hat"]
    assert all(value.shape == (2, 2) for value in table["R"].values())
    assert table["mu"]["n_eff"] == diagnostics.effective_sample_size(draws["mu"])


def test_draws_without_chains_and_bare_arrays_are_accepted(capsys):
    x = np.random.default_rng(3).standard_normal((200, 2))
    print_summary(x, group_by_chain=False)
    text = capsys.readouterr().out
    assert "Param:0[1]" in text and "1 chain x 200 draws" in text


def test_sites_must_share_chains_and_draws():
    with pytest.raises(ShapeError, match="share"):
        summarize({"a": np.zeros((4, 100)), "b": np.zeros((4, 90))})
    with pytest.raises(ShapeError, match="empty"):
        summarize({})


def test_ten_sites_are_summarised_before_anyone_notices():
    x = {f"x{i}": np.random.default_rng(i).standard_normal((4, 1000)) for i in range(10)}
    seconds = []
    for _ in range(7):
        start = time.perf_counter()
        summarize(x)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.06  # fail: the target is 0.015 on an idle machine
