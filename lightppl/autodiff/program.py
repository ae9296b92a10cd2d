"""A function written down as a list of calls, so that it can be repeated, differentiated and
compiled.

Control flow needs functions as values: the body of a loop runs many times and its derivative runs
many times backwards.  `Recording` runs a Python function once on traced arrays and keeps the
calls; traced arrays of the surroundings that the function uses are found and become inputs.

A function that may not run at all, a branch, must not even compute from its surroundings: what is
differentiated outside counts in the gradient, be it infinite, though the branch was not taken.  So
what it makes of the surroundings alone is found, too, and becomes part of it.
"""

from contextlib import contextmanager

import numpy as np
from autograd.extend import VJPNode
from autograd.tracer import Node, new_box, notrace_primitives, trace_stack

from lightppl.autodiff.autograd_functions import meant_call
from lightppl.autodiff.frozen import held
from lightppl.autodiff.gradient import pull_back, tracing, watchers
from lightppl.autodiff.operation import is_traced, plain_value
from lightppl.autodiff.structural import zeros
from lightppl.errors import TracingError, UnsupportedOperationError
from lightppl.user_line import user_location


class Slot:
    """A place for a value: an input of a program or the result of a call."""

    __slots__ = ["shape", "kind"]

    def __init__(self, value):
        self.shape = np.shape(value)
        self.kind = kind_of(value)

    def copy(self):
        """Return another place for values of the same shape."""
        other = object.__new__(Slot)
        other.shape, other.kind = self.shape, self.kind
        return other


class Call:
    """One call: a traceable function, its arguments (slots or constants), and its result."""

    __slots__ = ["fun", "args", "kwargs", "result", "location"]

    def __init__(self, fun, args, kwargs, result, location):
        self.fun, self.args, self.kwargs = fun, args, kwargs
        self.result, self.location = result, location


class Program:
    """A function as a list of calls.

    Attributes
    ----------
    inputs : tuple of Slot
    calls : tuple of Call
        In the order in which they run; all of them are needed.
    outputs : tuple of Slot or array
        Arrays are constants.
    examples : tuple of array
        Values of the inputs with which it was recorded.
    """

    def __init__(self, inputs, calls, outputs, examples):
        self.inputs, self.outputs, self.examples = inputs, outputs, examples
        self.calls = _needed_calls(calls, outputs)
        self.derivatives = {}

    def __call__(self, *values):
        """Return the list of results; `values` may be traced."""
        known = dict(zip(self.inputs, values))
        is_plain = not any(is_traced(x) for x in values)
        for call in self.calls:
            args = [known[x] if type(x) is Slot else x for x in call.args]
            # plain arrays need not be looked at by autograd
            fun = call.fun.fun if is_plain else call.fun
            known[call.result] = fun(*args, **call.kwargs)
        return [known[x] if type(x) is Slot else x for x in self.outputs]

    @property
    def output_shapes(self):
        """Shapes of the results."""
        return tuple(np.shape(x) if not isinstance(x, Slot) else x.shape for x in self.outputs)

    @property
    def output_kinds(self):
        """Kinds of the results: "float64", "int64" or "bool"."""
        return tuple(x.kind if type(x) is Slot else kind_of(x) for x in self.outputs)

    def dependents(self, positions):
        """Return the positions of results that differentiably depend on inputs at `positions`."""
        reached = {self.inputs[k] for k in positions}
        blind = notrace_primitives[VJPNode]
        for call in self.calls:
            if call.fun not in blind and any(x in reached for x in call.args if type(x) is Slot):
                reached.add(call.result)
        return {k for k, x in enumerate(self.outputs) if type(x) is Slot and x in reached}

    def pull_back(self, positions, values, cotangents):
        """Return the gradients with respect to the inputs at `positions`.

        Parameters
        ----------
        positions : list of int
        values : list of array
            One per input.
        cotangents : list of array or None
            One per output.

        Returns
        -------
        list of array
            Zeros where nothing depends on an input.
        """

        def partially(*points):
            changed = dict(zip(positions, points))
            return self(*(changed.get(k, x) for k, x in enumerate(values)))

        points = [values[k] for k in positions]
        gradients = pull_back(partially, points, cotangents)
        return [zeros(np.shape(x)) if g is None else g for x, g in zip(points, gradients)]


class TapeNode(Node):
    """Writes each call into a recording."""

    __slots__ = ["recording", "slot", "results"]
    forbids_concrete = True

    def __init__(self, value, fun, args, kwargs, parent_argnums, parents):
        self.recording = parents[0].recording
        if not self.recording.is_open:
            at = user_location()
            raise TracingError(
                "A value from the body of a loop or branch was used outside of it"
                f"{f' at {at}' if at else ''}. The body is run once for all steps: return the "
                "value from it, as y or in the carry."
            )
        call = meant_call(value, fun, args, kwargs, parent_argnums, parents)
        self.results = call.results
        if call.results is not None:
            return
        fun, args, kwargs = call.fun, call.args, call.kwargs
        parent_argnums, parents = call.parent_argnums, call.parents
        if watchers:
            watchers[-1](self, value, fun, args, kwargs, parent_argnums, parents)
        self.slot = Slot(value)
        known = dict(zip(parent_argnums, (parent.slot for parent in parents)))
        args = tuple(
            known[k] if k in known else self.recording.constant(x) for k, x in enumerate(args)
        )
        self.recording.calls.append(Call(fun, args, kwargs, self.slot, user_location()))

    def initialize_root(self, recording, slot):
        self.recording, self.slot = recording, slot


