"""What needs Numba: kernels as Numba functions, and their entries as machine code.

Imported by `lightppl.jit` when a kernel has to be compiled, and by nothing else.
"""

import importlib

import numba
import numba.np.linalg
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.registry import cpu_target
from numba.extending import intrinsic

from lightppl.kernel_arguments import GENERATOR_FUNCTIONS, MOST_RESULTS, named_arguments
from lightppl.machine_code.object_code import compile_module
from lightppl.kernel_compiler.arrays import BareArray, array_function, data_of
from lightppl.kernel_compiler.memory import remembered_types
from lightppl.kernel_compiler.parts import ENTRY, collecting_parts, linked_module
from lightppl.kernel_compiler.passes import KernelCompiler, few_passes, paused_collector
from lightppl.kernel_compiler.records import BorrowedRecord, record_at, record_type

POTENTIAL_SIGNATURE = types.float64(
    types.CPointer(types.float64),
    types.CPointer(types.float64),
    types.CPointer(types.float64),
    types.CPointer(types.int64),
    types.CPointer(types.float64),
)
"""C signature of a potential: (q, grad, float_data, int_data, workspace) -> U."""

_making_entry = False

_NUMBERS = {types.float64: "F", types.int64: "I", types.boolean: "B"}


def dispatcher_of(kernel):
    """Return the Numba function of a `Kernel`, another one while an entry is compiled.

    What entries consist of is then the same, whatever else the process has compiled.
    """
    known = kernel.dispatchers
    if _making_entry not in known:
        known[_making_entry] = _make_dispatcher(kernel)
    return known[_making_entry]


def _make_dispatcher(kernel):
    compiler = dict(pipeline_class=KernelCompiler) if _making_entry else {}
    dispatcher = numba.njit(**kernel.targetoptions, **compiler)(kernel.py_func)
    dispatcher._insert = lambda *args, **kwargs: None  # Python has no wrapper to jump to
    if kernel.is_separate:
        _declare_separate(dispatcher)
    return dispatcher


def _declare_separate(dispatcher):
    """Numba knows the flag, but `njit` offers no option for it."""
    compiler = dispatcher._compiler
    customize = compiler._customize_flags

    def customize_flags(flags):
        flags = customize(flags)
        flags.noalias = True
        return flags

    compiler._customize_flags = customize_flags


def type_of(function):
    """Return the type that Numba gives to a function."""
    context = cpu_target.typing_context
    context.refresh()  # it learns of functions only when asked
    return context.resolve_value_type(function)


def compile_entry(kernel, words):
    """Compile a kernel for arguments of one layout.

    Parameters
    ----------
    kernel : Kernel
    words : Words

    Returns
    -------
    code : bytes
        An object file with one C function, ``int f(void *, void *, long *words)``.
    description : list
        Name of that function, and what it returns, for `Words.result`.
    """
    global _making_entry
    _load_array_functions()
    with paused_collector(), collecting_parts(), remembered_types(), few_passes():
        _making_entry = True
        try:
            module, result = _entry_module(kernel, words)
        finally:
            _making_entry = False
    # Positions have few coordinates: several vectors at once would leave them to the loop for the
    # rest.
    return compile_module(module, num_vectors=1), [ENTRY, result]


def _entry_module(kernel, words):
    signature = tuple(_type_of(x) for x in words.args)
    kernel.dispatcher.compile(signature)
    result = _description_of(kernel.dispatcher.overloads[signature].signature.return_type)
    borrowed = {k: x for k, x in enumerate(signature) if isinstance(x, BorrowedRecord)}
    names = {**_NAMES, **words.records, "kernel": kernel.dispatcher}
    names.update({f"type_{k}": record for k, record in borrowed.items()})
    exec("\n".join(_source_lines(words, result, borrowed)), names)
    options = dict(kernel.targetoptions, inline="never", forceinline=False)
    entry = numba.njit(**options, pipeline_class=KernelCompiler)(names["entry"])
    entry._insert = lambda *args, **kwargs: None
    pointer = (types.CPointer(types.int64),)
    entry.compile(pointer)
    overload = entry.overloads[pointer]
    return linked_module(overload.library, overload.fndesc.llvm_func_name), result


