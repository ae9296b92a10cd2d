"""Each sentence people meet when shapes or data are wrong."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl import handlers
from lightppl.errors import ConstraintError, ModelError, ShapeError
from lightppl.language import check_log_prob_shape, check_trace
from lightppl.settings import validation_enabled


def observe(fn, obs, plate_size=None):
    with handlers.trace() as tr:
        if plate_size is None:
            lp.sample("y", fn, obs=obs)
        else:
            with lp.plate("data", plate_size):
                lp.sample("y", fn, obs=obs)
    return tr


@pytest.mark.parametrize(
    ("loc_shape", "obs_shape", "plate_size"),
    [((), (), None), ((3,), (3,), None), ((3,), (), None), ((), (3,), 3), ((3,), (1,), 3),
     ((2, 3), (2, 3), 3), ((), (), 3)],
)
def test_fitting_shapes_pass(loc_shape, obs_shape, plate_size):
    check_trace(observe(dist.Normal(np.zeros(loc_shape), 1.0), np.zeros(obs_shape), plate_size))


def test_observed_vector_of_the_wrong_length_names_the_plate():
    sentence = r"shape \(7,\), expected \(8,\).*'data' \(size 8, dim -1\)"
    with pytest.raises(ShapeError, match=sentence):
        observe(dist.Normal(0.0, 1.0), np.zeros(7), 8)


@pytest.mark.parametrize("obs_shape", [(5,), (5, 1), (1, 5)])
def test_column_against_row_is_an_error_not_a_square_matrix(obs_shape):
    with pytest.raises(ShapeError, match="Site 'y'"):
        observe(dist.Normal(np.zeros((5, 1)), 1.0), np.zeros(obs_shape), 5)


def test_column_of_data_is_an_error_in_a_plate():
    with pytest.raises(ShapeError, match=r"shape \(5, 1\), but its .* shape \(5, 5\)"):
        observe(dist.Normal(np.zeros(5), 1.0), np.zeros((5, 1)), 5)


def test_shapes_are_not_checked_without_validation():
    with validation_enabled(False):
        observe(dist.Normal(np.zeros(5), 1.0), np.zeros((5, 1)))


def test_nan_in_data_is_located():
    y = np.zeros(6)
    y[[1, 4]] = np.nan
    with pytest.raises(ModelError, match=r"Site 'y' observes NaN at index 1, 4 \(2 of 6 entries\)"):
        check_trace(observe(dist.Normal(0.0, 1.0), y, 6))
    table = np.zeros((3, 2))
    table[2, 1] = np.nan
    with pytest.raises(ModelError, match=r"index \(2, 1\) \(1 of 6 entries\)"):
        check_trace(observe(dist.Normal(np.zeros((3, 2)), 1.0).to_event(1), table, 3))


def test_masked_nan_is_no_error():
    y = np.array([1.0, np.nan])
    with handlers.trace() as tr, handlers.mask(mask=~np.isnan(y)), lp.plate("data", 2):
        lp.sample("y", dist.Normal(0.0, 1.0), obs=y)
    check_trace(tr)
    check_trace(observe(dist.Normal(np.zeros(2), 1.0).mask(~np.isnan(y)), y))


def test_value_outside_the_support_is_located():
    with pytest.raises(ConstraintError) as caught:
        check_trace(observe(dist.HalfNormal(1.0), np.array([1.0, -2.0, 3.0]), 3))
    text = str(caught.value)
    assert "Site 'y' observes a value outside the support" in text and "HalfNormal" in text
    assert "index 1 (1 of 3 entries)" in text and "-2." in text


def test_scalar_outside_the_support_is_reported():
    with pytest.raises(ConstraintError, match="its only entry"):
        check_trace(observe(dist.HalfNormal(1.0), -1.0))


def test_masked_value_outside_the_support_is_no_error():
    with handlers.trace() as tr, handlers.mask(mask=np.array([True, False])), lp.plate("data", 2):
        lp.sample("y", dist.HalfNormal(1.0), obs=np.array([1.0, -1.0]))
    check_trace(tr)


def test_mask_of_the_wrong_shape_is_reported():
    with handlers.trace() as tr, handlers.mask(mask=np.ones(3, bool)), lp.plate("data", 2):
        lp.sample("y", dist.Normal(0.0, 1.0))
    with pytest.raises(ShapeError, match=r"Site 'y' has a mask of shape \(3,\)"):
        check_trace(tr)


def test_log_density_of_the_wrong_shape_is_reported():
    tr = observe(dist.Normal(0.0, 1.0), np.zeros(5), 5)
    check_log_prob_shape(tr["y"], (5,))
    with pytest.raises(ShapeError, match=r"log density of shape \(5, 5\), expected \(5,\)"):
        check_log_prob_shape(tr["y"], (5, 5))


def test_a_forward_draw_pays_for_no_check():
    assert np.isnan(lp.sample("y", dist.Normal(0.0, 1.0), obs=np.nan))
