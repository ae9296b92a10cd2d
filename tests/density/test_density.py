"""The protocol of densities: models and potential functions, flattened by one pair of functions."""

import numpy as np
import pytest

from lightppl.density import compile_density, compile_function
from lightppl.errors import InitializationError, ModelError
from lightppl.language.structure import map_leaves
from lightppl.random import as_generator
from tests.infer.mcmc import models


def quadratic(z):
    return 0.5 * z["a"] ** 2 + 0.5 * np.sum(z["b"][0] ** 2) + 0.5 * np.sum(z["b"][1]["c"] ** 2)


TEMPLATE = {"a": np.array(0.5), "b": [np.ones(2), {"c": np.zeros((2, 3))}]}


def densities():
    yield compile_density(models.positive_and_vector)
    yield compile_function(quadratic, TEMPLATE)
    yield compile_function(lambda q: 0.5 * np.sum(q**2), np.zeros(4))


@pytest.mark.parametrize("density", list(densities()), ids=["model", "structure", "array"])
@pytest.mark.parametrize("batch", [(), (3,), (2, 3)])
def test_unflatten_undoes_flatten_also_in_batches(density, batch):
    q = np.random.default_rng(0).normal(size=(*batch, density.size))
    z = density.unflatten(q)
    for index in np.ndindex(*batch):
        one = map_leaves(lambda x, index=index: x[index], z)
        np.testing.assert_array_equal(density.flatten(one), q[index])
    assert sum(piece.stop - piece.start for piece in density.slices.values()) == density.size
    U, gradient = density.potential(q[(0,) * len(batch)])
    assert np.ndim(U) == 0 and gradient.shape == (density.size,)


def test_constrain_is_what_users_see():
    points = np.random.default_rng(0).normal(size=(5, 3))
    model, *_, array = densities()
    assert set(model.constrain(points)) == {"rate", "pair"}
    assert np.all(model.constrain(points)["rate"] > 0)
    np.testing.assert_array_equal(array.constrain(np.eye(4)), np.eye(4))


def test_a_function_starts_at_each_of_the_given_points_or_all_at_one():
    density = compile_function(lambda q: 0.5 * np.sum(q**2), np.zeros(3))
    rngs = [as_generator(c) for c in range(2)]
    given = np.array([[0.0, 1.0, 2.0], [5.0, 5.0, 5.0]])
    np.testing.assert_array_equal(density.initial_points(rngs, None, given), given)
    np.testing.assert_array_equal(density.initial_points(rngs, None, given[0]), given[[0, 0]])


def test_a_function_has_to_be_finite_where_it_starts():
    density = compile_function(lambda q: -np.sum(np.log(q)), np.ones(2))
    with pytest.raises(InitializationError, match="starting point of chain 1"):
        density.initial_points([None, None], None, np.array([[1.0, 1.0], [0.0, 1.0]]))
    for nothing, message in ((None, "pass init_params="), ({}, "nothing to sample")):
        with pytest.raises(ModelError, match=message):
            density.initial_points([None], None, nothing)
