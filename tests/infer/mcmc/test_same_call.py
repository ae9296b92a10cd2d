"""Digests of calls: equal for equal calls in two processes, different for different ones."""

import datetime
import functools
import importlib
import subprocess
import sys
import types
from collections import deque
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import lightppl.distributions as dist
from lightppl.infer import init_to_value
from lightppl.infer.mcmc.same_call import digest_of
from lightppl.kernels import langevin, volatility
from lightppl.random import PRNGKey

SHIFT = 1.0


def shifted(x):
    return x + SHIFT


def make(width):
    def model(y, times=2):
        return shifted(width * y) * times

    return model


@dataclass
class Data:
    x: object
    name: str = "a"


def repeated(which):
    parts = [[1], [2]]
    return [*parts, parts[which]]


class Linear:
    slope = 2.0

    def __call__(self, x):
        return self.times(x)

    def times(self, x):
        return self.slope * x


class Slotted:
    __slots__ = ("x",)

    def __init__(self, x):
        self.x = x


PAIRS = {
    "numbers": (1.0, 2.0),
    "kinds of numbers": (1, 1.0),
    "arrays": (np.arange(3), np.array([0, 1, 3])),
    "shapes": (np.zeros((2, 3)), np.zeros((3, 2))),
    "dtypes": (np.zeros(2), np.zeros(2, np.float32)),
    "last bits": (np.array([0.3]), np.array([0.1 + 0.2])),
    "masks": (np.ma.array([1.0, 2.0], mask=[0, 1]), np.ma.array([1.0, 2.0], mask=[1, 0])),
    "nesting": ([[1], [2, 3]], [[1, 2], [3]]),
    "text": (["ab", "c"], ["a", "bc"]),
    "keys of dicts": ({"a": 1}, {"b": 1}),
    "closures": (make(1.0), make(2.0)),
    "constants": (lambda x: x + 1, lambda x: x + 2),
    "names": (lambda x: np.exp(x), lambda x: np.sin(x)),
    "defaults": (lambda x, y=1: x, lambda x, y=2: x),
    "dataclasses": (Data(np.zeros(2)), Data(np.ones(2))),
    "distributions": (dist.Normal(0.0, 1.0), dist.Normal(0.0, 2.0)),
    "partial functions": (functools.partial(make, 1), functools.partial(make, 2)),
    "strategies": (init_to_value(values={"x": 1.0}), init_to_value(values={"x": 2.0})),
    "types": (dist.Normal, dist.Laplace),
    "keys": (PRNGKey(0), PRNGKey(1)),
    "sets": ({1, 2}, {1, 3}),
    "ranges": (range(3), range(4)),
    "dates": (datetime.date(2020, 1, 1), datetime.date(2020, 1, 2)),
    "exact numbers": ([Fraction(1, 2), Decimal("1")], [Fraction(1, 2), Decimal("2")]),
    "queues": (deque([1]), deque([2])),
    "slots": (Slotted(1), Slotted(2)),
    "repetitions": ([[1], [2]] * 2, [[1], [2], [2], [1]]),
    "which is again": (repeated(0), repeated(1)),
}


@pytest.mark.parametrize("name", PAIRS)
def test_different_things_have_different_digests(name):
    one, other = PAIRS[name]
    assert digest_of(one) != digest_of(other)
    assert digest_of(one) == digest_of(one)


def test_equal_content_has_one_digest_wherever_it_lies():
    assert digest_of(make(1.0)) == digest_of(make(1.0))
    assert digest_of({"x": np.arange(4)[::2]}) == digest_of({"x": np.array([0, 2])})
    assert digest_of(Data(np.zeros(2))) == digest_of(Data(np.zeros(2)))


def test_what_a_function_calls_counts(monkeypatch):
    before = digest_of(make(1.0))
    monkeypatch.setattr(sys.modules[__name__], "SHIFT", 2.0)
    assert digest_of(make(1.0)) != before


@pytest.mark.parametrize("value", [Linear(), Linear().__call__, Linear, lambda x: Linear()(x)])
@pytest.mark.parametrize("change", [("times", lambda self, x: x), ("slope", 3.0)])
def test_what_a_class_of_the_user_does_counts(monkeypatch, value, change):
    before = digest_of(value)
    assert digest_of(value) == before
    monkeypatch.setattr(Linear, *change)
    assert digest_of(value) != before


def test_what_a_module_of_the_user_does_counts(monkeypatch):
    helpers = types.ModuleType("helpers_of_user")
    helpers.inner = types.ModuleType("helpers_of_user.inner")
    helpers.inner.outer, helpers.inner.shift, helpers.other = helpers, (lambda x: x + 1), 1
    monkeypatch.setitem(globals(), "global_helpers", helpers)

    def model(x):
        return helpers.inner.shift(x)

    def same_model(x):
        return global_helpers.inner.shift(x)  # noqa: F821

    before = digest_of(model), digest_of(same_model)
    helpers.other = 2
    assert (digest_of(model), digest_of(same_model)) == before
    helpers.inner.shift = lambda x: x + 2
    assert digest_of(model) != before[0] and digest_of(same_model) != before[1]


def test_functions_of_installed_packages_are_known_by_name(tmp_path, monkeypatch):
    """What they find in their package may change while they run."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / "installed_by_user.py").write_text("COUNT = 0\ndef f(x):\n    return x + COUNT\n")
    monkeypatch.syspath_prepend(str(folder))
    installed = importlib.import_module("installed_by_user")
    f = installed.f

    def model(x):
        return f(x)

    before = digest_of(model)
    installed.COUNT = 1
    assert digest_of(model) == before


def test_functions_that_call_themselves_have_an_end():
    def even(n):
        return n == 0 or odd(n - 1)

    def odd(n):
        return n != 0 and even(n - 1)

    loop = []
    loop.append(loop)
    registered = {even}
    even.known = lambda: registered
    assert digest_of(even) != digest_of(odd) and digest_of(loop) and digest_of(registered)


def test_another_process_finds_the_same_digests():
    program = (
        "from tests.infer.mcmc.test_same_call import *\n"
        "print([digest_of(pair) for name, pair in PAIRS.items() if name != 'names'])"
    )
    found = {
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                       check=True, env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)}
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    here = str([digest_of(pair) for name, pair in PAIRS.items() if name != "names"])
    assert found == {f"{here}\n"}


def test_what_a_kernel_has_compiled_so_far_says_nothing(monkeypatch):
    algorithm = replace(volatility.ALGORITHM)
    before = digest_of(algorithm)
    monkeypatch.setitem(algorithm.transition.dispatchers, "another target", object())
    assert digest_of(algorithm) == before
    assert digest_of(langevin.ALGORITHM) != before
