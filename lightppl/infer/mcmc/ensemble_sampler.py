"""Ensemble samplers without gradients: what `AIES` and `ESS` have in common.

Legend: ``K`` walkers; ``D`` dimension.
"""

from typing import NamedTuple

import numpy as np

from lightppl.arguments import check_flag, check_number, shown
from lightppl.density.initialize import init_to_uniform
from lightppl.errors import ArgumentError, InitializationError, LightPPLWarning
from lightppl.infer.mcmc.columns import DRAW
from lightppl.infer.mcmc.ensemble_kernel import EnsembleKernel
from lightppl.kernels.adaptation.windows import FAST
from lightppl.user_line import warn


class EnsembleSamplerState(NamedTuple):
    """State of an ensemble sampler.

    Attributes
    ----------
    z : dict of str to array
        Unconstrained values of latent sites, with a leading axis of walkers.
    inner_state : AIESState or ESSState
    rng_key : Key
    """

    z: object
    inner_state: object
    rng_key: object


class EnsembleSampler(EnsembleKernel):
    """A sampler that moves one half of its walkers by what it sees of the other half.

    Parameters
    ----------
    model : callable, optional
    potential_fn : callable, optional
        Instead of a model: ``-log density`` of an array or a dict of arrays, in plain NumPy.
    randomize_split : bool
        Whether halves are drawn anew in each iteration.
    moves : dict of moves to float
        Moves and how often they are made; weights need not sum to one.
    init_strategy : callable
    jit_compile : bool

    Attributes
    ----------
    InnerState : type of named tuple
        Its first field is ``i``, its last one ``rng_key``; others are columns whose names begin
        with ``inner_state``.
    move_types : tuple of types
    move_names : tuple of str
        Functions that make them.
    """

    State = EnsembleSamplerState
    InnerState = None
    move_types = move_names = ()

    def __init__(
        self,
        model=None,
        potential_fn=None,
        *,
        randomize_split,
        moves,
        init_strategy=init_to_uniform,
        jit_compile=True,
    ):
        super().__init__(model, potential_fn, init_strategy, jit_compile)
        self.randomize_split = check_flag(randomize_split, "randomize_split")
        self.moves = self._check_moves(moves)

    def check_num_walkers(self, num_walkers):
        """Raise an `ArgumentError` unless the number of walkers is even and large enough."""
        super().check_num_walkers(num_walkers)
        if num_walkers % 2:
            raise ArgumentError(
                f"{type(self).__name__} moves one half of its chains at a time: num_chains must be "
                f"even, found {num_walkers}."
            )

    def check_starts(self, q):
        """Refuse walkers that moves cannot bring everywhere; warn if they are few."""
        num_walkers, size = q.shape
        name = type(self).__name__
        if num_walkers < self._fewest_for(size):
            raise ArgumentError(
                f"num_chains of {name} must be at least {self._fewest_for(size)} for {size} "
                f"unknowns, found {num_walkers}: the moves of fewer walkers leave the volume "
                "between them as it was, so that draws are not of the density. Best are "
                f"{self._recommended(size)} or more."
            )
        rank = _rank(self._spanning(q))
        if not self.leaves_planes and rank < size:
            where = "at one point" if np.all(q == q[0]) else f"in a plane of {rank} dimensions"
            raise InitializationError(
                f"The {num_walkers} walkers of {name} begin {where}, but there are {size} unknowns,"
                " and its moves never leave a plane that holds all walkers. Give more than "
                f"{size} chains, best {self._recommended(size)} or more, and init_params with a "
                "leading axis of num_chains that differ in all directions, or an init_strategy "
                "that is random."
            )
        if num_walkers < 2 * size:
            warn(
                f"{name} has {num_walkers} chains for {size} unknowns. At least {2 * size} are "
                "recommended, twice the number of unknowns: with fewer, walkers know too little of "
                "the shape of the density, and mix slowly.", LightPPLWarning,
            )  # fmt: skip

    @property
    def leaves_planes(self):
        """Whether some move goes in directions that other walkers do not span."""
        return any(move.leaves_planes for move in self.moves)

    @property
    def fewest_walkers(self):
        """Two walkers; four, if moves are made of two others."""
        return 4 if any(move.needs_pairs for move in self.moves) else 2

    @property
    def moves_pairs_alone(self):
        """Whether all moves go along differences of walkers that stand still.

        Such a move adds to a walker a combination of the others whose coefficients sum to zero,
        which changes no determinant: that of the differences of D + 1 walkers stays, and with fixed
        halves that of the differences, each within its half, of D + 2 walkers.
        """
        return all(move.needs_pairs and not move.leaves_planes for move in self.moves)

    def _fewest_for(self, size):
        """Return the smallest even number of walkers that can get everywhere in D = `size`."""
        if not self.moves_pairs_alone or size == 0:
            return self.fewest_walkers
        least = size + (2 if self.randomize_split else 3)
        return max(least + least % 2, self.fewest_walkers)

    def _recommended(self, size):
        return max(2 * size, 4, self._fewest_for(size))

    def _spanning(self, q):
        """Return positions (K, D), moved by halves where no move goes from one to the other."""
        if self.randomize_split or not self.moves_pairs_alone:
            return q
        halves = np.split(q, 2)
        return np.concatenate([half - half.mean(axis=0) for half in halves])

    def phases(self, num_warmup):
        """Return the phase of every warmup iteration."""
        return np.full(num_warmup, FAST, np.int64)

    def state_of(self, chain, warmup=None):
        """Return the `EnsembleSamplerState` of an ensemble.

        Parameters
        ----------
        chain : EnsembleChain
        warmup : Continuation, optional
            What makes it possible to go on in the middle of warmup.
        """
        chain.begin()
        key = chain.plan.key_after
        inner_state = self.InnerState(rng_key=key, **self.inner_values(chain))
        inner_state.warmup = warmup
        return EnsembleSamplerState(chain.unflatten(chain.vector(DRAW).copy()), inner_state, key)

    def inner_values(self, chain):
        """Return the fields of the inner state but its key, by name."""
        columns = {column.name: column for column in self.columns}
        names = self.InnerState._fields[:-1]
        return {name: columns[f"inner_state.{name}"].now(chain) for name in names}

    def count_of(self, state):
        """Return the number of transitions of a state."""
        return int(state.inner_state.i)

    def continuation_of(self, state):
        """Return the `Continuation` that a state holds, or None."""
        return getattr(state.inner_state, "warmup", None)

    def _check_moves(self, moves):
        """Return moves as a dict to their probabilities."""
        names = ", ".join(f"{type(self).__name__}.{name}()" for name in self.move_names)
        if not isinstance(moves, dict) or not moves:
            raise ArgumentError(
                f"moves must be a dict from moves to how often they are made, such as {names}, "
                f"found {shown(moves)}."
            )
        for move in moves:
            if not isinstance(move, self.move_types):
                raise ArgumentError(f"moves has {shown(move)}; the moves are {names}.")
        weights = [
            check_number(x, f"moves[{move.name}]", least=0) for move, x in moves.items()
        ]
        if sum(weights) <= 0:
            raise ArgumentError("moves gives all moves the weight 0; one at least must be made.")
        return {move: x / sum(weights) for move, x in zip(moves, weights) if x > 0}


def num_transitions(chain, counts):
    """Return the number of transitions of a chain; the source of a column."""
    return chain.offset + counts


def _rank(q):
    """Return the dimension of the smallest plane that holds all positions (K, D)."""
    centred = q - q.mean(axis=0)
    scale = np.abs(centred).max(axis=0, initial=0.0)
    return int(np.linalg.matrix_rank(centred / np.where(scale > 0, scale, 1.0)))
