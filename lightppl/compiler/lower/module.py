"""From source text of the emitted language to one LLVM module, with the functions it calls."""

import ast
from pathlib import Path

from llvmlite import ir

from lightppl.compiler import processor
from lightppl.compiler.lower.calls import flattened, rebuilt
from lightppl.compiler.lower.functions import FunctionLowering, ResultKind
from lightppl.compiler.lower.kinds import (
    BOOL, DOUBLE, FLOAT, INT, LLVM_TYPE, POINTER, Pointer, constant,
)
from lightppl.compiler.lower.parts import LongFunctionLowering, is_long
from lightppl.compiler.runtime.symbolic import Value
from lightppl.errors import CompilationError

ENTRY = "potential"
"""Name of the function that is called from outside."""

SEPARATE = "density"
"""Name of the function whose pointers overlap nothing, and whose data nothing writes."""

MOST_INLINED = 2**14
"""Instructions of `exp` and its kin that become parts of their callers; beyond, they are called.

LLVM takes ten milliseconds for each sine or cosine in a loop of its own.
"""
SHORT = 8
"""Functions of so few instructions are never called."""

_DATA = ("float_data", "int_data")
_COUNT = ir.IntType(32)
_trees = {}


def lower_program(text, names):
    """Return LLVM's text of a program, and the symbols it takes from outside.

    Parameters
    ----------
    text : str
        Source of the function `potential` and of what it calls.
    names : dict
        What the names of the text mean, as `exec` left them.

    Returns
    -------
    llvm : str
    externals : tuple of FortranProcedure or SpecialFunction

    Raises
    ------
    CompilationError
        If the text is not in the emitted language.
    """
    own = {names[x.name]: x for x in ast.parse(text).body if _is_function(x)}
    lowering, entry = ModuleLowering(own), names[ENTRY]
    arguments = [
        Pointer(_kind_of(name), None) for name in _names_of(own[entry])
    ]
    lowering.function(entry, arguments)
    return str(lowering.llvm), tuple(lowering.externals.values())


class ModuleLowering:
    """One LLVM module: functions by what they are called with, tables, symbols.

    Parameters
    ----------
    own : dict of callable to ast.FunctionDef
        Functions of the text itself; others may have the same names.
    """

    def __init__(self, own):
        self.own = own
        self.llvm = ir.Module(context=ir.Context())
        self.externals = {}
        self._unfinished = set()
        self._num_inlined = 0
        self._functions, self._scalar, self._tables, self._metadata = {}, {}, {}, None

    def function(self, function, arguments):
        """Return the LLVM function of a function for arguments of these kinds, and its result.

        Returns
        -------
        llvm : llvmlite.ir.Function
        result_kind : str or None
        """
        key = (function, tuple(flattened(x)[1] for x in arguments))
        if key not in self._functions:
            if key in self._unfinished:
                raise CompilationError(f"{function.__name__} calls itself.")
            self._unfinished.add(key)
            try:
                self._functions[key] = self._lower(function, arguments)
            finally:
                self._unfinished.discard(key)
        return self._functions[key]

    def _lower(self, function, arguments):
        tree = self.own.get(function) or tree_of(function)
        count = len(_names_of(tree))
        if count != len(arguments):
            raise CompilationError(f"{tree.name} takes {count} arguments, not {len(arguments)}.")
        has_result = any(isinstance(x, ast.Return) and x.value for x in ast.walk(tree))
        for kind in (FLOAT, INT, BOOL) if has_result else (None,):
            try:
                return self._written(tree, function, arguments, kind), kind
            except ResultKind:
                pass
        raise CompilationError(f"{tree.name} returns numbers of several kinds.")

    def _written(self, tree, function, arguments, result_kind):
        parameters = _names_of(tree)
        types = [_llvm_type(x) for argument in arguments for x in _parts(argument)]
        result = LLVM_TYPE[result_kind] if result_kind else ir.VoidType()
        own_name = tree.name if function in self.own else None
        name = ENTRY if own_name == ENTRY else self._name(tree.name)
        llvm = ir.Function(self.llvm, ir.FunctionType(result, types), name)
        llvm.attributes.add("nounwind")
        if name != ENTRY:
            llvm.linkage = "internal"
        given = list(llvm.args)
        inside = {x: rebuilt(argument, given) for x, argument in zip(parameters, arguments)}
        kind = FunctionLowering
        if own_name == SEPARATE:
            inside = _kept_apart(llvm, inside)
            kind = LongFunctionLowering if is_long(tree) else FunctionLowering
        lowering = kind(self, tree, names_known_to(function), llvm, inside, result_kind)
        try:
            lowering.lower()
        except (ResultKind, CompilationError):
            del self.llvm.globals[name]
            raise
        return llvm

    def part(self, whole, tree):
        """Return a function that does a part of the work of another, still empty.

        Parameters
        ----------
        whole : llvmlite.ir.Function
            Of pointers.
        tree : ast.FunctionDef

        Returns
        -------
        llvm : llvmlite.ir.Function
            Takes the arguments of the whole, and a frame for what parts hand on.
        arguments : dict of str to Pointer
        frame : llvmlite.ir.Value
        """
        types = [*(x.type for x in whole.args), POINTER]
        function_type = ir.FunctionType(ir.VoidType(), types)
        llvm = ir.Function(self.llvm, function_type, self._name(f"{tree.name}.part"))
        llvm.attributes.add("nounwind")
        llvm.linkage = "internal"
        *given, frame = llvm.args
        inside = {x: Pointer(_kind_of(x), pointer) for x, pointer in zip(_names_of(tree), given)}
        return llvm, _kept_apart(llvm, inside), frame

    def scalar_function(self, function):
        """Return the LLVM function of a function of symbols, for one call of it.

        It becomes a part of the caller, so that loops are vectorised, as long as there are not too
        many such calls.
        """
        llvm = self._scalar_function(function, "alwaysinline")
        size = len(llvm.blocks[0].instructions)
        if size > SHORT and self._num_inlined + size > MOST_INLINED:
            return self._scalar_function(function, "noinline")
        self._num_inlined += size
        return llvm

    def _scalar_function(self, function, attribute):
        key = function, attribute
        if key not in self._scalar:
            count = function.__code__.co_argcount
            function_type = ir.FunctionType(DOUBLE, [DOUBLE] * count)
            llvm = ir.Function(self.llvm, function_type, self._name(function.__name__))
            llvm.linkage = "internal"
            llvm.attributes.add(attribute)
            builder = ir.IRBuilder(llvm.append_basic_block())
            result = function(*(Value(builder, x) for x in llvm.args))
            builder.ret(result.llvm if isinstance(result, Value) else constant(result).llvm)
            self._scalar[key] = llvm
        return self._scalar[key]

    def table(self, numbers):
        """Return a pointer to numbers that are part of the code."""
        if numbers not in self._tables:
            elements = [constant(float(x)).llvm for x in numbers]
            array = ir.ArrayType(DOUBLE, len(elements))
            table = ir.GlobalVariable(self.llvm, array, self._name("table"))
            table.linkage, table.global_constant = "internal", True
            table.initializer = ir.Constant(array, elements)
            self._tables[numbers] = Pointer(FLOAT, table, is_constant=True)
        return self._tables[numbers]

    def external(self, symbol, function_type):
        """Return the declaration of a function whose address is known when code is loaded."""
        self.externals[symbol.symbol] = symbol
        found = self.llvm.globals.get(symbol.symbol)
        return found or ir.Function(self.llvm, function_type, symbol.symbol)

    def empty_metadata(self):
        """Return the empty node that marks a property."""
        if self._metadata is None:
            self._metadata = self.llvm.add_metadata([])
        return self._metadata

    def distinct_metadata(self, *operands):
        """Return a node that is equal to no other."""
        return _Distinct(self.llvm, operands, str(len(self.llvm.metadata)))

    def independent_loop(self, accesses, count):
        """Return what LLVM is told of a loop whose rounds are independent.

        Parameters
        ----------
        accesses : llvmlite.ir.MDValue
            The group of its accesses to memory.
        count : float
            Number of rounds, infinity if it is not known.
        """
        told = [self._property("llvm.loop.parallel_accesses", accesses)]
        if count <= processor.ONE_VECTOR:
            told.append(self._property("llvm.loop.interleave.count", ir.Constant(_COUNT, 1)))
        return self._loop(*told)

    def unrolled_loop(self):
        """Return what LLVM is told of a loop whose rounds are to be written one after another."""
        return self._loop(self._property("llvm.loop.unroll.full"))

    def _property(self, name, *values):
        return self.llvm.add_metadata([ir.MetaDataString(self.llvm, name), *values])

    def _loop(self, *told):
        loop = self.distinct_metadata(*told)
        loop.operands = (loop, *told)  # by which LLVM tells loops apart
        return loop

    def _name(self, name):
        return self.llvm.get_unique_name(f"lightppl.{name}")


