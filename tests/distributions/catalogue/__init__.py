"""The catalogue: every family is one row; `test_catalogue.py` asks every row the same questions."""

from tests.distributions.catalogue import (
    compound,
    continuous,
    discrete,
    gaussian,
    matrices,
    mixed,
    multivariate,
    processes,
    restricted,
    skewed,
)

SCALAR_ROWS = (
    continuous.ROWS
    + skewed.ROWS
    + discrete.ROWS
    + compound.SCALAR
    + restricted.SCALAR
    + mixed.SCALAR
)
VECTOR_ROWS = multivariate.ROWS + compound.VECTOR + gaussian.ROWS + processes.ROWS + matrices.ROWS
ROWS = SCALAR_ROWS + VECTOR_ROWS
