import numpy as np
import pytest

from lightppl.diagnostics.ranks import (
    fold_rows,
    median_of_sorted,
    normal_scores,
    quantile_of_sorted,
    sort_rows,
)
from tests.reference.slow_diagnostics import z_scores


@pytest.mark.parametrize("is_discrete", [False, True])
def test_scores_equal_those_of_counted_ranks(is_discrete):
    x = np.random.default_rng(0).standard_normal((3, 2, 25))
    if is_discrete:
        x = np.round(x)
    scores = normal_scores(sort_rows(x))
    for row in range(3):
        assert scores[row] == pytest.approx(np.array(z_scores(x[row])), abs=1e-12)


def test_scores_depend_on_order_only():
    x = np.random.default_rng(1).standard_normal((1, 2, 50))
    assert np.array_equal(normal_scores(sort_rows(x)), normal_scores(sort_rows(np.exp(x))))


@pytest.mark.parametrize("num_draws", [10, 11])
def test_folding_sorts_distances_to_the_median_in_place(num_draws):
    x = np.random.default_rng(2).standard_normal((2, 1, num_draws))
    folded = fold_rows(sort_rows(x))
    distance = np.abs(x - np.median(x, axis=2, keepdims=True)).reshape(2, -1)
    assert np.allclose(folded.values, np.sort(distance, axis=1), rtol=0, atol=1e-15)
    assert np.allclose(np.take_along_axis(distance, folded.order, 1), folded.values)


@pytest.mark.parametrize("num_draws", [2, 9, 100])
@pytest.mark.parametrize("prob", [0.0, 0.05, 0.5, 0.95, 1.0])
def test_quantiles_are_those_of_numpy(num_draws, prob):
    values = np.sort(np.random.default_rng(3).standard_normal((4, num_draws)), axis=1)
    assert quantile_of_sorted(values, prob) == pytest.approx(np.quantile(values, prob, axis=1))
    assert median_of_sorted(values) == pytest.approx(np.median(values, axis=1))
