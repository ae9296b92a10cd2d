"""States and draws as text and arrays, and back: what a checkpoint holds.

Nothing that is read is ever run: there is no pickle.  Numbers, text, arrays, containers, keys and
generators are written under names of their own; a named tuple under the name of its class, which
must be loaded already when it is read, and is found only if it is a named tuple of these fields.
"""

import sys

import numpy as np

from lightppl.arguments import shown
from lightppl.errors import CheckpointError
from lightppl.keys import Key, Step

PLAIN = (type(None), bool, int, float, str)
SIMPLE = "biufcSUmM"
"""Kinds of elements of arrays: numbers, text and dates."""

BIT_GENERATORS = ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")


def to_plain(value, arrays=None):
    """Return a value as a tree that JSON can hold, and the arrays that it refers to.

    Parameters
    ----------
    value : object
        Numbers, text, arrays, keys, generators, and dicts, lists, tuples and named tuples of them.
    arrays : list of array, optional
        Those of other trees, to which the new ones are appended.

    Returns
    -------
    tree : object
    arrays : list of array

    Raises
    ------
    CheckpointError
        If there is anything else in it.

    Examples
    --------
    >>> to_plain({"x": np.zeros(2), "n": 3})
    ({'dict': [['x', {'array': 0}], ['n', 3]]}, [array([0., 0.])])
    """
    arrays = [] if arrays is None else arrays
    return _plain(value, arrays), arrays


def from_plain(tree, arrays):
    """Return the value that `to_plain` was given.

    Parameters
    ----------
    tree : object
    arrays : list of array

    Raises
    ------
    CheckpointError
        If the tree is none of `to_plain`, or names a class that is not there.

    Examples
    --------
    >>> from_plain(*to_plain((1.5, None, [np.float64(2.0)])))
    (1.5, None, [np.float64(2.0)])
    """
    if not isinstance(tree, dict):
        return tree
    ((kind, content),) = tree.items()
    if kind not in _READERS:
        raise CheckpointError(f"A checkpoint holds something of an unknown kind, {shown(kind)}.")
    return _READERS[kind](content, arrays)


def _plain(value, arrays):
    if type(value) in PLAIN:
        return value
    for matches, write in _WRITERS:
        if matches(value):
            return write(value, arrays)
    raise CheckpointError(
        "A checkpoint holds numbers, text, arrays, keys, generators, and dicts, lists, tuples and "
        f"named tuples of them; the state of the sampler has something of type "
        f"{type(value).__name__}. Keep it in the sampler, or in arrays, or run without checkpoint."
    )


def _array(value, arrays):
    arrays.append(np.asarray(value))
    return {"array" if isinstance(value, np.ndarray) else "scalar": len(arrays) - 1}


def _sequence(value, arrays):
    if _is_alike(value):
        arrays.append(np.stack(value))
        return {"rows": len(arrays) - 1}
    kind = "list" if type(value) is list else "tuple"
    return {kind: [_plain(x, arrays) for x in value]}


def _is_alike(value):
    """Return whether a value is a list of NumPy arrays, or numbers, of one type and shape."""
    if type(value) is not list or len(value) < 2 or not isinstance(value[0], _ARRAYS):
        return False
    kinds = {type(x) for x in value}
    return len(kinds) == 1 and len({(x.dtype, x.shape) for x in value}) == 1 and (
        value[0].dtype.kind in SIMPLE
    )


def _record(value, arrays):
    cls = type(value)
    name = f"{cls.__module__}:{cls.__qualname__}"
    if _class_of(name, value._fields) is not cls:
        raise CheckpointError(
            f"The state of the sampler has a named tuple {cls.__qualname__}, which cannot be found "
            f"again under this name in {cls.__module__}. Define its class at the top of a module."
        )
    return {"record": [name, list(value._fields), [_plain(x, arrays) for x in value]]}


def _read_record(content, arrays):
    name, fields, values = content
    cls = _class_of(name, tuple(fields))
    if cls is None:
        raise CheckpointError(
            f"A checkpoint holds a named tuple {shown(name)} with the fields {', '.join(fields)}; "
            "there is none now. Import the module that defines it, as when it was written."
        )
    return cls._make(from_plain(x, arrays) for x in values)


def _class_of(name, fields):
    """Return the class of named tuples of this name, if it is loaded and has these fields."""
    module, _, path = name.partition(":")
    found = sys.modules.get(module)
    for part in path.split("."):
        found = getattr(found, part, None)
    is_record = isinstance(found, type) and issubclass(found, tuple)
    return found if is_record and getattr(found, "_fields", None) == fields else None


def _read_generator(content, arrays):
    state = from_plain(content, arrays)
    if not isinstance(state, dict) or state.get("bit_generator") not in BIT_GENERATORS:
        raise CheckpointError("A checkpoint holds a generator of an unknown kind.")
    bits = getattr(np.random, state["bit_generator"])(0)
    bits.state = state
    return np.random.Generator(bits)


_ARRAYS = (np.ndarray, np.generic)
_WRITERS = (
    (lambda x: isinstance(x, _ARRAYS) and x.dtype.kind in SIMPLE, _array),
    (lambda x: isinstance(x, (bool, int)), lambda x, _: int(x)),  # of an enumeration
    (lambda x: isinstance(x, tuple) and hasattr(x, "_fields"), _record),
    (lambda x: type(x) in (list, tuple), _sequence),
    (
        lambda x: type(x) is dict,
        lambda x, arrays: {
            "dict": [[_plain(k, arrays), _plain(v, arrays)] for k, v in x.items()]
        },
    ),
    (
        lambda x: isinstance(x, Key),
        lambda x, _: {"key": [x.entropy, [[int(step), i] for step, i in x.path]]},
    ),
    (
        lambda x: isinstance(x, np.random.Generator),
        lambda x, arrays: {"generator": _plain(x.bit_generator.state, arrays)},
    ),
)  # fmt: skip
"""Which values are written how, by the first that matches."""

_READERS = {
    "array": lambda i, arrays: arrays[i],
    "scalar": lambda i, arrays: arrays[i][()],
    "rows": lambda i, arrays: list(arrays[i]),
    "list": lambda x, arrays: [from_plain(part, arrays) for part in x],
    "tuple": lambda x, arrays: tuple(from_plain(part, arrays) for part in x),
    "dict": lambda x, arrays: {from_plain(k, arrays): from_plain(v, arrays) for k, v in x},
    "key": lambda x, arrays: Key(int(x[0]), tuple((Step(step), int(i)) for step, i in x[1])),
    "generator": _read_generator,
    "record": _read_record,
}
