"""One function of the emitted language, statement by statement, to LLVM instructions.

The language is a small part of Python: numbers, flat arrays, `for` over `range`, `while`, `if`,
assignments, calls.  A variable has one kind, that of its first value.  Nothing is allocated,
nothing raised, and an index is not checked.
"""

import ast
import builtins
from dataclasses import dataclass

from llvmlite import ir

from lightppl.compiler.native.calls import call
from lightppl.compiler.native.kinds import (
    BOOL, FLOAT, INT, INTEGER, LLVM_TYPE, Number, Pointer, View, common_kind, constant, converted,
    is_number, require_number,
)
from lightppl.compiler.native.operators import IN_PYTHON, binary, compare, unary
from lightppl.errors import CompilationError


@dataclass(frozen=True)
class Variable:
    """A number that may change: a place on the stack, which LLVM makes a register."""

    kind: str
    place: object


class FunctionLowering:
    """Writes the body of one function.

    Parameters
    ----------
    module : ModuleLowering
        Lowers the functions that are called.
    tree : ast.FunctionDef
    names : dict
        Values of the global names.
    function : llvmlite.ir.Function
        Where the instructions go.
    arguments : dict of str to Number, Pointer, View
    result_kind : str or None
        Kind of what is returned.
    """

    def __init__(self, module, tree, names, function, arguments, result_kind):
        self.module, self.tree, self.names = module, tree, names
        self.function, self.result_kind = function, result_kind
        self.entry = function.append_basic_block("entry")
        self.builder = ir.IRBuilder(function.append_basic_block("start"))
        self.known = {}
        self.loops = []
        for name, value in arguments.items():
            self.assign_name(name, value)

    def lower(self):
        """Write all statements."""
        start = self.function.blocks[1]
        self.run(self.tree.body)
        if not self.builder.block.is_terminated:
            self.builder.unreachable() if self.result_kind else self.builder.ret_void()
        ir.IRBuilder(self.entry).branch(start)

    def run(self, statements):
        """Write statements until one that leaves the block."""
        for statement in statements:
            if self.builder.block.is_terminated:
                return
            handler = self._STATEMENTS.get(type(statement))
            if handler is None:
                raise self.error(statement, "is no statement of the emitted language")
            handler(self, statement)

    def error(self, node, problem):
        """Return the error that names a piece of source."""
        return CompilationError(f"{self.tree.name}: `{ast.unparse(node)}` {problem}.")

    def _expression(self, statement):
        if not isinstance(statement.value, ast.Constant):  # a docstring
            self.value(statement.value)

    def _assign(self, statement):
        (target,) = statement.targets
        if isinstance(target, ast.Tuple):
            values = self._elements(self.value(statement.value))
            for one, value in zip(target.elts, values, strict=True):
                self._assign_to(one, value)
        else:
            self._assign_to(target, self.value(statement.value))

    def _assign_to(self, target, value):
        if isinstance(target, ast.Name):
            self.assign_name(target.id, value)
        elif isinstance(target, ast.Subscript):
            pointer = self._place(target)
            number = converted(self.builder, self._number(target, value), pointer.kind)
            self.builder.store(number.llvm, pointer.llvm, align=8)
        else:
            raise self.error(target, "cannot be assigned to")

    def _assign_changed(self, statement):
        load = ast.copy_location(ast.parse(ast.unparse(statement.target), mode="eval").body,
                                 statement.target)
        value = self._operation(type(statement.op), self.value(load), self.value(statement.value))
        self._assign_to(statement.target, value)

    def assign_name(self, name, value):
        """Give a value to a variable; what is no number is only remembered."""
        if not isinstance(value, Number):
            self.known[name] = value
            return
        variable = self.known.get(name)
        if not isinstance(variable, Variable):
            place = ir.IRBuilder(self.entry).alloca(LLVM_TYPE[value.kind], name=name)
            variable = self.known[name] = Variable(value.kind, place)
        if common_kind(variable, value) != variable.kind:
            kinds = f"{variable.kind}, then {value.kind}"
            raise CompilationError(f"{self.tree.name}: {name} is {kinds}.")
        number = converted(self.builder, value, variable.kind)
        self.builder.store(number.llvm, variable.place)

    def _return(self, statement):
        if statement.value is None:
            self.builder.ret_void()
            return
        number = self.number(statement.value)
        if number.kind != self.result_kind:
            raise ResultKind(number.kind)
        self.builder.ret(number.llvm)

    def _if(self, statement):
        condition = self._truth(statement.test)
        self._branch(
            condition,
            lambda: self.run(statement.body),
            (lambda: self.run(statement.orelse)) if statement.orelse else None,
        )

    def _branch(self, condition, write_true, write_false=None):
        then, after = self._block("then"), self._block("after")
        otherwise = after if write_false is None else self._block("else")
        self.builder.cbranch(condition, then, otherwise)
        for block, write in ((then, write_true), (otherwise, write_false)):
            if write is not None:
                self.builder.position_at_end(block)
                write()
                if not self.builder.block.is_terminated:
                    self.builder.branch(after)
        self.builder.position_at_end(after)

    def _for(self, statement):
        bounds = statement.iter
        if not (isinstance(bounds, ast.Call) and self.value(bounds.func) is builtins.range):
            raise self.error(bounds, "is not a range")
        numbers = [self._integer(x) for x in bounds.args]
        start, stop, step = _start_stop_step(numbers)
        is_down = isinstance(step.llvm, ir.Constant) and step.llvm.constant < 0
        before = self.builder.block
        head, body = self._block("loop"), self._block("body")
        latch, after = self._block("next"), self._block("done")
        self.builder.branch(head)
        self.builder.position_at_end(head)
        counter = self.builder.phi(INTEGER)
        counter.add_incoming(start.llvm, before)
        is_inside = self.builder.icmp_signed(">" if is_down else "<", counter, stop.llvm)
        self.builder.cbranch(is_inside, body, after)
        self.builder.position_at_end(body)
        self._assign_to(statement.target, Number(INT, counter))
        self._loop_body(statement.body, latch, after)
        self.builder.position_at_end(latch)
        counter.add_incoming(self.builder.add(counter, step.llvm, flags=("nsw",)), latch)
        self.builder.branch(head)
        self.builder.position_at_end(after)

    def _while(self, statement):
        head, body, after = self._block("while"), self._block("body"), self._block("done")
        self.builder.branch(head)
        self.builder.position_at_end(head)
        self.builder.cbranch(self._truth(statement.test), body, after)
        self.builder.position_at_end(body)
        self._loop_body(statement.body, head, after)
        self.builder.position_at_end(after)

    def _loop_body(self, statements, latch, after):
        self.loops.append((latch, after))
        self.run(statements)
        self.loops.pop()
        if not self.builder.block.is_terminated:
            self.builder.branch(latch)

    def _break(self, _):
        self.builder.branch(self.loops[-1][1])

    def _continue(self, _):
        self.builder.branch(self.loops[-1][0])

    def _block(self, name):
        return self.function.append_basic_block(name)

    _STATEMENTS = {
        ast.Expr: _expression, ast.Assign: _assign, ast.AugAssign: _assign_changed,
        ast.Return: _return, ast.If: _if, ast.For: _for, ast.While: _while, ast.Break: _break,
        ast.Continue: _continue, ast.Pass: lambda self, _: None,
    }

    def value(self, node):
        """Return what an expression stands for."""
        handler = self._EXPRESSIONS.get(type(node))
        if handler is None:
            raise self.error(node, "is no expression of the emitted language")
        return handler(self, node)

    def number(self, node):
        """Return the `Number` of an expression."""
        return self._number(node, self.value(node))

    def _number(self, node, value):
        return require_number(value, f"{self.tree.name}: `{ast.unparse(node)}`")

    def _integer(self, node):
        return converted(self.builder, self.number(node), INT)

    def _truth(self, node):
        return converted(self.builder, self.number(node), BOOL).llvm

    def _name(self, node):
        known = self.known.get(node.id)
        if isinstance(known, Variable):
            return Number(known.kind, self.builder.load(known.place, typ=LLVM_TYPE[known.kind]))
        if known is not None:
            return known
        found = self.names.get(node.id, getattr(builtins, node.id, None))
        if found is None:
            raise self.error(node, "is not known")
        return constant(found) if is_number(found) else found

    def _attribute(self, node):
        owner = self.value(node.value)
        if isinstance(owner, View):
            if node.attr == "shape":
                return owner.sizes
            if node.attr == "size":
                total, *rest = owner.sizes
                for size in rest:
                    total = binary(self.builder, ast.Mult, total, size)
                return total
        found = getattr(owner, node.attr, None)
        if found is None:
            raise self.error(node, "is not known")
        return constant(found) if is_number(found) else found

    def _subscript(self, node):
        owner = self.value(node.value)
        if isinstance(owner, tuple):
            if isinstance(node.slice, ast.Constant):
                found = owner[node.slice.value]
                return constant(found) if is_number(found) else found
            pointer = self.module.table(owner)
            return self._load(self._offset(pointer, self._integer(node.slice)))
        place = self._place(node)
        return place if isinstance(place, View) else self._load(place)

    def _place(self, node):
        owner = self.value(node.value)
        if isinstance(owner, Pointer):
            return self._offset(owner, self._integer(node.slice))
        if not isinstance(owner, View):
            raise self.error(node, "is no element of an array")
        indices = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        position = self._integer(indices[0])
        if len(indices) < len(owner.sizes):
            start = binary(self.builder, ast.Mult, position, owner.sizes[1])
            return View(self._offset(owner.pointer, start), owner.sizes[1:])
        for index, size in zip(indices[1:], owner.sizes[1:]):
            position = binary(self.builder, ast.Mult, position, size)
            position = binary(self.builder, ast.Add, position, self._integer(index))
        return self._offset(owner.pointer, position)

    def _offset(self, pointer, position):
        llvm = self.builder.gep(
            pointer.llvm, [position.llvm], inbounds=True, source_etype=LLVM_TYPE[pointer.kind]
        )
        return Pointer(pointer.kind, llvm, pointer.is_constant)

    def _load(self, pointer):
        load = self.builder.load(pointer.llvm, align=8, typ=LLVM_TYPE[pointer.kind])
        if pointer.is_constant:
            load.set_metadata("invariant.load", self.module.empty_metadata())
        return Number(pointer.kind, load)

    def _binary(self, node):
        return self._operation(type(node.op), self.number(node.left), self.number(node.right))

    def _operation(self, operator, left, right):
        function = IN_PYTHON.get((operator, common_kind(left, right)))
        if function is None:
            return binary(self.builder, operator, left, right)
        return call(self, function, [left, right])

    def _unary(self, node):
        return unary(self.builder, type(node.op), self.number(node.operand))

    def _compare(self, node):
        left, result = self.number(node.left), None
        for operator, right in zip(node.ops, node.comparators):
            right = self.number(right)
            one = compare(self.builder, type(operator), left, right)
            result = one if result is None else binary(self.builder, ast.BitAnd, result, one)
            left = right
        return result

    def _logic(self, node):
        is_and = isinstance(node.op, ast.And)
        place = ir.IRBuilder(self.entry).alloca(LLVM_TYPE[BOOL])

        def write(rest):
            truth = self._truth(rest[0])
            self.builder.store(truth, place)
            if len(rest) > 1:
                condition = truth if is_and else self.builder.not_(truth)
                self._branch(condition, lambda: write(rest[1:]))

        write(node.values)
        return Number(BOOL, self.builder.load(place, typ=LLVM_TYPE[BOOL]))

    def _choice(self, node):
        condition = self._truth(node.test)
        then, otherwise, after = self._block("then"), self._block("else"), self._block("after")
        self.builder.cbranch(condition, then, otherwise)
        found = []
        for block, branch in ((then, node.body), (otherwise, node.orelse)):
            self.builder.position_at_end(block)
            found.append((self.number(branch), self.builder.block))
        kind = common_kind(*(number for number, _ in found))
        ends = []
        for number, block in found:
            self.builder.position_at_end(block)
            ends.append((converted(self.builder, number, kind).llvm, block))
            self.builder.branch(after)
        self.builder.position_at_end(after)
        result = self.builder.phi(LLVM_TYPE[kind])
        for llvm, block in ends:
            result.add_incoming(llvm, block)
        return Number(kind, result)

    def _call(self, node):
        return call(self, self.value(node.func), self._elements_of(node.args))

    def _tuple(self, node):
        return tuple(self._elements_of(node.elts))

    def _elements_of(self, nodes):
        found = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                found += self._elements(self.value(node.value))
            else:
                found.append(self.value(node))
        return found

    def _elements(self, value):
        if not isinstance(value, tuple):
            raise CompilationError(f"{self.tree.name}: {value!r} has no elements.")
        return [constant(x) if is_number(x) else x for x in value]

    _EXPRESSIONS = {
        ast.Constant: lambda self, node: constant(node.value), ast.Name: _name,
        ast.Attribute: _attribute, ast.Subscript: _subscript, ast.BinOp: _binary,
        ast.UnaryOp: _unary, ast.Compare: _compare, ast.BoolOp: _logic, ast.IfExp: _choice,
        ast.Call: _call, ast.Tuple: _tuple,
    }


class ResultKind(Exception):
    """A function returns numbers of another kind than was thought.

    Parameters
    ----------
    kind : str
    """

    def __init__(self, kind):
        super().__init__(kind)
        self.kind = kind


def _start_stop_step(numbers):
    if len(numbers) == 1:
        return constant(0), numbers[0], constant(1)
    if len(numbers) == 2:
        return numbers[0], numbers[1], constant(1)
    return tuple(numbers)
