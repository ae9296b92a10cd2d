"""What a run is asked to leave out of its draws."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.errors import ModelError, SiteNameError
from lightppl.infer import MCMC, NUTS
from lightppl.infer.mcmc.samples import without_sites


def model():
    a = lp.sample("a", dist.Normal(0.0, 1.0))
    lp.sample("b", dist.Normal(np.zeros(2), 1.0).to_event(1))
    lp.deterministic("c", 2.0 * a)


def run(extra_fields):
    mcmc = MCMC(NUTS(model), num_warmup=50, num_samples=20, progress_bar=False)
    mcmc.run(0, extra_fields=extra_fields)
    return mcmc


def test_a_tilde_leaves_the_draws_of_a_site_out():
    everything = run(()).get_samples()
    mcmc = run(("~z.b", "potential_energy", "z.b"))
    assert set(mcmc.get_samples()) == {"a", "c"}
    np.testing.assert_array_equal(mcmc.get_samples()["a"], everything["a"])
    assert set(mcmc.get_extra_fields()) == {"diverging", "potential_energy", "z.b"}
    assert set(run(("~z.a", "~z.c")).get_samples()) == {"b"}


def test_what_is_left_out_must_exist():
    with pytest.raises(SiteNameError, match="leaves out 'd', but the draws are of 'a', 'b', 'c'"):
        run(("~z.d",))
    with pytest.raises(ModelError, match="begins with '~z.'"):
        run(("~b",))
    with pytest.raises(SiteNameError, match="one array"):
        without_sites(np.zeros((1, 2)), {"a"})
