"""`RandomWalk`: what users say to the algorithm of `tests.kernels.random_walk`, on one page."""

from typing import NamedTuple

import numpy as np

from lightppl.infer.mcmc.columns import DRAW, Column
from lightppl.infer.mcmc.compiled import CompiledKernel
from lightppl.jit import Status
from lightppl.kernels.adaptation.windows import FAST
from tests.kernels import random_walk


class RandomWalkAdaptState(NamedTuple):
    step_size: object
    warmup: object = None


class RandomWalkState(NamedTuple):
    i: object
    z: object
    potential_energy: object
    accept_prob: object
    adapt_state: object
    rng_key: object


class RandomWalk(CompiledKernel):
    """Random-walk Metropolis."""

    algorithm = random_walk.ALGORITHM
    State = RandomWalkState
    columns = (
        Column("i", lambda chain, counts: chain.offset + counts),
        Column("z", DRAW),
        Column("potential_energy", "potential_energy"),
        Column("accept_prob", "accept_prob", is_statistic=True),
        Column("accepted", "accepted", bool, is_default=True),
    )

    def __init__(self, model=None, potential_fn=None, step_size=1.0, adapt_step_size=True):
        super().__init__(model, potential_fn)
        self.step_size, self.adapt_step_size = step_size, adapt_step_size

    @property
    def options(self):
        return random_walk.Options(self.adapt_step_size)

    def phases(self, num_warmup):
        return np.full(num_warmup, FAST)

    def make_work(self, density, q, state):
        return random_walk.Work(np.stack([q, q]), np.zeros(len(q)))

    def first_state(self, state):
        step_size = self.step_size if state is None else state.adapt_state.step_size
        return random_walk.State(np.nan, float(step_size), 0, False, False, Status.OK)

    def adapt_state(self, chain, warmup):
        return RandomWalkAdaptState(chain.state.step_size, warmup)
