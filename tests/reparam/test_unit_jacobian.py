"""Rotated coordinates of series."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl import handlers
from lightppl.distributions.transforms import DiscreteCosineTransform
from lightppl.errors import ModelError
from lightppl.infer.reparam import DiscreteCosineReparam, HaarReparam, UnitJacobianReparam

STRATEGIES = {
    "dct": DiscreteCosineReparam(),
    "haar": HaarReparam(flip=True),
    "transformed": UnitJacobianReparam(DiscreteCosineTransform()),
}


@pytest.mark.parametrize("suffix", STRATEGIES)
def test_the_density_is_that_of_the_series(suffix):
    fn = dist.Normal(np.arange(8.0), 2.0).expand([3, 8]).to_event(1)
    with handlers.trace() as tr, handlers.seed(rng_seed=0):
        with handlers.reparam(config={"x": STRATEGIES[suffix]}), lp.plate("series", 3):
            x = lp.sample("x", fn)
    site = tr[f"x_{suffix}"]
    assert tr["x"].type == "deterministic" and site.value.shape == (3, 8)
    np.testing.assert_allclose(site.log_prob(), fn.log_prob(x), rtol=1e-12)


def test_positive_series_are_rotated_on_the_log_scale():
    fn = dist.Exponential(np.full(5, 2.0)).to_event(1)
    with handlers.trace() as tr, handlers.reparam(config={"x": DiscreteCosineReparam(smooth=1)}):
        x = lp.sample("x", fn)
    assert np.all(x > 0)
    # the density of log(x); a smoothing transform scales frequencies, but keeps volumes
    expected = fn.log_prob(x) + np.sum(np.log(x))
    np.testing.assert_allclose(tr["x_dct"].log_prob(), expected, rtol=1e-10)


def test_observed_series_are_refused():
    with pytest.raises(ModelError, match="Site 'x' is observed"):
        with handlers.reparam(config={"x": HaarReparam()}):
            lp.sample("x", dist.Normal(np.zeros(4), 1.0).to_event(1), obs=np.zeros(4))
