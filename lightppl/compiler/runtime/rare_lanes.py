"""A correction that hardly any element of a loop needs: a branch that leaves the loop vectorised.

LLVM vectorises no loop with a call, unless it knows the function for whole vectors.  Such functions
are made here: one look at all lanes tells whether any is large, and only then they are taken one by
one.  That look costs about a twentieth of a sine; computing the correction for every element and
choosing (`select`) would more than double it.
"""

from llvmlite import ir

from lightppl.compiler.runtime.floating_point import absolute
from lightppl.compiler.runtime.symbolic import DOUBLE, Value

_WIDTHS = (2, 4, 8)
_TRUTH = ir.IntType(1)


def correct_beyond(limit, x, usual, corrected):
    """Return ``corrected(x)`` where ``|x| >= limit``, else `usual`.

    Parameters
    ----------
    limit, x, usual : float64
        Numbers, or for the last two symbols.
    corrected : callable
        float64 -> float64, on numbers and on symbols.

    Returns
    -------
    float64
    """
    if not isinstance(x, Value):
        return corrected(x) if abs(x) >= limit else usual
    function = _function(x.builder.module, limit, corrected)
    return Value(x.builder, x.builder.call(function, [x.llvm, usual.llvm]))


def _function(module, limit, corrected):
    """Return the function (x, usual) -> result of a module, which also gets it for vectors."""
    name = f"lightppl.{corrected.__name__}"
    if name in module.globals:
        return module.globals[name]
    one = _scalar_function(module, f"{name}.one", limit, corrected)
    function = _new_function(module, name, DOUBLE)
    body = ir.IRBuilder(function.append_basic_block())
    body.ret(body.call(one, function.args))
    names = {width: f"{name}.{width}" for width in _WIDTHS}
    mapping = ",".join(f"_ZGV_LLVM_N{width}vv_{name}({names[width]})" for width in _WIDTHS)
    set.add(function.attributes, f'"vector-function-abi-variant"="{mapping}"')
    for width in _WIDTHS:
        _make_vector_function(module, names[width], width, limit, one)
    return function


def _scalar_function(module, name, limit, corrected):
    """A function that LLVM knows no vector form of: it would find the calls that take lanes one by
    one, join them to a call of the vector form, and recur for ever."""
    function = _new_function(module, name, DOUBLE)
    x, usual = function.args
    start, rare = (ir.IRBuilder(function.append_basic_block()) for _ in range(2))
    is_rare = absolute(Value(start, x)) >= limit
    _branch_or_return(start, is_rare.llvm, rare, usual)
    rare.ret(corrected(Value(rare, x)).llvm)
    return function


def _make_vector_function(module, name, width, limit, one_by_one):
    kind = ir.VectorType(DOUBLE, width)
    function = _new_function(module, name, kind)
    x, usual = function.args
    start, rare = (ir.IRBuilder(function.append_basic_block()) for _ in range(2))
    magnitude = start.call(_intrinsic(module, f"llvm.fabs.v{width}f64", kind, kind), [x])
    is_rare = start.fcmp_ordered(">=", magnitude, ir.Constant(kind, [limit] * width))
    any_of = _intrinsic(module, f"llvm.vector.reduce.or.v{width}i1", _TRUTH, is_rare.type)
    _branch_or_return(start, start.call(any_of, [is_rare]), rare, usual)
    result = usual
    for lane in range(width):
        k = ir.Constant(ir.IntType(32), lane)
        arguments = [rare.extract_element(x, k), rare.extract_element(usual, k)]
        result = rare.insert_element(result, rare.call(one_by_one, arguments), k)
    rare.ret(result)


def _new_function(module, name, kind):
    function = ir.Function(module, ir.FunctionType(kind, [kind, kind]), name)
    function.linkage = "weak_odr"  # kept until loops are vectorised, when calls first appear
    function.attributes.update(["nounwind", "noinline"])
    set.add(function.attributes, "memory(none) willreturn")  # unknown to llvmlite's list
    return function


def _intrinsic(module, name, result, argument):
    found = module.globals.get(name)
    return found or ir.Function(module, ir.FunctionType(result, [argument]), name)


def _branch_or_return(start, condition, rare, usual):
    done = ir.IRBuilder(start.function.append_basic_block())
    start.cbranch(condition, rare.block, done.block)
    done.ret(usual)
