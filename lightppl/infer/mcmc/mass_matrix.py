"""From what users say about mass matrices to a `Metric`, and back to a dict by site names.

Users may ask for dense blocks by names of sites, and read and give inverse mass matrices as dicts
whose keys are tuples of names: a vector is diagonal, a matrix dense.  Within a key, coordinates
follow the order of its names; a key of all sites, and a plain array, follow the sorted names.
"""

import numpy as np

from lightppl.arguments import check_flag, check_names, check_numbers, shown
from lightppl.errors import ArgumentError, ShapeError, SiteNameError
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


def check_dense_mass(dense_mass, name):
    """Return what a user says about dense blocks: a bool, or a list of tuples of site names.

    Parameters
    ----------
    dense_mass : bool or sequence of tuples of str
    name : str
        Of the argument.
    """
    try:
        if isinstance(dense_mass, (tuple, list)):
            return [check_names(block, name) for block in dense_mass]
        return check_flag(dense_mass, name)
    except ArgumentError:
        raise ArgumentError(
            f"{name} must be True, False, or a list of tuples of site names, found "
            f"{shown(dense_mass)}."
        ) from None


def check_inverse_mass(inverse_mass_matrix):
    """Return inverse mass matrices as a user gives them, after checking their numbers.

    Parameters
    ----------
    inverse_mass_matrix : array or dict of str or tuple of str to array, or None
        Vectors must be positive, matrices symmetric and positive definite.
    """
    name = "inverse_mass_matrix"
    if inverse_mass_matrix is None:
        return None
    if not isinstance(inverse_mass_matrix, dict):
        return _check_matrix(inverse_mass_matrix, name)
    return {
        check_names(key, f"Each key of {name}"): _check_matrix(x, f"{name} of {key!r}")
        for key, x in inverse_mass_matrix.items()
    }


def _check_matrix(x, name):
    given, x = x, np.array(check_numbers(x, name), np.float64)
    is_square = x.ndim == 2 and x.shape[0] == x.shape[1]
    if not (is_square or x.ndim == 1):
        raise ShapeError(f"{name} must be a vector or a square matrix, found {shown(given)}.")
    if x.ndim == 1:
        is_good, expected = np.all(x > 0), "positive in all its elements"
    else:
        is_good, expected = _is_covariance(x), "symmetric and positive definite"
    if not is_good:
        raise ArgumentError(f"{name} must be {expected}.", found=x)
    return x


def _is_covariance(x):
    if not np.allclose(x, x.T, rtol=1e-8, atol=1e-12 * np.max(np.abs(x), initial=0.0)):
        return False
    try:
        np.linalg.cholesky(x)
    except np.linalg.LinAlgError:
        return False
    return True


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