class Recording:
    """A function that is being written down; made by `recording`.

    Attributes
    ----------
    captured : list of traced array
        Values of the surroundings that became inputs, in the order of those inputs.
    made_outside : dict of Node to tuple
        What the function made of its surroundings, and how; of branches only.
    is_open : bool
        Whether calls can still be written down.
    """

    def __init__(self, level):
        self.level = level
        self.is_open = True
        self.calls = []
        self.captured = []
        self.made_outside = {}
        self._given, self._examples = [], []
        self._slots = {}

    def input(self, example):
        """Return a traced array that stands for an input like `example`."""
        example = np.asarray(plain_value(example))
        slot = Slot(example)
        self._given.append(slot)
        self._examples.append(example)
        return new_box(example, self.level, TapeNode.new_root(self, slot))

    def constant(self, value):
        """Return a slot for a traced array of the surroundings, or a plain value as it is now."""
        if not is_traced(value):
            return held(value)
        if value._trace > self.level:
            raise UnsupportedOperationError("A loop used a value that only a loop's body can see.")
        if value._node not in self._slots:
            if value._node in self.made_outside:
                self._repeat(value)
            else:
                self._slots[value._node] = Slot(value)
                self.captured.append(value)
        return self._slots[value._node]

    def note(self, node, value, fun, args, kwargs, parent_argnums, parents):
        """Remember how a value was made outside."""
        parents = dict(zip(parent_argnums, parents))
        self.made_outside[node] = value, fun, args, kwargs, parents, user_location()

    def _repeat(self, wanted):
        """Write down the calls by which a value was made of the surroundings."""
        stack = [wanted]
        while stack:
            box = stack[-1]
            value, fun, args, kwargs, parents, location = self.made_outside[box._node]
            boxes = {k: new_box(args[k], box._trace, node) for k, node in parents.items()}
            waiting = [x for x in boxes.values() if x._node not in self._slots]
            waiting = [x for x in waiting if x._node in self.made_outside]
            if waiting:
                stack += waiting
                continue
            stack.pop()
            if box._node not in self._slots:
                args = tuple(self.constant(boxes.get(k, x)) for k, x in enumerate(args))
                slot = self._slots[box._node] = Slot(value)
                self.calls.append(Call(fun, args, kwargs, slot, location))

    def slot_of(self, value):
        """Return the slot of a result, or a constant."""
        if is_traced(value) and value._trace == self.level:
            return value._node.slot
        found = self.constant(value)
        return found if type(found) is Slot else np.asarray(found)

    def program(self, results):
        """Return the program of `results`: inputs first, then what was captured.

        Parameters
        ----------
        results : list of array

        Returns
        -------
        Program
        """
        outputs = tuple(self.slot_of(x) for x in results)
        needed = _needed_calls(self.calls, outputs)
        used = {x for call in needed for x in call.args if type(x) is Slot}
        used |= {x for x in outputs if type(x) is Slot}
        self.captured = [x for x in self.captured if self._slots[x._node] in used]
        inputs = (*self._given, *(self._slots[x._node] for x in self.captured))
        examples = (*self._examples, *(np.asarray(plain_value(x)) for x in self.captured))
        return Program(inputs, self.calls, outputs, examples)


@contextmanager
def recording(*, is_branch=False):
    """Write down what happens to the inputs of the recording that this yields.

    Parameters
    ----------
    is_branch : bool
        Whether what the function makes of its surroundings alone is part of it.

    Yields
    ------
    Recording
    """
    with tracing(), np.errstate(all="ignore"):
        trace_stack.top += 1
        found = Recording(trace_stack.top)
        if is_branch:
            watchers.append(found.note)
        try:
            yield found
        finally:
            found.is_open = False
            if is_branch:
                watchers.pop()
                if watchers:
                    watchers[-1].__self__.made_outside.update(found.made_outside)


def is_inside_a_trace():
    """Return whether arrays may be traced here: by a gradient, a recorder or a body's recording."""
    return trace_stack.top >= 0


def record_program(fun, examples):
    """Return a function as a program, and what it captured.

    Parameters
    ----------
    fun : callable
        ``fun(*arrays)`` returns a list of arrays.
    examples : list of array

    Returns
    -------
    program : Program
        Takes the arrays, then what was captured.
    captured : list of traced array
    """
    with recording() as found:
        results = fun(*(found.input(x) for x in examples))
        return found.program(results), found.captured


def joined_programs(recorded, count):
    """Return programs that all take the same inputs: the first `count`, and what any captured.

    Parameters
    ----------
    recorded : list of (Program, list of traced array)
        Programs with what they captured.
    count : int

    Returns
    -------
    programs : list of Program
    captured : list of traced array
    """
    captured = [value for _, values in recorded for value in values]
    own = [program.inputs[count:] for program, _ in recorded]
    examples = list(recorded[0][0].examples[:count])
    examples += [x for program, _ in recorded for x in program.examples[count:]]
    programs = []
    for k, (program, _) in enumerate(recorded):
        others = [
            slot if j == k else slot.copy() for j, slots in enumerate(own) for slot in slots
        ]
        inputs = (*program.inputs[:count], *others)
        programs.append(Program(inputs, program.calls, program.outputs, tuple(examples)))
    return programs, captured


def kind_of(value):
    """Return "float64", "int64" or "bool"."""
    dtype = getattr(value, "dtype", None)
    dtype = np.asarray(value).dtype if dtype is None else dtype
    return {"b": "bool", "i": "int64", "u": "int64"}.get(dtype.kind, "float64")


def _needed_calls(calls, outputs):
    needed = {x for x in outputs if type(x) is Slot}
    kept = []
    for call in reversed(calls):
        if call.result in needed:
            kept.append(call)
            needed.update(x for x in call.args if type(x) is Slot)
    return tuple(reversed(kept))
