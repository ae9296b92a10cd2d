"""`Gibbs`: blocks of sites that take turns, each moved by a sampler of its own."""

from typing import NamedTuple

import numpy as np

from lightppl.arguments import check_callable, shown
from lightppl.density import compile_density
from lightppl.density.block import density_of_block
from lightppl.density.initialize import init_to_uniform
from lightppl.errors import ArgumentError, SiteNameError, UnsupportedOperationError
from lightppl.infer.mcmc.columns import DRAW, Column
from lightppl.infer.mcmc.compiled import CompiledKernel
from lightppl.infer.mcmc.discrete_gibbs import DiscreteGibbs
from lightppl.infer.mcmc.discrete_sites import held_discrete_sites
from lightppl.infer.mcmc.gibbs_chain import GibbsChain
from lightppl.infer.mcmc.hmc import HMC
from lightppl.records import record


class GibbsState(NamedTuple):
    """State of a Gibbs sampler.

    Attributes
    ----------
    i : int
        Number of transitions so far; in one each block moves once.
    z : dict of str to array
        Unconstrained values of the sites that Hamiltonian blocks move, and values of the others.
    potential_energy : float
        Of the joint density, after the last block has moved.
    blocks : dict
        States of the blocks by their numbers, "0", "1", ...; None for a `CustomGibbs`.
    rng_key : Key
    """

    i: object
    z: object
    potential_energy: object
    blocks: object
    rng_key: object


class BlockStates(dict):
    """States of blocks by their numbers.

    Attributes
    ----------
    warmup : Continuation or None
        What makes it possible to go on in the middle of warmup.
    """

    warmup = None


class CustomGibbs:
    """A block of `Gibbs` that the user draws.

    Parameters
    ----------
    gibbs_fn : callable
        ``gibbs_fn(rng_key, gibbs_sites, hmc_sites) -> dict``, as in `HMCGibbs`: takes the values of
        the sites of the block and those of all others, returns new values of some or all sites of
        the block, and leaves their conditional distribution invariant.

    Examples
    --------
    >>> import lightppl.distributions as dist
    >>> block = CustomGibbs(lambda key, own, others: {"x": dist.Normal(others["y"], 1).sample(key)})
    """

    def __init__(self, gibbs_fn):
        self.gibbs_fn = check_callable(gibbs_fn, "gibbs_fn")


@record
class Block:
    """One block of a `Gibbs` sampler.

    Attributes
    ----------
    kernel : HMC, CustomGibbs or DiscreteGibbs
    sites : tuple of str
    """

    kernel: object
    sites: tuple

    @property
    def moves_free_sites(self):
        """Whether it moves coordinates of the flat vector, by their gradient."""
        return isinstance(self.kernel, HMC)


