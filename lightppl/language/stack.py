"""The stack of effect handlers: how a model's statements reach whoever listens.

Each primitive statement (`sample`, `param`, ...) becomes a `Message`.  `apply_stack` passes it to
the active handlers from the innermost to the outermost (`process_message`), fills in the value if
none of them did, and passes it back from the outermost to the innermost (`postprocess_message`). 
A handler is a `Messenger`: it changes the message, and knows nothing of the other handlers.

The stack lives in a context variable, so two threads can run two models.  It is an immutable tuple:
whatever happens inside a handler, an exception included, leaving it restores the stack around it.

Reference: Plotkin and Pretnar (2009), "Handlers of algebraic effects"; Bingham et al. (2019),
"Pyro", for their use in probabilistic programming.
"""

import functools
import types
from collections.abc import MutableMapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from lightppl.named_arguments import NamedArguments

_stack = ContextVar("lightppl_handler_stack", default=())
_run = ContextVar("lightppl_outermost_run", default=None)


class CondIndepStackFrame(NamedTuple):
    """One plate around a site: its name, batch dimension (negative) and size there."""

    name: str
    dim: int
    size: int


@dataclass(eq=False, repr=False)
class Message(MutableMapping):
    """One statement of a model on its way through the handlers.

    A typed record that can also be indexed by field name: ``message.value`` and
    ``message["value"]`` are the same thing.  Handlers may add fields of their own.

    Parameters
    ----------
    type : str
        "sample", "param", "deterministic", "plate", "subsample", "prng_key" or "inspect".
    name : str or None
    fn : callable
        The distribution of a sample site; otherwise what computes the value.
    args, kwargs : tuple, dict
        What `fn` is called with.
    value : array or None
        None until known.
    is_observed : bool
    scale : float, array or None
        Factor on the log density; None means 1.
    mask : bool, array or None
        Where the log density counts; None means everywhere.
    infer : dict
        Hints for inference.
    cond_indep_stack : list of CondIndepStackFrame
        Plates around the site, innermost first.
    intermediates : list
        Values met on the way to `value`.
    stop : bool
        Set by a handler to hide the message from all handlers outside of it.
    depth : int
        Position in the stack of the handler that is processing the message.
    """

    type: str
    name: str | None
    fn: object
    args: tuple = ()
    kwargs: dict = field(default_factory=dict)
    value: object = None
    is_observed: bool = False
    scale: object = None
    mask: object = None
    infer: dict = field(default_factory=dict)
    cond_indep_stack: list = field(default_factory=list)
    intermediates: list = field(default_factory=list)
    stop: bool = False
    depth: int = 0

    def copy(self):
        """Return a message of the same fields, with containers of its own."""
        clone = object.__new__(type(self))
        clone.__dict__.update(self.__dict__)
        for name in ("kwargs", "infer", "cond_indep_stack", "intermediates"):
            setattr(clone, name, self.__dict__[name].copy())
        return clone

    def __getitem__(self, key):
        return self.__dict__[key]

    def __setitem__(self, key, value):
        self.__dict__[key] = value

    def __delitem__(self, key):
        del self.__dict__[key]

    def __iter__(self):
        return iter(self.__dict__)

    def __len__(self):
        return len(self.__dict__)

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __repr__(self):
        role = "observed" if self.is_observed else self.type
        shape = "" if self.value is None else f", shape {np.shape(self.value)}"
        return f"{type(self).__name__}({self.name!r}, {role}{shape})"


