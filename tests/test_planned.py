"""Names that do not exist yet say so, in one sentence, however they are asked for."""

import importlib

import pytest

import lightppl
from lightppl.errors import NotYetError
from lightppl.planned import PLANNED, refuse_planned


def statements():
    for module, names in PLANNED.items():
        if isinstance(names, str):
            yield f"import {module}"
            yield f"from {module}.inner import anything"
        else:
            yield from (f"from {module} import {name}" for name in names)
            yield from (f"import {module}; {module}.{name}" for name in names)


@pytest.mark.parametrize("statement", list(statements()))
def test_a_planned_name_says_so_in_a_sentence(statement):
    with pytest.raises(NotYetError, match=r"does not exist yet; .*\. Until then, .*\.$"):
        exec(statement, {})


def test_what_nobody_has_heard_of_stays_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'lightppl.infer' has no attribute 'Quux'"):
        refuse_planned("lightppl.infer", "Quux")
    for path in ("lightppl", "lightppl.infer", "lightppl.contrib", "lightppl.infer.reparam"):
        assert not hasattr(importlib.import_module(path), "quux")
    with pytest.raises(ModuleNotFoundError, match="No module named 'lightppl.quux'"):
        importlib.import_module("lightppl.quux")


def test_nothing_that_exists_is_planned():
    for module, names in PLANNED.items():
        if not isinstance(names, str):
            found = importlib.import_module(module)
            assert not set(names) & set(vars(found)) and not set(names) & set(found.__all__)
    assert lightppl.infer.MCMC is not None
