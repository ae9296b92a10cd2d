"""States of several chains as one, and one of them again.

The state of a compiled sampler is a named tuple: several of them become one whose arrays have a
leading axis of chains (`stack_states`, `slice_state`).  Samplers in plain Python may have states of
any kind, which are kept side by side in a `StateList`.
"""

import numpy as np

from lightppl.arguments import shown
from lightppl.errors import ArgumentError, ShapeError
from lightppl.language.structure import map_leaves


class PerChain(tuple):
    """What cannot be stacked, one item a chain; no structure to be taken apart."""

    __slots__ = ()


class StateList(list):
    """The states of several chains, indexed by chain.

    A field is read from all of them at once, as arrays with a leading axis of chains.
    """

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return stack_states([getattr(state, name) for state in self])


def stack_states(states):
    """Return one state whose arrays have a leading axis of chains.

    What is neither number nor array is kept as it is if all have the same, else side by side.

    Parameters
    ----------
    states : list of structures

    Examples
    --------
    >>> from collections import namedtuple
    >>> State = namedtuple("State", ["x", "key"])
    >>> stack_states([State(1.0, "k"), State(2.0, "k")])
    State(x=array([1., 2.]), key='k')
    """
    return _map_items(lambda *items: _stacked(items), *states)


def slice_state(state, chain):
    """Return the state of one chain from one whose arrays have a leading axis of chains.

    Parameters
    ----------
    state : structure
        From `stack_states`.
    chain : int

    Examples
    --------
    >>> from collections import namedtuple
    >>> State = namedtuple("State", ["x", "key"])
    >>> slice_state(State(np.array([1.0, 2.0]), "k"), 1)
    State(x=np.float64(2.0), key='k')
    """
    is_by_chain = lambda x: isinstance(x, (np.ndarray, PerChain))  # noqa: E731
    return _map_items(lambda x: x[chain] if is_by_chain(x) else x, state)


def require_chains(found, num_chains):
    """Raise a `ShapeError` if a state to go on from is of another number of chains.

    Parameters
    ----------
    found, num_chains : int
    """
    if found != num_chains:
        raise ShapeError(
            f"post_warmup_state is of {found} chain{'s' * (found != 1)}, but "
            f"num_chains={num_chains}."
        )


def wrong_state(state):
    """Return the error for something that is no state to go on from."""
    return ArgumentError(
        "post_warmup_state must be a state of the sampler, such as last_state, found "
        f"{shown(state)}."
    )


def _map_items(function, *structures):
    first = structures[0]
    if isinstance(first, PerChain) or first is None:
        return function(*structures)
    if isinstance(first, dict):
        return {key: _map_items(function, *(x[key] for x in structures)) for key in first}
    if hasattr(first, "_fields"):
        return type(first)(*(_map_items(function, *items) for items in zip(*structures)))
    return map_leaves(function, *structures)


def _stacked(items):
    first = items[0]
    if all(item is first for item in items) and not isinstance(first, np.ndarray):
        is_number = isinstance(first, (bool, int, float, np.generic))
        if not is_number:
            return first
    if isinstance(first, (bool, int, float, complex, np.generic, np.ndarray)):
        return np.stack([np.asarray(item) for item in items])
    return PerChain(items)
