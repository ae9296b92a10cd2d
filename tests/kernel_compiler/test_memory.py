"""Numba with a memory: the same machine code, and as it was afterwards."""

import operator

import numpy as np
import pytest
from numba import types
from numba.core.registry import cpu_target

from lightppl.kernel_compiler import entries
from lightppl.jit import kernel
from lightppl.kernel_arguments import Words
from lightppl.kernel_compiler.memory import remembered_types
from lightppl.settings import is_numba_disabled

pytestmark = pytest.mark.skipif(is_numba_disabled(), reason="nothing is compiled")


@kernel(entry=True)
def smaller(x, y):
    return min(x + 1, y + 1)


@kernel(fastmath={"contract", "reassoc"}, small=True, entry=True)
def sum_of_smaller(x, y):
    total = 0.0
    for i in range(x.size):
        total += smaller(x[i], 1.0) + smaller(y[i], i)
    return total


@kernel(entry=True)
def both(x, y):
    return sum_of_smaller(x, y) + smaller(x[-1], 2.0) + smaller(y[0], -1)


ARGUMENTS = np.array([0.5, 2.0]), np.array([3, -4])


def test_sums_of_floats_and_of_integers_are_told_apart():
    assert both(*ARGUMENTS) == both.py_func(*ARGUMENTS)
    swapped = ARGUMENTS[::-1]
    assert both(*swapped) == both.py_func(*swapped)


def test_machine_code_is_that_of_numba_without_a_memory(monkeypatch):
    words = Words(ARGUMENTS)
    code, description = entries.compile_entry(both, words)
    both.dispatchers.clear(), smaller.dispatchers.clear(), sum_of_smaller.dispatchers.clear()
    assert entries.compile_entry(both, words) == (code, description)
    both.dispatchers.clear(), smaller.dispatchers.clear(), sum_of_smaller.dispatchers.clear()
    remembered = "lightppl.kernel_compiler.memory._Signatures._is_remembered"
    monkeypatch.setattr(remembered, lambda *args: False)
    assert entries.compile_entry(both, words) == (code, description)


def test_a_signature_is_looked_up_once(monkeypatch):
    context, looked_up = cpu_target.typing_context, []
    inner = type(context).resolve_function_type

    def resolve(self, function, args, kws):
        looked_up.append((function, tuple(args)))
        return inner(self, function, args, kws)

    monkeypatch.setattr(type(context), "resolve_function_type", resolve)
    with remembered_types():
        found = [
            context.resolve_function_type(operator.add, (types.float64, x), {})
            for x in (types.float64, types.int64, types.float64)
        ]
    assert found[0] is found[2] and found[0].return_type == types.float64
    assert len(looked_up) == 2


def test_the_context_is_as_it_was_after_an_error():
    context = cpu_target.typing_context
    before = set(vars(context))
    with pytest.raises(RuntimeError), remembered_types():
        assert set(vars(context)) > before
        raise RuntimeError
    assert set(vars(context)) == before
