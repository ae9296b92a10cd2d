"""Ufuncs of `scipy.special` that NumPy has too; by name, so that SciPy loads late."""

import numpy as np

from lightppl.scipy_functions import scipy_special

BY_NAME = {
    "expm1": np.expm1,
    "log1p": np.log1p,
    "cbrt": np.cbrt,
    "exp2": np.exp2,
    "_riemann_zeta": lambda x: scipy_special.zeta(x, 1.0),
}
"""Name of a ufunc -> its meaning on traced arrays."""
