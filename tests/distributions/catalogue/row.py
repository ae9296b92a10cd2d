"""One row of the catalogue: a family, parameter sets, and independent knowledge about it."""

from dataclasses import dataclass, field

import numpy as np
from mpmath import mp, mpf

mp.dps = 40


@dataclass(frozen=True)
class Row:
    """What the tests need to know about a family.

    Parameters
    ----------
    name : str
    make : callable
        ``make(**params) -> Distribution``.
    cases : list of (dict, list)
        Parameters and the values to score under them, extremes included.  The first case is an
        ordinary one: it is sampled, integrated and differentiated.
    reference : callable
        ``reference(value, **params)``: log density of one event, independent of the library; gets
        mpmath numbers if `exact`, else arrays.
    exact : bool
    scipy : callable or None
        ``scipy(**params)``: the frozen SciPy distribution.
    domain : tuple
        End points (and break points) for quadrature, or the integers to sum over.
    outside : list
        Values outside the support of the first case.
    invalid : dict
        Parameter name -> a value it must refuse.
    static : tuple of str
        Parameters that do not take batch axes.
    event_dims : dict
        Parameter name -> event axes, for those that have any.
    discrete_params : tuple of str
        Parameters without a derivative.
    functionals : dict
        Name -> (function of draws -> numbers, cdf of those numbers), for vectors and matrices.
    skip : dict
        Test -> why it does not apply.
    """

    name: str
    make: object
    cases: list
    reference: object
    exact: bool = True
    scipy: object = None
    domain: tuple = ()
    outside: list = field(default_factory=list)
    invalid: dict = field(default_factory=dict)
    static: tuple = ()
    event_dims: dict = field(default_factory=dict)
    discrete_params: tuple = ()
    functionals: dict = field(default_factory=dict)
    skip: dict = field(default_factory=dict)

    @property
    def ordinary(self):
        """Parameters and values of the first case."""
        return self.cases[0]

    def expected(self, value, params):
        """Return the reference log density of one event as a float."""
        if not self.exact:
            return float(self.reference(np.asarray(value), **params))
        exact = {k: v if k in self.static else mpf(v) for k, v in params.items()}
        return float(self.reference(mpf(value), **exact))
