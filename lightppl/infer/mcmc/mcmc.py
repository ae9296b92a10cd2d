"""`MCMC`: run chains of a sampler on a model, and hand out draws, extra fields and a summary."""

from contextlib import suppress

import numpy as np

from lightppl.arguments import check_callable, check_choice, check_count, check_flag, check_names
from lightppl.diagnostics.ess import effective_sample_size
from lightppl.diagnostics.rhat import split_gelman_rubin
from lightppl.diagnostics.summary import summarize
from lightppl.errors import (
    ArgumentError, LightPPLError, LightPPLWarning, ModelError, SamplingWarning, ShapeError,
)
from lightppl.infer.mcmc.chains import run_chains
from lightppl.infer.mcmc.diagnosis import diagnose_run, warning_of_run
from lightppl.infer.mcmc.kept_draws import undisturbed, what_is_kept
from lightppl.infer.mcmc.plan import RunPlan
from lightppl.infer.mcmc.progress import ProgressDisplay
from lightppl.infer.mcmc.samples import by_name, join_chains, map_draws, without_sites
from lightppl.random import as_key, fold_in, split
from lightppl.settings import get_num_threads
from lightppl.user_line import warn

CHAIN_METHODS = ("parallel", "sequential", "vectorized")
STATE_AFTER = 3
"""Purpose of the key that a last state carries."""


