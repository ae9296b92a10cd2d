"""Splitting data: merge the draws that workers made, each of its own part of the data.

With the prior raised to the power 1/S, the posterior of all data is the product of the S posteriors
of the parts, the *subposteriors*.  What is here makes draws of that product out of draws of its
factors.  Both ways are exact for normal subposteriors, which those of many data resemble.

Legend: ``S`` subposteriors; ``N`` draws of each; ``D`` numbers in a draw; ``M`` merged draws.

References: Scott, Blocker, Bonassi, Chipman, George and McCulloch (2016), "Bayes and big data: the
consensus Monte Carlo algorithm"; Neiswanger, Wang and Xing (2014), "Asymptotically exact,
embarrassingly parallel MCMC".
"""

import numpy as np

from lightppl.arguments import check_count, check_flag, check_numbers, shown
from lightppl.errors import ArgumentError, ShapeError, SiteNameError
from lightppl.keys import Purpose, as_generator, as_key, fold_in
from lightppl.language.structure import paths_and_leaves, rebuild
from lightppl.records import record

LEAST_EIGENVALUE = 1e-12
"""Of a correlation matrix; where one is smaller, it is rounding, and there is no inverse."""


def consensus(subposteriors, num_draws=None, diagonal=False, rng_key=None):
    """Return weighted averages of draws, one from each subposterior.

    Draw k of the result is ``(sum_s W_s)^-1 sum_s W_s x_sk``, with W_s the inverse covariance of
    subposterior s.

    Parameters
    ----------
    subposteriors : list of dict of str to array
        Draws of each subposterior, (N, ...) by site; also any other structure of arrays.
    num_draws : int, optional
        M: the draws to average are then taken at random, each of a subposterior as often as any
        other up to one, and subposteriors may differ in their N.  By default draw k is averaged
        with draw k, so that M is N.
    diagonal : bool
        Whether weights are inverse variances of each number, instead of inverse covariances.
    rng_key : key, optional
        0 by default; used if there are `num_draws`.

    Returns
    -------
    dict of str to array
        Of the structure of each subposterior, (M, ...) by site.

    Raises
    ------
    SiteNameError, ShapeError
        If subposteriors differ in their sites, shapes, or, without `num_draws`, numbers of draws.
    ArgumentError
        If a covariance is singular, or cannot but be with so few draws; or a site holds integers,
        whose averages are no values of it.

    Notes
    -----
    Weights are estimates too: the mean of the result is off by about ``sqrt((D + 2) / N)`` of a
    standard deviation of the posterior, where true weights would leave ``sqrt(1 / N)``.  They are
    made of all draws, also if `num_draws` are taken of them; NumPyro makes them of
    those that are taken.

    References
    ----------
    Scott et al. (2016), sections 3 and 3.1.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> parts = [{"mu": rng.normal(mean, 1.0, 4000)} for mean in (-1.0, 1.0)]
    >>> merged = consensus(parts)["mu"]
    >>> bool(abs(merged.mean()) < 0.05), bool(abs(merged.std() - 0.5**0.5) < 0.05)
    (True, True)
    """
    parts = _flat(subposteriors)
    weights = _weights_of(parts, check_flag(diagonal, "diagonal"))
    draws = parts.draws
    if num_draws is not None:
        draws = _taken(draws, check_count(num_draws, "num_draws", least=1), rng_key)
    sizes = [len(x) for x in draws]
    if len(set(sizes)) > 1:
        raise ShapeError(
            f"The subposteriors have {', '.join(map(str, sizes))} draws. Draw k is averaged with "
            "draw k, so they need the same number of them; or give num_draws."
        )
    return _structured(parts, _average(weights, draws))


def parametric(subposteriors, diagonal=False):
    """Return mean and covariance of the product of normal subposteriors.

    Parameters
    ----------
    subposteriors : list of dict of str to array
        Draws of each subposterior, (N, ...) by site; N may differ.
    diagonal : bool
        Whether each subposterior is taken for a product of one-dimensional ones.

    Returns
    -------
    mean : (D,) float64
        In the order of sorted site names.
    covariance : (D, D) float64, or the variances (D,) if `diagonal`

    Raises
    ------
    SiteNameError, ShapeError, ArgumentError
        As `consensus`.

    References
    ----------
    Neiswanger, Wang and Xing (2014), section 3.1.

    Examples
    --------
    >>> import numpy as np
    >>> parts = [{"a": np.array([0.0, 1.0, 2.0])}, {"a": np.array([4.0, 5.0, 6.0])}]
    >>> mean, variance = parametric(parts, diagonal=True)
    >>> print(mean, variance)
    [3.] [0.5]
    """
    mean, precision = _product(_flat(subposteriors), check_flag(diagonal, "diagonal"))
    return mean, 1.0 / precision if diagonal else _inverse(precision)


