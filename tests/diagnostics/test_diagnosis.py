"""The diagnosis: causes before symptoms, sites and remedies by name."""

import numpy as np
import pytest

from lightppl.diagnostics import diagnose
from tests.diagnostics.test_geometry import funnel


@pytest.fixture
def draws():
    rng = np.random.default_rng(0)
    return {"mu": rng.standard_normal((4, 1000)), "b": rng.standard_normal((4, 1000, 2))}


def statistics(**changes):
    rng = np.random.default_rng(1)
    good = {
        "diverging": np.zeros((4, 1000), bool),
        "energy": rng.standard_normal((4, 1000)),
        "accept_prob": np.full((4, 1000), 0.82),
        "num_steps": np.full((4, 1000), 7),
        "tree_depth": np.full((4, 1000), 3),
    }
    return {**good, **changes}


KNOWN = dict(max_tree_depth=(10, 10), target_accept_prob=0.8, step_size=np.full(4, 0.5))


def test_a_good_fit_is_called_good_in_three_lines(draws):
    found = diagnose(draws, statistics=statistics(), metric_misfit=np.zeros(4), **KNOWN)
    assert found.is_good and found.findings == () and found.about("r_hat") is None
    lines = str(found).splitlines()
    assert lines[0].startswith("4 chains x 1000 draws, 0 divergences")
    assert lines[1] == "Step size by chain: 0.5, 0.5, 0.5, 0.5."
    assert lines[2].startswith("Nothing is wrong: R-hat at most 1.00")
    assert len(lines) == 3


@pytest.mark.parametrize(
    "changes, options, topic, words",
    [
        ({"tree_depth": np.full((4, 1000), 10)}, {}, "tree_depth", "max_tree_depth (10)"),
        ({"accept_prob": np.full((4, 1000), 0.5)}, {}, "acceptance", "far below"),
        ({"accept_prob": np.full((4, 1000), 0.99)}, {}, "acceptance", "far above"),
        ({"energy": np.linspace(0, 9, 4000).reshape(4, 1000)}, {}, "energy", "E-BFMI"),
        ({}, {"step_size": np.array([0.5, 0.5, 0.01, 0.6])}, "step_size", "0.01 in chain 2"),
        ({}, {"metric_misfit": np.full(4, 3.5)}, "metric", "Fisher divergence 3.5"),
    ],
)
def test_each_report_of_the_sampler_is_judged(draws, changes, options, topic, words):
    found = diagnose(draws, statistics=statistics(**changes), **{**KNOWN, **options})
    assert [finding.topic for finding in found.findings] == [topic]
    assert words in found.about(topic).what and words in str(found)
    assert f"   -> {found.about(topic).remedy}" in str(found).splitlines()


def test_one_odd_chain_does_not_condemn_the_metric(draws):
    misfit = np.array([0.1, 9.0, 0.2, 0.1])
    assert diagnose(draws, statistics=statistics(), metric_misfit=misfit, **KNOWN).is_good


def test_acceptance_names_the_chains_that_are_off(draws):
    accept = np.full((4, 1000), 0.8)
    accept[[1, 3]] = 0.3
    found = diagnose(draws, statistics=statistics(accept_prob=accept), **KNOWN)
    assert found.about("acceptance").chains == (1, 3)


def test_causes_stand_before_symptoms(draws):
    draws["mu"][3] += 50.0
    found = diagnose(draws, statistics=statistics(), **KNOWN)
    topics = [finding.topic for finding in found.findings]
    assert topics[0] == "modes" and {"r_hat", "ess"} <= set(topics)
    assert found.about("modes").chains == (3,)
    assert found.about("r_hat").sites == ("mu",)
    assert str(found).index("1. Chains stay") < str(found).index("R-hat is above")


def test_a_stuck_chain_is_named_first(draws):
    for x in draws.values():
        x[1] = x[1, 0]
    found = diagnose(draws, statistics=statistics(), **KNOWN)
    assert found.findings[0].topic == "stuck" and found.findings[0].chains == (1,)
    assert found.about("modes") is None


def test_a_funnel_is_found_by_way_of_its_divergences():
    rows, diverging = funnel(num_draws=1000)
    sites = {"mu": rows[0], "tau": rows[1], "theta": np.moveaxis(rows[2:6], 0, -1)}
    found = diagnose(sites, statistics=statistics(diverging=diverging), **KNOWN)
    assert [finding.topic for finding in found.findings] == ["funnel", "divergences"]


def test_a_funnel_with_few_divergences_is_found_by_way_of_slow_draws():
    rows, diverging = funnel(num_draws=1000)
    slow = np.repeat(rows[:, :, ::20], 20, axis=2)  # each draw 20 times
    sites = {"mu": slow[0], "tau": slow[1], "theta": np.moveaxis(slow[2:6], 0, -1)}
    few = diverging & (np.cumsum(diverging, axis=1) == 1)  # one a chain
    found = diagnose(sites, statistics=statistics(diverging=few), **KNOWN)
    assert found.about("funnel").sites == ("tau", "theta")
    del sites["theta"]
    assert diagnose(sites, statistics=statistics(diverging=few), **KNOWN).about("funnel") is None


def test_sites_with_draws_that_are_not_finite_are_named(draws):
    draws["b"][2, 17, 1] = np.inf
    found = diagnose(draws, statistics=statistics(), **KNOWN)
    assert found.about("finite").sites == ("b[1]",)


def test_dependence_is_looked_for_where_draws_are_few(draws):
    walk = np.cumsum(np.random.default_rng(2).standard_normal((4, 1000)), axis=1) / 30
    draws["x"], draws["y"] = walk, walk + 0.01 * draws["mu"]
    found = diagnose(draws, statistics=statistics(), **KNOWN)
    assert found.about("correlation").sites == ("x", "y")


def test_draws_alone_are_enough(draws):
    assert diagnose(draws).is_good
    assert diagnose({"mu": draws["mu"][:1]}).about("size").remedy == "Use num_chains=4."