class Gibbs(CompiledKernel):
    """Blocks of sites that take turns: in one iteration each moves once, given all others.

    Parameters
    ----------
    blocks : sequence of (kernel, sites)
        In the order of their turns.  A kernel is `HMC`, `NUTS` or `WALNUTS` of the whole model, a
        `CustomGibbs`, or a `DiscreteGibbs`; its sites are a list of names.  Each latent site of the
        model is in one block.
    model : callable, optional
        Needed only if no kernel has one.

    Raises
    ------
    ArgumentError
        If a block is none of these, a site is in two blocks, or kernels have different models.
    SiteNameError
        When a run begins, if a latent site is in no block or a name is of none.
    UnsupportedOperationError
        When a run begins, if a `DiscreteGibbs` has a site that is not discrete.

    Notes
    -----
    Blocks take turns in plain Python, some tens of microseconds a block; `DiscreteHMCGibbs` does
    the same for one Hamiltonian block and discrete sites in compiled code.

    References
    ----------
    Geman and Geman (1984), "Stochastic relaxation, Gibbs distributions, and the Bayesian
    restoration of images"; Tierney (1994), "Markov chains for exploring posterior distributions",
    sec. 2.4.

    Examples
    --------
    >>> import numpy as np, lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.infer import MCMC, NUTS, CustomGibbs, Gibbs
    >>> def model():
    ...     x = lp.sample("x", dist.Normal(0.0, 2.0))
    ...     y = lp.sample("y", dist.Normal(0.0, 2.0))
    ...     lp.sample("obs", dist.Normal(x + y, 1.0), obs=1.0)
    >>> def draw_x(rng_key, gibbs_sites, others):
    ...     return {"x": dist.Normal(0.8 * (1 - others["y"]), np.sqrt(0.8)).sample(rng_key)}
    >>> kernel = Gibbs([(NUTS(model), ["y"]), (CustomGibbs(draw_x), ["x"])])
    >>> mcmc = MCMC(kernel, num_warmup=100, num_samples=200, progress_bar=False)
    >>> mcmc.run(0)
    >>> mcmc.get_samples()["x"].shape
    (200,)
    """

    State = GibbsState

    def __init__(self, blocks, model=None):
        self.blocks = [_checked_block(block) for block in blocks]
        if not self.blocks:
            raise ArgumentError("Gibbs needs at least one block.")
        sites = [name for block in self.blocks for name in block.sites]
        twice = sorted({name for name in sites if sites.count(name) > 1})
        if twice:
            raise ArgumentError(f"The site {twice[0]!r} is in more than one block.")
        kernels = [block.kernel for block in self.blocks]
        models = [model, *(getattr(x, "model", None) for x in kernels)]
        models = [x for x in models if x is not None]
        if not models:
            raise ArgumentError("None of the blocks has a model: pass it as Gibbs(blocks, model).")
        if any(x is not models[0] for x in models):
            raise ArgumentError("The blocks of Gibbs have different models; they need one.")
        moving = [x for x in kernels if isinstance(x, HMC)]
        strategy = moving[0].init_strategy if moving else init_to_uniform
        is_compiled = all(getattr(x, "jit_compile", True) for x in kernels)
        super().__init__(models[0], None, strategy, is_compiled)
        self._block_densities = None

    @classmethod
    def is_complete(cls):
        """Return whether this is a sampler, and not what several have in common."""
        return True

    @classmethod
    def to_warm(cls):
        """Yield samplers that together use all kernels; the blocks have the same ones alone."""
        return ()

    def compile(self, model, model_args, model_kwargs, rng_key):
        """Return the density of all sites, in which those that no gradient moves are held."""
        held = [x for block in self.blocks if not block.moves_free_sites for x in block.sites]
        density = compile_density(
            model, model_args, model_kwargs, rng_key=rng_key, jit=self.jit_compile, held=held
        )
        named = [x for block in self.blocks for x in block.sites]
        known = (*density.layout.names, *density.held.names)
        missing = [name for name in known if name not in named]
        if missing:
            raise SiteNameError(
                f"The latent site {missing[0]!r} is in no block of Gibbs, so nothing would move it."
            )
        free = [x for block in self.blocks if block.moves_free_sites for x in block.sites]
        density.layout.require_names(free, "A block of Gibbs")
        discrete = held_discrete_sites(density)
        for block in self.blocks:
            wrong = [name for name in block.sites if name not in discrete]
            if wrong and isinstance(block.kernel, DiscreteGibbs):
                raise UnsupportedOperationError(
                    f"DiscreteGibbs does not move {wrong[0]!r}, which is no discrete site. Put it "
                    "into a block of NUTS or CustomGibbs."
                )
        return density

    def block_density(self, density, block):
        """Return the density of the sites of a block, which the chains of a run share."""
        known = self._block_densities
        if known is None or known[0] is not density:
            known = self._block_densities = density, {}
        if block.sites not in known[1]:
            known[1][block.sites] = density_of_block(density, block.sites, self.jit_compile)
        return known[1][block.sites]

    def make_chain(self, density, plan, index, point):
        """Return a chain of a plan that begins at a point."""
        return GibbsChain(self, density, plan, index, point)

    @property
    def columns(self):
        """The draw, the joint energy, and what the blocks report, as parts of ``blocks``."""
        columns = [
            Column("i", lambda chain, counts: chain.offset + counts),
            Column("z", DRAW),
            Column("potential_energy", "potential_energy"),
            Column("diverging", "diverging", bool, is_default=True, is_statistic=True),
        ]
        for b, name, column in self.info_columns():
            columns.append(Column(f"blocks.{b}.{name}", f"{b}.{column.source}", column.dtype))
        return tuple(columns)

    def info_columns(self):
        """Yield what blocks report at each draw: number of the block, name, and its column."""
        for b, block in enumerate(self.blocks):
            for column in getattr(block.kernel, "columns", ()):
                if isinstance(column.source, str):
                    yield b, column.name, column

    @property
    def limits(self):
        """Largest values of statistics."""
        return {}

    def describe(self, chain):
        """Return a few words for the progress bar."""
        num_rows = chain.plan.num_rows_after(chain.num_done)
        divergences = chain.record.info[:num_rows, chain.info_index("diverging")]
        return f"{np.count_nonzero(divergences)} divergences"

    def __getstate__(self):
        """Compiled densities and open chains stay in this process."""
        return {**super().__getstate__(), "_block_densities": None}

    def get_diagnostics_str(self, state):
        """Return a few words for the progress bar."""
        return f"potential energy {float(np.mean(state.potential_energy)):.4g}"

    def continuation_of(self, state):
        """Return what makes it possible to go on in the middle of warmup, or None."""
        return getattr(state.blocks, "warmup", None)

    def state_of(self, chain, warmup=None):
        """Return the `GibbsState` of a chain."""
        chain.begin()
        blocks = BlockStates()
        for b, block_chain in enumerate(chain.block_chains):
            is_python = block_chain is None
            blocks[str(b)] = None if is_python else block_chain.kernel.state_of(block_chain)
        blocks.warmup = warmup
        return GibbsState(
            chain.offset + chain.num_done, chain.density.unflatten(chain.point),
            chain.potential_energy, blocks, chain.plan.key_after,
        )

    def take_over(self, chain, state):
        """Give a chain the position of a state, and its blocks what else it says."""
        chain.move_to(chain.density.flatten(state.z))
        for block_chain, known in zip(chain.block_chains, state.blocks.values()):
            if block_chain is not None:
                block_chain.kernel.take_over(block_chain, known)
                chain.refresh(block_chain)


def _checked_block(block):
    is_pair = isinstance(block, (tuple, list)) and len(block) == 2
    if not is_pair or isinstance(block[1], str) or not all(isinstance(x, str) for x in block[1]):
        raise ArgumentError(
            f"A block of Gibbs is a pair (kernel, sites), a list of names, found {shown(block)}."
        )
    kernel, sites = block
    has_model = getattr(kernel, "model", None) is not None
    is_known = isinstance(kernel, (HMC, DiscreteGibbs)) and has_model
    if not (is_known or isinstance(kernel, CustomGibbs)):
        raise ArgumentError(
            "The kernel of a block of Gibbs is HMC, NUTS or WALNUTS of a model, a CustomGibbs or a "
            f"DiscreteGibbs, found {shown(kernel)}."
        )
    if not len(sites):
        raise ArgumentError("A block of Gibbs needs at least one site.")
    if isinstance(kernel, DiscreteGibbs):
        kernel = kernel.of_sites(tuple(sites))
    return Block(kernel, tuple(sites))
