"""Hamiltonian samplers of some sites, between whose transitions others are updated.

`HMCGibbs` and its kin are made of an *inner kernel*, such as `NUTS`, which moves the sites that are
continuous and free, and of updates of what the density holds (`lightppl.density.held`).  What is
the same for all of them is here.
"""

from dataclasses import replace
from typing import NamedTuple

from lightppl.arguments import shown
from lightppl.density import compile_density
from lightppl.errors import ArgumentError, UnsupportedOperationError
from lightppl.infer.mcmc.columns import DRAW, Column
from lightppl.infer.mcmc.compiled import CompiledKernel
from lightppl.infer.mcmc.hmc import HMC


class HMCGibbsState(NamedTuple):
    """State of a Hamiltonian sampler with updates of other sites.

    Attributes
    ----------
    z : dict of str to array
        Unconstrained values of the sites of the inner kernel, and values of the others.
    hmc_state : HMCState
        Of the inner kernel; its potential energy is that of all sites.
    rng_key : Key
    """

    z: object
    hmc_state: object
    rng_key: object


class InterleavedKernel(CompiledKernel):
    """A sampler that updates what is held between transitions of an inner kernel.

    A subclass defines `held_names`; and either `update`, plain Python, or an `algorithm` made by
    `lightppl.kernels.interleaved` with `options` and `make_work` of its own.

    Parameters
    ----------
    inner_kernel : HMC
        `HMC`, `NUTS` or `WALNUTS` of a model.
    """

    State = HMCGibbsState

    def __init__(self, inner_kernel):
        if not isinstance(inner_kernel, HMC):
            raise ArgumentError(
                f"inner_kernel must be HMC, NUTS or WALNUTS of a model, found "
                f"{shown(inner_kernel)}."
            )
        if inner_kernel.model is None:
            raise UnsupportedOperationError(
                f"{type(self).__name__} needs an inner kernel with a model: a potential_fn does "
                "not say which sites there are besides its own."
            )
        super().__init__(
            inner_kernel.model, None, inner_kernel.init_strategy, inner_kernel.jit_compile
        )
        self.inner_kernel = inner_kernel

    # ---- what a subclass says --------------------------------------------------------------------

    def held_names(self, model, model_args, model_kwargs, rng_key):
        """Return the names of the sites that are held."""
        raise NotImplementedError

    @property
    def algorithm(self):
        """The algorithm of the inner kernel; it holds still what is held."""
        return self.inner_kernel.algorithm

    @property
    def options(self):
        """The options of the inner kernel."""
        return self.inner_kernel.options

    def make_work(self, density, q, state):
        """Return the arrays of a chain of the inner kernel."""
        return self.inner_kernel.make_work(density, q, inner_state(state))

    @classmethod
    def is_complete(cls):
        """Return whether this is a sampler, and not what several have in common."""
        return cls is not InterleavedKernel

    @classmethod
    def to_warm(cls):
        """Yield samplers that together use all kernels; here those of the inner ones only."""
        return ()

    # ---- what follows from that and the inner kernel ---------------------------------------------

    def compile(self, model, model_args, model_kwargs, rng_key):
        """Return the compiled density of a model, in which others than the inner sites are held."""
        names = self.held_names(model, model_args, model_kwargs, rng_key)
        return compile_density(
            model, model_args, model_kwargs, rng_key=rng_key, jit=self.jit_compile, held=names
        )

    @property
    def columns(self):
        """The draw, and what the inner kernel reports, as parts of ``hmc_state``."""
        inner = self.inner_kernel.columns
        return (
            Column("z", DRAW),
            *(_column_of_part(x) for x in inner if x.source != DRAW),
        )

    @property
    def limits(self):
        """Largest values of statistics."""
        return self.inner_kernel.limits

    def phases(self, num_warmup):
        """Return the phase of every warmup iteration."""
        return self.inner_kernel.phases(num_warmup)

    def first_state(self, state):
        """Return the state of a chain that begins, or goes on from an `HMCGibbsState`."""
        return self.inner_kernel.first_state(inner_state(state))

    def state_without_warmup(self, state):
        """Return the state of a chain without warmup."""
        return self.inner_kernel.state_without_warmup(state)

    def make_target(self, chain):
        """Return the `Target` of a chain."""
        return self.inner_kernel.make_target(chain)

    def before_block(self, chain):
        """Do what a chain needs before its kernels run."""
        self.inner_kernel.before_block(InnerChain(chain))

    def raise_errors(self, chain):
        """Raise what stopped a Python function that kernels called, if anything did."""
        self.inner_kernel.raise_errors(InnerChain(chain))

    def window_report(self, chain):
        """Return what the inner kernel remembers of a window of warmup."""
        return self.inner_kernel.window_report(InnerChain(chain))

    def describe(self, chain):
        """Return a few words for the progress bar."""
        return self.inner_kernel.describe(InnerChain(chain))

    def get_diagnostics_str(self, state):
        """Return a few words for the progress bar."""
        return self.inner_kernel.get_diagnostics_str(state.hmc_state)

    def count_of(self, state):
        """Return how many transitions led to a state."""
        return state.hmc_state.i

    def continuation_of(self, state):
        """Return what makes it possible to go on in the middle of warmup, or None."""
        return self.inner_kernel.continuation_of(state.hmc_state)

    def state_of(self, chain, warmup=None):
        """Return the `HMCGibbsState` of a chain."""
        inner = self.inner_kernel.state_of(InnerChain(chain), warmup)
        return HMCGibbsState(inner.z, inner, chain.plan.key_after)

    def take_over(self, chain, state):
        """Give a chain the position, what is held, step size and metric of a state."""
        self.inner_kernel.take_over(InnerChain(chain), state.hmc_state._replace(z=state.z))


class InnerChain:
    """A chain as its inner kernel sees it: its own, gone on from a state of its own.

    Parameters
    ----------
    chain : CompiledChain
    """

    def __init__(self, chain):
        object.__setattr__(self, "_chain", chain)

    def __getattr__(self, name):
        found = getattr(self._chain, name)
        if name == "kernel":
            return found.inner_kernel
        return inner_state(found) if name == "known" else found

    def __setattr__(self, name, value):
        setattr(self._chain, name, value)


def _column_of_part(column):
    """Return a column of the inner kernel as one of the whole."""
    source = column.source
    if callable(source):
        source = lambda chain, counts: column.source(InnerChain(chain), counts)  # noqa: E731
    return replace(column, name=f"hmc_state.{column.name}", source=source)


def inner_state(state):
    """Return the state of the inner kernel in an `HMCGibbsState`, or None."""
    return None if state is None else state.hmc_state
