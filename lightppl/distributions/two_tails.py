"""Families whose tail probabilities come as a pair of logarithms, of which the smaller is exact."""

import numpy as np

from lightppl.autodiff import as_array
from lightppl.distributions.log_probability import from_smaller


class TwoTails:
    """Makes `cdf`, `log_cdf` and `log_survival` of one method, `_log_tails`.

    ``_log_tails(value)`` returns the logarithms of the probabilities up to `value` and above it.
    Near 0 such a logarithm has lost its digits, and is found again from the other one.
    """

    def cdf(self, value):
        return np.exp(self.log_cdf(value))

    def log_cdf(self, value):
        """Return the logarithm of `cdf`, accurate in both tails."""
        below, above = self._log_tails(as_array(value))
        return from_smaller(below, above)

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, accurate in both tails."""
        below, above = self._log_tails(as_array(value))
        return from_smaller(above, below)
