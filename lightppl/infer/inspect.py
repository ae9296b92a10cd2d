"""Public path of what can be learned about a model without inference; see `lightppl.language`."""

from lightppl.language.relations import get_dependencies, get_model_relations

__all__ = ["get_dependencies", "get_model_relations"]
