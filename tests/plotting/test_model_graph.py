"""Pictures of models."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.distributions import constraints
from lightppl.plotting.graph_drawing import place_nodes
from lightppl.plotting.model_graph import model_graph, render_model


def crossed(y):
    scale = lp.param("scale", 1.0, constraint=constraints.positive)
    mu = lp.sample("mu", dist.Normal(0.0, scale))
    rows, columns = lp.plate("rows", 3, dim=-2), lp.plate("columns", 2, dim=-1)
    with rows:
        a = lp.sample("a", dist.Normal(mu, 1.0))
    with columns:
        b = lp.sample("b", dist.Normal(0.0, 1.0))
    with rows, columns:
        total = lp.deterministic("total", a + b)
        lp.sample("y", dist.Normal(total, 1.0), obs=y)


@pytest.fixture
def graph():
    return model_graph(crossed, (np.zeros((3, 2)),), render_distributions=True, render_params=True)


def test_nodes_edges_kinds_and_paths(graph):
    kinds = {node.name: node.kind for node in graph.nodes}
    assert kinds == {
        "scale": "param", "mu": "latent", "a": "latent", "b": "latent",
        "total": "deterministic", "y": "observed",
    }
    assert set(graph.edges) == {
        ("scale", "mu"), ("mu", "a"), ("a", "total"), ("b", "total"), ("total", "y"),
    }
    paths = {node.name: node.path for node in graph.nodes}
    assert paths["mu"] == () and paths["a"] == ("rows",) and paths["b"] == ("columns",)
    assert set(paths["y"]) == {"rows", "columns"}


def test_legend_lists_families_and_constraints(graph):
    assert "mu ~ Normal" in graph.legend and "scale in Positive()" in graph.legend
    assert not any(line.startswith("total") for line in graph.legend)


def test_mermaid_text_nests_plates_and_shades_observed_sites(graph):
    text = graph.mermaid()
    assert text.count("subgraph") == text.count("    end") == 3
    assert '"y"])' + ":::observed" in text and '"total"])' + ":::deterministic" in text
    assert "mu ~ Normal" in text


def test_params_and_families_are_left_out_by_default():
    plain = model_graph(crossed, (np.zeros((3, 2)),))
    assert "scale" not in {node.name for node in plain.nodes} and plain.legend == ()


def test_children_lie_below_parents_and_nodes_do_not_overlap(graph):
    places, bands = place_nodes(graph)
    for parent, child in graph.edges:
        assert places[child][1] < places[parent][1]
    assert len(set(places.values())) == len(places)
    intervals = sorted(bands.values())
    assert all(a[1] <= b[0] for a, b in zip(intervals, intervals[1:]))


@pytest.mark.parametrize("suffix", [".png", ".pdf", ".svg", ".md", ".mmd"])
def test_every_kind_of_file_is_written(tmp_path, suffix):
    path = tmp_path / f"model{suffix}"
    render_model(crossed, (np.zeros((3, 2)),), filename=path, render_distributions=True)
    assert path.stat().st_size > 100


def test_graphviz_gets_the_same_graph(graph):
    pytest.importorskip("graphviz")
    source = graph.graphviz().source
    assert "cluster_rows" in source and "total -> y" in source
