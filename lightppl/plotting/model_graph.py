"""Pictures of models: sites, what depends on what, plates, observed shading, families, parameters.

graphviz draws best where it is installed; otherwise the same graph comes as mermaid text, which
many note-taking tools draw, or as a plain matplotlib figure.

Legend: a *path* is the tuple of plates around a site, outermost first.  Plates that cross (neither
inside the other) are drawn once in each path.
"""

import shutil
from pathlib import Path

from lightppl.language.relations import get_model_relations
from lightppl.records import record


def render_model(
    model,
    model_args=(),
    model_kwargs=None,
    filename=None,
    render_distributions=False,
    render_params=False,
):
    """Draw the graph of a model.

    Parameters
    ----------
    model : callable
    model_args, model_kwargs : tuple, dict
    filename : str or path-like, optional
        Where to save it: a picture (``.pdf``, ``.png``, ``.svg``), or mermaid text (``.md``,
        ``.mmd``).
    render_distributions : bool
        List the families of all sites beside the graph.
    render_params : bool
        Draw `param` sites too.

    Returns
    -------
    graphviz.Digraph or ModelGraph
        The former where the package graphviz is installed.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> def model(y):
    ...     mu = lp.sample("mu", dist.Normal(0, 1))
    ...     with lp.plate("data", len(y)):
    ...         lp.sample("y", dist.Normal(mu, 1), obs=y)
    >>> print(model_graph(model, (np.zeros(3),)).mermaid())
    flowchart TD
        n0(["mu"])
        subgraph p0["data"]
            n1(["y"]):::observed
        end
        n0 --> n1
        classDef observed fill:#ccc
        classDef deterministic stroke-dasharray:4
    """
    graph = model_graph(
        model,
        model_args,
        model_kwargs,
        render_distributions=render_distributions,
        render_params=render_params,
    )
    digraph = graph.graphviz()
    if filename is not None:
        _save(graph, digraph, Path(filename))
    return graph if digraph is None else digraph


def model_graph(
    model, model_args=(), model_kwargs=None, *, render_distributions=False, render_params=False
):
    """Return the `ModelGraph` of a model; the arguments are those of `render_model`."""
    relations = get_model_relations(model, model_args, model_kwargs)
    nodes, edges = [], []
    if render_params:
        nodes += [GraphNode(name, "param") for name in relations["param_constraint"]]
    for name, family in relations["sample_dist"].items():
        kind = "deterministic" if family == "Deterministic" else "latent"
        kind = "observed" if name in relations["observed"] else kind
        nodes.append(GraphNode(name, kind, _path(name, relations["plate_sample"])))
        edges += [(parent, name) for parent in relations["sample_sample"][name]]
        if render_params:
            edges += [(parent, name) for parent in relations["sample_param"][name]]
    legend = []
    if render_distributions:
        families = relations["sample_dist"].items()
        legend += [f"{name} ~ {family}" for name, family in families if family != "Deterministic"]
        if render_params:
            legend += [f"{name} in {where}" for name, where in
            relations["param_constraint"].items()]
    return ModelGraph(tuple(nodes), tuple(edges), tuple(legend))


@record
class GraphNode:
    """A site in the picture.

    Parameters
    ----------
    name : str
    kind : {"latent", "observed", "deterministic", "param"}
    path : tuple of str
        Plates around it, outermost first.
    """

    name: str
    kind: str
    path: tuple = ()


