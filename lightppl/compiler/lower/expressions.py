"""Expressions of the emitted language to LLVM instructions."""

import ast
import builtins
from dataclasses import field

from llvmlite import ir

from lightppl.compiler.lower.calls import call
from lightppl.compiler.lower.kinds import (
    BOOL, INT, LLVM_TYPE, Number, Pointer, View, common_kind, constant, converted, is_number,
    require_number,
)
from lightppl.compiler.lower.operators import IN_PYTHON, binary, compare, unary
from lightppl.errors import CompilationError
from lightppl.records import record


@record
class Variable:
    """A number that may change: a place on the stack, which LLVM makes a register.

    Attributes
    ----------
    kind : {"float", "int", "bool"}
    place : llvmlite.ir.Value
    scope : tuple
        The loops and branches around its first assignment.
    read_in : set
        The scopes in which it is read.
    """

    kind: str
    place: object
    scope: tuple
    read_in: set = field(default_factory=set)


SEVERAL_KINDS = object()
"""What a name stands for where its kind depends on the way that led there."""


class ExpressionLowering:
    """Writes the instructions of expressions; see `FunctionLowering` for what it has."""

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
        if isinstance(value, Number):  # most are, and the text of a node takes long to write
            return value
        return require_number(value, f"{self.tree.name}: `{ast.unparse(node)}`")

    def _integer(self, node):
        return converted(self.builder, self.number(node), INT)

    def _truth(self, node):
        if isinstance(node, ast.BoolOp):
            return self._logic_of(node, self._truth)
        return converted(self.builder, self.number(node), BOOL).llvm

    def _constant(self, node):
        if not is_number(node.value):
            raise self.error(node, "is no number")
        return constant(node.value)

    def _name(self, node):
        known = self.known.get(node.id)
        if known is SEVERAL_KINDS:
            raise self.error(node, "is a number of one kind or another here")
        if isinstance(known, Variable):
            known.read_in.add(self.scope)
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
            return self._element(node, owner)
        place = self._place(node)
        return place if isinstance(place, View) else self._load(place)

    def _element(self, node, owner):
        """An element of a tuple; as in Python, negative positions count from the end."""
        position = self._integer(node.slice)
        if isinstance(position.llvm, ir.Constant):
            if not -len(owner) <= position.llvm.constant < len(owner):
                raise self.error(node, "is beyond the end")
            found = owner[position.llvm.constant]
            return constant(found) if is_number(found) else found
        if not all(map(is_number, owner)):
            raise self.error(node, "is at a position that is not known before")
        is_negative = compare(self.builder, ast.Lt, position, constant(0))
        from_end = binary(self.builder, ast.Add, position, constant(len(owner)))
        llvm = self.builder.select(is_negative.llvm, from_end.llvm, position.llvm)
        return self._load(self._offset(self.module.table(owner), Number(INT, llvm)))

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
        self._mark(load)
        return Number(pointer.kind, load)

    def _binary(self, node):
        return self._operation(type(node.op), self.number(node.left), self.number(node.right))

    def _operation(self, operator, left, right):
        function = IN_PYTHON.get((operator, common_kind(left, right)))
        if function is None:
            return binary(self.builder, operator, left, right)
        return call(self, function, [left, right])

    def _unary(self, node):
        if isinstance(node.op, ast.Not):
            return Number(BOOL, self.builder.not_(self._truth(node.operand)))
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
        """``and`` and ``or`` as a value: one of the operands, which must be truth values."""
        def truth(operand):
            number = self.number(operand)
            if number.kind != BOOL:
                raise self.error(operand, "is no truth value, but an operand of `and` or `or`")
            return number.llvm

        return Number(BOOL, self._logic_of(node, truth))

    def _logic_of(self, node, truth_of):
        is_and = isinstance(node.op, ast.And)
        place = ir.IRBuilder(self.entry).alloca(LLVM_TYPE[BOOL])

        def write(rest):
            truth = truth_of(rest[0])
            self.builder.store(truth, place)
            if len(rest) > 1:
                condition = truth if is_and else self.builder.not_(truth)
                self._branch(condition, lambda: write(rest[1:]))

        write(node.values)
        return self.builder.load(place, typ=LLVM_TYPE[BOOL])

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
        if node.keywords:
            raise self.error(node, "gives arguments by name")
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

    def _block(self, name):
        return self.function.append_basic_block(name)

    def error(self, node, problem):
        """Return the error that names a piece of source."""
        return CompilationError(f"{self.tree.name}: `{ast.unparse(node)}` {problem}.")

    _EXPRESSIONS = {
        ast.Constant: _constant, ast.Name: _name,
        ast.Attribute: _attribute, ast.Subscript: _subscript, ast.BinOp: _binary,
        ast.UnaryOp: _unary, ast.Compare: _compare, ast.BoolOp: _logic, ast.IfExp: _choice,
        ast.Call: _call, ast.Tuple: _tuple,
    }
