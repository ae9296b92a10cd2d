"""Public path of small tools; see `lightppl.language`."""

from lightppl.language.fori_collect import fori_collect
from lightppl.language.trace import format_shapes

__all__ = ["fori_collect", "format_shapes"]
