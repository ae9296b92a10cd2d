"""Values that elements of discrete sites can have, and supports that are refused."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.density import compile_density
from lightppl.density.supports import supports_of
from lightppl.errors import FallbackWarning, UnsupportedOperationError


def rarely_wide():
    """A support that is another one once in ten thousand runs."""
    rare = lp.sample("rare", dist.Bernoulli(1e-4))
    lp.sample("k", dist.Binomial(1 + 5 * rare, 0.5))


def wide_if_large():
    x = lp.sample("x", dist.HalfNormal(1e-3))
    lp.sample("k", dist.DiscreteUniform(0, 1 + np.floor(x)))


def wide_in_python():
    rare = lp.sample("rare", dist.Bernoulli(1e-4))
    lp.sample("k", dist.DiscreteUniform(0, 6 if rare > 0 else 1))


@pytest.mark.parametrize("model", [rarely_wide, wide_if_large])
def test_a_support_that_depends_on_another_site_is_refused_however_rarely_it_shows(model):
    held = ["k"] if model is wide_if_large else ["rare", "k"]
    density = compile_density(model, held=held)
    with pytest.raises(UnsupportedOperationError, match="'k' .* depends on other sites"):
        supports_of(density, held)


def test_so_is_one_of_a_model_that_cannot_be_recorded():
    with pytest.warns(FallbackWarning):
        density = compile_density(wide_in_python, held=["rare", "k"])
    with pytest.raises(UnsupportedOperationError, match="'k' .* depends on other sites"):
        supports_of(density, ["rare", "k"])


def model_of_counts(counts):
    p = lp.sample("p", dist.Beta(1.0, 1.0))
    with lp.plate("N", len(counts)):
        k = lp.sample("k", dist.Binomial(counts, p))
        lp.sample("z", dist.Categorical(np.array([0.2, 0.8])))
        lp.sample("y", dist.Normal(1.0 * k, 1.0), obs=np.zeros(len(counts)))


def test_equal_supports_are_one_object():
    density = compile_density(model_of_counts, (np.array([1, 3, 1]),), held=["k", "z"])
    found = supports_of(density, ["k", "z"])
    assert [x.tolist() for x in found["k"]] == [[0, 1], [0, 1, 2, 3], [0, 1]]
    assert found["k"][0] is found["k"][2] and found["z"][0] is found["z"][1]
