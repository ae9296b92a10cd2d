"""Which site depends on which."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.distributions import constraints
from lightppl.language.relations import get_dependencies, get_model_relations


def eight_schools(sigma, y=None):
    mu = lp.sample("mu", dist.Normal(0, 5))
    tau = lp.sample("tau", dist.HalfCauchy(5))
    with lp.plate("school", len(sigma)):
        z = lp.sample("z", dist.Normal(0, 1))
        theta = lp.deterministic("theta", mu + tau * z)
        lp.sample("obs", dist.Normal(theta, sigma), obs=y)


def test_relations_of_a_hierarchical_model():
    relations = get_model_relations(eight_schools, (np.ones(8),), {"y": np.zeros(8)})
    assert relations["sample_sample"] == {
        "mu": [], "tau": [], "z": [], "theta": ["mu", "tau", "z"], "obs": ["theta"],
    }
    assert relations["plate_sample"] == {"school": ["z", "theta", "obs"]}
    assert relations["observed"] == ["obs"]
    assert relations["sample_dist"]["tau"] == "HalfCauchy"
    assert relations["sample_dist"]["theta"] == "Deterministic"


def test_params_and_constraints():
    def model():
        scale = lp.param("scale", 1.0, constraint=constraints.positive)
        lp.sample("x", dist.Normal(np.zeros(2), scale).to_event(1))

    relations = get_model_relations(model)
    assert relations["sample_param"] == {"x": ["scale"]}
    assert "Positive" in relations["param_constraint"]["scale"]


def test_dependence_through_discrete_and_array_operations():
    def model(x):
        w = lp.sample("w", dist.Normal(np.zeros(3), 1.0).to_event(1))
        k = lp.sample("k", dist.Bernoulli(0.5))
        u = lp.sample("unused", dist.Normal(0.0, 1.0))
        mean = np.where(k == 1, x @ w, np.concatenate([w[:2], w[:2]]))
        lp.deterministic("zero", 0.0)
        lp.sample("y", dist.Normal(mean, 1.0), obs=np.zeros(4))
        return u

    relations = get_model_relations(model, (np.ones((4, 3)),))
    assert relations["sample_sample"]["y"] == ["w", "k"]
    assert relations["sample_sample"]["zero"] == []


def test_an_observed_site_can_be_a_parent():
    def model():
        a = lp.sample("a", dist.Normal(0.0, 1.0), obs=1.0)
        lp.sample("b", dist.Normal(a, 1.0))

    assert get_model_relations(model)["sample_sample"]["b"] == ["a"]


def test_dependencies_before_and_after_observing():
    found = get_dependencies(eight_schools, (np.ones(8), np.zeros(8)))
    assert found["prior_dependencies"] == {
        "mu": {"mu": set()},
        "tau": {"tau": set()},
        "z": {"z": set()},
        "obs": {"obs": set(), "mu": set(), "tau": set(), "z": set()},
    }
    assert found["posterior_dependencies"] == {
        "mu": {"mu": set(), "tau": set(), "z": set(), "obs": set()},
        "tau": {"tau": set(), "z": set(), "obs": set()},
        "z": {"z": set(), "obs": set()},
    }


def chain():
    a = lp.sample("a", dist.Normal(0.0, 1.0))
    lp.sample("b", dist.Normal(a, 1.0), obs=0.0)


def collider():
    a = lp.sample("a", dist.Normal(0.0, 1.0))
    b = lp.sample("b", dist.LogNormal(0.0, 1.0))
    c = lp.sample("c", dist.Normal(a, b))
    lp.sample("d", dist.Normal(c, 1.0), obs=0.0)


def summed_over_a_plate():
    with lp.plate("p", 5):
        a = lp.sample("a", dist.Normal(0.0, 1.0))
    lp.sample("b", dist.Normal(np.sum(a), 1.0), obs=0.0)


def within_a_plate():
    with lp.plate("p", 5):
        a = lp.sample("a", dist.Normal(0.0, 1.0))
        lp.sample("b", dist.Normal(a, 1.0), obs=np.zeros(5))


def through_a_point_mass():
    a = lp.sample("a", dist.Normal(0.0, 1.0))
    twice = lp.sample("twice", dist.Delta(2 * a))
    lp.sample("b", dist.Normal(lp.deterministic("thrice", 1.5 * twice), 1.0), obs=0.0)


def below_an_observation():
    a = lp.sample("a", dist.Normal(0.0, 1.0))
    b = lp.sample("b", dist.Normal(a, 1.0), obs=0.0)
    lp.sample("c", dist.Normal(b, 1.0))


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (chain, {"a": {"a": set(), "b": set()}}),
        (collider, {
            "a": {"a": set(), "b": set(), "c": set()},
            "b": {"b": set(), "c": set()},
            "c": {"c": set(), "d": set()},
        }),
        (summed_over_a_plate, {"a": {"a": {"p"}, "b": set()}}),
        (within_a_plate, {"a": {"a": set(), "b": set()}}),
        (through_a_point_mass, {"a": {"a": set(), "b": set()}}),
        (below_an_observation, {"a": {"a": set(), "b": set()}, "c": {"c": set()}}),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)  # fmt: skip
def test_the_posterior_is_drawn_in_reverse_from_these_sites(model, expected):
    assert get_dependencies(model)["posterior_dependencies"] == expected


def test_analysis_leaves_no_trace_on_handlers_around_it():
    with lp.handlers.trace() as tr:
        get_model_relations(eight_schools, (np.ones(8),))
    assert list(tr) == []


def test_factors_belong_to_the_picture():
    def model():
        x = lp.sample("x", dist.Normal(0.0, 1.0))
        lp.factor("penalty", -np.abs(x))

    assert get_model_relations(model)["sample_sample"]["penalty"] == ["x"]


@pytest.mark.parametrize("shape", [(), (3,)])
def test_origins_pass_through_reductions(shape):
    def model():
        x = lp.sample("x", dist.Normal(np.zeros(shape), 1.0))
        lp.deterministic("total", np.sum(x) + np.max(x))

    assert get_model_relations(model)["sample_sample"]["total"] == ["x"]
