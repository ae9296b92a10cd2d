"""Samplers in kernels: what is the same for all of them, written once.

A sampler is an `Algorithm` (`lightppl.kernels`) and a subclass of `CompiledKernel`, a page that
says what users may choose, what is reported, and how arrays and numbers of a chain are made of
that.  Runs, single chains, loops of one's own, snapshots and fields come from here.

Legend: ``C`` chains; ``D`` dimension; ``N`` rows of a record.
"""

import numpy as np

from lightppl.arguments import check_callable, check_count, check_flag
from lightppl.density import compile_density, compile_function
from lightppl.density.bound_data import bound, is_same_data
from lightppl.density.density import starts_of_chains
from lightppl.density.initialize import init_to_uniform
from lightppl.distributions import Normal
from lightppl.errors import ModelError
from lightppl.infer.mcmc.compiled_run import CompiledChain, CompiledRun, starts_of
from lightppl.infer.mcmc.kernel import MCMCKernel
from lightppl.infer.mcmc.plan import RunPlan
from lightppl.infer.mcmc.run import ChainSnapshot
from lightppl.infer.mcmc.states import require_chains, slice_state, wrong_state
from lightppl.kernels.target import make_target
from lightppl.keys import Purpose, as_key, fold_in
from lightppl.language.primitives import sample
from lightppl.language.structure import map_leaves
from lightppl.records import record

