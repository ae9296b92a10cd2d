"""The statements, outside and inside of handlers."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl import handlers
from lightppl.distributions import constraints
from lightppl.errors import ConstraintError, ModelError, ShapeError


@pytest.fixture(autouse=True)
def empty_param_store():
    lp.clear_param_store()
    yield
    lp.clear_param_store()


def test_a_model_without_handlers_is_a_stochastic_function():
    lp.set_rng_seed(3)
    first = [lp.sample("x", dist.Normal(0.0, 1.0)) for _ in range(3)]
    lp.set_rng_seed(3)
    second = [lp.sample("x", dist.Normal(0.0, 1.0)) for _ in range(3)]
    assert first == second and len(set(map(float, first))) == 3


def test_sample_shape_stands_left_of_the_batch_shape():
    with handlers.trace() as tr:
        x = lp.sample("x", dist.Normal(np.zeros(3), 1.0), sample_shape=(2,))
    assert x.shape == (2, 3) == tr["x"].expected_shape


def test_an_explicit_key_wins_over_seed():
    with handlers.seed(rng_seed=0):
        a = lp.sample("a", dist.Normal(0.0, 1.0), rng_key=7)
    assert a == lp.sample("a", dist.Normal(0.0, 1.0), rng_key=7)


def test_infer_hints_are_recorded_and_copied():
    hints = {"enumerate": "parallel"}
    with handlers.trace() as tr:
        lp.sample("x", dist.Normal(0.0, 1.0), infer=hints)
    assert tr["x"].infer == hints and tr["x"].infer is not hints


@pytest.mark.parametrize("obs", [[1, 2, 3], (1.0, 2.0, 3.0), np.float32([1, 2, 3])])
def test_observed_sequences_become_arrays_of_double_precision(obs):
    with handlers.trace() as tr, lp.plate("data", 3):
        lp.sample("x", dist.Normal(0.0, 1.0), obs=obs)
    assert tr["x"].value.dtype in (np.float64, np.int64)
    np.testing.assert_array_equal(tr["x"].value, [1, 2, 3])


def test_observations_that_are_no_numbers_are_refused():
    with pytest.raises(ModelError, match="Site 'x' got an observation of dtype object"):
        lp.sample("x", dist.Normal(0.0, 1.0), obs=[1.0, None])


def test_something_else_than_a_distribution_is_refused():
    with pytest.raises(ModelError, match="Site 'x' needs a distribution.*found float"):
        lp.sample("x", 1.0)


def test_a_class_instead_of_a_distribution_is_refused():
    with pytest.raises(ModelError, match=r"Site 'x' got the class Normal.*Normal\(\.\.\.\)"):
        lp.sample("x", dist.Normal)


def test_a_site_without_a_name_is_refused():
    with pytest.raises(ModelError, match="needs the name of its site first.*found <Normal"):
        lp.sample(dist.Normal(0.0, 1.0), "x")


def test_factor_adds_its_term_and_a_plate_repeats_it():
    with handlers.trace() as tr:
        lp.factor("a", -2.0)
        lp.factor("b", np.array([-1.0, -3.0]))
        with lp.plate("data", 3):
            lp.factor("c", -1.0)
    assert tr["a"].is_observed and tr["a"].log_prob() == -2.0
    np.testing.assert_array_equal(tr["b"].log_prob(), [-1.0, -3.0])
    np.testing.assert_array_equal(tr["c"].log_prob(), [-1.0, -1.0, -1.0])


def test_deterministic_is_recorded():
    with handlers.trace() as tr:
        assert lp.deterministic("y", 3.0) == 3.0
    assert tr["y"]["type"] == "deterministic" and tr["y"]["value"] == 3.0


def test_param_prefers_substitute_then_store_then_initial_value():
    assert lp.param("a", 1.0) == 1.0
    assert lp.get_param_store()["a"] == 1.0, "outside of handlers a parameter is stored"
    assert lp.param("a", 5.0) == 1.0
    with handlers.substitute(data={"a": 3.0}):
        assert lp.param("a", 1.0) == 3.0
    lp.clear_param_store()
    with handlers.trace() as tr:
        assert lp.param("a", 5.0) == 5.0
    assert not lp.get_param_store(), "inside of handlers the store is left alone"
    assert tr["a"]["type"] == "param"


def test_param_records_constraint_and_event_dim():
    with handlers.trace() as tr:
        lp.param("s", np.ones(3), constraint=constraints.positive, event_dim=1)
    assert tr["s"].kwargs["constraint"] is constraints.positive
    assert tr["s"].kwargs["event_dim"] == 1


def test_param_init_may_be_a_callable_with_or_without_a_key():
    assert lp.param("a", lambda: 2.0) == 2.0
    with handlers.seed(rng_seed=0):
        first = lp.param("b", lambda key: dist.Normal(0.0, 1.0).sample(key))
    with handlers.seed(rng_seed=0):
        second = lp.param("b", lambda key: dist.Normal(0.0, 1.0).sample(key))
    assert first == second


def test_bad_params_are_refused():
    with pytest.raises(ModelError, match="Parameter 'a' has no initial value"):
        lp.param("a")
    with pytest.raises(ConstraintError, match="Parameter 'a' has an initial value outside"):
        lp.param("a", -1.0, constraint=constraints.positive)
    with pytest.raises(ShapeError, match="Parameter 'a' has event_dim 2"):
        lp.param("a", np.ones(3), event_dim=2)


def test_prng_key_comes_from_seed():
    with handlers.seed(rng_seed=0):
        first, second = lp.prng_key(), lp.prng_key()
    with handlers.seed(rng_seed=0):
        assert lp.prng_key() == first != second
    assert lp.prng_key() is not None


def test_get_mask_combines_the_masks_around():
    assert lp.get_mask() is None
    with handlers.mask(mask=True), handlers.mask(mask=np.array([True, False])):
        np.testing.assert_array_equal(lp.get_mask(), [True, False])