class _Distinct(ir.MDValue):
    """A node of metadata with an identity of its own."""

    def descr(self, buf):
        operands = ", ".join(x.get_reference() for x in self.operands)
        buf += (f"distinct !{{ {operands} }}\n",)

    __eq__ = object.__eq__
    __ne__ = object.__ne__
    __hash__ = object.__hash__


def _kept_apart(llvm, inside):
    """Declare that the pointers of a function overlap nothing, and that nothing writes its data.

    Parameters
    ----------
    llvm : llvmlite.ir.Function
    inside : dict of str to Pointer
    """
    llvm.attributes.add("noinline")
    for argument in llvm.args:
        argument.add_attribute("noalias")
    return {
        x: Pointer(pointer.kind, pointer.llvm, is_constant=x.startswith(_DATA))
        for x, pointer in inside.items()
    }


def _kind_of(name):
    return INT if name.startswith("int_data") else FLOAT


def tree_of(function):
    """Return the syntax tree of a function of a file on disk.

    Raises
    ------
    CompilationError
        If its source cannot be found.
    """
    path = function.__code__.co_filename
    if path not in _trees:
        try:
            tree = ast.parse(Path(path).read_text(encoding="utf-8"))
        except (OSError, SyntaxError) as error:
            raise CompilationError(f"There is no source of {function.__qualname__}.") from error
        _trees[path] = {_first_line(x): x for x in ast.walk(tree) if _is_function(x)}
    found = _trees[path].get(function.__code__.co_firstlineno)
    if found is None or found.name != function.__name__:
        raise CompilationError(f"There is no source of {function.__qualname__}.")
    return found


def names_known_to(function):
    """Return what the names mean that a function does not define itself."""
    inside = zip(function.__code__.co_freevars, function.__closure__ or ())
    return {**function.__globals__, **{name: cell.cell_contents for name, cell in inside}}


def _first_line(tree):
    return min([tree.lineno, *(x.lineno for x in tree.decorator_list)])


def _is_function(node):
    return isinstance(node, ast.FunctionDef)


def _names_of(tree):
    return [x.arg for x in tree.args.args]


def _parts(argument):
    """The LLVM values of an argument, or one stand-in for the pointer of an entry."""
    return flattened(argument)[0]


def _llvm_type(llvm):
    return POINTER if llvm is None else llvm.type
