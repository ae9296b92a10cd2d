"""Nested dicts, lists and tuples of arrays: taking them apart and putting them together.

Named tuples are tuples too.  A *leaf* is anything that is none of these.  Dicts are visited in the
order of their keys.
"""


def leaves_of(structure):
    """Return the leaves of a structure as a list.

    Examples
    --------
    >>> leaves_of({"a": 1, "b": (2, [3])})
    [1, 2, 3]
    """
    return [leaf for _, leaf in paths_and_leaves(structure)]


def paths_and_leaves(structure, path=()):
    """Yield (path, leaf); a path is a tuple of keys, field names and indices.

    Examples
    --------
    >>> list(paths_and_leaves({"a": 1, "b": (2, 3)}))
    [(('a',), 1), (('b', 0), 2), (('b', 1), 3)]
    """
    for key, child in _children(structure):
        if child is structure:
            yield path, structure
        else:
            yield from paths_and_leaves(child, (*path, key))


def map_leaves(function, *structures):
    """Return a structure of ``function(leaf, ...)`` over the leaves of equal structures.

    Examples
    --------
    >>> map_leaves(lambda x, y: x + y, {"a": 1, "b": [2]}, {"a": 10, "b": [20]})
    {'a': 11, 'b': [22]}
    """
    results = iter([function(*leaves) for leaves in zip(*map(leaves_of, structures))])
    return rebuild(structures[0], results)


def rebuild(template, leaves):
    """Return a structure like `template` whose leaves are taken from an iterator, in order."""
    if isinstance(template, dict):
        return {key: rebuild(child, leaves) for key, child in template.items()}
    if hasattr(template, "_fields"):
        return type(template)(*(rebuild(child, leaves) for child in template))
    if isinstance(template, (list, tuple)):
        return type(template)(rebuild(child, leaves) for child in template)
    return None if template is None else next(leaves)


def _children(structure):
    """Yield (key, child); a leaf yields itself, None nothing."""
    if isinstance(structure, dict):
        yield from structure.items()
    elif hasattr(structure, "_fields"):
        yield from zip(structure._fields, structure)
    elif isinstance(structure, (list, tuple)):
        yield from enumerate(structure)
    elif structure is not None:
        yield None, structure
