"""From what users say about mass matrices to a `Metric`, and back to a dict by site names.

Users may ask for dense blocks by names of sites, and read and give inverse mass matrices as dicts
whose keys are tuples of names: a vector is diagonal, a matrix dense.  Within a key, coordinates
follow the order of its names; a key of all sites, and a plain array, follow the sorted names.
"""

import numpy as np

from lightppl.arguments import check_flag, check_names, check_numbers, shown
from lightppl.errors import ArgumentError, ShapeError, SiteNameError
from lightppl.kernels.metric import make_metric, set_dense, set_low_rank
from lightppl.records import record

LARGEST_MATRIX = 200
"""Dimensions up to which a metric with directions is shown as a matrix."""

LARGEST_DIRECTIONS, FEWEST_DIRECTIONS = 100_000, 16
"""Numbers of all directions of a metric at most; but so many directions are never too many."""


@record(eq=False)
class LowRank:
    """An inverse mass matrix as a diagonal with a few directions.

    The matrix is ``diag(s) (I + V^T (diag(factors) - I) V) diag(s)``, where s are the roots of
    `diagonal` and V are the `directions`.  Samplers take it as `inverse_mass_matrix`.

    Parameters
    ----------
    diagonal : (D,) array
        Positive, in the order of sorted site names.
    directions : (k, D) array
        Orthonormal rows.
    factors : (k,) array
        Positive.

    Examples
    --------
    >>> LowRank(np.array([4.0, 1.0]), np.array([[0.0, 1.0]]), np.array([9.0])).as_matrix()
    array([[4., 0.],
           [0., 9.]])
    """

    diagonal: np.ndarray
    directions: np.ndarray
    factors: np.ndarray

    def as_matrix(self):
        """Return the matrix, (D, D)."""
        V, s = self.directions, np.sqrt(self.diagonal)
        return s[:, None] * (np.eye(len(s)) + (V.T * (self.factors - 1.0)) @ V) * s


def group_names(names, dense_mass, inverse_mass_matrix=None):
    """Return which sites share a part of the mass matrix, and whether that part is dense.

    Parameters
    ----------
    names : sequence of str
        All sites.
    dense_mass : bool or list of tuples of str
    inverse_mass_matrix : array or dict, optional
        The keys of a dict are kept as they are; a matrix asks for a dense part.

    Raises
    ------
    SiteNameError
        If a name is unknown, or a block of `dense_mass` shares some but not all of its sites with
        a part that is given.

    Returns
    -------
    dict of tuple of str to bool

    Examples
    --------
    >>> group_names(["b", "a", "c"], True)
    {('a', 'b', 'c'): True}
    >>> group_names(["a", "b", "c"], [("c", "a")])
    {('c', 'a'): True, ('b',): False}
    >>> group_names(["a", "b"], False, {("b",): np.ones(1)})
    {('b',): False, ('a',): False}
    """
    everything = tuple(sorted(names))
    if isinstance(dense_mass, (bool, np.bool_)):
        blocks, is_dense = [], bool(dense_mass)
    else:
        blocks = [(block,) if isinstance(block, str) else tuple(block) for block in dense_mass]
        _check_names(names, [name for block in blocks for name in block], "dense_mass")
        is_dense = False
    given = inverse_mass_matrix
    if not isinstance(given, dict):
        given = {everything: given} if given is not None and _is_matrix(given) else {}
    as_sets = [set(block) for block in blocks]
    groups = {key: is_dense or _is_matrix(x) or set(key) in as_sets for key, x in given.items()}
    blocks = [block for block in blocks if set(block) not in map(set, groups)]
    groups = {**groups, **dict.fromkeys(blocks, True)}
    used = [name for key in groups for name in key]
    _check_names(names, used, "dense_mass together with inverse_mass_matrix")
    rest = tuple(name for name in everything if name not in used)
    return {**groups, rest: is_dense} if rest else groups


def _is_matrix(x):
    return isinstance(x, LowRank) or np.ndim(x) == 2


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
    if isinstance(x, LowRank):
        return _check_low_rank(x, name)
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


def _check_low_rank(x, name):
    diagonal, directions, factors = (
        np.array(check_numbers(part, name), np.float64)
        for part in (x.diagonal, x.directions, x.factors)
    )
    if directions.shape != (factors.size, diagonal.size) or diagonal.ndim != 1:
        raise ShapeError(
            f"The directions of {name} must have the shape (number of factors, number of "
            f"dimensions) = {(factors.size, diagonal.size)}, found {directions.shape}."
        )
    if not (np.all(diagonal > 0) and np.all(factors > 0)):
        raise ArgumentError(f"{name} must have a positive diagonal and positive factors.", found=x)
    if not np.allclose(directions @ directions.T, np.eye(len(factors)), atol=1e-6):
        raise ArgumentError(f"The directions of {name} must be orthonormal.", found=x)
    return LowRank(diagonal, directions, factors)


_NO_COVARIANCE = "An inverse mass matrix must be symmetric and positive definite."


def _is_symmetric(x):
    return np.allclose(x, x.T, rtol=1e-8, atol=1e-12 * np.max(np.abs(x), initial=0.0))


def _is_covariance(x):
    if not _is_symmetric(x):
        return False
    try:
        np.linalg.cholesky(x)
    except np.linalg.LinAlgError:
        return False
    return True


