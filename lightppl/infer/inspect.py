"""Public path of what can be learned about a model without inference; see `lightppl.language`."""

from lightppl.when_used import names_when_used

__getattr__, __dir__, __all__ = names_when_used(__name__)
