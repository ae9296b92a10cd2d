import numpy as np
import pytest

from lightppl.diagnostics.chains import is_degenerate, map_rows, row_blocks, split_chains, to_rows
from lightppl.errors import ShapeError


def test_rows_run_over_the_elements_of_a_site():
    x = np.arange(2 * 5 * 6).reshape(2, 5, 2, 3)
    rows = to_rows(x)
    assert rows.shape == (6, 2, 5)
    assert np.array_equal(rows[4], x[:, :, 1, 1])


def test_blocks_do_not_change_the_answer(monkeypatch):
    x = np.random.default_rng(0).standard_normal((2, 50, 7))
    whole = map_rows(lambda rows: rows.mean(axis=(1, 2)), x)
    monkeypatch.setattr("lightppl.diagnostics.chains.BLOCK_SIZE", 150)
    assert len(row_blocks(to_rows(x))) == 7
    assert np.array_equal(map_rows(lambda rows: rows.mean(axis=(1, 2)), x), whole)


def test_splitting_leaves_out_the_middle_draw():
    halves = split_chains(np.arange(7.0)[None, None])
    assert halves.tolist() == [[[0, 1, 2], [4, 5, 6]]]


def test_degenerate_means_constant_up_to_rounding_or_not_finite():
    x = np.random.default_rng(0).standard_normal((5, 2, 10))
    x[0] = 3.0
    x[1] = 1.0 + 1e-16 * x[1]
    x[2, 1, 4] = np.nan
    x[3, 0, 0] = np.inf
    assert is_degenerate(x).tolist() == [True, True, True, True, False]


@pytest.mark.parametrize("shape", [(100,), (4, 3), (0, 100)])
def test_too_few_draws_are_one_clear_error(shape):
    with pytest.raises(ShapeError, match="chain"):
        to_rows(np.zeros(shape))
