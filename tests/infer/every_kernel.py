"""The samplers of the package, for tests of what each of them promises, and a small target.

A new sampler is one more line in `CASES`.
"""

from functools import partial

import numpy as np

import lightppl as lp
import lightppl.distributions as dist
from lightppl.infer import (
    AIES, ESS, HMC, HMCECS, MCLMC, MEADS, NUTS, SA, WALNUTS, AdjustedMCLMC, BarkerMH, ChEESHMC,
    DiscreteHMCGibbs, Gibbs, HamiltonianMonteCarlo, HMCGibbs, MetropolisAdjustedLangevinAlgorithm,
    MixedHMC, NoUTurnSampler, RandomWalkMetropolis, ReplicaExchangeMC, SliceSampler,
    UncalibratedHamiltonianMonteCarlo, UncalibratedLangevin, UncalibratedRandomWalk,
)  # fmt: skip
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
    unrecorded : tuple of str
        Fields of the state that are not kept for each draw.
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
    unrecorded: tuple = ()

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


def with_a_coin(y):
    """The same site, and a discrete one that shifts it."""
    x = lp.sample("x", dist.ImproperUniform(dist.constraints.real, (), (2,)))
    w = lp.sample("w", dist.Bernoulli(0.4))
    lp.factor("density", -energy(x, y + w))


def discrete(model=None, potential_fn=None, inner=NUTS, **options):
    return DiscreteHMCGibbs(inner(model, potential_fn) if potential_fn else inner(model), **options)


def mixed(model=None, potential_fn=None, **options):
    return MixedHMC(HMC(model, potential_fn), **options)


def with_rows(y):
    """The same site, and data of which six rows of twenty are looked at."""
    x = lp.sample("x", dist.ImproperUniform(dist.constraints.real, (), (2,)))
    lp.factor("density", -energy(x, y))
    with lp.plate("rows", 20, subsample_size=6) as index:
        lp.sample("obs", dist.Normal(x[0] + 0.1 * x[1] * index, 3.0), obs=0.1 * index)


def subsampled(model, num_blocks=2, proxy=HMCECS.taylor_proxy({"x": np.array([1.0, 0.0])})):
    return HMCECS(NUTS(model), num_blocks=num_blocks, proxy=proxy)


def replica_exchange(model=None, potential_fn=None, inverse_temperatures=(1.0, 0.5, 0.25)):
    return ReplicaExchangeMC(NUTS(model, potential_fn), inverse_temperatures)


INTERLEAVED = {
    "takes_potential": False, "count": "hmc_state.i", "energy": "hmc_state.potential_energy",
}  # fmt: skip
TFP_FIELDS = "z kernel_results rng_key"
TFP = {"count": "kernel_results.i"}
ENSEMBLE = {
    "num_chains": 6, "moves_alone": False, "count": "inner_state.i",
}  # fmt: skip

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
    "BarkerMH": Case(
        BarkerMH, "i z potential_energy z_grad accept_prob mean_accept_prob adapt_state rng_key",
        {"step_size": -1.0, "target_accept_prob": 2.0, "adaptation": "x"},
    ),
    "SA": Case(
        SA, "i z potential_energy accept_prob mean_accept_prob diverging adapt_state rng_key",
        {"adapt_state_size": 1, "dense_mass": "yes"}, unrecorded=("adapt_state",),
    ),
    "RandomWalkMetropolis": Case(
        RandomWalkMetropolis, TFP_FIELDS, {"step_size": -1.0, "new_state_fn": 1.0}, **TFP,
    ),
    "Langevin": Case(
        MetropolisAdjustedLangevinAlgorithm, TFP_FIELDS, {"step_size": -1.0, "volatility_fn": 1.0},
        **TFP,
    ),
    "SliceSampler": Case(
        SliceSampler, TFP_FIELDS, {"step_size": -1.0, "max_doublings": -1}, **TFP
    ),
    "HamiltonianMonteCarlo": Case(
        partial(HamiltonianMonteCarlo, num_leapfrog_steps=3), TFP_FIELDS,
        {"step_size": -1.0, "num_leapfrog_steps": 0}, **TFP,
    ),
    "NoUTurnSampler": Case(
        NoUTurnSampler, TFP_FIELDS, {"step_size": -1.0, "max_tree_depth": 0}, **TFP
    ),
    "AIES": Case(AIES, "z inner_state rng_key", {"moves": {}, "randomize_split": "no"}, **ENSEMBLE),
    "ESS": Case(ESS, "z inner_state rng_key", {"moves": {}, "max_steps": 0}, **ENSEMBLE),
    "DiscreteHMCGibbs": Case(
        discrete, "z hmc_state rng_key",
        {"random_walk": "no", "modified": "no", "inner": lambda model: model},
        with_a_coin, others=("w",), **INTERLEAVED,
    ),
    "MixedHMC": Case(
        mixed, "z hmc_state rng_key accept_prob", {"num_discrete_updates": 0, "modified": "no"},
        with_a_coin, others=("w",), **INTERLEAVED,
    ),
    "HMCECS": Case(
        subsampled, "z hmc_state rng_key gibbs_state accept_prob", {"num_blocks": 0, "proxy": 3},
        with_rows, unrecorded=("gibbs_state",), **INTERLEAVED,
    ),
    "ReplicaExchangeMC": Case(
        replica_exchange, "i z potential_energy swap_accept_prob replicas rng_key",
        {"inverse_temperatures": (0.9, 0.5)}, unrecorded=("replicas",),
    ),
    "UncalibratedHamiltonianMonteCarlo": Case(
        partial(UncalibratedHamiltonianMonteCarlo, num_leapfrog_steps=3), TFP_FIELDS,
        {"metropolis_hastings": "no", "num_leapfrog_steps": 0}, **TFP,
    ),
    "UncalibratedLangevin": Case(
        UncalibratedLangevin, TFP_FIELDS, {"metropolis_hastings": "no"}, **TFP
    ),
    "UncalibratedRandomWalk": Case(
        UncalibratedRandomWalk, TFP_FIELDS, {"metropolis_hastings": "no"}, **TFP
    ),
    "MCLMC": Case(
        MCLMC,
        "i z z_grad direction potential_energy energy_error diverging adapt_state rng_key",
        {"step_size": 0.0, "decoherence_length": -1.0, "desired_energy_var": 0.0},
    ),
    "AdjustedMCLMC": Case(
        AdjustedMCLMC,
        "i z z_grad potential_energy energy_error num_steps accept_prob diverging adapt_state "
        "rng_key",
        {"step_size": 0.0, "trajectory_length": -1.0, "target_accept_prob": 1.0},
    ),
    "ChEESHMC": Case(
        ChEESHMC,
        "i z z_grad potential_energy energy accept_prob diverging num_steps adapt_state rng_key",
        {"step_size": 0.0, "trajectory_length": -1.0, "learning_rate": 0.0, "max_num_steps": 0},
        num_chains=6, moves_alone=False,
    ),
    "MEADS": Case(
        MEADS,
        "i z z_grad r uniform potential_energy energy accept_prob diverging adapt_state rng_key",
        {"num_folds": 1, "step_size_multiplier": 0.0, "damping_slowdown": -1.0},
        num_chains=8, moves_alone=False,
    ),
    "Gibbs": Case(
        gibbs, "i z potential_energy blocks rng_key", {"kernel": print, "sites": "w"},
        coupled, takes_potential=False, calls_python=True, others=("w",),
    ),
}  # fmt: skip
