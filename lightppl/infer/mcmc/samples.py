"""Draws as users get them: chains joined or apart, and as rows for a summary."""

import numpy as np

from lightppl.errors import SiteNameError
from lightppl.language.structure import leaves_of, map_leaves, paths_and_leaves


def join_chains(samples):
    """Return (C * N, ...) arrays from a structure of (C, N, ...) arrays, chain after chain.

    Examples
    --------
    >>> join_chains({"x": np.zeros((4, 10, 3))})["x"].shape
    (40, 3)
    """
    return map_leaves(_join, samples)


def _join(x):
    num_chains, num_draws, *shape = np.shape(x)
    return np.reshape(x, (num_chains * num_draws, *shape))


def without_sites(samples, names):
    """Return draws without those of some sites.

    Parameters
    ----------
    samples : dict of str to array
    names : set of str

    Raises
    ------
    SiteNameError
        If there is no such site.

    Examples
    --------
    >>> list(without_sites({"a": np.zeros((1, 2)), "b": np.zeros((1, 2))}, {"b"}))
    ['a']
    """
    if not names:
        return samples
    known = list(samples) if isinstance(samples, dict) else []
    unknown = sorted(names - set(known))
    if unknown:
        raise SiteNameError(
            f"extra_fields leaves out {', '.join(map(repr, unknown))}, but the draws are of "
            f"{', '.join(map(repr, known)) or 'one array'}."
        )
    return {name: x for name, x in samples.items() if name not in names}


def with_sites(samples, names):
    """Return the draws of some sites only.

    Parameters
    ----------
    samples : dict of str to array
    names : sequence of str

    Raises
    ------
    SiteNameError
        If there is no such site.

    Examples
    --------
    >>> list(with_sites({"a": np.zeros((1, 2)), "b": np.zeros((1, 2))}, ("b",)))
    ['b']
    """
    known = list(samples) if isinstance(samples, dict) else []
    refuse_unknown_sites(names, known)
    return {name: samples[name] for name in names}


def refuse_unknown_sites(names, known):
    """Raise a `SiteNameError` if ``save_sites`` names what is not among the known sites."""
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise SiteNameError(
            f"save_sites names {', '.join(map(repr, unknown))}, but the draws are of "
            f"{', '.join(map(repr, known)) or 'one array'}."
        )


def by_name(samples):
    """Return a flat dict of a structure of (C, N, ...) arrays; a bare array is ``Param:0``.

    Examples
    --------
    >>> list(by_name({"a": {"b": np.zeros((1, 2))}, "c": np.zeros((1, 2))}))
    ['a.b', 'c']
    """
    named = {}
    for position, (path, leaf) in enumerate(paths_and_leaves(samples)):
        named[".".join(map(str, path)) or f"Param:{position}"] = np.asarray(leaf)
    return named


def map_draws(function, samples):
    """Return a structure of ``function(draw)`` for each draw of a structure of (C, N, ...) arrays.

    Examples
    --------
    >>> map_draws(lambda z: z["x"] ** 2, {"x": np.arange(4.0).reshape(2, 2)})
    array([[0., 1.],
           [4., 9.]])
    """
    num_chains, num_draws = leaves_of(samples)[0].shape[:2]
    chains = []
    for c in range(num_chains):
        draws = [function(map_leaves(lambda x, n=(c, n): x[n], samples)) for n in range(num_draws)]
        chains.append(map_leaves(lambda *x: np.stack(x), *draws))
    return map_leaves(lambda *x: np.stack(x), *chains)