class CompiledKernel(MCMCKernel):
    """A sampler whose iterations are an `Algorithm`.

    A subclass sets the class attributes and defines `options`, `make_work` and `first_state`; the
    other methods here may be overridden.

    Parameters
    ----------
    model : callable, optional
    potential_fn : callable, optional
        Instead of a model: ``-log density`` of an array or a dict of arrays, in plain NumPy.
    init_strategy : callable
    jit_compile : bool
        If False, the density runs eagerly through autograd.

    Attributes
    ----------
    algorithm : Algorithm
    columns : tuple of Column
        What is reported; each field of `State` but the last two is one of them.
    State : type of named tuple
        What users see of a chain.  Its first field is ``i``, the number of transitions, one is
        `sample_field`, and the last two are ``adapt_state``, a named tuple that has ``warmup`` as a
        field or an attribute, and ``rng_key``.
    sample_field : str
        The column that holds the draw.
    warm_arguments : tuple of dict
        Arguments with which all kernels take part between them (`lightppl.infer.warm`).
    warm_chains : int
        Chains that it takes part with there.
    update : callable or None
        ``update(chain)``, plain Python, changes what a chain holds before each iteration.
    """

    algorithm = None
    columns = ()
    State = None
    sample_field = "z"
    warm_arguments = ({},)
    warm_chains = 1
    update = None

    def __init__(
        self, model=None, potential_fn=None, init_strategy=init_to_uniform, jit_compile=True
    ):
        if (model is None) == (potential_fn is None):
            raise ModelError("Give the sampler either a model or a potential_fn, and only one.")
        if model is None:
            check_callable(potential_fn, "potential_fn")
        else:
            check_callable(model, "model")
        self._model, self._potential_fn = model, potential_fn
        self.init_strategy = check_callable(init_strategy, "init_strategy")
        self.jit_compile = check_flag(jit_compile, "jit_compile")
        self._density_of = self._opened = None

    # ---- what a sampler says about itself --------------------------------------------------------

    @property
    def options(self):
        """The algorithm's `Options`."""
        raise NotImplementedError

    def make_work(self, density, q, state):
        """Return the algorithm's `Work` for a chain.

        Parameters
        ----------
        density : Density
        q : (D,) float64
            Where it begins.
        state : State or None
            Which it goes on from.
        """
        raise NotImplementedError

    def make_chain(self, density, plan, index, point):
        """Return a chain of a plan that begins at a point (D + H,)."""
        return CompiledChain(self, density, plan, index, point)

    def first_state(self, state):
        """Return the algorithm's `State` for a chain that begins, or goes on from a `State`."""
        raise NotImplementedError

    def state_without_warmup(self, state):
        """Return the algorithm's `State` for a chain that begins and has no warmup."""
        return state

    def make_target(self, chain):
        """Return the `Target` of a chain."""
        return make_target(chain.density.potential)

    def before_block(self, chain):
        """Do what a chain needs before its kernels run; nothing, here."""

    def raise_errors(self, chain):
        """Raise what stopped a Python function that kernels called, if anything did."""
        raise_error = getattr(chain.density.potential, "raise_error", None)
        if raise_error is not None:
            raise_error()

    def phases(self, num_warmup):
        """Return the phase of every warmup iteration, (W,) int64; here nothing is learnt."""
        return np.zeros(0, np.int64)

    def adapt_state(self, chain, warmup):
        """Return the ``adapt_state`` of a chain's `State`.

        Parameters
        ----------
        chain : CompiledChain
        warmup : Continuation or None
            To be its ``warmup``.
        """
        raise NotImplementedError

    def compile(self, model, model_args, model_kwargs, rng_key):
        """Return the compiled density of a model; nothing is held, here."""
        return compile_density(
            model, model_args, model_kwargs, rng_key=rng_key, jit=self.jit_compile
        )

    def compile_function(self, potential_fn, start):
        """Return the compiled density of a potential function; nothing is held, here."""
        return compile_function(potential_fn, start, jit=self.jit_compile)

    def count_of(self, state):
        """Return how many transitions led to a `State`, which may be that of several chains."""
        return state.i

    def continuation_of(self, state):
        """Return what makes it possible to go on from a `State` in the middle of warmup, or None.
        """
        return getattr(state.adapt_state, "warmup", None)

    def take_over(self, chain, state):
        """Give a chain what users may have changed in a `State`; here the position."""
        chain.move_to(self.position_of(state, chain.density))

    def position_of(self, state, density):
        """Return where a `State` is, a point (D + H,)."""
        return density.flatten(getattr(state, self.sample_field))

    def window_report(self, chain):
        """Return what to remember of a window of warmup whose draws are recorded, when it ends."""
        return None

    def describe(self, chain):
        """Return a few words for the progress bar."""
        return ""

    @property
    def limits(self):
        """Largest values of statistics, as keyword arguments of `summarize`."""
        return {}

    @classmethod
    def is_complete(cls):
        """Return whether this is a sampler, and not what several have in common."""
        return cls.algorithm is not None

    @classmethod
    def to_warm(cls):
        """Yield samplers, of some model, that together use all of its kernels (`infer.warm`)."""
        for arguments in cls.warm_arguments:
            yield cls(_two_numbers, jit_compile=False, **arguments)

    # ---- what follows from that ------------------------------------------------------------------

    @property
    def model(self):
        """The model, or None."""
        return self._model

    @property
    def default_fields(self):
        """Names of fields that are always collected."""
        return (self.sample_field, *(x.name for x in self.columns if x.is_default))

    def start_run(self, plan):
        """Return the `CompiledRun` of a plan."""
        return CompiledRun(self, self._density(plan, reuse=False), plan)

    def open_chain(
        self, rng_key, num_warmup, init_params=None, model_args=(), model_kwargs=None
    ):
        """Return one chain that records nothing, for those who advance it themselves.

        Parameters
        ----------
        rng_key : key
        num_warmup : int
        init_params : dict, optional
            Constrained values by site name.
        model_args : tuple
        model_kwargs : dict, optional

        Returns
        -------
        CompiledChain
        """
        key, num_warmup = as_key(rng_key), check_count(num_warmup, "num_warmup")
        plan = RunPlan(
            [key], key, num_warmup, 0, 1, False, init_params, tuple(model_args),
            dict(model_kwargs or {}),
        )  # fmt: skip
        density = self._density(plan, reuse=True)
        return self.make_chain(density, plan, 0, starts_of(self, density, plan)[0])

    def init(self, rng_key, num_warmup, init_params=None, model_args=(), model_kwargs=None):
        """Return the first `State` of a chain, for those who write the loop themselves.

        Parameters
        ----------
        rng_key : key
        num_warmup : int
        init_params : dict, optional
            Constrained values by site name.
        model_args : tuple
        model_kwargs : dict, optional
        """
        chain = self.open_chain(rng_key, num_warmup, init_params, model_args, model_kwargs)
        return self._opened_at(chain)

    def sample(self, state, model_args=(), model_kwargs=None):
        """Return the state after one transition, for those who write the loop themselves.

        Parameters
        ----------
        state : State
        model_args : tuple
        model_kwargs : dict, optional

        Notes
        -----
        A state holds its generator, so that the same state always has the same successor, and the
        draws are those of `MCMC` with this key and as much warmup.  The chain of the last call
        simply goes on if `state` is what that call returned; any other state, such as one with
        another position, is gone on from just the same.
        """
        chain = self._chain_at(state, tuple(model_args), dict(model_kwargs or {}))
        chain.advance(chain.num_done, chain.num_done + 1)
        return self._opened_at(chain)

    def postprocess_fn(self, model_args, model_kwargs):
        """Return a function from unconstrained values by site to values of all sites."""
        plan = RunPlan(
            [], as_key(0), 0, 0, model_args=tuple(model_args), model_kwargs=dict(model_kwargs or {})
        )
        density = self._density(plan, reuse=True)

        def postprocess(z):
            return map_leaves(lambda x: x[0], density.constrain(density.flatten(z)[None]))

        return postprocess

    def states_of(self, state, num_chains):
        """Return the states of single chains from that of a run, see `MCMCKernel.states_of`."""
        if isinstance(state, self.State):
            counts = self.count_of(state)
            require_chains(np.size(counts), num_chains)
            found, is_stacked = np.size(counts), np.ndim(counts) > 0
            return [slice_state(state, c) for c in range(found)] if is_stacked else [state]
        if not isinstance(state, (list, tuple)):
            raise wrong_state(state)
        require_chains(len(state), num_chains)
        for one in state:
            if not isinstance(one, self.State):
                raise wrong_state(one)
        return list(state)

    def state_of(self, chain, warmup=None):
        """Return the `State` of a chain.

        Parameters
        ----------
        chain : CompiledChain
        warmup : Continuation, optional
            What makes it possible to go on in the middle of warmup.
        """
        chain.begin()
        columns = {column.name: column for column in self.columns}
        *names, _, _ = self.State._fields
        values = [columns[name].now(chain) for name in names]
        return self.State(*values, self.adapt_state(chain, warmup), chain.plan.key_after)

    def __getstate__(self):
        """Compiled densities and open chains stay in this process."""
        return {**vars(self), "_density_of": None, "_opened": None}

    def _chain_at(self, state, model_args, model_kwargs):
        """Return a chain that is where a state says."""
        if not isinstance(state, self.State):
            raise wrong_state(state)
        warmup, count = self.continuation_of(state), int(self.count_of(state))
        num_warmup = 0 if warmup is None else warmup.num_warmup
        key = fold_in(state.rng_key, count)
        plan = RunPlan(
            [key], state.rng_key, num_warmup, 0, 1, False, None, model_args, model_kwargs,
            states=[state],
        )  # fmt: skip
        density = self._density(plan, reuse=True)
        known, chain = self._opened or (None, None)
        if known is state and chain.density is density:
            return chain
        chain = self.make_chain(density, plan, 0, self.position_of(state, density))
        if warmup is not None:
            chain.restore(warmup.snapshot)
            chain.offset = count - chain.num_done
            self.take_over(chain, state)
            chain.forget_density()
        return chain

    def _opened_at(self, chain):
        """Return the state of the chain that is open, and remember that it is open."""
        chain.begin()  # what is drawn at the start belongs to the snapshot
        warmup = Continuation(chain.plan.num_warmup, chain.snapshot())
        state = self.state_of(chain, warmup)
        self._opened = state, chain
        return state

    def _density(self, plan, reuse):
        """Return the compiled density; loops over single transitions reuse it while the arguments
        hold the same data."""
        start = None if self._potential_fn is None else self._start(plan)
        given = plan.model_args, plan.model_kwargs, map_leaves(np.shape, start)
        if reuse and self._density_of is not None:
            known, density = self._density_of
            if is_same_data(known, given):
                return density
        given = bound(given)
        if self._potential_fn is None:
            key = fold_in(plan.keys[0], Purpose.SITES) if plan.keys else 0
            density = self.compile(self._model, *given[:2], key)
        else:
            density = self.compile_function(self._potential_fn, start)
        self._density_of = (given, density) if reuse else None
        return density

    def _start(self, plan):
        """Return where the first chain starts, which tells what a potential function takes."""
        if plan.states is not None:
            return getattr(plan.states[0], self.sample_field)
        if plan.init_params is None and self._density_of is not None:
            return self._density_of[1].template
        return starts_of_chains(plan.init_params, len(plan.keys))[0]


def _two_numbers():
    sample("x", Normal(0.0, 1.0).expand([2]))


@record
class Continuation:
    """What a state holds so that a loop of one's own goes on from it.

    Attributes
    ----------
    num_warmup : int
        Of the loop.
    snapshot : ChainSnapshot
    """

    num_warmup: int
    snapshot: ChainSnapshot
