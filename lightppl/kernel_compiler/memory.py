"""What Numba finds out again and again while an entry is compiled, found out once.

A sum of two numbers is looked up among the functions of numbers, arrays, strings, lists, sets and
dates, each with and without literal arguments, and a kernel has hundreds of sums.  Before each
function Numba also looks whether some library has taught it new types.
"""

from contextlib import contextmanager

from numba import types
from numba.core.registry import cpu_target
from numba.core.targetconfig import ConfigStack


@contextmanager
def remembered_types():
    """Let Numba remember which signatures calls have, inside a ``with`` block."""
    context = cpu_target.typing_context
    cpu_target.target_context.refresh()
    context.resolve_function_type = _Signatures(context).resolve
    context.refresh = lambda: None
    try:
        yield
    finally:
        del context.resolve_function_type, context.refresh  # those of its class are seen again


class _Signatures:
    """Signatures of calls by function, types of arguments, and options of the caller.

    Parameters
    ----------
    context : numba.core.typing.Context
    """

    def __init__(self, context):
        self._context, self._resolve = context, context.resolve_function_type
        self._found, self._options, self._numbers = {}, {}, {}

    def resolve(self, function, args, kws):
        """Return the signature of a call, as `numba.core.typing.Context` does."""
        if not self._is_remembered(function):
            return self._resolve(function, args, kws)
        key = id(function), tuple(args), tuple(sorted(dict(kws).items())), self._number_of_options()
        if key not in self._found:
            self._found[key] = function, self._resolve(function, args, kws)
        return self._found[key][1]

    def _is_remembered(self, function):
        """Whether a function is one of Numba's own: kernels are compiled when they are resolved."""
        known = self._context._lookup_global(function)
        return isinstance(function if known is None else known, types.Function)

    def _number_of_options(self):
        """Return a number that is the same for equal options, which some signatures depend on."""
        options = ConfigStack.top_or_none()
        if id(options) not in self._options:
            number = self._numbers.setdefault(options, len(self._numbers))
            self._options[id(options)] = options, number  # keeps the options alive, and their id
        return self._options[id(options)][1]