def parametric_draws(subposteriors, num_draws, diagonal=False, rng_key=None):
    """Return draws of the product of normal subposteriors.

    Parameters
    ----------
    subposteriors : list of dict of str to array
        Draws of each subposterior, (N, ...) by site; N may differ.
    num_draws : int
        M.
    diagonal : bool
        Whether each subposterior is taken for a product of one-dimensional ones.
    rng_key : key, optional
        0 by default.

    Returns
    -------
    dict of str to array
        Of the structure of each subposterior, (M, ...) by site.

    Raises
    ------
    SiteNameError, ShapeError, ArgumentError
        As `consensus`.

    References
    ----------
    Neiswanger, Wang and Xing (2014), section 3.1.

    Examples
    --------
    >>> import numpy as np
    >>> parts = [{"a": np.array([0.0, 1.0, 2.0])}, {"a": np.array([4.0, 5.0, 6.0])}]
    >>> parametric_draws(parts, num_draws=5)["a"].shape
    (5,)
    """
    parts = _flat(subposteriors)
    mean, precision = _product(parts, check_flag(diagonal, "diagonal"))
    num_draws = check_count(num_draws, "num_draws", least=1)
    noise = _generator(rng_key).standard_normal((num_draws, len(mean)))
    if diagonal:
        return _structured(parts, mean + noise / np.sqrt(precision))
    root = np.linalg.cholesky(precision)  # x = mean + L^-T noise has the covariance (L L^T)^-1
    return _structured(parts, mean + np.linalg.solve(root.T, noise.T).T)


@record
class FlatParts:
    """Subposteriors as matrices.

    Attributes
    ----------
    draws : list of (N, D) float64
    names : list of str
        Of the D columns.
    paths : list of tuple
        Of the sites, in the order of the columns.
    shapes : dict of tuple to tuple of int
        Of one draw, by path.
    template : object
        A structure like each subposterior.
    """

    draws: list
    names: list
    paths: list
    shapes: dict
    template: object


def _flat(subposteriors):
    """Return checked subposteriors as matrices."""
    if not isinstance(subposteriors, (list, tuple)) or len(subposteriors) == 0:
        raise ArgumentError(
            "subposteriors must be a list with the draws of each part of the data, such as "
            f"mcmc.get_samples() of each, found {shown(subposteriors)}."
        )
    by_path = [_arrays_of(part, s) for s, part in enumerate(subposteriors)]
    paths = sorted(by_path[0])
    shapes = {path: by_path[0][path].shape[1:] for path in paths}
    for s, arrays in enumerate(by_path[1:], start=1):
        _require_same_sites(arrays, shapes, s)
    draws = [
        np.concatenate([arrays[path].reshape(len(arrays[path]), -1) for path in paths], axis=1)
        for arrays in by_path
    ]
    names = [name for path in paths for name in _names_of(path, shapes[path])]
    return FlatParts(draws, names, paths, shapes, subposteriors[0])


def _arrays_of(part, s):
    """Return the arrays of subposterior s by path, each (N, ...) float64."""
    arrays = {
        path: _draws_of(leaf, f"{_site(path)} of subposterior {s}")
        for path, leaf in paths_and_leaves(part)
    }
    if sum(x[:1].size for x in arrays.values()) == 0:
        raise ArgumentError(f"Subposterior {s} has no draws, found {type(part).__name__}.")
    sizes = {_site(path): len(x) for path, x in arrays.items()}
    if len(set(sizes.values())) > 1:
        found = ", ".join(f"{count} of {name}" for name, count in sizes.items())
        raise ShapeError(
            f"The sites of subposterior {s} differ in their number of draws, the first axis: found "
            f"{found}."
        )
    return arrays


def _draws_of(leaf, name):
    array = check_numbers(leaf, name)
    if array.ndim == 0:
        raise ShapeError(f"{name} must be an array with an axis of draws, found one number.")
    if array.dtype.kind != "f":
        raise ArgumentError(
            f"{name} is of type {array.dtype}, and averages of such values are none. Leave the "
            "site out; if any number may be its value, make it floats."
        )
    return array.astype(np.float64)