@record
class ModelGraph:
    """A picture of a model, ready to be written in several ways.

    Parameters
    ----------
    nodes : tuple of GraphNode
        In the order of the model.
    edges : tuple of (str, str)
        From parent to child.
    legend : tuple of str
    """

    nodes: tuple
    edges: tuple
    legend: tuple = ()

    def paths(self):
        """Return all paths and the paths that enclose them, outer ones first."""
        found = {node.path[:n] for node in self.nodes for n in range(len(node.path) + 1)}
        return sorted(found | {()})

    def layers(self):
        """Return the layer of each node: one below its lowest parent."""
        layers = {}
        for node in self.nodes:  # parents come before children
            above = [layers[parent] for parent, child in self.edges if child == node.name]
            layers[node.name] = 1 + max(above, default=-1)
        return layers

    def mermaid(self):
        """Return the graph as mermaid text."""
        ids = {node.name: f"n{i}" for i, node in enumerate(self.nodes)}
        plate_ids = {path: f"p{i}" for i, path in enumerate(p for p in self.paths() if p)}
        lines = ["flowchart TD"]

        def write(path, indent):
            for node in self.nodes:
                if node.path == path:
                    left, right = _MERMAID_SHAPES[node.kind]
                    style = f":::{node.kind}" if node.kind in _MERMAID_STYLES else ""
                    lines.append(f'{indent}{ids[node.name]}{left}"{node.name}"{right}{style}')
            for inner in self.paths():
                if len(inner) == len(path) + 1 and inner[: len(path)] == path:
                    lines.append(f'{indent}subgraph {plate_ids[inner]}["{inner[-1]}"]')
                    write(inner, indent + "    ")
                    lines.append(f"{indent}end")

        write((), "    ")
        lines += [f"    {ids[parent]} --> {ids[child]}" for parent, child in self.edges]
        if self.legend:
            lines.append(f'    legend["{"<br/>".join(self.legend)}"]:::legend')
            lines.append("    classDef legend fill:none,stroke:none,text-align:left")
        lines += [f"    classDef {kind} {style}" for kind, style in _MERMAID_STYLES.items()]
        return "\n".join(lines)

    def graphviz(self):
        """Return the graph as a `graphviz.Digraph`, or None where graphviz is not installed."""
        try:
            import graphviz
        except ImportError:
            return None
        digraph = graphviz.Digraph()

        def write(path, parent):
            for node in self.nodes:
                if node.path == path:
                    parent.node(node.name, label=node.name, **_GRAPHVIZ_STYLES[node.kind])
            for inner in self.paths():
                if len(inner) == len(path) + 1 and inner[: len(path)] == path:
                    with parent.subgraph(name="cluster_" + "__".join(inner)) as cluster:
                        cluster.attr(label=inner[-1], labelloc="b", labeljust="r")
                        write(inner, cluster)

        write((), digraph)
        digraph.edges(self.edges)
        if self.legend:
            text = "".join(f"{line}\\l" for line in self.legend)
            digraph.node("~legend", label=text, shape="plaintext")
        return digraph

    def draw(self):
        """Return the graph as a matplotlib figure."""
        from lightppl.plotting.graph_drawing import draw_graph  # needs matplotlib

        return draw_graph(self)

    def __str__(self):
        return self.mermaid()

    def _repr_markdown_(self):
        return f"```mermaid\n{self.mermaid()}\n```"


_MERMAID_SHAPES = {
    "latent": ("([", "])"),
    "observed": ("([", "])"),
    "deterministic": ("([", "])"),
    "param": ("[", "]"),
}
_MERMAID_STYLES = {"observed": "fill:#ccc", "deterministic": "stroke-dasharray:4"}
_GRAPHVIZ_STYLES = {
    "latent": {"shape": "ellipse", "style": "filled", "fillcolor": "white"},
    "observed": {"shape": "ellipse", "style": "filled", "fillcolor": "gray"},
    "deterministic": {"shape": "ellipse", "style": "dashed"},
    "param": {"shape": "plain"},
}


def _path(name, plate_sample):
    """Return the plates around a site; of two plates, the one with more sites is outside."""
    around = [plate for plate, sites in plate_sample.items() if name in sites]
    return tuple(sorted(around, key=lambda plate: (-len(plate_sample[plate]), plate)))


def _save(graph, digraph, path):
    suffix = path.suffix.lower()
    if suffix in (".md", ".mmd"):
        text = graph._repr_markdown_() if suffix == ".md" else graph.mermaid()
        path.write_text(text + "\n", encoding="utf-8")
    elif digraph is not None and shutil.which("dot"):
        digraph.render(path.with_suffix(""), format=suffix[1:], cleanup=True)
    else:
        graph.draw().savefig(path, bbox_inches="tight")
