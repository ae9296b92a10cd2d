"""Counts of what goes wrong inside trajectories: divergences, and trees that hit their depth limit.

Reference: Betancourt (2017), "A conceptual introduction to Hamiltonian Monte Carlo", sec. 6.2.
"""

import numpy as np

from lightppl.arguments import check_count, check_numbers


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
    diverging = check_numbers(diverging, "diverging").astype(bool)
    return np.sum(np.atleast_2d(diverging), axis=1)


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
    is_pair = isinstance(max_tree_depth, (tuple, list)) and len(max_tree_depth) == 2
    limit = check_count(max_tree_depth[1] if is_pair else max_tree_depth, "max_tree_depth", least=1)
    if tree_depth is not None:
        return np.sum(np.atleast_2d(check_numbers(tree_depth, "tree_depth")) >= limit, axis=1)
    num_steps = np.atleast_2d(check_numbers(num_steps, "num_steps"))
    return np.sum(num_steps >= 2**limit - 1, axis=1)  # a full tree of depth d
