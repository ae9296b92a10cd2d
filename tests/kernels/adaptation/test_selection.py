"""Which metric a window supports: a simple one where it is enough, a better one where not."""

import numpy as np
import pytest

from lightppl.kernels.adaptation import selection
from lightppl.kernels.adaptation.fisher import centred
from lightppl.kernels.adaptation.selection import select_metric
from tests.kernels.adaptation.test_fisher import in_full, normal_sample, spd
from tests.reference import fisher as reference


def noisy_sample(covariance, n, seed):
    """Like `normal_sample`, with gradients that say less: of a heavy-tailed density."""
    rng = np.random.default_rng(seed)
    q, grad = normal_sample(covariance, n, seed)
    weight = rng.gamma(2.0, 0.5, size=(n, 1))
    return (q - 3.0) / np.sqrt(weight), grad * np.sqrt(weight)


def test_the_diagonal_is_kept_where_it_is_enough():
    """Of independent heavy-tailed coordinates, directions would only be noise."""
    scales = np.exp(np.random.default_rng(0).normal(size=40))
    kept = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        x = rng.standard_t(5.0, size=(60, 40))
        found, misfit = select_metric(x * scales, 6.0 * x / (5.0 + x**2) / scales)
        kept += found.basis.shape[1] == 0
        assert misfit < 1.0
    assert kept >= 8


@pytest.mark.parametrize("n", [10, 40])
def test_directions_are_found_where_they_matter(n):
    covariance = np.full((5, 5), 0.99) + 0.01 * np.eye(5)
    found, misfit = select_metric(*normal_sample(covariance, n))
    correlation = in_full(found)[0, 1] / found.diagonal[0]
    assert found.basis.shape[1] == 5 and correlation > 0.0
    np.testing.assert_allclose(in_full(found), covariance, rtol=0.05)
    assert abs(misfit) < 1.5


def test_the_chosen_metric_is_nearly_the_best_on_other_draws():
    """Judged on many other draws it is no worse than any candidate by much, on average."""
    covariance, regret = spd(12, 4, spread=1.5), []
    many = noisy_sample(covariance, 20_000, 99)
    for seed in range(12):
        q, grad = noisy_sample(covariance, 40, seed)
        candidates = [
            reference.divergence(in_full(selection._fit(centred(q, grad), ridge)), *many)
            for ridge in (None, selection.SMALL_RIDGE, selection.LARGE_RIDGE / len(q))
        ]
        found, _ = select_metric(q, grad)
        regret.append(reference.divergence(in_full(found), *many) - min(candidates))
    assert np.mean(regret) < 0.1


def test_what_is_not_allowed_is_not_chosen():
    q, grad = normal_sample(np.full((3, 3), 0.9) + 0.1 * np.eye(3), 50)
    found, _ = select_metric(q, grad, may_have_directions=False)
    assert found.basis.shape == (3, 0)
    q, grad = normal_sample(np.eye(3), 50)
    found, _ = select_metric(q, grad, may_be_diagonal=False)
    assert found.basis.shape == (3, 3)


def test_a_density_that_no_metric_fits_has_a_large_misfit():
    """A funnel: scales of the second coordinate vary by the first."""
    rng = np.random.default_rng(0)
    v = 3.0 * rng.normal(size=400)
    x = np.exp(v / 2) * rng.normal(size=400)
    grad = np.stack([v / 9 + 0.5 - 0.5 * x**2 * np.exp(-v), x * np.exp(-v)], axis=1)
    _, misfit = select_metric(np.stack([v, x], axis=1), grad)
    assert misfit > 2.0
    _, misfit = select_metric(*normal_sample(spd(2, 0), 400))
    assert misfit < 0.2


def test_numbers_that_overflow_leave_a_diagonal():
    rng = np.random.default_rng(0)
    q, grad = 1e180 * rng.normal(size=(20, 3)), 1e100 * rng.normal(size=(20, 3))
    with np.errstate(all="ignore"):
        found, misfit = select_metric(q, grad)
    assert found.basis.shape[1] == 0 and misfit == np.inf


def test_a_candidate_that_cannot_be_factorised_does_not_take_the_others_with_it(monkeypatch):
    """Gradients of one direction only: with a ridge too small, their covariance is singular."""
    rng = np.random.default_rng(0)
    q = rng.normal(size=(40, 3)) @ spd(3, 1)
    grad = rng.normal(size=(40, 1)) * np.array([1.0, -1.0, 1.0])
    monkeypatch.setattr(selection, "SMALL_RIDGE", -1.0)
    found, misfit = select_metric(q, grad, may_be_diagonal=False)
    assert found.basis.shape == (3, 3) and np.isfinite(misfit)
