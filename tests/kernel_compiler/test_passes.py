"""Numba with fewer passes: what kernels may not hold is refused, never compiled wrongly."""

import gc

import numpy as np
import pytest

from lightppl.kernel_compiler import passes
from lightppl.jit import kernel
from lightppl.settings import is_numba_disabled

pytestmark = pytest.mark.skipif(is_numba_disabled(), reason="nothing is compiled")


@kernel(entry=True)
def with_list(x):
    return sum([v * v for v in x])


@kernel(entry=True)
def with_closure(x):
    def twice(v):
        return 2.0 * v

    return twice(x[0])


@kernel(entry=True)
def with_array_expression(x):
    x[:] = x + 1.0


@pytest.mark.parametrize("function", [with_list, with_closure, with_array_expression])
def test_what_kernels_do_not_hold_is_refused(function):
    from numba.core.errors import NumbaError

    with pytest.raises((NumbaError, NotImplementedError)):
        function(np.ones(3))


@pytest.mark.parametrize("was_enabled", [True, False])
def test_the_collector_is_as_it_was_afterwards_also_after_an_error(was_enabled):
    (gc.enable if was_enabled else gc.disable)()
    try:
        with pytest.raises(RuntimeError), passes.paused_collector():
            assert not gc.isenabled()
            raise RuntimeError
        assert gc.isenabled() is was_enabled
    finally:
        gc.enable()


@pytest.mark.parametrize("is_frozen", [True, False])
def test_what_others_have_frozen_stays_frozen(is_frozen):
    assert gc.get_freeze_count() == 0
    try:
        if is_frozen:
            gc.freeze()
        with passes.paused_collector():
            pass
        assert (gc.get_freeze_count() > 0) is is_frozen
    finally:
        gc.unfreeze()


def test_numba_compiles_for_others_as_ever_after_an_error():
    from numba.core.compiler import Compiler

    before = Compiler.define_pipelines
    with pytest.raises(RuntimeError), passes.few_passes():
        assert Compiler.define_pipelines is not before
        raise RuntimeError
    assert Compiler.define_pipelines is before


@kernel(entry=True)
def with_functions_of_numba(x, rng):
    return min(x[0], x[1]) + max(len(x), 2) + int(x[1]) + rng.random() + rng.standard_normal()


def test_functions_of_numba_mean_the_same_with_few_passes():
    x = np.array([-0.5, 3.7])
    expected = with_functions_of_numba.py_func(x, np.random.default_rng(1))
    assert with_functions_of_numba(x, np.random.default_rng(1)) == pytest.approx(expected)
