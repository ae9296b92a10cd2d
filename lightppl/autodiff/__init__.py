"""Plain NumPy and SciPy that can be traced and differentiated.

Reading order: `operation` (what a traceable function is), `special` and `linalg` (functions without
a NumPy hook), then, loaded only when something is traced: `boxes` (the traced array), `dispatch`
and `functions` (NumPy functions on it, in terms of `structural`), `derivatives` (one line of
mathematics each), `gradient` (reverse mode), `check` (gradients against differences).  Control
flow: `program` (a function written down), `scan`, `cond` and `march` (operations that run
programs), `over_time` (loops of densities).
"""

from lightppl.autodiff import linalg, special
from lightppl.autodiff.operation import Operation, as_array, is_traced, plain_value

__all__ = ["Operation", "as_array", "is_traced", "linalg", "plain_value", "special"]