class Messenger(metaclass=NamedArguments):
    """Base class of effect handlers.

    Subclasses override `process_message` and `postprocess_message`.  A handler ``h`` works in a
    ``with h(...):`` block, around a model as ``h(model, ...)``, which is again a model, and as a
    decorator ``@h(...)``.

    Parameters
    ----------
    fn : callable, optional
        The model to run under this handler.

    Attributes
    ----------
    acts_in_bodies : bool
        Whether, of a site inside a loop, this handler outside sees the single steps, and not all
        steps at once.

    Examples
    --------
    >>> import lightppl as lp
    >>> class print_names(Messenger):
    ...     def process_message(self, msg):
    ...         print(msg["name"])
    >>> with print_names():
    ...     y = lp.deterministic("y", 2.0)
    y
    """

    fn = None
    acts_in_bodies = False

    def __init__(self, fn=None):
        if fn is None:
            return
        if not callable(fn):
            raise TypeError(
                f"{type(self).__name__} takes the model as its first argument, found "
                f"{type(fn).__name__}; pass the other arguments by name."
            )
        self.fn = fn
        functools.update_wrapper(self, fn, updated=())

    def __enter__(self):
        if not _stack.get():
            _run.set({})
        _stack.set(_stack.get() + (self,))
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        stack = _stack.get()
        places = [i for i, handler in enumerate(stack) if handler is self]
        if not places:  # something outside was left first, as when a generator is closed late
            return
        position = places[-1]
        _stack.set(stack[:position])
        if position == 0:
            at_end = _run.get()
            _run.set(None)
            if exc_type is None:
                for finish in at_end.values():
                    finish()

    def process_message(self, msg):
        """Change `msg` on its way out, before it has a value."""

    def postprocess_message(self, msg):
        """Look at `msg`, or change it, on its way back, when it has a value."""

    def __call__(self, *args, **kwargs):
        if self.fn is not None:
            with self:
                return self.fn(*args, **kwargs)
        if len(args) != 1 or kwargs or not callable(args[0]):
            raise TypeError(
                f"{type(self).__name__}(...) has no model to run; as a decorator it takes exactly "
                "one callable."
            )
        handler = object.__new__(type(self))
        handler.__dict__.update(self.__dict__)
        Messenger.__init__(handler, args[0])
        return handler

    def __get__(self, instance, owner=None):
        # A decorated method must receive its instance, as a plain function would.
        if instance is None or self.fn is None:
            return self
        return types.MethodType(self, instance)


def apply_stack(msg, depth=None):
    """Send a message through the active handlers and return it with its value.

    1. `process_message` of each handler, from the innermost to the outermost, until one sets
       ``msg.stop``;
    2. if the message has no value yet, ``fn(*args, **kwargs)``;
    3. `postprocess_message` of the handlers reached in step 1, from the outermost to the innermost.

    Parameters
    ----------
    msg : Message
    depth : int, optional
        Start step 1 below this position of the stack, for a handler that sends a second message on
        behalf of the first; step 3 still ends with the innermost handler.

    Returns
    -------
    Message
        The same object.
    """
    stack = _stack.get()
    position = len(stack) if depth is None else depth
    while position > 0 and not msg.stop:
        position -= 1
        msg.depth = position
        stack[position].process_message(msg)
    if msg.value is None and msg.stop and msg.kwargs.get("rng_key", False) is None:
        msg.kwargs["rng_key"] = _key_from_outside(stack[:position])
    if msg.value is None:
        msg.value = msg.fn(*msg.args, **msg.kwargs)
    for handler in stack[position:]:
        handler.postprocess_message(msg)
    return msg


def _key_from_outside(handlers):
    """Return the random key for a hidden statement: what is hidden is still drawn reproducibly."""
    request = Message("prng_key", None, None, kwargs={"rng_key": None})
    for depth, handler in reversed(list(enumerate(handlers))):
        request.depth = depth
        handler.process_message(request)
    return request.kwargs["rng_key"] if request.value is None else request.value


def current_stack():
    """Return the active handlers of this context, outermost first."""
    return _stack.get()


def at_end_of_run(key, make_finish):
    """Have something done once when the outermost handler of this run is left without an exception.

    Parameters
    ----------
    key : hashable
    make_finish : callable
        Called without arguments the first time `key` is met in this run; what it returns is called
        at the end.

    Returns
    -------
    callable
        What `make_finish` returned in this run.
    """
    at_end = _run.get()
    if key not in at_end:
        at_end[key] = make_finish()
    return at_end[key]
