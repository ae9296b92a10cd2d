import numpy as np
import pytest

from lightppl.diagnostics.advice import advise

GOOD = dict(r_hat=[1.0, np.nan], ess_bulk=[2000.0, np.nan], ess_tail=[2000.0, np.nan])
SIZE = dict(num_chains=4, num_draws=1000)


def test_nothing_is_said_when_all_is_well():
    assert advise(["mu", "c"], **GOOD, **SIZE, num_divergent=0, num_tree_depth_hits=0) == ()


@pytest.mark.parametrize(
    "change, words",
    [
        ({"r_hat": [1.02, np.nan]}, ["R-hat", "mu (1.020)", "num_warmup"]),
        ({"ess_bulk": [399.0, np.nan]}, ["effective sample size", "mu (399)", "num_samples"]),
        ({"ess_tail": [12.0, np.nan]}, ["effective sample size", "mu (12)"]),
        ({"num_divergent": 3}, ["3 of 4000", "diverged", "target_accept_prob"]),
        ({"num_tree_depth_hits": 400, "max_tree_depth": 10}, ["max_tree_depth (10)", "dense_mass"]),
        ({"energy_bfmi": np.array([1.0, 0.2, 1.0, 0.9])}, ["E-BFMI", "chain 1 (0.20)"]),
        ({"num_draws": 50}, ["too few", "num_samples"]),
        ({"num_chains": 1}, ["single chain", "num_chains=4"]),
    ],
)
def test_each_trouble_has_a_sentence_with_a_remedy(change, words):
    sentences = advise(["mu", "c"], **{**GOOD, **SIZE, **change})
    assert len(sentences) == 1
    for word in words:
        assert word in sentences[0]


def test_worst_scalars_come_first_and_the_rest_is_counted():
    names = [f"x[{i}]" for i in range(7)]
    r_hat = 1.02 + 0.01 * np.arange(7)
    (sentence,) = advise(names, r_hat=r_hat, ess_bulk=[1e3] * 7, ess_tail=[1e3] * 7, **SIZE)
    assert "x[6] (1.080), x[5] (1.070), x[4] (1.060), x[3] (1.050) and 3 more" in sentence


def test_thresholds_are_not_crossed_by_equality():
    at_limit = dict(r_hat=[1.01], ess_bulk=[400.0], ess_tail=[400.0])
    assert advise(["mu"], **at_limit, **SIZE, energy_bfmi=np.full(4, 0.3)) == ()
