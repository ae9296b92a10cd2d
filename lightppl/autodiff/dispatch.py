"""The way from NumPy's protocols to meanings on traced values: `__array_function__` arrives here.

The table itself is filled by the folder `functions`; what stands in no table is refused by name.
"""

from lightppl.autodiff.functions import FUNCTIONS, call_function
from lightppl.autodiff.functions.reductions import reduce_ufunc
from lightppl.autodiff.indexing import getitem

__all__ = ["FUNCTIONS", "call_function", "getitem", "reduce_ufunc"]
