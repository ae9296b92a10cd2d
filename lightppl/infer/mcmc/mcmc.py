"""`MCMC`: run chains of a sampler on a model, and hand out draws, extra fields and a summary."""

from lightppl.arguments import check_callable, check_choice, check_count, check_flag, check_names
from lightppl.errors import ArgumentError, ModelError, ShapeError
from lightppl.infer.mcmc.execution import Execution, ExecutionOptions, refuse_second_run
from lightppl.infer.mcmc.plan import RunPlan
from lightppl.infer.mcmc.reader import ResultsReader
from lightppl.infer.mcmc.results import WhatIsRead
from lightppl.infer.mcmc.until import check_until
from lightppl.keys import Purpose, as_key, fold_in, split
from lightppl.settings import get_num_threads
from lightppl.when_used import module_when_used

checkpoints = module_when_used("lightppl.infer.mcmc.checkpoint")

CHAIN_METHODS = ("parallel", "sequential", "vectorized")


class MCMC(ResultsReader):
    """Markov chain Monte Carlo with any `MCMCKernel`.

    Parameters
    ----------
    sampler : MCMCKernel
        `NUTS`, `WALNUTS`, `HMC`, or one of your own.
    num_warmup : int
        Iterations of warmup of each chain; also spelled ``warmup_steps``.
    num_samples : int
        Iterations after it; the draws that are kept are ``num_samples // thinning``.
    num_chains : int
    thinning : int
        Of every so many iterations the last draw is kept.
    postprocess_fn : callable, optional
        From the unconstrained draw (for `NUTS` a dict by site) to what `get_samples` returns,
        instead of the sampler's own.
    chain_method : {"parallel", "sequential", "vectorized"}
        "parallel" runs chains in threads, see `lightppl.set_num_threads`; "vectorized" means the
        same here.
    progress_bar : bool
        A bar for each chain; in files and pipes a line now and then, if the run takes minutes.
    progress_rate, jit_model_args
        Accepted for compatibility; not needed.
    initial_params : object, optional
        ``init_params`` of every run.
    save_sites : sequence of str, optional
        The only sites whose draws are kept, deterministic ones included; by default all are.
    executor : concurrent.futures.Executor, optional
        Whose workers run the chains, instead of threads of this process: a ``ProcessPoolExecutor``,
        the ``get_executor()`` of a dask client, an ``MPIPoolExecutor``.  Draws are the same, bit by
        bit.  A chain that loses its worker is sent again from where it was.

    Attributes
    ----------
    post_warmup_state : state or None
        If set, `run` goes on from it without warmup.
    last_state : state or None
        With several chains its arrays have a leading axis of chains.

    Examples
    --------
    >>> import numpy as np, lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.infer import MCMC, NUTS
    >>> def model(y):
    ...     mu = lp.sample("mu", dist.Normal(0.0, 10.0))
    ...     with lp.plate("data", len(y)):
    ...         lp.sample("y", dist.Normal(mu, 1.0), obs=y)
    >>> mcmc = MCMC(NUTS(model), num_warmup=200, num_samples=300, num_chains=2, progress_bar=False)
    >>> mcmc.run(0, np.array([1.0, 2.0, 3.0]))
    >>> mcmc.get_samples()["mu"].shape, mcmc.get_samples(group_by_chain=True)["mu"].shape
    ((600,), (2, 300))
    """

    def __init__(
        self,
        sampler,
        *,
        num_samples,
        num_warmup=None,
        num_chains=1,
        thinning=1,
        postprocess_fn=None,
        chain_method="parallel",
        progress_bar=True,
        progress_rate=None,
        jit_model_args=False,
        warmup_steps=None,
        initial_params=None,
        save_sites=None,
        executor=None,
    ):
        if num_warmup is not None and warmup_steps is not None:
            raise ArgumentError(
                "MCMC takes num_warmup or warmup_steps, another spelling of it; found both."
            )
        num_warmup = warmup_steps if num_warmup is None else num_warmup
        if num_warmup is None:
            raise ModelError("Give MCMC num_warmup, the number of warmup iterations.")
        self.sampler = _kernel(sampler)
        self.num_warmup = check_count(num_warmup, "num_warmup")
        self.num_samples = check_count(num_samples, "num_samples", least=1)
        self.num_chains = check_count(num_chains, "num_chains", least=1)
        self.thinning = check_count(thinning, "thinning", least=1)
        if self.thinning > self.num_samples:
            raise ArgumentError(
                f"thinning={thinning} leaves none of {num_samples} samples; it must be at most "
                "num_samples."
            )
        if postprocess_fn is not None:
            check_callable(postprocess_fn, "postprocess_fn")
        self.postprocess_fn = postprocess_fn
        self.chain_method = check_choice(chain_method, "chain_method", CHAIN_METHODS)
        self.progress_bar = check_flag(progress_bar, "progress_bar")
        self.initial_params = initial_params
        self.save_sites = None if save_sites is None else check_names(save_sites, "save_sites")
        if self.save_sites is not None and postprocess_fn is not None:
            raise ArgumentError(
                "MCMC takes save_sites or postprocess_fn, which chooses what is kept itself; found "
                "both."
            )
        self.executor = executor
        if executor is not None:
            # loads multiprocessing, which only those need who have an executor
            from lightppl.infer.mcmc.executors import check_executor

            check_executor(executor)
        self.post_warmup_state = None
        self.last_state = None
        self._results = self._execution = None

    def __getstate__(self):
        """Draws and states travel with a copy; the run that made them stays in this process."""
        return {**vars(self), "_execution": None}

    def warmup(
        self,
        rng_key,
        *args,
        extra_fields=(),
        collect_warmup=False,
        init_params=None,
        **kwargs,
    ):
        """Run warmup only; the next `run` goes on from `post_warmup_state`.

        Parameters
        ----------
        rng_key : key, or list of keys, one a chain
        *args, **kwargs
            Of the model.
        extra_fields : sequence of str
        collect_warmup : bool
            Whether `get_samples` then returns the draws of warmup.
        init_params : dict, optional
        """
        self.post_warmup_state = None
        is_collected = check_flag(collect_warmup, "collect_warmup")
        self._begin(
            rng_key, args, kwargs, init_params, extra_fields,
            num_samples=0, collect_warmup=is_collected,
        ).perform()  # fmt: skip

    def run(
        self, rng_key, *args, extra_fields=(), init_params=None, until=None, checkpoint=None,
        **kwargs,
    ):  # fmt: skip
        """Run all chains: warmup, unless `post_warmup_state` is set, then sampling.

        Parameters
        ----------
        rng_key : key, or list of keys, one a chain
            None, an int, a SeedSequence, a Generator (which advances) or a key.
        *args, **kwargs
            Of the model; when it goes on from `post_warmup_state` they may be other data than those
            of warmup, with as many unknowns.
        extra_fields : sequence of str
            Fields of the state to collect, with dots for parts, as in "adapt_state.step_size".
            With "~z.site" the draws of a site are not kept.
        init_params : dict of str to array, optional
            Constrained values by site; some sites may be missing, and arrays may have a leading
            axis of chains.  With `potential_fn`, whatever structure it takes.
        until : ESS, RHat or a list of such rules, optional
            From `lightppl.infer.until`.  Sampling ends as soon as there are enough draws, which is
            looked at after fixed numbers of them; ``num_samples`` is the most.
        checkpoint : str or os.PathLike, optional
            A file that keeps draws and states, written every few seconds.  If the process is
            killed, the same call goes on from it, with the draws of a run that nobody broke off;
            of a run that had ended it returns those draws.  The file stays until somebody deletes
            it; it holds numbers and no code.

        Raises
        ------
        CheckpointError
            If the file is of another call (model, data, keys, sizes, options), or cannot be used.

        Notes
        -----
        Ctrl-C ends sampling and keeps the draws made so far.  An error in one chain stops the
        others, keeps their draws, and is raised when they can be had from `get_samples`.  The draws
        of an earlier run are forgotten when a run begins.
        """
        self._begin(
            rng_key, args, kwargs, init_params, extra_fields, until=until, checkpoint=checkpoint
        ).perform()

    def start(
        self, rng_key, *args, extra_fields=(), init_params=None, until=None, checkpoint=None,
        **kwargs,
    ):  # fmt: skip
        """Begin what `run` does, in threads behind the calling one, and return at once.

        Parameters are those of `run`.  A random key given as a Generator advances before this
        returns.

        Returns
        -------
        Execution
            With ``progress``, ``samples()`` made so far, ``stop()``, which keeps them, and
            ``wait()``, which raises what went wrong.  When it has ended, `get_samples` and all else
            is as after `run`.

        Examples
        --------
        >>> import lightppl as lp, lightppl.distributions as dist
        >>> from lightppl.infer import MCMC, NUTS
        >>> def model():
        ...     lp.sample("x", dist.Normal(0.0, 1.0))
        >>> mcmc = MCMC(NUTS(model), num_warmup=100, num_samples=2000, progress_bar=False)
        >>> handle = mcmc.start(0)
        >>> while not handle.wait(timeout=0.1):
        ...     found = handle.progress.num_done, handle.samples()
        >>> handle.progress.num_done, len(handle.samples()["x"])
        ((2100,), 2000)
        """
        return self._begin(
            rng_key, args, kwargs, init_params, extra_fields, until=until, checkpoint=checkpoint
        ).start()

    def _begin(
        self, rng_key, args, kwargs, init_params, extra_fields, *, until=None, checkpoint=None,
        num_samples=None, collect_warmup=False,
    ):  # fmt: skip
        """Return the execution of a run, and forget what an earlier one gave."""
        refuse_second_run(self._execution)
        self.last_state = self._results = None
        known = None
        if checkpoint is not None:
            checkpoint = checkpoints.check_path(checkpoint)
            known = checkpoints.keys_in(checkpoint) if rng_key is None else None
        keys, key_after = self._chain_keys(rng_key) if known is None else known
        states = None
        if self.post_warmup_state is not None:
            states = self.sampler.states_of(self.post_warmup_state, self.num_chains)
        plan = RunPlan(
            keys=keys,
            key_after=key_after,
            num_warmup=0 if states is not None else self.num_warmup,
            num_samples=self.num_samples if num_samples is None else num_samples,
            thinning=self.thinning,
            collect_warmup=collect_warmup,
            init_params=self.initial_params if init_params is None else init_params,
            model_args=args,
            model_kwargs=kwargs,
            extra_fields=check_names(extra_fields, "extra_fields"),
            states=states,
        )
        options = ExecutionOptions(
            what=WhatIsRead(self.sampler.sample_field, self.postprocess_fn, self.save_sites),
            num_threads=get_num_threads(),
            is_parallel=self.chain_method != "sequential",
            is_shown=self.progress_bar,
            until=check_until(until),
            checkpoint=checkpoint,
            executor=self.executor,
        )
        store = self._store_warmup if num_samples == 0 else self._store
        self._execution = Execution(self.sampler, plan, options, store)
        return self._execution

    def _store(self, results, is_complete):
        self.last_state, self._results = results.last_state, results

    def _store_warmup(self, results, is_complete):
        self._store(results, is_complete)
        self.post_warmup_state = results.last_state if is_complete else None

    def _chain_keys(self, rng_key):
        if isinstance(rng_key, (list, tuple)):
            keys = [as_key(key) for key in rng_key]
            if len(keys) != self.num_chains:
                raise ShapeError(f"{len(keys)} keys were given for {self.num_chains} chains.")
            return keys, fold_in(keys[0], Purpose.STATE_AFTER)
        key = as_key(rng_key)
        return split(key, self.num_chains), fold_in(key, Purpose.STATE_AFTER)


def _kernel(sampler):
    if isinstance(sampler, type) or not hasattr(sampler, "start_run"):
        found = getattr(sampler, "__name__", repr(sampler))
        raise ModelError(
            f"MCMC needs a kernel that holds the model, found {found}. Write "
            "MCMC(NUTS(model), ...)."
        )
    return sampler
