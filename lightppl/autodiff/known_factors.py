"""Cholesky factors that are known: a matrix made as ``L L'`` is not factorised to find L again.

Latent positive definite matrices are made so from unconstrained numbers. Where L is far from the
identity, rounding of the product loses its small numbers, and a factorisation cannot find them
again; the factor itself still has them.
"""

from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from lightppl.autodiff.operation import is_traced

_known = ContextVar("lightppl_known_factors", default=None)


@contextmanager
def remembering_factors():
    """Remember the factors of products made by `product_of_factor` within a ``with`` block.

    Examples
    --------
    >>> factor = np.array([[1e-9, 0.0], [1.0, 1e-9]])
    >>> with remembering_factors():
    ...     known_factor(product_of_factor(factor)) is factor
    True
    """
    token = _known.set([])
    try:
        yield
    finally:
        _known.reset(token)


def product_of_factor(factor):
    """Return ``L L'``, whose factor `known_factor` then knows.

    Parameters
    ----------
    factor : (..., N, N) array
        Lower triangles with positive diagonals.

    Returns
    -------
    (..., N, N) array
    """
    product = np.matmul(factor, np.swapaxes(factor, -1, -2))
    known = _known.get()
    if known is not None:
        # a plain array can be changed in place later, a traced one cannot
        unchanged = None if is_traced(product) else product.copy()
        known.append((product, unchanged, factor))
    return product


def known_factor(matrix):
    """Return the lower Cholesky factor of a matrix if it is known, else None.

    Parameters
    ----------
    matrix : (..., N, N) array
    """
    for product, unchanged, factor in _known.get() or ():
        if product is matrix and (unchanged is None or np.array_equal(matrix, unchanged)):
            return factor
    return None
