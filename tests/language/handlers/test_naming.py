"""scope and infer_config."""

import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl import handlers


def model():
    with lp.plate("data", 3):
        return lp.sample("x", dist.Normal(lp.param("a", 0.0), 1.0))


def test_scope_prefixes_every_name_and_plate_frame():
    tr = handlers.trace(handlers.scope(model, prefix="one")).get_trace()
    assert list(tr) == ["one/data", "one/a", "one/x"]
    assert tr["one/x"].cond_indep_stack[0].name == "one/data"


def test_scopes_nest_from_the_outside():
    inner = handlers.scope(model, prefix="inner", divider=".")
    tr = handlers.trace(handlers.scope(inner, prefix="outer")).get_trace()
    assert "outer/inner.x" in tr


def test_scope_leaves_plates_outside_of_it_alone():
    with handlers.trace() as tr, lp.plate("outer", 2), handlers.scope(prefix="s"):
        lp.sample("x", dist.Normal(0.0, 1.0))
    assert tr["s/x"].cond_indep_stack[0].name == "outer"


def test_scope_can_spare_types():
    tr = handlers.trace(handlers.scope(model, prefix="s", hide_types=["plate"])).get_trace()
    assert list(tr) == ["data", "s/a", "s/x"]
    assert tr["s/x"].cond_indep_stack[0].name == "data"


def test_one_model_can_be_used_twice_under_two_scopes():
    def twice():
        return handlers.scope(model, "a")(), handlers.scope(model, "b")()

    assert {"a/x", "b/x"} <= set(handlers.trace(twice).get_trace())


def test_a_scoped_parameter_is_found_in_the_store():
    lp.get_param_store()["s/a"] = 7.0
    assert handlers.trace(handlers.scope(model, "s")).get_trace()["s/a"].value == 7.0
    lp.clear_param_store()


def test_infer_config_merges_hints():
    configured = handlers.infer_config(model, lambda site: {"kind": site["type"]})
    tr = handlers.trace(configured).get_trace()
    assert tr["x"].infer == {"kind": "sample"} and tr["a"].infer == {"kind": "param"}
    with pytest.raises(TypeError, match="needs config_fn"):
        handlers.infer_config(model)
