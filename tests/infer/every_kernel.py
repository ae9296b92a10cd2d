"""The samplers of the package, for tests of what each of them promises, and a small target.

A new sampler is one more line in `CASES`.
"""

from functools import partial

import numpy as np

import lightppl as lp
import lightppl.distributions as dist
from lightppl.infer import HMC, NUTS, WALNUTS, Gibbs, HMCGibbs
from lightppl.records import record

Y = np.array([1.0, -0.5])
PRECISION = np.array([1.0, 4.0])


def energy(x, y):
    return 0.5 * np.sum(PRECISION * (x - y) ** 2) + 0.25 * (x[0] - x[1]) ** 2


def model(y):
    """Its only site is unconstrained, and its density is `energy` and nothing else."""
    x = lp.sample("x", dist.ImproperUniform(dist.constraints.real, (), (2,)))
    lp.factor("density", -energy(x, y))


def potential_fn(z):
    return energy(z["x"], Y)


@record
class Case:
    """A sampler and what it promises.

    Attributes
    ----------
    make : callable
        ``make(model, **options)`` or ``make(potential_fn=..., **options)`` returns a sampler.
    fields : str
        The documented fields of its state, in order.
    bad : dict of str to object
        Options with a value that has to be refused.
    model : callable
        Of the argument `Y`, with an unconstrained site ``x``.
    takes_potential : bool
        Whether a potential function, instead of a model, has a meaning.
    num_chains : int
        Of runs with several chains.
    moves_alone : bool
        Whether one chain is a run; ensembles need `num_chains`.
    calls_python : bool
        Whether a transition calls Python, and holds the GIL.
    count, energy : str
        Where the state has the number of transitions, and the potential energy, with dots.
    others : tuple of str
        Names of what is sampled besides ``x``.
    """

    make: object
    fields: str
    bad: dict
    model: object = model
    takes_potential: bool = True
    num_chains: int = 2
    moves_alone: bool = True
    calls_python: bool = False
    count: str = "i"
    energy: str = "potential_energy"
    others: tuple = ()

    @property
    def fewest_chains(self):
        return 1 if self.moves_alone else self.num_chains


HMC_FIELDS = (
    "i z z_grad potential_energy energy r trajectory_length num_steps accept_prob mean_accept_prob "
    "diverging adapt_state rng_key"
)
HMC_BAD = {"step_size": 0.0, "target_accept_prob": 1.0, "adapt_step_size": "no", "adaptation": "x"}

CASES = {
    "HMC": Case(HMC, HMC_FIELDS, {**HMC_BAD, "trajectory_length": -1.0, "num_steps": 0}),
    "NUTS": Case(NUTS, HMC_FIELDS, {**HMC_BAD, "max_tree_depth": 0}),
    "WALNUTS": Case(WALNUTS, HMC_FIELDS, {**HMC_BAD, "max_error": 0.0, "max_step_halvings": -1}),
}


def coupled(y):
    """The same site, and another one near it."""
    x = lp.sample("x", dist.ImproperUniform(dist.constraints.real, (), (2,)))
    lp.sample("w", dist.Normal(x[0], 1.0))
    lp.factor("density", -energy(x, y))


def draw_w(rng_key, gibbs_sites, hmc_sites):
    return {"w": dist.Normal(hmc_sites["x"][0], 1.0).sample(rng_key)}


def hmc_gibbs(model, inner=NUTS, gibbs_fn=draw_w, gibbs_sites=("w",), compile_gibbs_fn=False):
    return HMCGibbs(inner(model), gibbs_fn, gibbs_sites, compile_gibbs_fn)


def gibbs(model, kernel=None, sites=("w",)):
    second = HMC(model, trajectory_length=1.0) if kernel is None else kernel
    return Gibbs([(NUTS(model), ["x"]), (second, sites)])


CASES |= {
    "HMCGibbs": Case(
        hmc_gibbs, "z hmc_state rng_key",
        {"gibbs_fn": 1.0, "gibbs_sites": "w", "inner": lambda model: model},
        coupled, takes_potential=False, calls_python=True, count="hmc_state.i",
        energy="hmc_state.potential_energy", others=("w",),
    ),
    "HMCGibbs, compiled": Case(
        partial(hmc_gibbs, compile_gibbs_fn=True), "z hmc_state rng_key",
        {"compile_gibbs_fn": "no"},
        coupled, takes_potential=False, count="hmc_state.i", energy="hmc_state.potential_energy",
        others=("w",),
    ),
    "Gibbs": Case(
        gibbs, "i z potential_energy blocks rng_key", {"kernel": print, "sites": "w"},
        coupled, takes_potential=False, calls_python=True, others=("w",),
    ),
}  # fmt: skip
