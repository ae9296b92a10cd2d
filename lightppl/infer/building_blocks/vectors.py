"""Positions and momenta of any structure (arrays, dicts, tuples) as flat vectors, and back.

Dicts are visited in the order of sorted keys, as JAX does, so that a mass matrix means the same
here and there.

Legend: ``D`` dimension.
"""

import numpy as np

from lightppl.language.structure import leaves_of, rebuild


def flatten(structure):
    """Return the flat vector of a structure of arrays.

    Parameters
    ----------
    structure : array, dict, list or tuple of such
        Its numbers may be traced.

    Returns
    -------
    (D,) float64 array

    Examples
    --------
    >>> flatten({"b": np.array([2.0, 3.0]), "a": 1.0}).tolist()
    [1.0, 2.0, 3.0]
    """
    leaves = leaves_of(_sorted(structure))
    return np.concatenate([np.zeros(0), *(np.ravel(leaf) for leaf in leaves)])


def unflatten(vector, template):
    """Return the structure of `template` with the numbers of a flat vector.

    Parameters
    ----------
    vector : (D,) array
        May be traced.
    template : structure of arrays

    Examples
    --------
    >>> unflatten(np.arange(3.0), {"b": np.zeros(2), "a": 0.0})
    {'a': array(0.), 'b': array([1., 2.])}
    """
    template, start, leaves = _sorted(template), 0, []
    for leaf in leaves_of(template):
        size = int(np.size(leaf))
        leaves.append(np.reshape(vector[start : start + size], np.shape(leaf)))
        start += size
    return rebuild(template, iter(leaves))


def _sorted(structure):
    """Return a structure whose dicts are in the order of sorted keys."""
    if isinstance(structure, dict):
        return {key: _sorted(structure[key]) for key in sorted(structure)}
    if hasattr(structure, "_fields"):
        return type(structure)(*map(_sorted, structure))
    if isinstance(structure, (list, tuple)):
        return type(structure)(map(_sorted, structure))
    return structure
