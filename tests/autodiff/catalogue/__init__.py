"""The table of functions that work on traced values: a line each, tried by many tests."""

from tests.autodiff.catalogue import (
    contractions, elementwise, fourier, indexing, rarely, shapes,
)

ROWS = [*elementwise.ROWS, *shapes.ROWS, *indexing.ROWS, *contractions.ROWS, *fourier.ROWS,
        *rarely.ROWS]
