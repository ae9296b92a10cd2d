"""Errors and warnings point at a line of the user's."""

import functools
import inspect
import re
import warnings

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.errors import FallbackWarning, LightPPLWarning, UnusedSiteWarning
from lightppl.user_line import user_location, warn


def here():
    """Return the line after the one that calls this."""
    return inspect.currentframe().f_back.f_lineno + 1


def only_warning(kind, call):
    with pytest.warns(kind) as found:
        call()
    (warning,) = [w for w in found if issubclass(w.category, LightPPLWarning)]
    assert warning.filename == __file__
    return warning


def model_with_branch(x=0.5):
    a = lp.sample("a", dist.Normal(0, 1))
    if a > 0:
        a = a * 2
    lp.sample("y", dist.Normal(a, 1), obs=x)


def two_interventions():
    def model():
        return lp.sample("a", dist.Normal(0, 1))

    return lp.do(lp.do(model, {"a": 1.0}), {"a": 2.0})


def test_a_density_that_cannot_be_compiled_points_into_the_model():
    warning = only_warning(FallbackWarning, lambda: lp.log_density_function(model_with_branch))
    source, start = inspect.getsourcelines(model_with_branch)
    line = start + next(k for k, text in enumerate(source) if "if a > 0" in text)
    assert warning.lineno == line
    assert f"{__file__}:{line}" in str(warning.message)


def test_a_name_that_is_never_met_points_at_the_run():
    model = lp.handlers.condition(model_with_branch, data={"b": 1.0})
    line = here()
    warning = only_warning(UnusedSiteWarning, lambda: model())
    assert warning.lineno == line


def test_an_intervention_on_an_intervention_points_into_the_model():
    warning = only_warning(LightPPLWarning, two_interventions())
    assert "lp.sample" in open(__file__).readlines()[warning.lineno - 1]


def test_a_library_between_is_passed_over():
    found = []

    class Number(float):
        def __add__(self, other):
            found.append(user_location())
            return float(self)

        __radd__ = __add__

    line = here()
    functools.reduce(lambda a, b: a + b, [Number(1), Number(2)])
    assert found[0] == f"{__file__}:{line - 6}"
    found.clear()
    line = here()
    np.apply_along_axis(lambda x: found.append(user_location()) or x, 0, np.zeros(2))
    assert found[0] == f"{__file__}:{line}"


def test_typed_in_code_is_the_user_s():
    names = {"__name__": "__main__", "locate": user_location}
    exec(compile("found = locate()", "<stdin>", "exec"), names)
    assert names["found"] == "<stdin>:1"


def test_generated_code_of_python_is_not():
    names = {"__name__": "namedtuple_Point", "locate": user_location}
    line = here()
    exec(compile("found = locate()", "<string>", "exec"), names)
    assert names["found"] == f"{__file__}:{line}"


def test_a_warning_is_shown_once_for_each_line():
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("default")
        for _ in range(3):
            warn("Odd things happen.", LightPPLWarning)
        warn("Odd things happen.", LightPPLWarning)
    assert len(found) == 2


def test_a_warning_can_be_made_an_error():
    with warnings.catch_warnings(), pytest.raises(UnusedSiteWarning, match=re.escape("odd")):
        warnings.simplefilter("error")
        warn("odd", UnusedSiteWarning)
