"""Draws lie inside the open support: where densities are finite and chains can start."""

import numpy as np
import pytest

import lightppl.distributions as dist
from lightppl.distributions import biject_to, constraints
from lightppl.distributions.open_support import keep_inside
from lightppl.errors import ConstraintError
from tests.distributions.catalogue import ROWS

LOG_PARAMETERS = (-40.0, -7.0, -2.3, 2.3, 7.0, 40.0)
NUM_DRAWS = 300


def is_inside(support, draws):
    """Whether draws are in the support, and not on its edge."""
    while isinstance(support, constraints.Independent):
        support = support.base_constraint
    inside = np.all(support(draws))
    if isinstance(support, constraints.Interval) and not support.is_discrete:
        return inside and np.all((draws > support.lower_bound) & (draws < support.upper_bound))
    if isinstance(support, constraints.GreaterThan):
        return inside and np.all(draws > support.lower_bound)
    if isinstance(support, constraints.LessThan):
        return inside and np.all(draws < support.upper_bound)
    if isinstance(support, constraints.Simplex):
        return inside and np.all(draws > 0.0)
    return inside


def extreme_distributions(row):
    params, _ = row.ordinary
    known = row.make(**params).arg_constraints
    positive = [
        name
        for name in params
        if isinstance(_innermost(known.get(name)), constraints.Positive) and name not in row.static
    ]
    for u in LOG_PARAMETERS:
        for names in [[name] for name in positive] + [positive]:
            moved = {name: np.exp(u) * np.ones(np.shape(params[name])) for name in names}
            try:
                yield row.make(**{**params, **moved})
            except ConstraintError:  # ends that changed places
                continue


def _innermost(constraint):
    return getattr(constraint, "base_constraint", constraint)


# matrices of correlations next to -1 and 1 are singular to all digits
MOVABLE = [
    row
    for row in ROWS
    if "draws" not in row.skip and row.name != "LKJ" and list(extreme_distributions(row))
]


@pytest.mark.parametrize("row", MOVABLE, ids=lambda row: row.name)
def test_draws_stay_inside_the_open_support(row):
    with np.errstate(all="ignore"):
        for d in extreme_distributions(row):
            if d._has_atoms or constraints.is_dependent(d.support):
                continue
            draws = np.asarray(d.sample(3, (NUM_DRAWS,)))
            assert is_inside(d.support, draws), (vars(d), draws)
            scores = d.log_prob(draws)
            assert not np.any(np.isnan(scores)), vars(d)
            assert np.all(scores < np.inf), vars(d)


def test_a_beta_draw_that_rounds_to_one_is_moved_below():
    draws = dist.Beta(1.0, 0.01).sample(0, (2000,))
    assert draws.max() < 1.0
    assert np.all(np.isfinite(dist.Beta(1.0, 0.01).log_prob(draws)))
    assert np.all(np.isfinite(biject_to(constraints.unit_interval).inv(draws)))


def test_atoms_on_the_edge_stay_there():
    for d in (
        dist.HurdleLogNormal(0.5, 0.0, 1.0),
        dist.HurdleLogNormal(0.5, 0.0, 1.0).expand((3,)),
        dist.MixtureGeneral(
            dist.Categorical(probs=np.array([0.5, 0.5])),
            [dist.Delta(0.0), dist.LogNormal(0.0, 1.0)],
            support=constraints.nonnegative,
        ),
    ):
        assert np.any(d.sample(0, (50,)) == 0.0)


@pytest.mark.parametrize(
    "support, edges",
    [
        (constraints.positive, [0.0, np.inf]),
        (constraints.greater_than(-2.0), [-2.0, np.inf]),
        (constraints.less_than(1e10), [1e10, -np.inf]),
        (constraints.interval(-1.0, 3.0), [-1.0, 3.0]),
        (constraints.interval(0.0, 1e-300), [0.0, 1e-300]),
        (constraints.real, [-np.inf, np.inf]),
        (constraints.independent(constraints.unit_interval, 1), [0.0, 1.0]),
    ],
    ids=str,
)
def test_an_edge_is_moved_and_nothing_else(support, edges):
    moved = keep_inside(support, np.array(edges))
    assert is_inside(support, moved)
    np.testing.assert_array_equal(keep_inside(support, moved), moved)
