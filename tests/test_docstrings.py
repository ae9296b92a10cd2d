"""Every example in a docstring runs and gives what it says."""

import doctest
import importlib
import pkgutil

import numpy as np
import pytest

import lightppl

MODULES = sorted(
    module.name for module in pkgutil.walk_packages(lightppl.__path__, prefix="lightppl.")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    module = importlib.import_module(name)
    found = doctest.DocTestFinder(exclude_empty=True).find(
        module, extraglobs={"np": np, "lp": lightppl, "lightppl": lightppl}
    )
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    for test in found:
        runner.run(test)
    assert runner.summarize(verbose=False).failed == 0
