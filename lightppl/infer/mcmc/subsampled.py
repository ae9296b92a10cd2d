"""`HMCECS`: Hamiltonian Monte Carlo on subsamples of the data, which change between transitions."""

from functools import partial
from typing import NamedTuple

import numpy as np

from lightppl.arguments import check_count, shown
from lightppl.density import compile_density
from lightppl.density.potential import AnyPoint
from lightppl.distributions import Normal
from lightppl.errors import ArgumentError, ModelError
from lightppl.handlers import seed, trace
from lightppl.infer.mcmc.columns import Column
from lightppl.infer.mcmc.hmc import HMC
from lightppl.infer.mcmc.interleaved import InterleavedKernel, inner_state
from lightppl.infer.mcmc.nuts import NUTS
from lightppl.infer.mcmc.subsampled_estimate import TaylorProxy, taylor_proxy
from lightppl.infer.mcmc.walnuts import WALNUTS
from lightppl.kernels.subsampled import ALGORITHMS, make_arrays
from lightppl.language.plate import plate
from lightppl.language.primitives import sample
from lightppl.random import as_generator


class HMCECSState(NamedTuple):
    """State of `HMCECS`.

    Attributes
    ----------
    z : dict of str to array
        Unconstrained values of latent sites; and the indices of each subsampled plate, by its name.
    hmc_state : HMCState
        Of the inner kernel; its potential energy is that of the estimate.
    rng_key : Key
    gibbs_state : tuple
        Empty: a proxy keeps nothing from one transition to the next.
    accept_prob : float
        Of the last proposal of indices.
    """

    z: object
    hmc_state: object
    rng_key: object
    gibbs_state: object
    accept_prob: object


