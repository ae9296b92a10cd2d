"""Calls in the emitted language: of built-in functions, of symbols, of functions written in it."""

from llvmlite import ir

from lightppl.compiler.lower.kinds import (
    DOUBLE, FLOAT, INT, INTEGER, LLVM_TYPE, POINTER, Number, Pointer, View, converted,
    require_number,
)
from lightppl.compiler.lower.operators import (
    BUILTINS, IN_LANGUAGE, INTRINSICS, LIBRARY, call_intrinsic, call_library,
)
from lightppl.compiler.runtime.memory import floats_at, ints_at, pointer_at, view1, view2
from lightppl.compiler.runtime.registered import UserKernel
from lightppl.compiler.runtime.scipy_symbols import FortranProcedure, SpecialFunction
from lightppl.compiler.runtime.symbolic import SIGNATURES, Value, fitting
from lightppl.errors import CompilationError


def call(caller, function, arguments):
    """Return what a call stands for.

    Parameters
    ----------
    caller : FunctionLowering
    function : callable
    arguments : list of Number, Pointer, View or tuple
    """
    builder, function = caller.builder, IN_LANGUAGE.get(function, function)
    if function in BUILTINS:
        return BUILTINS[function](builder, *_numbers(function, arguments))
    if function in INTRINSICS:
        return call_intrinsic(builder, INTRINSICS[function], *_numbers(function, arguments))
    if function in LIBRARY:
        return call_library(builder, LIBRARY[function], *_numbers(function, arguments))
    if function in SIGNATURES:
        return _call_symbolic(caller, function, _numbers(function, arguments))
    if function is pointer_at:
        return _pointer_at(builder, *arguments)
    if function in _POINTER_KINDS:
        (address,) = _numbers(function, arguments)
        return Pointer(_POINTER_KINDS[function], builder.inttoptr(address.llvm, POINTER))
    if function is view1 or function is view2:
        pointer, offset, *sizes = arguments
        return View(_pointer_at(builder, pointer, offset), tuple(sizes))
    if isinstance(function, FortranProcedure):
        return _call_fortran(caller, function, *arguments)
    if isinstance(function, SpecialFunction):
        return _call_special(caller, function, _numbers(function, arguments))
    if isinstance(function, UserKernel):
        return _call_kernel(caller, function, _numbers(function, arguments))
    if hasattr(function, "__code__"):
        return _call_function(caller, function, arguments)
    raise CompilationError(f"{function!r} is no function of the emitted language.")


_POINTER_KINDS = {floats_at: FLOAT, ints_at: INT}


def flattened(value):
    """Return the LLVM values that stand for an argument, and what its kind is called."""
    if isinstance(value, Number):
        return [value.llvm], value.kind
    if isinstance(value, Pointer):
        return [value.llvm], f"{value.kind}*"
    if isinstance(value, View):
        sizes = [size.llvm for size in value.sizes]
        return [value.pointer.llvm, *sizes], f"view{len(sizes)}"
    raise CompilationError(f"{value!r} cannot be an argument.")


def rebuilt(value, llvm):
    """Return the argument like `value` that stands inside the called function."""
    if isinstance(value, Number):
        return Number(value.kind, llvm.pop(0))
    if isinstance(value, Pointer):
        return Pointer(value.kind, llvm.pop(0))
    pointer = Pointer(FLOAT, llvm.pop(0))
    return View(pointer, tuple(Number(INT, llvm.pop(0)) for _ in value.sizes))


def _numbers(function, arguments):
    name = getattr(function, "__name__", function)
    return [require_number(x, f"An argument of {name}") for x in arguments]


def _call_symbolic(caller, function, numbers):
    count = len(SIGNATURES[function][0][1])
    if len(numbers) != count:
        raise CompilationError(f"{function.__name__} takes {count} arguments, not {len(numbers)}.")
    result, kinds = fitting(SIGNATURES[function], [x.kind for x in numbers])
    builder = caller.builder
    llvm = [converted(builder, x, kind).llvm for x, kind in zip(numbers, kinds)]
    if len(SIGNATURES[function]) == 1 and kinds == (FLOAT,) * len(kinds) and result == FLOAT:
        return Number(FLOAT, builder.call(caller.module.scalar_function(function), llvm))
    return Number(result, function(*(Value(builder, x) for x in llvm)).llvm)


