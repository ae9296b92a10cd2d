"""Plates: dimensions, expansion, subsampling, errors."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl import handlers
from lightppl.errors import ShapeError
from lightppl.language import current_stack


def test_plates_take_dimensions_from_the_right():
    with handlers.trace() as tr, lp.plate("a", 3), lp.plate("b", 2), lp.plate("c", 4):
        assert lp.sample("x", dist.Normal(0.0, 1.0)).shape == (4, 2, 3)
    frames = tr["x"].cond_indep_stack
    assert [(f.name, f.dim, f.size) for f in frames] == [("c", -3, 4), ("b", -2, 2), ("a", -1, 3)]


def test_an_explicit_dim_leaves_the_others_free():
    with lp.plate("a", 3, dim=-2), lp.plate("b", 2):
        assert lp.sample("x", dist.Normal(0.0, 1.0)).shape == (3, 2)


def test_plates_made_before_they_are_entered_do_not_collide():
    rows, columns = lp.plate("rows", 3), lp.plate("columns", 2)
    with rows:
        assert lp.sample("x", dist.Normal(0.0, 1.0)).shape == (3,)
        with columns:
            assert lp.sample("z", dist.Normal(0.0, 1.0)).shape == (2, 3)
    with columns:
        assert lp.sample("y", dist.Normal(0.0, 1.0)).shape == (2, 1)


def test_event_dimensions_stay_right_of_plates():
    with lp.plate("a", 3):
        assert lp.sample("x", dist.Normal(np.zeros(5), 1.0).to_event(1)).shape == (3, 5)


def test_batch_dimensions_left_of_plates_stay():
    with lp.plate("a", 3):
        assert lp.sample("x", dist.Normal(np.zeros((4, 3)), 1.0)).shape == (4, 3)
        assert lp.sample("y", dist.Normal(np.zeros((4, 1)), 1.0)).shape == (4, 3)


def test_sample_shape_inside_a_plate_joins_the_batch_shape():
    with handlers.trace() as tr, lp.plate("a", 3):
        x = lp.sample("x", dist.Normal(np.zeros(3), 1.0), sample_shape=(2,))
    assert x.shape == (2, 3) == tr["x"].expected_shape


def test_draws_in_a_plate_are_independent():
    with handlers.seed(rng_seed=0), lp.plate("a", 1000):
        x = lp.sample("x", dist.Normal(0.0, 1.0))
    assert len(np.unique(x)) == 1000


def test_subsample_draws_without_replacement_and_scales():
    with handlers.trace() as tr, handlers.seed(rng_seed=0):
        with lp.plate("data", 10, subsample_size=4) as index:
            lp.sample("x", dist.Normal(0.0, 1.0))
    assert index.shape == (4,) and len(set(index.tolist())) == 4
    assert tr["x"].scale == 2.5 and tr["x"].value.shape == (4,)
    np.testing.assert_array_equal(tr["data"].value, index)


def test_every_element_is_equally_likely_in_a_subsample():
    counts = np.zeros(5)
    with handlers.seed(rng_seed=1):
        for _ in range(2000):
            counts[lp.plate("data", 5, subsample_size=2).indices] += 1
    assert np.all(np.abs(counts - 800) < 5 * np.sqrt(2000 * 0.4 * 0.6))


def test_scales_of_nested_subsamples_multiply():
    with handlers.trace() as tr, handlers.scale(scale=3.0):
        with lp.plate("a", 10, 5), lp.plate("b", 9, 3):
            lp.sample("x", dist.Normal(0.0, 1.0))
    assert tr["x"].scale == pytest.approx(18.0)


def test_subsample_selects_rows_of_data_and_params():
    data = np.arange(20.0).reshape(10, 2)
    with lp.plate("data", 10, subsample_size=4) as index:
        np.testing.assert_array_equal(lp.subsample(data, event_dim=1), data[index])
        with handlers.trace():
            w = lp.param("w", data, event_dim=1)
        np.testing.assert_array_equal(w, data[index])
    np.testing.assert_array_equal(lp.subsample(data, event_dim=1), data)


def test_subsample_of_a_left_plate():
    data = np.arange(30.0).reshape(10, 3)
    with lp.plate("right", 3), lp.plate("left", 10, subsample_size=4) as index:
        np.testing.assert_array_equal(lp.subsample(data, event_dim=0), data[index])


def test_subsample_indices_can_be_substituted_and_replayed():
    def model():
        with lp.plate("data", 10, subsample_size=3) as index:
            return index

    tr = handlers.trace(model).get_trace()
    np.testing.assert_array_equal(handlers.replay(model, tr)(), tr["data"].value)
    chosen = np.array([1, 5, 7])
    np.testing.assert_array_equal(handlers.substitute(model, {"data": chosen})(), chosen)


def test_plate_stack_puts_the_last_size_rightmost():
    with handlers.trace() as tr, lp.plate_stack("grid", (4, 3), rightmost_dim=-2):
        assert lp.sample("x", dist.Normal(0.0, 1.0)).shape == (4, 3, 1)
    assert [f.name for f in tr["x"].cond_indep_stack] == ["grid_1", "grid_0"]


def test_a_plate_can_be_a_loop():
    with handlers.trace() as tr:
        for i in lp.plate("data", 3):
            lp.sample(f"x{i}", dist.Normal(0.0, 1.0))
        for i in lp.plate("part", 4, subsample_size=2):
            lp.sample(f"y{i}", dist.Normal(0.0, 1.0))
    assert {"x0", "x1", "x2"} <= set(tr)
    assert tr["x0"].scale is None and tr["x0"].value.shape == ()
    assert {site.scale for name, site in tr.items() if name.startswith("y")} == {2.0}


def test_a_loop_left_by_an_exception_leaves_no_handler_behind():
    def fail():
        for _ in lp.plate("part", 4, subsample_size=2):
            raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"), handlers.trace():
        fail()
    assert current_stack() == ()


def test_a_plate_name_may_return():
    with handlers.trace() as tr:
        for name in "xy":
            with lp.plate("data", 3):
                lp.sample(name, dist.Normal(0.0, 1.0))
    assert list(tr) == ["data", "x", "y"]


def test_size_that_does_not_fit_the_batch_shape_is_named():
    with pytest.raises(ShapeError) as caught, lp.plate("school", 8):
        lp.sample("theta", dist.Normal(np.zeros(7), 1.0))
    text = str(caught.value)
    assert "Site 'theta'" in text and "(7,)" in text and "'school' expects size 8" in text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"size": 3, "dim": 0}, "needs a negative dim"),
        ({"size": 3.5}, "needs an integer size"),
        ({"size": 0}, "needs a positive size"),
        ({"size": 3, "subsample_size": 4}, "more than its size 3"),
    ],
)
def test_bad_plates_are_refused(arguments, sentence):
    with pytest.raises(ShapeError, match=sentence):
        lp.plate("data", **arguments)


def test_two_plates_on_one_dimension_are_refused():
    with pytest.raises(ShapeError, match="Plates 'a' and 'b' both use batch dimension -1"):
        with lp.plate("a", 3, dim=-1), lp.plate("b", 3, dim=-1):
            pass


def test_subsampled_data_of_the_wrong_size_is_refused():
    with pytest.raises(ShapeError, match="expected size 10 in dimension -1"):
        with lp.plate("data", 10, subsample_size=2):
            lp.subsample(np.zeros(9), event_dim=0)


def test_plate_stack_needs_a_negative_rightmost_dim():
    with pytest.raises(ShapeError, match="negative rightmost_dim"), lp.plate_stack("a", (2,), 0):
        pass