class HMCECS(InterleavedKernel):
    """Hamiltonian Monte Carlo with energy conserving subsampling.

    For models with ``plate(name, size, subsample_size)``: a gradient looks at the rows of a
    subsample only.  The indices of the subsample are part of the state.  Before each transition of
    `inner_kernel` one block of them is drawn anew, uniformly with replacement, and accepted or
    rejected by the ratio of the two estimates of the density; the transition then takes place on
    the density that these indices give.

    What is sampled is the density proportional to ``exp(estimate)`` of latent values and indices,
    exactly; so latent values have the distribution proportional to its sum over all subsamples.
    Without a proxy the estimate is the model's own log density, with the likelihood of the
    subsample multiplied by ``size / subsample_size``.  It is unbiased on the log scale and far from
    that on the scale of the density, so the distribution can be much wider than the posterior.
    With `taylor_proxy` it comes close to the posterior.

    Parameters
    ----------
    inner_kernel : HMC
        `HMC`, `NUTS` or `WALNUTS` of a model in which at least one plate is subsampled.
    num_blocks : int
        Into how many blocks, as equal as can be, the indices of each plate are divided; at most the
        smallest `subsample_size`.  The more blocks, the more proposals are accepted.
    proxy : TaylorProxy, optional
        Made by `taylor_proxy`: Taylor polynomials of each row's log likelihood as control variates.

    Raises
    ------
    ArgumentError
        If an argument is none of these.
    ModelError, UnsupportedOperationError
        When a run begins: without a subsampled plate; with a proxy, if an observed site is in two
        subsampled plates, if a latent site is in one, or if one has no observed site.

    Notes
    -----
    With several subsampled plates one block of each is proposed together.  Indices are never part
    of the draws; they are in ``extra_fields=("z",)``.  The first indices are drawn without
    replacement, as a plate draws them.

    References
    ----------
    Dang, Quiroz, Kohn, Tran and Villani (2019), "Hamiltonian Monte Carlo with energy conserving
    subsampling", algorithm 1; Tran, Kohn, Quiroz and Villani (2016), "The block pseudo-marginal
    sampler"; Betancourt (2015), "The fundamental incompatibility of scalable Hamiltonian Monte
    Carlo and naive data subsampling".

    Examples
    --------
    >>> import numpy as np, lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.infer import HMCECS, MCMC, NUTS
    >>> def model(data):
    ...     x = lp.sample("x", dist.Normal(0.0, 1.0))
    ...     with lp.plate("N", len(data), subsample_size=100):
    ...         batch = lp.subsample(data, event_dim=0)
    ...         lp.sample("obs", dist.Normal(x, 1.0), obs=batch)
    >>> data = np.random.default_rng(0).normal(1.0, 1.0, 10_000)
    >>> kernel = HMCECS(NUTS(model), num_blocks=10, proxy=HMCECS.taylor_proxy({"x": data.mean()}))
    >>> mcmc = MCMC(kernel, num_warmup=200, num_samples=200, progress_bar=False)
    >>> mcmc.run(0, data)
    >>> bool(abs(mcmc.get_samples()["x"].mean() - data.mean()) < 0.005)
    True
    """

    State = HMCECSState

    def __init__(self, inner_kernel, *, num_blocks=1, proxy=None):
        super().__init__(inner_kernel)
        self.num_blocks = check_count(num_blocks, "num_blocks", least=1)
        if proxy is not None and not isinstance(proxy, TaylorProxy):
            raise ArgumentError(
                f"proxy must be None or what taylor_proxy returns, found {shown(proxy)}."
            )
        self.proxy = proxy

    taylor_proxy = staticmethod(taylor_proxy)

    @property
    def algorithm(self):
        """The algorithm of the inner kernel, after an update of indices."""
        return ALGORITHMS[self.inner_kernel.algorithm.name]

    @property
    def options(self):
        """What the user chose, as kernels want it."""
        return self.algorithm.Options(*self.inner_kernel.options, self.num_blocks)

    @property
    def columns(self):
        """What is reported: of the indices, how likely their update was accepted."""
        return (*super().columns, Column("accept_prob", "index_accept_prob"))

    def held_names(self, model, model_args, model_kwargs, rng_key):
        """Return the names of the plates that are subsampled."""
        with trace() as found, AnyPoint(as_generator(rng_key)):
            seed(model, rng_key)(*model_args, **model_kwargs)
        sizes = {name: site.args for name, site in found.items() if site.type == "plate"}
        sizes = {name: args for name, args in sizes.items() if args[1] < args[0]}
        if not sizes:
            raise ModelError(
                "HMCECS is for models with a subsampled plate, and this one has none. Write "
                "plate(name, size, subsample_size=...) with fewer than all rows, or use the inner "
                "kernel alone."
            )
        for name, (_, subsample_size) in sizes.items():
            if self.num_blocks > subsample_size:
                raise ArgumentError(
                    f"num_blocks is {self.num_blocks}, more than the {subsample_size} indices of "
                    f"the plate {name!r}."
                )
        return tuple(sizes)

    def compile(self, model, model_args, model_kwargs, rng_key):
        """Return the compiled estimate of the density of a model, with indices held."""
        names = self.held_names(model, model_args, model_kwargs, rng_key)
        estimate = None
        if self.proxy is not None:
            estimate = partial(self.proxy.estimate_of, jit=self.jit_compile)
        return compile_density(
            model, model_args, model_kwargs, rng_key=rng_key, jit=self.jit_compile, held=names,
            estimate=estimate,
        )  # fmt: skip

    def make_work(self, density, q, state):
        """Return the arrays of a chain that begins at `q`."""
        held = density.held
        plates = [(density.trace[x].args[0], held.slices[x].start, len(density.trace[x].value))
                  for x in held.names]  # fmt: skip
        inner = self.inner_kernel.make_work(density, q, inner_state(state))
        return self.algorithm.Work(*inner, *make_arrays(plates, held.size, density.size))

    def state_of(self, chain, warmup=None):
        """Return the `HMCECSState` of a chain."""
        found = super().state_of(chain, warmup)
        accept_prob = float(chain.last_info[chain.info_index("index_accept_prob")])
        return HMCECSState(*found, (), accept_prob)

    @classmethod
    def is_complete(cls):
        """Return whether this is a sampler."""
        return True

    @classmethod
    def to_warm(cls):
        """Yield samplers that together use all kernels."""
        for sampler in (HMC, NUTS, WALNUTS):
            yield cls(sampler(_two_of_three, jit_compile=False))


def _two_of_three():
    mean = sample("mean", Normal(0.0, 1.0))
    with plate("rows", 3, subsample_size=2) as index:
        sample("x", Normal(mean, 1.0), obs=1.0 * index)
