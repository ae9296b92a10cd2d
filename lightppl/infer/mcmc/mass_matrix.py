"""From what users say about mass matrices to a `Metric`, and back to a dict by site names.

Users may ask for dense blocks by names of sites, and read and give inverse mass matrices as dicts
whose keys are tuples of names: a vector is diagonal, a matrix dense.  Within a key, coordinates
follow the order of its names; a key of all sites, and a plain array, follow the sorted names.
"""

import numpy as np

from lightppl.errors import ShapeError, SiteNameError
from lightppl.kernels.metric import make_metric, set_dense


def dense_blocks(names, dense_mass, inverse_mass_matrix=None):
    """Return the tuples of names whose mass matrix is dense.

    Parameters
    ----------
    names : sequence of str
        All sites.
    dense_mass : bool or list of tuples of str
    inverse_mass_matrix : array or dict, optional
        A matrix in it asks for a dense block too.

    Returns
    -------
    list of tuple of str

    Examples
    --------
    >>> dense_blocks(["b", "a", "c"], True), dense_blocks(["a", "b", "c"], [("c", "a")])
    ([('a', 'b', 'c')], [('c', 'a')])
    """
    if isinstance(inverse_mass_matrix, dict):
        return [key for key, x in inverse_mass_matrix.items() if np.ndim(x) == 2]
    if inverse_mass_matrix is not None and np.ndim(inverse_mass_matrix) == 2:
        return [tuple(sorted(names))]
    if isinstance(dense_mass, (bool, np.bool_)):
        return [tuple(sorted(names))] if dense_mass else []
    blocks = [(block,) if isinstance(block, str) else tuple(block) for block in dense_mass]
    _check_names(names, [name for block in blocks for name in block], "dense_mass")
    return blocks


def build_metric(problem, dense_mass, inverse_mass_matrix=None):
    """Return the metric that a user asks for, and its dense blocks by names.

    Parameters
    ----------
    problem : ModelProblem or FunctionProblem
    dense_mass : bool or list of tuples of str
    inverse_mass_matrix : (D,) array, (D, D) array, or dict, optional
        Unit if None.

    Returns
    -------
    metric : Metric
    blocks : list of tuple of str
    """
    names = list(problem.slices)
    if isinstance(inverse_mass_matrix, dict):
        inverse_mass_matrix = {
            ((key,) if isinstance(key, str) else tuple(key)): np.asarray(x, np.float64)
            for key, x in inverse_mass_matrix.items()
        }
        used = [name for key in inverse_mass_matrix for name in key]
        _check_names(names, used, "inverse_mass_matrix")
    elif inverse_mass_matrix is not None:
        inverse_mass_matrix = {tuple(sorted(names)): np.asarray(inverse_mass_matrix, np.float64)}
    blocks = dense_blocks(names, dense_mass, inverse_mass_matrix)
    metric = make_metric(problem.size, [coordinates(problem, block) for block in blocks])
    if inverse_mass_matrix is not None:
        set_dense(metric, _full_matrix(problem, inverse_mass_matrix))
    return metric, blocks


def describe_metric(problem, blocks, diagonal, block_matrix):
    """Return inverse mass matrices by tuples of names: matrices for dense blocks, one vector else.

    Parameters
    ----------
    problem : ModelProblem or FunctionProblem
    blocks : list of tuple of str
    diagonal : (D,) array
    block_matrix : (S,) array
        As in `Metric`.

    Returns
    -------
    dict of tuple of str to array
    """
    found, first = {}, 0
    for block in blocks:
        n = len(coordinates(problem, block))
        found[block] = block_matrix[first : first + n * n].reshape(n, n).copy()
        first += n * n
    rest = tuple(sorted(set(problem.slices) - {name for block in blocks for name in block}))
    if rest:
        found[rest] = diagonal[coordinates(problem, rest)]
    return found


def coordinates(problem, names):
    """Return the entries of the flat vector that belong to the sites, in the order of `names`."""
    index = np.arange(problem.size)
    return np.concatenate([index[problem.slices[name]] for name in names])


def _full_matrix(problem, by_names):
    full = np.eye(problem.size)
    for key, x in by_names.items():
        index = coordinates(problem, key)
        if x.shape not in {(len(index),), (len(index),) * 2}:
            raise ShapeError(
                f"The inverse mass matrix of {', '.join(key)} has shape {x.shape}; expected "
                f"({len(index)},) or ({len(index)}, {len(index)})."
            )
        full[np.ix_(index, index)] = np.diag(x) if x.ndim == 1 else x
    if not np.all(np.diagonal(full) > 0):
        raise ShapeError("An inverse mass matrix must have a positive diagonal.", diagonal=full)
    return full


def _check_names(names, used, what):
    unknown = sorted(set(used) - set(names))
    if unknown:
        raise SiteNameError(
            f"{what} names {', '.join(map(repr, unknown))}, but the sites are "
            f"{', '.join(map(repr, names))}. Check the spelling."
        )
    twice = sorted({name for name in used if used.count(name) > 1})
    if twice:
        raise SiteNameError(f"{what} names {', '.join(map(repr, twice))} in more than one block.")
