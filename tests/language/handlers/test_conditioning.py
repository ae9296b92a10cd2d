"""condition, do, substitute, uncondition, lift, and names that never appear."""

import itertools
import warnings

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl import handlers
from lightppl.errors import LightPPLWarning, SiteNameError, UnusedSiteWarning
from lightppl.language import unused_sites

DATA = {"x": 1.0, "y": 2.0, "z": 3.0}


def model():
    x = lp.sample("x", dist.Normal(0.0, 1.0))
    y = lp.sample("y", dist.Normal(x, 1.0))
    return lp.sample("z", dist.Normal(y, 1.0))


def test_condition_observes():
    tr = handlers.trace(lp.condition(model, {"y": 2.0})).get_trace()
    assert tr["y"].value == 2.0 and tr["y"].is_observed
    assert not tr["x"].is_observed
    assert tr["z"].fn.loc == 2.0


def test_conditions_compose_and_commute_on_different_sites():
    results = []
    for names in itertools.permutations(DATA):
        conditioned = model
        for name in names:
            conditioned = handlers.condition(conditioned, {name: DATA[name]})
        tr = handlers.trace(conditioned).get_trace()
        assert all(tr[name].is_observed for name in DATA)
        results.append(tuple(float(tr[name].value) for name in DATA))
    at_once = handlers.trace(handlers.condition(model, DATA)).get_trace()
    results.append(tuple(float(at_once[name].value) for name in DATA))
    assert set(results) == {(1.0, 2.0, 3.0)}


def test_the_outer_of_two_conditions_on_one_site_wins():
    inner = handlers.condition(model, {"x": 1.0})
    assert handlers.trace(handlers.condition(inner, {"x": 2.0})).get_trace()["x"].value == 2.0


def test_condition_fn_decides_by_site():
    conditioned = handlers.condition(
        model, condition_fn=lambda site: 5.0 if site["name"] == "y" else None
    )
    tr = handlers.trace(conditioned).get_trace()
    assert tr["y"].is_observed and tr["y"].value == 5.0 and not tr["x"].is_observed


def test_condition_with_different_values_runs_are_independent():
    base = handlers.condition(data={"x": 1.0})(model)
    assert handlers.trace(base).get_trace()["x"].value == 1.0
    other = handlers.condition(base, {"y": 7.0})
    other()
    assert not handlers.trace(base).get_trace()["y"].is_observed


def test_substitute_gives_values_without_observing():
    tr = handlers.trace(handlers.substitute(model, {"x": 4.0})).get_trace()
    assert tr["x"].value == 4.0 and not tr["x"].is_observed
    by_function = handlers.substitute(
        model, substitute_fn=lambda site: 6.0 if site["name"] == "x" else None
    )
    assert handlers.trace(by_function).get_trace()["x"].value == 6.0


def test_do_cuts_descendants_from_the_site():
    tr = handlers.trace(handlers.seed(lp.do(model, {"y": 10.0}), 0)).get_trace()
    assert list(tr) == ["x", "y", "z"]
    assert tr["z"].fn.loc == 10.0, "what follows sees the intervention"
    assert not tr["y"].is_observed and abs(tr["y"].value) < 9, "the site keeps its own draw"
    assert tr["y"].fn.loc == tr["x"].value


def test_condition_outside_of_do_is_counterfactual():
    twin = lp.condition(lp.do(model, {"y": 10.0}), {"y": 2.0})
    tr = handlers.trace(twin).get_trace()
    assert tr["y"].is_observed and tr["y"].value == 2.0
    assert tr["z"].fn.loc == 10.0


def test_do_leaves_plates_and_scales_as_they_are():
    def in_plate():
        with lp.plate("data", 3), handlers.scale(scale=2.0):
            x = lp.sample("x", dist.Normal(0.0, 1.0))
        return lp.deterministic("sum", np.sum(x))

    tr = handlers.trace(lp.do(in_plate, {"x": np.ones(3)})).get_trace()
    assert len(tr["x"].cond_indep_stack) == 1 and tr["x"].scale == 2.0
    assert tr["x"].value.shape == (3,) and tr["sum"].value == 3.0


def test_interventions_on_different_sites_commute():
    one = lp.do(lp.do(model, {"x": 1.0}), {"y": 2.0})
    other = lp.do(lp.do(model, {"y": 2.0}), {"x": 1.0})
    for intervened in (one, other):
        tr = handlers.trace(intervened).get_trace()
        assert list(tr) == ["x", "y", "z"]
        assert tr["y"].fn.loc == 1.0 and tr["z"].fn.loc == 2.0


def test_seed_inside_and_outside_of_do_agree_with_the_law_of_the_site():
    draws = [
        float(handlers.trace(lp.do(handlers.seed(model, i), {"x": 50.0})).get_trace()["y"].value)
        for i in range(200)
    ]
    assert abs(np.mean(draws) - 50.0) < 0.5


