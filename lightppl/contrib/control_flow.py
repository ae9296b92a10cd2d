"""Public path of loops and branches in models.

See `lightppl.language.control_flow` and `lightppl.language.branching`.
"""

from lightppl.language.branching import cond
from lightppl.language.control_flow import scan

__all__ = ["cond", "scan"]
