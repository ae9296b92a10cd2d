"""Counts of what goes wrong inside trajectories: divergences, and trees that hit their depth limit.

Reference: Betancourt (2017), "A conceptual introduction to Hamiltonian Monte Carlo", sec. 6.2.
"""

import numpy as np


def count_divergences(diverging):
    """Return the number of divergent transitions of each chain.

    Parameters
    ----------
    diverging : (C, N) bool array

    Returns
    -------
    (C,) int array

    Examples
    --------
    >>> count_divergences(np.array([[False, True], [False, False]])).tolist()
    [1, 0]
    """
    return np.sum(np.atleast_2d(np.asarray(diverging, dtype=bool)), axis=1)


def count_tree_depth_hits(max_tree_depth, *, tree_depth=None, num_steps=None):
    """Return how many trajectories of each chain ended because the tree was full.

    Parameters
    ----------
    max_tree_depth : int or (int, int)
        The limit; of two, the second one belongs to sampling.
    tree_depth : (C, N) int array, optional
        Doublings of each trajectory.
    num_steps : (C, N) int array, optional
        Leapfrog steps of each trajectory; used if there is no `tree_depth`.

    Returns
    -------
    (C,) int array

    Examples
    --------
    >>> count_tree_depth_hits(3, num_steps=np.array([[7, 3, 5], [1, 7, 7]])).tolist()
    [1, 2]
    """
    limit = max_tree_depth[-1] if np.ndim(max_tree_depth) else max_tree_depth
    if tree_depth is not None:
        return np.sum(np.atleast_2d(tree_depth) >= limit, axis=1)
    return np.sum(np.atleast_2d(num_steps) >= 2**limit - 1, axis=1)  # a full tree of depth d
