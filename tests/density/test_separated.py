"""The compiled density of single elements; supports of discrete sites."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.compiler.graph import separation_rules
from lightppl.density import compile_density
from lightppl.density.eager import EagerPotential
from lightppl.density.separated import difference_from_density, separated_site
from lightppl.density.supports import discrete_sites, supports_of
from lightppl.errors import DiscreteLatentError, FallbackWarning, UnsupportedOperationError
from tests.density.separable_models import groups, neighbors, plates_in_plates, steps


@pytest.mark.parametrize(
    "model, names, shapes",
    [
        (groups, ["z"], [(1, 3)]),
        (plates_in_plates, ["z"], [(1, 12)]),
        (steps, ["z0", "z1"], [(1, 4)] * 2),
        (neighbors, ["z"], [(7, 1)]),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_parts_change_by_what_the_density_changes_by(model, names, shapes):
    held = [*names, "z2"] if model is steps else names
    density = compile_density(model, held=held)
    supports = supports_of(density, names)
    for name, shape in zip(names, shapes):
        found = separated_site(density, name, supports[name])
        assert found.order.shape == shape
        assert difference_from_density(density, name, found, supports[name]) is None
        assert separated_site(density, name, supports[name]) is found


def test_a_program_that_is_wrong_is_not_used(monkeypatch):
    """The density is compared with what the graph was separated into."""
    rules = separation_rules._RULES
    monkeypatch.setitem(rules, "cumsum", rules["reshape"])

    def model():
        with lp.plate("N", 5):
            z = lp.sample("z", dist.Bernoulli(0.3))
        lp.sample("y", dist.Normal(1.0 * np.cumsum(z), 1.0), obs=np.arange(5.0))

    density = compile_density(model, held=["z"])
    with pytest.warns(FallbackWarning, match="single elements of the site 'z'.*report the model"):
        found = separated_site(density, "z", supports_of(density, ["z"])["z"])
    assert found.potential is density.potential and found.order.shape == (5, 1)


def test_an_eager_density_is_used_element_by_element():
    density = compile_density(groups, held=["z"], jit=False)
    found = separated_site(density, "z", supports_of(density, ["z"])["z"])
    assert isinstance(found.potential, EagerPotential) and found.order.shape == (3, 1)


def test_supports_of_each_element():
    def model():
        with lp.plate("N", 3):
            lp.sample("count", dist.Binomial(np.array([2, 0, 2]), 0.5))
            lp.sample("coin", dist.Bernoulli(0.5))
        lp.sample("die", dist.DiscreteUniform(1, 6).expand([2]).to_event(1))

    density = compile_density(model, held=["count", "coin", "die"])
    found = supports_of(density, ["count", "coin", "die"])
    assert [x.tolist() for x in found["count"]] == [[0, 1, 2], [0], [0, 1, 2]]
    assert [x.tolist() for x in found["coin"]] == [[0, 1]] * 3
    assert [x.tolist() for x in found["die"]] == [[1, 2, 3, 4, 5, 6]] * 2
    assert found["die"][0] is found["die"][1]


def infinite():
    lp.sample("z", dist.Poisson(2.0))


def of_others():
    n = lp.sample("n", dist.Binomial(4, 0.5))
    lp.sample("z", dist.Binomial(n + 1, 0.5))


def vectors():
    lp.sample("z", dist.OneHotCategorical(np.ones(3) / 3))


@pytest.mark.parametrize(
    "model, reason",
    [
        (infinite, "infinitely many values"),
        (of_others, "depends on other sites"),
        (vectors, "values that are vectors"),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_supports_that_cannot_be_listed_are_refused(model, reason):
    names = discrete_sites(model, (), {}, 0, "DiscreteGibbs")
    density = compile_density(model, held=names)
    with pytest.raises(UnsupportedOperationError, match=f"'z'.*{reason}.*HMCGibbs"):
        supports_of(density, ["z"])


def test_a_model_without_discrete_sites_is_refused():
    with pytest.raises(DiscreteLatentError, match="Use NUTS or HMC"):
        discrete_sites(lambda: lp.sample("x", dist.Normal(0, 1)), (), {}, 0, "MixedHMC")
