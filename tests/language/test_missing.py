"""Observations with gaps."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl import handlers
from lightppl.errors import ModelError, ShapeError
from lightppl.language import check_trace

Y = np.array([1.0, np.nan, 3.0, np.nan])
KNOWN = ~np.isnan(Y)


def model(y=Y, obs_mask=KNOWN, loc=0.0):
    with lp.plate("data", 4):
        return lp.sample("y", dist.Normal(loc, 1.0), obs=y, obs_mask=obs_mask)


def test_the_missing_part_becomes_a_latent_site():
    tr = handlers.trace(model).get_trace()
    check_trace(tr)
    assert list(tr) == ["data", "y_observed", "y_unobserved", "y"]
    assert tr["y_unobserved"].is_latent and tr["y_unobserved"].value.shape == (2,)
    assert tr["y"].type == "deterministic"
    np.testing.assert_array_equal(tr["y"].value[KNOWN], Y[KNOWN])
    np.testing.assert_array_equal(tr["y"].value[~KNOWN], tr["y_unobserved"].value)


def test_densities_of_both_parts_add_up_to_that_of_the_whole():
    tr = handlers.trace(model).get_trace(loc=np.arange(4.0))
    whole = dist.Normal(np.arange(4.0), 1.0).log_prob(tr["y"].value)
    np.testing.assert_allclose(tr["y_unobserved"].log_prob(), whole[~KNOWN])
    np.testing.assert_allclose(tr["y_observed"].log_prob(), np.where(KNOWN, whole, 0.0))


def test_nan_is_replaced_before_it_is_scored():
    tr = handlers.trace(model).get_trace()
    assert np.all(np.isfinite(tr["y_observed"].value))


def test_masked_arrays_say_what_is_missing():
    tr = handlers.trace(model).get_trace(np.ma.masked_invalid(Y), None)
    assert "y_unobserved" in tr
    complete = handlers.trace(model).get_trace(np.ma.masked_invalid(np.zeros(4)), None)
    assert list(complete) == ["data", "y"] and complete["y"].is_observed


@pytest.mark.parametrize("is_known", [True, False])
def test_everything_or_nothing_may_be_known(is_known):
    y = np.zeros(4) if is_known else np.full(4, np.nan)
    tr = handlers.trace(model).get_trace(y, np.full(4, is_known))
    assert ("y_unobserved" in tr) == (not is_known)
    assert np.all(np.isfinite(tr["y"].value))


def test_events_are_missing_as_a_whole():
    y = np.arange(6.0).reshape(3, 2)
    with handlers.trace() as tr, lp.plate("data", 3):
        lp.sample("y", dist.Normal(np.zeros(2), 1.0).to_event(1), obs=y,
                  obs_mask=np.array([True, False, True]))
    assert tr["y_unobserved"].value.shape == (1, 2)
    np.testing.assert_array_equal(tr["y"].value[[0, 2]], y[[0, 2]])


def test_supports_follow_the_missing_elements():
    high = np.array([1.0, 2.0, 3.0, 4.0])
    with handlers.trace() as tr, lp.plate("data", 4):
        lp.sample("y", dist.Uniform(0.0, high), obs=np.full(4, 0.5), obs_mask=KNOWN)
    support = tr["y_unobserved"].fn.support
    np.testing.assert_array_equal(support.upper_bound, [2.0, 4.0])
    transform = dist.biject_to(support)
    x = transform(np.array([-1.0, 1.0]))
    np.testing.assert_allclose(transform.inv(x), [-1.0, 1.0])


def test_plates_of_two_dimensions():
    y = np.ma.masked_array(np.arange(6.0).reshape(2, 3), mask=[[0, 1, 0], [1, 0, 0]])
    with handlers.trace() as tr, lp.plate("columns", 3), lp.plate("rows", 2):
        lp.sample("y", dist.Normal(0.0, 1.0), obs=y)
    np.testing.assert_array_equal(
        tr["y"].value[[0, 1], [1, 0]], tr["y_unobserved"].value
    )
    np.testing.assert_array_equal(tr["y"].value[~y.mask], y.data[~y.mask])


def test_subsamples_keep_the_whole_shape():
    with handlers.trace() as tr, lp.plate("data", 10, subsample_size=4):
        lp.sample("y", dist.Normal(0.0, 1.0), obs=Y, obs_mask=KNOWN)
    assert tr["y_unobserved"].value.shape == (4,)
    assert tr["y_observed"].scale == 2.5
    np.testing.assert_array_equal(tr["y_unobserved"].scale, np.where(KNOWN, 1.0, 2.5))


def test_discrete_data_may_have_gaps():
    with handlers.trace() as tr, lp.plate("data", 4):
        lp.sample("y", dist.Poisson(3.0), obs=Y, obs_mask=KNOWN)
    check_trace(tr)
    assert tr["y_unobserved"].fn.is_discrete
    assert tr["y"].value.dtype == np.int64


def test_imputed_values_can_be_given_without_handlers():
    values = model()
    assert values.shape == (4,) and np.all(np.isfinite(values))


def test_gaps_that_do_not_fit_are_refused():
    with pytest.raises(ShapeError, match=r"Site 'y' has an obs_mask of shape \(3,\)"):
        model(Y, np.ones(3, bool))
    with pytest.raises(ModelError, match="obs_mask of dtype float64"):
        model(Y, np.ones(4))
    with pytest.raises(ModelError, match="obs_mask but no obs"):
        model(None, np.ones(4, bool))
    with pytest.raises(ModelError, match="both a masked array and obs_mask"):
        model(np.ma.masked_invalid(Y), KNOWN)


def weighted(weight=None, mask=None, loc=0.0):
    with handlers.scale(scale=1.0 if weight is None else weight):
        with handlers.mask(mask=True if mask is None else mask), lp.plate("data", 4):
            lp.sample("y", dist.Normal(loc, 2.0), obs=Y, obs_mask=KNOWN)


def total_of(tr):
    return sum(
        float(np.sum((1.0 if site.scale is None else site.scale) * site.log_prob()))
        for site in tr.observed.values()
    ) + sum(
        float(np.sum((1.0 if site.scale is None else site.scale) * site.log_prob()))
        for site in tr.latent.values()
    )


@pytest.mark.parametrize("weight", [None, 3.0, np.array([1.0, 2.0, 3.0, 4.0]), np.array([5.0])])
@pytest.mark.parametrize("mask", [None, np.array([True, True, False, False])])
def test_each_missing_event_has_its_own_weight(weight, mask):
    hidden = np.array([0.5, -1.0])
    with handlers.trace() as tr, handlers.substitute(data={"y_unobserved": hidden}):
        weighted(weight, mask, loc=0.25)
    check_trace(tr)
    whole = np.where(KNOWN, Y, 0.0)
    whole[~KNOWN] = hidden
    each = dist.Normal(0.25, 2.0).log_prob(whole)
    each = each * (1.0 if weight is None else weight)
    expected = np.sum(each if mask is None else each[mask])
    np.testing.assert_allclose(total_of(tr), expected, rtol=1e-13)
    f = lp.log_density_function(weighted, weight, mask, 0.25)
    assert f.size == 2
    np.testing.assert_allclose(f(hidden), expected, rtol=1e-12)


@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 2)])
def test_values_for_other_gaps_are_refused(shape):
    sentence = r"Site 'y_unobserved' was given a value of shape .*, expected \(2,\)"
    with handlers.substitute(data={"y_unobserved": np.zeros(shape)}), handlers.trace():
        if shape == (2, 2):  # a leading axis of draws is fine
            model()
        else:
            with pytest.raises(ShapeError, match=sentence):
                model()


def test_a_weight_that_fits_nothing_is_refused():
    with pytest.raises(ShapeError, match="Site 'y_.*scale of shape"):
        lp.log_density_function(weighted, np.ones(3))


@pytest.mark.parametrize("weight", [1.0, 2.5])
def test_a_subsample_weighs_only_what_is_missing(weight):
    def subsampled(sd):
        with handlers.scale(scale=weight), lp.plate("data", 4, subsample_size=2) as rows:
            lp.sample("y", dist.Normal(0.0, sd), obs=Y[rows], obs_mask=KNOWN[rows])

    data = {"data": np.array([0, 1]), "y_unobserved": np.array([0.3, -0.4])}
    with handlers.trace() as tr, handlers.substitute(data=data):
        subsampled(1.5)
    whole = dist.Normal(0.0, 1.5)
    # the first is known: it counts as observed, and once more as a proper density of its own
    expected = 2.0 * weight * (whole.log_prob(Y[0]) + whole.log_prob(-0.4)) + whole.log_prob(0.3)
    np.testing.assert_allclose(total_of(tr), expected, rtol=1e-13)
    np.testing.assert_array_equal(tr["y"].value, [Y[0], -0.4])
