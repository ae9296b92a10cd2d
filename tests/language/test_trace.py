"""Records of a run and their table of shapes."""

import pickle

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl import handlers
from lightppl.errors import SiteNameError
from lightppl.language import Trace, format_shapes


def model(y=None):
    w = lp.param("w", np.zeros((2, 5)))
    x = lp.sample("x", dist.Normal(np.zeros(3), 1.0).to_event(1))
    with lp.plate("data", 10):
        lp.deterministic("z", 2.0)
        return lp.sample("y", dist.Normal(x.sum() + w.sum(), 1.0), obs=y)


def test_sites_come_in_order_and_by_kind():
    tr = handlers.trace(model).get_trace(np.zeros(10))
    assert isinstance(tr, Trace)
    assert list(tr) == ["w", "x", "data", "z", "y"]
    assert list(tr.latent) == ["x"] and list(tr.observed) == ["y"]
    assert tr.values_of("deterministic") == {"z": 2.0}


def test_a_site_is_what_numpyro_users_index():
    tr = handlers.trace(model).get_trace(np.zeros(10))
    site = tr["y"]
    keys = "name type fn value is_observed scale mask infer args kwargs cond_indep_stack"
    for key in [*keys.split(), "intermediates"]:
        assert site[key] is getattr(site, key)
    assert site["type"] == "sample" and site["is_observed"]


def test_later_changes_of_a_message_do_not_reach_the_record():
    tr = handlers.trace(model).get_trace()
    copied = tr.copy()
    copied["x"].value = None
    copied["x"].infer["a"] = 1
    assert tr["x"].value is not None and tr["x"].infer == {}


def test_a_trace_can_be_pickled():
    tr = pickle.loads(pickle.dumps(handlers.trace(lambda: lp.param("w", 1.0)).get_trace()))
    assert tr["w"].value == 1.0


@pytest.mark.parametrize("second", ["sample", "deterministic"])
def test_a_name_used_twice_is_refused(second):
    with pytest.raises(SiteNameError, match="Site 'x' appears twice: as a sample site"):
        with handlers.trace():
            lp.sample("x", dist.Normal(0.0, 1.0))
            if second == "sample":
                lp.sample("x", dist.Normal(0.0, 1.0))
            else:
                lp.deterministic("x", 1.0)


def test_a_parameter_may_be_read_twice():
    with handlers.trace() as tr:
        assert lp.param("w", 1.0) == lp.param("w", 1.0)
    assert list(tr) == ["w"]


def test_log_prob_of_a_site_is_masked():
    mask = np.array([True, False])
    with handlers.trace() as tr, handlers.mask(mask=mask), lp.plate("data", 2):
        lp.sample("y", dist.Normal(0.0, 1.0), obs=np.array([0.0, np.nan]))
    np.testing.assert_allclose(tr["y"].log_prob(), [-0.5 * np.log(2 * np.pi), 0.0])


def test_table_of_shapes():
    tr = handlers.trace(model).get_trace()
    assert format_shapes(tr, compute_log_prob=True) == "\n".join(
        [
            "Trace Shapes:",
            " Param Sites:",
            "            w  2  5",
            "Sample Sites:",
            "       x dist       |  3",
            "        value       |  3",
            "     log_prob       |",
            "   data plate    10 |",
            "       y dist    10 |",
            "        value    10 |",
            "     log_prob    10 |",
        ]
    )
    assert "y dist" not in tr.format_shapes(last_site="x")
    empty = format_shapes(Trace(), title="Nothing")
    assert empty.split() == ["Nothing", "Param", "Sites:", "Sample", "Sites:"]
