"""scale and mask."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl import handlers
from lightppl.errors import ModelError


def model():
    return lp.sample("x", dist.Normal(0.0, 1.0))


def test_scales_multiply():
    tr = handlers.trace(handlers.scale(handlers.scale(model, 2.0), 3.0)).get_trace()
    assert tr["x"].scale == 6.0


def test_masks_intersect():
    a, b = np.array([True, True, False]), np.array([True, False, True])
    with handlers.trace() as tr, lp.plate("data", 3), handlers.mask(mask=a), handlers.mask(mask=b):
        model()
    np.testing.assert_array_equal(tr["x"].mask, [True, False, False])


def test_weights_change_no_draw():
    plain = handlers.seed(model, 0)()
    assert handlers.seed(handlers.scale(model, 5.0), 0)() == plain
    assert handlers.seed(handlers.mask(model, False), 0)() == plain


def test_bad_weights_are_refused():
    with pytest.raises(ModelError, match="positive factor, found -1"):
        handlers.scale(model, -1.0)
    with pytest.raises(ModelError, match="mask of booleans, found dtype float64"):
        handlers.mask(model, np.ones(3))
