"""Public path of loops and branches in models; see `lightppl.language.control_flow`."""

from lightppl.language.control_flow import cond, scan

__all__ = ["cond", "scan"]