def _call_function(caller, function, arguments):
    arguments = [_as_value(x) for x in arguments]
    callee, result_kind = caller.module.function(function, arguments)
    llvm = [x for argument in arguments for x in flattened(argument)[0]]
    attributes = ("noinline",) if _is_kept_apart(caller, arguments) else ()
    result = caller.builder.call(callee, llvm, attrs=attributes)
    return Number(result_kind, result) if result_kind else None


def _is_kept_apart(caller, arguments):
    """Whether a program calls a function of matrices whose sizes the running code knows alone.

    In line it would not become shorter, and LLVM takes longer for one long function.
    """
    is_in_program = any(caller.tree is tree for tree in caller.module.own.values())
    sizes = [x.llvm for view in arguments if isinstance(view, View) for x in view.sizes]
    return is_in_program and not all(isinstance(x, ir.Constant) for x in sizes)


def _call_kernel(caller, kernel, numbers):
    """A kernel is lowered if its author used the emitted language, else Numba compiles it."""
    builder = caller.builder
    numbers = [converted(builder, x, FLOAT) for x in numbers]
    try:
        return _call_function(caller, kernel.function, numbers)
    except CompilationError:
        function_type = ir.FunctionType(DOUBLE, [DOUBLE] * len(numbers))
        callee = caller.module.external(kernel, function_type)
        return Number(FLOAT, builder.call(callee, [x.llvm for x in numbers]))


def _as_value(x):
    return x if isinstance(x, (Number, Pointer, View)) else require_number(x, "An argument")


def _pointer_at(builder, pointer, offset):
    if isinstance(pointer, View):
        pointer = pointer.pointer
    offset = converted(builder, offset, INT)
    llvm = builder.gep(
        pointer.llvm, [offset.llvm], inbounds=True, source_etype=LLVM_TYPE[pointer.kind]
    )
    return Pointer(pointer.kind, llvm, pointer.is_constant)


_SCALARS = {"c": (INT, ir.IntType(8)), "i": (INT, ir.IntType(32)), "d": (FLOAT, DOUBLE)}


def _call_fortran(caller, procedure, arguments):
    """Every argument goes by address; numbers get a place on the stack."""
    builder, pointers = caller.builder, []
    allocate = ir.IRBuilder(caller.entry).alloca
    for letter, value in zip(procedure.kinds.removesuffix("o"), arguments, strict=True):
        if letter == "a":
            pointers.append(_data_pointer(builder, value))
            continue
        kind, llvm_type = _SCALARS[letter]
        llvm = converted(builder, require_number(value, procedure.symbol), kind).llvm
        place = allocate(llvm_type)
        builder.store(builder.trunc(llvm, llvm_type) if kind == INT else llvm, place)
        pointers.append(place)
    info = None
    if procedure.kinds.endswith("o"):
        info = allocate(ir.IntType(32))
        builder.store(ir.Constant(ir.IntType(32), 0), info)
        pointers.append(info)
    function_type = ir.FunctionType(ir.VoidType(), [p.type for p in pointers])
    builder.call(caller.module.external(procedure, function_type), pointers)
    if info is None:
        return None
    return Number(INT, builder.sext(builder.load(info, typ=ir.IntType(32)), INTEGER))


def _data_pointer(builder, value):
    """Address of the data of an array, or of what starts at a position in it."""
    if isinstance(value, tuple):
        array, position = value
        return _pointer_at(builder, array, position).llvm
    return value.pointer.llvm if isinstance(value, View) else value.llvm


def _call_special(caller, function, numbers):
    """The last argument is Cython's: 0 for the C function itself, not an override."""
    builder = caller.builder
    llvm = [converted(builder, x, FLOAT).llvm for x in numbers]
    flag = ir.IntType(32)
    function_type = ir.FunctionType(DOUBLE, [DOUBLE] * len(llvm) + [flag])
    callee = caller.module.external(function, function_type)
    return Number(FLOAT, builder.call(callee, [*llvm, ir.Constant(flag, 0)]))


