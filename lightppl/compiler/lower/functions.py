"""One function of the emitted language, statement by statement, to LLVM instructions.

The language is a small part of Python: numbers, flat arrays, `for` over `range`, `while`, `if`,
assignments, calls.  Nothing is allocated, nothing raised, and an index is not checked.

A name may stand for a number of another kind in another block of statements, if nothing reads
across: neither what follows the block, nor its next round before the name is given again.  So it
is with what is no number, such as an array or a function.
"""

import ast
import builtins
import math

from llvmlite import ir

from lightppl.compiler.lower.expressions import SEVERAL_KINDS, ExpressionLowering, Variable
from lightppl.compiler import processor
from lightppl.compiler.lower.kinds import (
    BOOL, FLOAT, INT, INTEGER, LLVM_TYPE, Number, constant, converted,
)
from lightppl.compiler.runtime.memory import independent
from lightppl.errors import CompilationError


class FunctionLowering(ExpressionLowering):
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
        self.loops, self.scope, self.changed = [], (), set()
        self.accesses = None  # of the independent loop that is being written
        self.remembered = {}  # name of what is no number -> the loops and branches around it
        for name, value in arguments.items():
            self.assign_name(name, value)

    def lower(self):
        """Write all statements."""
        self.run(self.tree.body)
        self.finish()

    def finish(self):
        """Return from where the statements ended, and join what stands before them."""
        start = self.function.blocks[1]
        if not self.builder.block.is_terminated:
            self._return_nothing()
        ir.IRBuilder(self.entry).branch(start)

    def _return_nothing(self):
        """Python would return None, which is no number."""
        if self.result_kind is None:
            self.builder.ret_void()
        else:
            nothing = {FLOAT: float("nan"), INT: 0, BOOL: False}[self.result_kind]
            self.builder.ret(constant(nothing).llvm)

    def run_inside(self, statements, target=None, value=None):
        """Write the statements of a loop or a branch; the target of a loop is given first."""
        around, changed = self.scope, self.changed
        self.scope, self.changed = (*around, object()), set()
        if target is not None:
            self._assign_to(target, value)
        self.run(statements)
        for name in self.changed:
            self.known[name] = SEVERAL_KINDS
        self.scope, self.changed = around, changed | self.changed

    def run(self, statements):
        """Write statements until one that leaves the block."""
        for statement in statements:
            if self.builder.block.is_terminated:
                return
            handler = self._STATEMENTS.get(type(statement))
            if handler is None:
                raise self.error(statement, "is no statement of the emitted language")
            handler(self, statement)

    def _expression(self, statement):
        if not isinstance(statement.value, ast.Constant):  # a docstring
            self.value(statement.value)

    def _assign(self, statement):
        target, *others = statement.targets
        if others:
            raise self.error(statement, "gives one value to several names")
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
            self._mark(self.builder.store(number.llvm, pointer.llvm, align=8))
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
            self._remember(name, value)
            return
        variable = self.known.get(name)
        if name in self.remembered:
            self._remember(name, None)
            del self.remembered[name]
        if not isinstance(variable, Variable) or variable.kind != value.kind:
            if isinstance(variable, Variable):
                self._leave_behind(name, variable)
            place = self.new_place(name, LLVM_TYPE[value.kind])
            variable = self.known[name] = Variable(value.kind, place, self.scope)
        self.builder.store(value.llvm, variable.place)

    def new_place(self, name, llvm_type):
        """Return the address of a variable that a number is given to for the first time."""
        return ir.IRBuilder(self.entry).alloca(llvm_type, name=name)

    def _remember(self, name, value):
        """Let a name stand for what is no number, which cannot depend on the way that led there."""
        known = self.known.get(name)
        given_in = known.scope if isinstance(known, Variable) else self.remembered.get(name)
        depth = 0 if given_in is None else len(given_in)
        if given_in is not None and depth < len(self.scope) and self.scope[:depth] == given_in:
            if known is not SEVERAL_KINDS and known is not value:
                raise CompilationError(
                    f"{self.tree.name}: {name} stands for something else in a loop or branch."
                )
        if self.scope:
            self.changed.add(name)
        self.known[name], self.remembered[name] = value, self.scope

    def _leave_behind(self, name, variable):
        """Give up a variable, because its name is given to another kind of number here."""
        depth = len(variable.scope)
        is_around = depth < len(self.scope) and self.scope[:depth] == variable.scope
        block = self.scope[: depth + 1]
        if is_around and any(scope[: depth + 1] == block for scope in variable.read_in):
            raise CompilationError(f"{self.tree.name}: {name} changes its kind in a loop.")
        if self.scope != variable.scope:
            self.changed.add(name)

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
            lambda: self.run_inside(statement.body),
            (lambda: self.run_inside(statement.orelse)) if statement.orelse else None,
        )

    def _for(self, statement):
        bounds = statement.iter
        kind = self.value(bounds.func) if isinstance(bounds, ast.Call) else None
        if kind not in (builtins.range, independent):
            raise self.error(bounds, "is not a range")
        numbers = [self._integer(x) for x in bounds.args]
        if statement.orelse:
            raise self.error(statement.iter, "is of a loop with an else")
        start, stop, step = _start_stop_step(numbers)
        before = self.builder.block
        head, body = self._block("loop"), self._block("body")
        latch, after = self._block("next"), self._block("done")
        self.builder.branch(head)
        self.builder.position_at_end(head)
        counter = self.builder.phi(INTEGER)
        counter.add_incoming(start.llvm, before)
        self.builder.cbranch(self._is_before(counter, stop.llvm, step.llvm), body, after)
        self.builder.position_at_end(body)
        around = self.accesses
        self.accesses = self.module.distinct_metadata() if kind is independent else None
        self._loop_body(statement.body, latch, after, statement.target, Number(INT, counter))
        self.builder.position_at_end(latch)
        counter.add_incoming(self.builder.add(counter, step.llvm, flags=("nsw",)), latch)
        back = self.builder.branch(head)
        count = _known_count(start, stop, step)
        if kind is independent:
            back.set_metadata("llvm.loop", self.module.independent_loop(self.accesses, count))
        elif count <= processor.FEW_ROUNDS:
            back.set_metadata("llvm.loop", self.module.unrolled_loop())
        self.accesses = around
        self.builder.position_at_end(after)

    def _mark(self, access):
        """Note that an access to memory is one of the independent loop at hand, if there is one."""
        if self.accesses is not None:
            access.set_metadata("llvm.access.group", self.accesses)

    def _is_before(self, counter, stop, step):
        """Whether a counter has not come to its stop, up or down."""
        is_below = self.builder.icmp_signed("<", counter, stop)
        if isinstance(step, ir.Constant) and step.constant > 0:
            return is_below
        is_above = self.builder.icmp_signed(">", counter, stop)
        is_up = self.builder.icmp_signed(">", step, ir.Constant(INTEGER, 0))
        return self.builder.select(is_up, is_below, is_above)

    def _while(self, statement):
        if statement.orelse:
            raise self.error(statement.test, "is of a loop with an else")
        head, body, after = self._block("while"), self._block("body"), self._block("done")
        self.builder.branch(head)
        self.builder.position_at_end(head)
        self.builder.cbranch(self._truth(statement.test), body, after)
        self.builder.position_at_end(body)
        self._loop_body(statement.body, head, after)
        self.builder.position_at_end(after)

    def _loop_body(self, statements, latch, after, target=None, value=None):
        self.loops.append((latch, after))
        self.run_inside(statements, target, value)
        self.loops.pop()
        if not self.builder.block.is_terminated:
            self.builder.branch(latch)

    def _break(self, _):
        self.builder.branch(self.loops[-1][1])

    def _continue(self, _):
        self.builder.branch(self.loops[-1][0])

    _STATEMENTS = {
        ast.Expr: _expression, ast.Assign: _assign, ast.AugAssign: _assign_changed,
        ast.Return: _return, ast.If: _if, ast.For: _for, ast.While: _while, ast.Break: _break,
        ast.Continue: _continue, ast.Pass: lambda self, _: None,
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


def _known_count(*numbers):
    """Return how many rounds a loop has, infinity if the running code decides."""
    if not all(isinstance(x.llvm, ir.Constant) for x in numbers):
        return math.inf
    return len(range(*(x.llvm.constant for x in numbers)))


def _start_stop_step(numbers):
    if len(numbers) == 1:
        return constant(0), numbers[0], constant(1)
    if len(numbers) == 2:
        return numbers[0], numbers[1], constant(1)
    return tuple(numbers)
