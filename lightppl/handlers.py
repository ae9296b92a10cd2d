"""Public path of the effect handlers; see `lightppl.language.handlers`."""

from lightppl.when_used import names_when_used

__getattr__, __dir__, __all__ = names_when_used(__name__)