def build_metric(
    density, dense_mass, inverse_mass_matrix=None, *, has_directions=False, low_rank=None
):
    """Return the metric that a user asks for, and its parts by names.

    Parameters
    ----------
    density : Density
    dense_mass : bool or list of tuples of str
    inverse_mass_matrix : (D,) array, (D, D) array, LowRank, or dict, optional
        Unit if None.  A vector is the diagonal, of a dense part too.  A `LowRank` of all sites
        keeps its directions unless `dense_mass` asks for a matrix; any other is one.
    has_directions : bool
        Whether a metric without dense parts gets room for directions to be found.
    low_rank : LowRank, optional
        Used instead of `inverse_mass_matrix` if that is the same matrix.

    Returns
    -------
    metric : Metric
    groups : dict of tuple of str to bool
        See `group_names`.
    """
    names = list(density.slices)
    given, order = _only_low_rank(names, inverse_mass_matrix, low_rank)
    if given is not None and not dense_mass:
        max_rank = max(len(given.factors), max_rank_of(density.size) if has_directions else 1)
        metric = make_metric(density.size, (), max_rank)
        index = coordinates(density, order)
        if given.diagonal.shape != index.shape:
            raise ShapeError(
                f"The inverse mass matrix has {given.diagonal.size} dimensions, the sites have "
                f"{index.size}."
            )
        place = np.argsort(index)
        set_low_rank(metric, given.diagonal[place], given.directions[:, place], given.factors)
        return metric, {tuple(sorted(names)): False}
    if isinstance(inverse_mass_matrix, dict):
        inverse_mass_matrix = {
            ((key,) if isinstance(key, str) else tuple(key)): _as_array(x)
            for key, x in inverse_mass_matrix.items()
        }
        used = [name for key in inverse_mass_matrix for name in key]
        _check_names(names, used, "inverse_mass_matrix")
    groups = group_names(names, dense_mass, inverse_mass_matrix)
    if inverse_mass_matrix is not None and not isinstance(inverse_mass_matrix, dict):
        inverse_mass_matrix = {tuple(sorted(names)): _as_array(inverse_mass_matrix)}
    dense = [coordinates(density, key) for key, is_dense in groups.items() if is_dense]
    max_rank = max_rank_of(density.size) if has_directions and not dense else 0
    metric = make_metric(density.size, dense, max_rank)
    if inverse_mass_matrix is not None:
        full = _full_matrix(density, inverse_mass_matrix)
        try:
            set_dense(metric, full)
        except np.linalg.LinAlgError:
            raise ArgumentError(_NO_COVARIANCE, found=full) from None
    return metric, groups


def max_rank_of(size):
    """Return for how many directions a metric of dimension `size` gets room.

    Examples
    --------
    >>> [max_rank_of(size) for size in (1, 5, 200, 1000, 100_000)]
    [0, 5, 200, 100, 16]
    """
    if size < 2:
        return 0
    return min(size, max(LARGEST_DIRECTIONS // max(size, 1), FEWEST_DIRECTIONS))


def _only_low_rank(names, inverse_mass_matrix, low_rank):
    """Return the `LowRank` that is meant by all that is given, or None; and its order of sites."""
    given, order = inverse_mass_matrix, tuple(sorted(names))
    if isinstance(given, dict) and len(given) == 1:
        ((key, given),) = given.items()
        key = (key,) if isinstance(key, str) else tuple(key)
        if sorted(key) != sorted(names):
            return None, order
        order = key
    if isinstance(given, LowRank):
        return given, order
    if low_rank is None or np.shape(given) != (low_rank.diagonal.size,) * 2:
        return None, order
    return (low_rank if np.array_equal(low_rank.as_matrix(), given) else None), order


def _as_array(x):
    return x.as_matrix() if isinstance(x, LowRank) else np.asarray(x, np.float64)


def describe_metric(density, groups, metric):
    """Return inverse mass matrices by tuples of names: matrices of dense parts, vectors of others.

    Parameters
    ----------
    density : Density
    groups : dict of tuple of str to bool
        See `group_names`.
    metric : Metric

    Returns
    -------
    dict of tuple of str to array or LowRank
        With room for directions, all names share one: a matrix up to 200 dimensions.
    """
    low_rank = describe_directions(density, metric)
    if low_rank is not None:
        is_small = density.size <= LARGEST_MATRIX
        everything = tuple(sorted(density.slices))
        return {everything: low_rank.as_matrix() if is_small else low_rank}
    found, first = {}, 0
    for key, is_dense in groups.items():
        index = coordinates(density, key)
        n = len(index)
        if is_dense:
            found[key] = metric.block_matrix[first : first + n * n].reshape(n, n).copy()
            first += n * n
        else:
            found[key] = metric.diagonal[index]
    return found


def describe_directions(density, metric):
    """Return a metric with room for directions as a `LowRank` by sorted names; else None."""
    if not len(metric.factors):
        return None
    k = metric.rank[0]
    index = coordinates(density, tuple(sorted(density.slices)))
    return LowRank(
        metric.diagonal[index], metric.directions[:k][:, index], metric.factors[:k].copy()
    )


def coordinates(density, names):
    """Return the entries of the flat vector that belong to the sites, in the order of `names`."""
    index = np.arange(density.size)
    return np.concatenate([index[:0], *(index[density.slices[name]] for name in names)])


def _full_matrix(density, by_names):
    full = np.eye(density.size)
    for key, x in by_names.items():
        index = coordinates(density, key)
        if x.shape not in {(len(index),), (len(index),) * 2}:
            raise ShapeError(
                f"The inverse mass matrix of {', '.join(key)} has shape {x.shape}; expected "
                f"({len(index)},) or ({len(index)}, {len(index)})."
            )
        if x.ndim == 2 and not _is_symmetric(x):  # momenta would not be of this matrix
            raise ArgumentError(_NO_COVARIANCE, found=x)
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
