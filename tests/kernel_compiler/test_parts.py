"""Functions as parts of one module: optimised once, and still functions of Numba for others."""

import numba
import numpy as np
import pytest
from numba import types
from numba.core.registry import cpu_target

from lightppl.kernel_compiler import entries
from lightppl.jit import kernel
from lightppl.kernel_arguments import Words
from lightppl.machine_code.object_code import load_machine_code
from lightppl.kernel_compiler.parts import ENTRY, Part, collecting_parts, linked_module
from lightppl.settings import is_numba_disabled

pytestmark = pytest.mark.skipif(is_numba_disabled(), reason="nothing is compiled")

GENERATOR = types.npy_rng(types.NumPyRandomBitGeneratorType("bit_generator"))


@kernel
def square(x):
    return x * x


@kernel
def length(x):
    total = 0.0
    for i in range(x.size):
        total += square(x[i])
    return np.sqrt(total)


@kernel(entry=True)
def longer(x, y):
    return max(length(x), length(y))


def ordinary_libraries(monkeypatch):
    """Return a list that gets the name of each library that Numba makes machine code of."""
    made = []
    inner = Part.__mro__[1]._finalize_specific

    def finalize_specific(self):
        made.append(self.name)
        inner(self)

    monkeypatch.setattr(Part.__mro__[1], "_finalize_specific", finalize_specific)
    return made


def test_an_entry_is_one_function_and_numba_makes_no_machine_code(monkeypatch):
    made = ordinary_libraries(monkeypatch)
    words = Words((np.array([3.0, 4.0]), np.array([1.0])))
    code, (name, result) = entries.compile_entry(longer, words)
    assert (name, result, made) == (ENTRY, "F", [])
    assert load_machine_code(code, name, {}).address
    assert longer(*words.args) == 5.0


def test_all_but_the_entry_is_private():
    with collecting_parts():
        inner = numba.njit(lambda x: x + 1.0)
        outer = numba.njit(lambda x: inner(x) * 2.0, no_cpython_wrapper=True, no_cfunc_wrapper=True)
        outer.compile((types.float64,))
    overload = outer.overloads[types.float64,]
    module = linked_module(overload.library, overload.fndesc.llvm_func_name)
    linkages = {f.name: f.linkage.name for f in module.functions if not f.is_declaration}
    assert linkages.pop(ENTRY) == "external"
    assert linkages and set(linkages.values()) == {"internal"}


def test_kernels_are_functions_of_numba_for_others_after_they_were_parts():
    longer(np.zeros(2), np.zeros(2))

    @numba.njit(_nrt=False)
    def twice(x):
        return 2.0 * length(x)

    assert twice(np.array([3.0, 4.0])) == 10.0


def test_functions_of_numba_that_became_parts_serve_others():
    @numba.njit
    def inner(x):
        if x < 0.0:
            raise ValueError("negative")
        return np.sqrt(x)

    @numba.njit
    def outer(x):
        return inner(x) + 1.0

    with collecting_parts():
        kept = numba.njit(lambda x: inner(x), no_cpython_wrapper=True, no_cfunc_wrapper=True)
        kept.compile((types.float64,))
    assert isinstance(inner.overloads[types.float64,].library, Part)
    assert inner(4.0) == 2.0 and outer(4.0) == 3.0
    with pytest.raises(ValueError, match="negative"):
        outer(-1.0)


def test_ordinary_compilation_comes_back_after_an_error():
    with pytest.raises(RuntimeError), collecting_parts():
        raise RuntimeError
    generator = cpu_target.target_context.codegen()
    assert not issubclass(generator._library_class, Part)


def test_an_entry_does_not_depend_on_what_others_compiled_before():
    @kernel
    def half(x):
        return 0.5 * x[0]

    alone, _ = entries.compile_entry(half, Words((np.zeros(1),)))
    numba.njit(_nrt=False)(lambda x: half(x))(np.ones(1))
    again, _ = entries.compile_entry(half, Words((np.zeros(1),)))
    assert alone == again