def test_intervening_twice_on_one_site_warns():
    with pytest.warns(LightPPLWarning, match="Site 'x' is intervened on twice"):
        tr = handlers.trace(lp.do(lp.do(model, {"x": 1.0}), {"x": 2.0})).get_trace()
    assert tr["y"].fn.loc == 1.0


def test_uncondition_draws_what_was_observed_but_keeps_factors():
    def observed():
        lp.factor("f", -1.0)
        return lp.sample("x", dist.Normal(0.0, 1.0), obs=100.0)

    tr = handlers.trace(handlers.uncondition(observed)).get_trace()
    assert not tr["x"].is_observed and tr["x"].value < 50
    assert tr["x"].infer["was_observed"] and tr["x"].infer["obs"] == 100.0
    assert tr["f"].is_observed


def test_lift_turns_parameters_into_sample_sites():
    def with_params():
        return lp.param("a", 1.0) + lp.param("b", 2.0)

    tr = handlers.trace(handlers.lift(with_params, {"a": dist.Normal(5.0, 1.0)})).get_trace()
    assert tr["a"].type == "sample" and tr["a"].is_latent and tr["b"].type == "param"
    everything = handlers.trace(handlers.lift(with_params, dist.Normal(5.0, 1.0))).get_trace()
    assert {site.type for site in everything.values()} == {"sample"}
    conditioned = handlers.condition(handlers.lift(with_params, dist.Normal(0.0, 1.0)), {"a": 7.0})
    assert handlers.trace(conditioned).get_trace()["a"].is_observed
    with pytest.raises(TypeError, match="lift needs a prior"):
        handlers.lift(with_params)


def test_lift_works_with_seed_inside():
    def with_params():
        return lp.param("a", 1.0)

    def run():
        return handlers.seed(handlers.lift(with_params, dist.Normal(0.0, 1.0)), 0)()

    assert run() == run()


def test_lift_draws_once_for_a_name():
    def names_it_twice():
        return lp.param("a", 1.0), lp.param("a"), lp.param("b", 2.0)

    lifted = handlers.lift(names_it_twice, {"a": dist.Normal(0.0, 1.0)})
    with handlers.trace() as tr:
        first, again, b = lifted()
    assert first == again == tr["a"].value and tr["a"].is_latent
    assert list(tr) == ["a", "b"] and b == 2.0
    substituted, again, _ = handlers.substitute(lifted, {"a": 5.0})()
    assert substituted == again == 5.0
    assert lifted()[0] != first  # the next run draws anew


@pytest.mark.parametrize("handler", [handlers.condition, handlers.do, handlers.substitute])
def test_a_name_that_never_appears_is_warned_about_once(handler):
    with pytest.warns(UnusedSiteWarning) as caught:
        handlers.trace(handler(model, {"yy": 1.0})).get_trace()
    assert len(caught) == 1
    text = str(caught[0].message)
    assert f"{handler.__name__} names the site 'yy' (did you mean 'y'?)" in text
    assert "'x', 'y', 'z'" in text


def test_a_name_that_appears_in_one_of_several_calls_is_no_mistake():
    def outer():
        part = handlers.condition(sometimes, {"x": 1.0})
        return [part(False), part(True), part(False)]

    def sometimes(flag):
        return lp.sample("x", dist.Normal(0.0, 1.0)) if flag else None

    whole = handlers.condition(data={"x": 1.0})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with whole:
            for flag in (False, True, False):
                sometimes(flag)
    with pytest.warns(UnusedSiteWarning):
        handlers.seed(handlers.condition(sometimes, {"x": 1.0}), 0)(False)


def test_one_handler_called_repeatedly_in_one_run_is_one_account():
    def sometimes(flag):
        return lp.sample("x", dist.Normal(0.0, 1.0)) if flag else None

    part = handlers.condition(sometimes, {"x": 1.0})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with handlers.seed(rng_seed=0):
            part(False)
            part(True)


def test_policy_can_make_it_an_error_or_nothing():
    conditioned = handlers.condition(model, {"typo": 1.0})
    with pytest.raises(SiteNameError, match="'typo'") as caught, unused_sites("error"):
        conditioned()
    assert caught.value.details["unused"] == ["typo"]
    with warnings.catch_warnings(), unused_sites("ignore"):
        warnings.simplefilter("error")
        conditioned()
    with pytest.raises(ValueError, match="policy must be"), unused_sites("maybe"):
        pass


def test_a_site_of_another_type_is_explained():
    def with_deterministic():
        lp.deterministic("d", 1.0)

    with pytest.warns(UnusedSiteWarning, match="'d' .which is a deterministic site"):
        handlers.condition(with_deterministic, {"d": 2.0})()


def test_nothing_is_said_after_an_exception():
    def failing():
        raise RuntimeError("mine")

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeError, match="mine"):
            handlers.condition(failing, {"x": 1.0})()
