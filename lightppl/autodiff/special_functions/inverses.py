"""Inverses of distribution functions, by the implicit function theorem.

An inverse solves ``F(..., x, ...) = y`` for one argument of F.  Its derivative by y is ``1 / F_x``,
and by another argument ``-F_other / F_x``, all at the solution.
"""

import numpy as np

from lightppl.autodiff.special_functions import gamma_functions  # noqa: F401  fills the table
from lightppl.autodiff.special_functions import probability
from lightppl.autodiff.special_functions.table import ROWS, UNKNOWN, row


def inverse(name, partials, solved, arguments, *, is_count=False):
    """Add an inverse to the table.

    Parameters
    ----------
    name : str
    partials : tuple
        Of F, one per argument of F.
    solved : int
        The argument of F that is the result.
    arguments : tuple of int or None
        For each argument of the inverse, which argument of F it is; None for the value of F.
    is_count : bool
        Whether the result is not negative: SciPy gives 0 where the solution would be.
    """

    def at_solution(partial, ans, args):
        given = dict(zip(arguments, args))
        given[solved] = ans
        return partial(given[None], *(given[k] for k in range(len(partials))))

    def by(argument):
        if not callable(partials[solved]):
            return UNKNOWN
        if argument is None:
            return lambda ans, *args: 1.0 / at_solution(partials[solved], ans, args)
        if not callable(partials[argument]):
            return partials[argument]
        return lambda ans, *args: -(
            at_solution(partials[argument], ans, args) / at_solution(partials[solved], ans, args)
        )

    found = [by(argument) for argument in arguments]
    row(name, *(_where_positive(x) if is_count and callable(x) else x for x in found))


def _where_positive(partial):
    return lambda ans, *args: np.where(np.greater(ans, 0), partial(ans, *args), 0.0)


_BETA, _BETA_C = ROWS["betainc"].partials, ROWS["betaincc"].partials
_GAMMA, _GAMMA_C = ROWS["gammainc"].partials, ROWS["gammaincc"].partials

inverse("gammaincinv", _GAMMA, 1, (0, None))
inverse("gammainccinv", _GAMMA_C, 1, (0, None))
inverse("betaincinv", _BETA, 2, (0, 1, None))
inverse("betainccinv", _BETA_C, 2, (0, 1, None))
inverse("btdtria", _BETA, 0, (None, 1, 2))
inverse("btdtrib", _BETA, 1, (0, None, 2))
inverse("chdtri", probability.negated(probability.CHI_SQUARE), 1, (0, None))
inverse("chdtriv", probability.CHI_SQUARE, 0, (None, 1))
inverse("gdtria", probability.GAMMA, 0, (None, 1, 2))
inverse("gdtrib", probability.GAMMA, 1, (0, None, 2))
inverse("gdtrix", probability.GAMMA, 2, (0, 1, None))
inverse("pdtri", (None, probability.POISSON[1]), 1, (0, None))
inverse("pdtrik", probability.POISSON, 0, (None, 1), is_count=True)
inverse("bdtri", (None, UNKNOWN, probability.BINOMIAL[2]), 2, (0, 1, None))
inverse("bdtrik", probability.BINOMIAL, 0, (None, 1, 2), is_count=True)
inverse("bdtrin", probability.BINOMIAL, 1, (0, None, 2))
inverse("nbdtri", (UNKNOWN, UNKNOWN, probability.NEGATIVE_BINOMIAL[2]), 2, (0, 1, None))
inverse("nbdtrik", probability.NEGATIVE_BINOMIAL, 0, (None, 1, 2), is_count=True)
inverse("nbdtrin", probability.NEGATIVE_BINOMIAL, 1, (0, None, 2))
inverse("fdtri", probability.F, 2, (0, 1, None))
inverse("fdtridfd", probability.F, 1, (0, None, 2))
inverse("stdtridf", probability.STUDENT, 0, (None, 1))
inverse("stdtrit", probability.STUDENT, 1, (0, None))
inverse("chndtrix", probability.NONCENTRAL_CHI_SQUARE, 0, (None, 1, 2))
inverse("chndtridf", probability.NONCENTRAL_CHI_SQUARE, 1, (0, None, 2))
inverse("chndtrinc", probability.NONCENTRAL_CHI_SQUARE, 2, (0, 1, None))
for _name, _count in (
    ("ncfdtri", 4), ("ncfdtridfd", 4), ("ncfdtridfn", 4), ("ncfdtrinc", 4),
    ("nctdtridf", 3), ("nctdtrinc", 3), ("nctdtrit", 3),
):
    row(_name, *[UNKNOWN] * _count)
