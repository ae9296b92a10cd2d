"""What NumPy functions mean on traced values, in terms of the closed set of `structural`.

Reading order: `table` (how a meaning is registered), then one file per kind of function: `facts`
(shapes and types), `elements`, `reductions`, `statistics`, `shapes`, `joining`, `selection`,
`slopes`, `products`, `matrices`, `fourier`, `scipy_special`.  Importing the folder fills the table.
"""

from lightppl.autodiff.functions import (
    elements,
    facts,
    fourier,
    joining,
    matrices,
    products,
    reductions,
    scipy_special,
    selection,
    shapes,
    slopes,
    statistics,
)
from lightppl.autodiff.functions.table import FUNCTIONS, call_function

__all__ = [
    "FUNCTIONS", "call_function", "elements", "facts", "fourier", "joining", "matrices", "products",
        "reductions", "scipy_special",
    "selection", "shapes", "slopes", "statistics",
]