def _type_of(x):
    if isinstance(x, np.ndarray):
        return BareArray(numba.typeof(x).dtype, x.ndim)
    if hasattr(x, "_fields"):
        return record_type(type(x), [_type_of(y) for y in x])
    return numba.typeof(x)


def _source_lines(words, result, borrowed):
    lines = ["def entry(words):", "    floats = floats_of(words)"]
    lines.append(f"    result = kernel({', '.join(named_arguments(words, borrowed))})")
    lines += [f"    {line}" for line in _written("result", result, iter(range(MOST_RESULTS)))]
    return lines


def _description_of(result):
    if isinstance(result, types.BaseNamedTuple):
        cls = result.instance_class
        fields = [_description_of(x) for x in result.types]
        return [f"{cls.__module__}:{cls.__qualname__}", fields]
    return None if result == types.none else _NUMBERS[result]


def _written(text, result, positions):
    """Statements that write the numbers of a result into the first words."""
    if result is None:
        return
    if isinstance(result, str):
        array = "floats" if result == "F" else "words"
        yield f"{array}[{next(positions)}] = {text}"
        return
    for k, field in enumerate(result[1]):
        yield from _written(f"{text}[{k}]", field, positions)


@intrinsic
def call_address(typingctx, address, q, grad, float_data, int_data, workspace):
    """Call the C function at an integer address with the data pointers of five arrays."""
    arrays = (q, grad, float_data, int_data, workspace)
    signature = types.float64(types.int64, *arrays)

    def codegen(context, builder, signature, args):
        pointers = [data_of(context, builder, *x) for x in zip(signature.args[1:], args[1:])]
        function_type = ir.FunctionType(ir.DoubleType(), [p.type for p in pointers])
        function = builder.inttoptr(args[0], function_type.as_pointer())
        return builder.call(function, pointers)

    return signature, codegen


@intrinsic
def floats_of(typingctx, words):
    """Return the pointer to words as one to floats."""
    result = types.CPointer(types.float64)

    def codegen(context, builder, signature, args):
        return builder.bitcast(args[0], context.get_value_type(result))

    return result(words), codegen


f_at = array_function(types.float64)
i_at = array_function(types.int64)
b_at = array_function(types.boolean)
"""Arrays of floats, ints and truth values by their address and a tuple of sizes."""


@intrinsic
def generator_at(typingctx, state, next_uint64, next_uint32, next_double):
    """Return the generator of random numbers with this state and these functions."""

    def codegen(context, builder, signature, args):
        generator = cgutils.create_struct_proxy(types.npy_rng)(context, builder)
        bits = cgutils.create_struct_proxy(_BITS)(context, builder)
        bits.state_address = bits.state = args[0]
        for name, value in zip(GENERATOR_FUNCTIONS, args[1:]):
            setattr(bits, f"fnptr_{name}", value)
        generator.bit_generator = bits._getvalue()
        return generator._getvalue()

    return types.npy_rng(*[types.int64] * 4), codegen


_BITS = types.NumPyRandomBitGeneratorType("bit_generator")
_NAMES = dict(
    record_at=record_at, floats_of=floats_of, f_at=f_at, i_at=i_at, b_at=b_at,
    generator_at=generator_at,
)
"""What the source of an entry may call."""


def _load_array_functions():
    """Let Numba load its array functions without importing `scipy.linalg`, a tenth of a second.

    It imports SciPy's BLAS only to see whether it is there, which it is: SciPy is required.  Numba
    looks again, and imports it, when a function that needs it is compiled.
    """
    check = numba.np.linalg.ensure_blas
    numba.np.linalg.ensure_blas = lambda: None
    try:
        importlib.import_module("numba.np.arraymath")
    finally:
        numba.np.linalg.ensure_blas = check
