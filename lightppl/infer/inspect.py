"""Public path of what can be learned about a model without inference; see `lightppl.language`."""

from importlib import import_module

from lightppl.language.relations import get_dependencies, get_model_relations

__all__ = ["get_dependencies", "get_model_relations", "render_model"]


def __getattr__(name):
    if name != "render_model":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module("lightppl.plotting.model_graph").render_model
