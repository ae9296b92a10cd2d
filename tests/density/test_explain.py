import inspect
import re

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.contrib.control_flow import scan
from lightppl.errors import FallbackWarning, TracingError
from tests.density.models import EFFECT, SIGMA, schools

COVARIANCE = np.eye(3) + 0.1


def line_of(function, text):
    source, start = inspect.getsourcelines(function)
    return f"{__file__}:{start + next(k for k, line in enumerate(source) if text in line)}"


def with_calls():
    x = lp.sample("x", dist.Normal(np.zeros(3), 1.0).to_event(1))
    factor = np.linalg.cholesky(COVARIANCE * np.exp(x[0]))
    lp.factor("f", -np.sum((factor @ x) ** 2))


def branching():
    x = lp.sample("x", dist.Normal(0.0, 1.0))
    lp.factor("f", -x if x > 0 else x)


def unrolled():
    x = lp.sample("x", dist.Normal(0.0, 1.0))

    def step(total, y):
        return total + (y if y > 0 else -y) * x, None

    lp.factor("f", -scan(step, 0.0, np.arange(4.0) - 2.0)[0] ** 2)


def test_the_short_form_says_time_size_and_what_is_not_fused():
    lines = str(lp.explain(with_calls)).split("\n")
    assert lines[0] == "Density of 3 unconstrained values: x[3]"
    assert re.search(r"take [\d.]+ (microseconds|ms|s);", lines[1])
    assert re.search(r"Memory: .* of data copied, .* of workspace", lines[2])
    cholesky = next(line for line in lines if line.strip().startswith("cholesky of"))
    assert cholesky.strip() == f"cholesky of (3, 3), {line_of(with_calls, 'cholesky')}"
    assert any("in the gradient" in line for line in lines)
    assert len(lines) < 20 and lines[-1].endswith("explain(...).details()")


def test_what_is_fused_is_not_listed():
    assert "Not fused" not in str(lp.explain(schools, SIGMA, y=EFFECT))


def test_the_long_form_shows_stages_counts_graph_and_source():
    text = lp.explain(schools, SIGMA, y=EFFECT).details()
    for part in ("mu[], tau[], z[8]", "recorded", "optimized graph", "models.py:", "def density"):
        assert part in text


@pytest.mark.filterwarnings("ignore::lightppl.errors.FallbackWarning")
def test_what_runs_eagerly_says_why_where_and_what_to_do():
    text = str(lp.explain(branching))
    assert "runs eagerly" in text and "use np.where(x > 0, -x, x)" in text
    assert line_of(branching, "if x > 0") in text


def test_a_loop_that_is_unrolled_is_named_with_the_reason():
    text = str(lp.explain(unrolled))
    assert f"The scan at {line_of(unrolled, 'scan(step')} is unrolled into 4 steps." in text
    assert "use np.where(y > 0, y, -y)" in text


def test_what_cannot_run_names_the_remedy():
    def model():
        x = lp.sample("x", dist.Normal(np.zeros(3), 1.0).to_event(1))
        lp.factor("f", np.sum(COVARIANCE.dot(x)))

    with pytest.raises(TracingError, match="use COVARIANCE @ x"):
        lp.explain(model)


def test_a_fallback_warns_with_the_same_reason():
    with pytest.warns(FallbackWarning, match="use np.where"):
        lp.explain(branching)
