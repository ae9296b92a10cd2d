"""Which move the walkers of an ensemble make, and which other walkers take part in it.

Legend: ``M`` moves; ``H`` walkers of the half that stands still.

Reference: Tierney (1994), "Markov chains for exploring posterior distributions", sec. 2.4, for
mixtures of kernels.
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels.ensemble import random_index

NUM_PARAMETERS = 2


class Moves(NamedTuple):
    """The moves among which one is chosen for each half of an ensemble.

    Parameters
    ----------
    kinds : (M,) int64
        Codes of the algorithm.
    cumulative : (M,) float64
        Cumulative probabilities.
    parameters : (M, 2) float64
        What the kinds of the moves say; unused ones are zero.
    """

    kinds: np.ndarray
    cumulative: np.ndarray
    parameters: np.ndarray


def make_moves(moves):
    """Return the `Moves` of some (kind, weight, parameters).

    Parameters
    ----------
    moves : list of (int, float, tuple of float)
        Weights are not negative, and not all zero.

    Examples
    --------
    >>> make_moves([(1, 1.0, (2.0,)), (0, 3.0, ())])
    Moves(kinds=array([1, 0]), cumulative=array([0.25, 1.  ]), parameters=array([[2., 0.],
           [0., 0.]]))
    """
    kinds, weights, given = zip(*moves)
    parameters = np.zeros((len(moves), NUM_PARAMETERS))
    for row, numbers in zip(parameters, given):
        row[: len(numbers)] = numbers
    cumulative = np.cumsum(weights) / np.sum(weights)
    return Moves(np.array(kinds, np.int64), cumulative, parameters)


@kernel
def choose_move(moves, rng):
    """Return the index of a random move; takes a uniform variate unless there is but one move."""
    if moves.kinds.size == 1:
        return 0
    u, m = rng.random() * moves.cumulative[-1], 0
    while u >= moves.cumulative[m] and m < moves.kinds.size - 1:
        m += 1
    return m


@kernel(small=True)
def draw_pair(others, rng):
    """Return two different walkers of those that stand still, in random order.

    Parameters
    ----------
    others : (H,) int64
        At least two.
    rng : numpy.random.Generator
        Gives two uniform variates.
    """
    first = random_index(rng, others.size)
    second = random_index(rng, others.size - 1)
    second += 1 if second >= first else 0
    return others[first], others[second]
