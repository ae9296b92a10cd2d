"""Public path of what can be learned about a model without inference; see `lightppl.language`."""

from lightppl.language.relations import get_dependencies, get_model_relations
from lightppl.when_used import names_when_used

__getattr__, __dir__, __all__ = names_when_used(__name__)
