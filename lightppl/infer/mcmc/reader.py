"""What users read after a run: draws, fields, statistics, summaries and diagnoses."""

import numpy as np

from lightppl.arguments import check_flag
from lightppl.diagnostics.ess import effective_sample_size
from lightppl.diagnostics.rhat import split_gelman_rubin
from lightppl.diagnostics.summary import summarize
from lightppl.errors import LightPPLError
from lightppl.infer.mcmc.diagnosis import diagnose_run
from lightppl.infer.mcmc.samples import by_name, join_chains


class ResultsReader:
    """Reads the `RunResults` that an `MCMC` keeps of its last run.

    Attributes
    ----------
    sampler : MCMCKernel
    """

    sampler = None
    _results = _execution = None

    def get_samples(self, group_by_chain=False):
        """Return the draws by site, each (C * N, ...), or (C, N, ...) if grouped by chain."""
        samples = self._require_run().samples
        is_grouped = check_flag(group_by_chain, "group_by_chain")
        return samples if is_grouped else join_chains(samples)

    def get_extra_fields(self, group_by_chain=False):
        """Return the collected fields by name, shaped as by `get_samples`."""
        fields = self._require_run().fields
        is_grouped = check_flag(group_by_chain, "group_by_chain")
        return fields if is_grouped else join_chains(fields)

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
        statistics = self._require_run().statistics
        is_grouped = check_flag(group_by_chain, "group_by_chain")
        return statistics if is_grouped else join_chains(statistics)

    def summarize(self, prob=0.9, exclude_deterministic=True):
        """Return the `lightppl.diagnostics.Summary` of the draws.

        Parameters
        ----------
        prob : float
            Share of draws in the interval of highest density.
        exclude_deterministic : bool
        """
        results = self._require_run()
        samples = by_name(results.described(exclude_deterministic))
        return summarize(samples, prob=prob, extra=results.statistics, **results.limits)

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
        results = self._require_run()
        return diagnose_run(
            results.described(exclude_deterministic), results.statistics, self.sampler,
            results.last_state, **results.limits,
        )  # fmt: skip

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
        results = self._require_run()
        found = {
            name: {"n_eff": effective_sample_size(x), "r_hat": split_gelman_rubin(x)}
            for name, x in by_name(results.samples).items()
        }
        for key, name, reduce in (
            ("divergences", "diverging", lambda x: np.flatnonzero(x).tolist()),
            ("acceptance rate", "accept_prob", lambda x: float(np.mean(x))),
        ):
            if name in results.statistics:
                chains = enumerate(results.statistics[name])
                found[key] = {f"chain {c}": reduce(x) for c, x in chains}
        return found

    def _require_run(self):
        if self._results is None and self._execution is not None and self._execution.is_running:
            raise LightPPLError(
                "There are no draws yet: the run that was started has not ended. Its handle has "
                "the draws made so far, samples(), and waits for the others, wait()."
            )
        if self._results is None or self._results.samples is None:
            raise LightPPLError("There are no draws yet: call run first.")
        return self._results