def _require_same_sites(arrays, shapes, s):
    """Raise an error if subposterior s has other sites or shapes than the first."""
    missing, more = set(shapes) - set(arrays), set(arrays) - set(shapes)
    if missing or more:
        (path, *_) = sorted(missing or more, key=str)
        has, lacks = (0, s) if missing else (s, 0)
        raise SiteNameError(
            f"Subposterior {has} has {_site(path)} and subposterior {lacks} does not; all must "
            "have the same sites."
        )
    for path, shape in shapes.items():
        if arrays[path].shape[1:] != shape:
            raise ShapeError(
                f"A draw of {_site(path)} has shape {shape} in subposterior 0 and "
                f"{arrays[path].shape[1:]} in subposterior {s}; they must be equal. A site with a "
                "value for each datum differs from part to part, and cannot be merged."
            )


def _site(path):
    return f"site {'.'.join(map(str, path))!r}" if path else "the array"


def _names_of(path, shape):
    """Return the names of the numbers of a site."""
    head = ".".join(map(str, path))
    if shape == ():
        return [head]
    return [f"{head}[{','.join(map(str, index))}]" for index in np.ndindex(shape)]


def _structured(parts, rows):
    """Return rows (M, D) as a structure like each subposterior."""
    found, column = {}, 0
    for path in parts.paths:
        size = int(np.prod(parts.shapes[path]))
        block = np.ascontiguousarray(rows[:, column : column + size])
        found[path] = block.reshape(len(rows), *parts.shapes[path])
        column += size
    order = (found[path] for path, _ in paths_and_leaves(parts.template))
    return rebuild(parts.template, order)


def _weights_of(parts, diagonal):
    """Return the inverse covariance of each subposterior, (D, D), or inverse variances (D,)."""
    return [_weight_of(parts, x, s, diagonal) for s, x in enumerate(parts.draws)]


def _weight_of(parts, x, s, diagonal):
    (N, D), least = x.shape, 2 if diagonal else x.shape[1] + 1
    if N < least:
        remedy = "" if diagonal else ", or diagonal=True"
        raise ArgumentError(
            f"Subposterior {s} has {N} draws of {D} numbers, whose {_spread(diagonal)} cannot be "
            f"estimated: that takes {least} draws at least, and many more to be good{remedy}."
        )
    (constant,) = np.nonzero(np.ptp(x, axis=0) == 0.0)
    if len(constant):
        raise ArgumentError(
            f"{parts.names[constant[0]]!r} is the same in all draws of subposterior {s}, so that "
            "no finite weight is right for it. Leave it out, or draw more."
        )
    scale = np.std(x, axis=0, ddof=1)
    if diagonal:
        return scale**-2
    eigenvalues, directions = np.linalg.eigh(np.atleast_2d(np.corrcoef(x, rowvar=False)))
    if eigenvalues[0] < LEAST_EIGENVALUE:
        size = np.abs(directions[:, 0])
        involved = [repr(parts.names[k]) for k in np.argsort(-size)[:3] if size[k] > 0.1]
        raise ArgumentError(
            f"The covariance of subposterior {s} is singular: {' and '.join(involved)} determine "
            "each other in all draws. Leave out what the model computes from other sites (as "
            "MCMC(..., save_sites=) does), or take diagonal=True."
        )
    root = directions / np.sqrt(eigenvalues) / scale[:, None]
    return root @ root.T


def _spread(diagonal):
    return "variances" if diagonal else "covariance"


def _average(weights, rows):
    """Return weighted averages, (M, D), of rows (M, D) of each subposterior."""
    center = np.mean([np.mean(x, axis=0) for x in rows], axis=0)  # large means cost no digits
    if weights[0].ndim == 1:
        total = sum((x - center) * weight for weight, x in zip(weights, rows))
        return center + total / sum(weights)
    total = sum((x - center) @ weight for weight, x in zip(weights, rows))
    return center + np.linalg.solve(sum(weights), total.T).T


def _product(parts, diagonal):
    """Return mean and inverse covariance of the product of normal subposteriors."""
    weights = _weights_of(parts, diagonal)
    (mean,) = _average(weights, [np.mean(x, axis=0, keepdims=True) for x in parts.draws])
    return mean, sum(weights)


def _inverse(precision):
    found = np.linalg.inv(precision)
    return 0.5 * (found + found.T)


def _taken(draws, num_draws, rng_key):
    """Return rows of each matrix in random order, each as often as any other up to one."""
    rng = _generator(rng_key)
    return [x[_shuffled(len(x), num_draws, rng)] for x in draws]


def _shuffled(size, num_draws, rng):
    num_rounds = -(-num_draws // size)
    return np.concatenate([rng.permutation(size) for _ in range(num_rounds)])[:num_draws]


def _generator(rng_key):
    key = as_key(0 if rng_key is None else rng_key)
    return as_generator(fold_in(key, Purpose.RESAMPLING))
