"""Looking inside of distributions that are made of others, through their ``base_dist``."""

import numpy as np

from lightppl.distributions.wrapper import Wrapper


def layers(distribution):
    """Return a distribution, the one inside of it, and so on.

    Parameters
    ----------
    distribution : Distribution

    Returns
    -------
    list of Distribution
        Outermost first.

    Examples
    --------
    >>> import lightppl.distributions as dist
    >>> [type(d).__name__ for d in layers(dist.LogNormal(0.0, 1.0).expand([3]))]
    ['ExpandedDistribution', 'LogNormal', 'Normal']
    """
    found = []
    while distribution is not None:
        found.append(distribution)
        distribution = getattr(distribution, "base_dist", None)
    return found


def innermost(distribution):
    """Return the last of `layers`.

    Parameters
    ----------
    distribution : Distribution
    """
    return layers(distribution)[-1]


def split_wrappers(distribution):
    """Return a distribution without its wrappers (`expand`, `to_event`, `mask`), and them.

    Parameters
    ----------
    distribution : Distribution

    Returns
    -------
    family : Distribution
    wrappers : list of Distribution
        Outermost first.

    Examples
    --------
    >>> import lightppl.distributions as dist
    >>> family, wrappers = split_wrappers(dist.LogNormal(0.0, 1.0).expand([3]).to_event(1))
    >>> type(family).__name__, len(wrappers)
    ('LogNormal', 2)
    """
    wrappers = []
    while isinstance(distribution, Wrapper):
        wrappers.append(distribution)
        distribution = distribution.base_dist
    return distribution, wrappers


def family_of(distribution):
    """Return a distribution without its wrappers.

    Parameters
    ----------
    distribution : Distribution
    """
    return split_wrappers(distribution)[0]


def zero_where_masked(distribution, score):
    """Return a score, zero where a mask inside of a distribution is false.

    Parameters
    ----------
    distribution : Distribution
        Univariate.
    score : array
        Of its batch shape, broadcast.

    Examples
    --------
    >>> import lightppl.distributions as dist
    >>> d = dist.Normal(0.0, 1.0).mask(np.array([True, False])).expand([3, 2])
    >>> zero_where_masked(d, np.array([5.0, 7.0]))
    array([5., 0.])
    """
    for layer in layers(distribution):
        if hasattr(layer, "_mask"):
            score = np.where(layer._mask, score, 0.0)
    return score