class MCMC:
    """Markov chain Monte Carlo with any `MCMCKernel`.

    Parameters
    ----------
    sampler : MCMCKernel
        `NUTS`, `HMC`, or one of your own.
    num_warmup : int
        Iterations of warmup of each chain; also spelled ``warmup_steps``.
    num_samples : int
        Iterations after it; the draws that are kept are ``num_samples // thinning``.
    num_chains : int
    thinning : int
        Every so many iterations one draw is kept.
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
        self.post_warmup_state = None
        self.last_state = None
        self._samples = self._fields = self._statistics = None

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
        is_complete = self._start(
            rng_key, args, kwargs, init_params, extra_fields,
            num_samples=0, collect_warmup=check_flag(collect_warmup, "collect_warmup"),
        )  # fmt: skip
        if is_complete:
            self.post_warmup_state = self.last_state

    def run(self, rng_key, *args, extra_fields=(), init_params=None, **kwargs):
        """Run all chains: warmup, unless `post_warmup_state` is set, then sampling.

        Parameters
        ----------
        rng_key : key, or list of keys, one a chain
            None, an int, a SeedSequence, a Generator (which advances) or a key.
        *args, **kwargs
            Of the model.
        extra_fields : sequence of str
            Fields of the state to collect, with dots for parts, as in "adapt_state.step_size".
            With "~z.site" the draws of a site are not kept.
        init_params : dict of str to array, optional
            Constrained values by site; some sites may be missing, and arrays may have a leading
            axis of chains.  With `potential_fn`, whatever structure it takes.

        Notes
        -----
        Ctrl-C ends sampling and keeps the draws made so far.  An error in one chain stops the
        others, keeps their draws, and is raised when they can be had from `get_samples`.  The draws
        of an earlier run are forgotten when a run begins.
        """
        self._start(
            rng_key, args, kwargs, init_params, extra_fields,
            num_samples=self.num_samples, collect_warmup=False,
        )  # fmt: skip

    def get_samples(self, group_by_chain=False):
        """Return the draws by site, each (C * N, ...), or (C, N, ...) if grouped by chain."""
        self._require_run()
        is_grouped = check_flag(group_by_chain, "group_by_chain")
        return self._samples if is_grouped else join_chains(self._samples)

    def get_extra_fields(self, group_by_chain=False):
        """Return the collected fields by name, shaped as by `get_samples`."""
        self._require_run()
        is_grouped = check_flag(group_by_chain, "group_by_chain")
        return self._fields if is_grouped else join_chains(self._fields)

    def get_statistics(self, group_by_chain=False):
        """Return what the sampler reports of every draw, whether it was asked for or not.

        Parameters
        ----------
        group_by_chain : bool

        Returns
        -------
        dict of str to array
            Shaped as by `get_samples`; of `NUTS` ``diverging energy accept_prob num_steps
            tree_depth``.
        """
        self._require_run()
        return self._statistics if group_by_chain else join_chains(self._statistics)

    def summarize(self, prob=0.9, exclude_deterministic=True):
        """Return the `lightppl.diagnostics.Summary` of the draws.

        Parameters
        ----------
        prob : float
            Share of draws in the interval of highest density.
        exclude_deterministic : bool
        """
        self._require_run()
        return summarize(
            by_name(self._described_samples(exclude_deterministic)),
            prob=prob,
            extra=self._statistics,
            **self._limits,
        )

    def print_summary(self, prob=0.9, exclude_deterministic=True):
        """Print a table of the draws, and advice if something is wrong."""
        print(f"\n{self.summarize(prob, exclude_deterministic)}\n")

    def summary(self, prob=0.9, exclude_deterministic=True):
        """Print a table of the draws; another name of `print_summary`."""
        self.print_summary(prob, exclude_deterministic)

    def diagnose(self, exclude_deterministic=True):
        """Return what is wrong with the draws, at which sites and chains, and what to do.

        Parameters
        ----------
        exclude_deterministic : bool

        Returns
        -------
        lightppl.diagnostics.Diagnosis
            Printing it gives a list of findings, each with its remedy.
        """
        self._require_run()
        samples = self._described_samples(exclude_deterministic)
        return diagnose_run(
            samples, self._statistics, self.sampler, self.last_state, **self._limits
        )

    def transfer_states_to_host(self):
        """Do nothing: draws are NumPy arrays; kept for scripts written for NumPyro."""

    def diagnostics(self):
        """Return effective sample size and R-hat by site, divergences and acceptance by chain.

        Returns
        -------
        dict
            For each site ``{"n_eff": array, "r_hat": array}``; ``"divergences"`` maps chains to
            the draws that diverged; ``"acceptance rate"`` maps chains to means.
        """
        self._require_run()
        found = {
            name: {"n_eff": effective_sample_size(x), "r_hat": split_gelman_rubin(x)}
            for name, x in by_name(self._samples).items()
        }
        for key, name, reduce in (
            ("divergences", "diverging", lambda x: np.flatnonzero(x).tolist()),
            ("acceptance rate", "accept_prob", lambda x: float(np.mean(x))),
        ):
            if name in self._statistics:
                chains = enumerate(self._statistics[name])
                found[key] = {f"chain {c}": reduce(x) for c, x in chains}
        return found

    def _described_samples(self, exclude_deterministic):
        latent = getattr(self.last_state, self.sampler.sample_field, None)
        if exclude_deterministic and isinstance(self._samples, dict) and isinstance(latent, dict):
            return {n: x for n, x in self._samples.items() if n in latent} or self._samples
        return self._samples

    def _start(
        self, rng_key, args, kwargs, init_params, extra_fields, *, num_samples, collect_warmup
    ):
        """Run the chains and store what they give; return whether they did all they were asked."""
        self._forget()
        keys, key_after = self._chain_keys(rng_key)
        states = None
        if self.post_warmup_state is not None:
            states = self.sampler.states_of(self.post_warmup_state, self.num_chains)
        plan = RunPlan(
            keys=keys,
            key_after=key_after,
            num_warmup=0 if states is not None else self.num_warmup,
            num_samples=num_samples,
            thinning=self.thinning,
            collect_warmup=collect_warmup,
            init_params=self.initial_params if init_params is None else init_params,
            model_args=args,
            model_kwargs=kwargs,
            extra_fields=check_names(extra_fields, "extra_fields"),
            states=states,
        )
        run = self.sampler.start_run(plan)
        is_parallel = run.runs_in_threads and self.chain_method != "sequential"
        num_threads = get_num_threads() if is_parallel else int(run.runs_in_threads)
        display = ProgressDisplay(self.progress_bar, plan.num_warmup)
        progress = run_chains(
            run.chains, plan.num_iterations, num_threads=num_threads, display=display
        )
        try:
            with undisturbed(must_raise=not progress.was_interrupted):
                num_rows, remarks = what_is_kept(run, plan, progress)
                self._collect(run, plan, num_rows)
            trouble = None
            if num_samples and num_rows:
                samples = self._described_samples(exclude_deterministic=True)
                trouble = warning_of_run(samples, self._statistics, **self._limits)
            drawing = [] if display.trouble is None else [display.trouble]
            _warn(remarks + progress.remarks + drawing)
            _warn([] if trouble is None else [trouble], SamplingWarning)
        finally:  # whatever else went wrong, this is the cause
            if progress.errors:
                raise progress.errors[min(progress.errors)]
        return not progress.was_interrupted

    def _forget(self):
        """Forget what an earlier run gave, so that it cannot pass for that of a run that fails."""
        self.last_state = self._samples = self._fields = self._statistics = None

    def _collect(self, run, plan, num_rows):
        self.last_state = run.last_state()
        self._limits = run.limits
        if num_rows == 0:
            return
        names = dict.fromkeys((*run.default_field_names(), *plan.collected_fields))
        self._fields = run.fields(names, num_rows)
        self._statistics = run.statistics(num_rows)
        if self.postprocess_fn is None:
            self._samples = run.samples(num_rows)
        else:
            self._samples = map_draws(self.postprocess_fn, run.unconstrained(num_rows))
        dropped = plan.dropped_sites(self.sampler.sample_field)
        self._samples = without_sites(self._samples, dropped)

    def _chain_keys(self, rng_key):
        if isinstance(rng_key, (list, tuple)):
            keys = [as_key(key) for key in rng_key]
            if len(keys) != self.num_chains:
                raise ShapeError(f"{len(keys)} keys were given for {self.num_chains} chains.")
            return keys, fold_in(keys[0], STATE_AFTER)
        key = as_key(rng_key)
        return split(key, self.num_chains), fold_in(key, STATE_AFTER)

    def _require_run(self):
        if self._samples is None:
            raise LightPPLError("There are no draws yet: call run first.")


def _kernel(sampler):
    if isinstance(sampler, type) or not hasattr(sampler, "start_run"):
        found = getattr(sampler, "__name__", repr(sampler))
        raise ModelError(
            f"MCMC needs a kernel that holds the model, found {found}. Write "
            "MCMC(NUTS(model), ...)."
        )
    return sampler


def _warn(remarks, category=LightPPLWarning):
    """Show warnings at the line that called `MCMC.run`."""
    for remark in remarks:
        with suppress(OSError, ValueError):  # of a standard error that nobody can write to
            warn(remark, category)
