"""Nested sampling of a model, by dynesty: posterior draws with weights, and the evidence.

References: Skilling (2006), "Nested sampling for general Bayesian computation"; Speagle (2020),
"dynesty: a dynamic nested sampling package for estimating Bayesian posteriors and evidences".

Legend: ``C`` dimension of the unit cube; ``N`` draws.
"""

import numpy as np

from lightppl.arguments import check_by_name, check_callable, check_count, check_flag
from lightppl.errors import ArgumentError, LightPPLError
from lightppl.infer.evidence.unit_cube import on_unit_cube
from lightppl.infer.evidence.weighted_draws import effective_number, normalized, table_of
from lightppl.keys import Purpose, as_generator, as_key, fold_in
from lightppl.records import record

OURS = ("loglikelihood", "prior_transform", "ndim", "rstate", "live_points", "blob")
"""Arguments of dynesty that follow from the model and the key."""

NUM_SIMULATIONS = 200
"""Of the volumes of a run, for the error of its evidence."""


@record
class NestedDiagnostics:
    """How a nested sampling went.

    Attributes
    ----------
    log_evidence, log_evidence_error : float
        Logarithm of the evidence, and its standard error.
    information : float
        Kullback-Leibler divergence from prior to posterior, in nats.
    num_live_points, num_iterations, num_likelihood_evaluations : int
    effective_sample_size : float
        Draws of equal weight that the weighted ones are worth.
    is_compiled : bool
        Whether the likelihood is machine code.
    """

    log_evidence: float
    log_evidence_error: float
    information: float
    num_live_points: int
    num_iterations: int
    num_likelihood_evaluations: int
    effective_sample_size: float
    is_compiled: bool


class NestedSampler:
    """Nested sampling: the evidence of a model, and weighted draws from its posterior.

    The prior is explored from outside inwards through shells of rising likelihood, which needs no
    gradient and no starting point, and finds separate modes of a posterior.  It is for models of
    up to some twenty latent numbers.

    The unit cube is mapped to the prior site by site (`UniformReparam`), discrete sites included,
    and the likelihood is compiled.  Needs dynesty: ``pip install 'lightppl[nested]'``.

    Parameters
    ----------
    model : callable
    constructor_kwargs : dict, optional
        For `dynesty.NestedSampler`: ``nlive`` (live points, 500 by default; the error of the
        evidence falls with its square root), ``bound``, ``sample``, ``walks``, ...
    termination_kwargs : dict, optional
        For its ``run_nested``: ``dlogz`` (what may be missing of the log evidence), ``maxiter``,
        ``maxcall``, ``print_progress`` (False by default), ...

    Attributes
    ----------
    results : dynesty.results.Results
        Of the last run; its samples are points of the unit cube.

    Raises
    ------
    ModuleNotFoundError
        If dynesty is not installed.

    References
    ----------
    Skilling (2006), sec. 5 and 6; Speagle (2020).

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> def model(y):
    ...     mu = lp.sample("mu", dist.Normal(0.0, 10.0))
    ...     lp.sample("y", dist.Normal(mu, 1.0), obs=y)
    >>> sampler = NestedSampler(model, constructor_kwargs={"nlive": 100})  # doctest: +SKIP
    >>> sampler.run(0, np.array([1.0, 2.0, 3.0]))  # doctest: +SKIP
    >>> sampler.get_samples(1, 1000)["mu"].shape  # doctest: +SKIP
    (1000,)
    """

    def __init__(self, model, *, constructor_kwargs=None, termination_kwargs=None):
        _dynesty()
        self.model = check_callable(model, "model")
        self.constructor_kwargs = _options(constructor_kwargs, "constructor_kwargs")
        self.termination_kwargs = _options(termination_kwargs, "termination_kwargs")
        for name in OURS:
            if name in self.constructor_kwargs:
                raise ArgumentError(
                    f"constructor_kwargs must not name {name!r}: it follows from the model or the "
                    "key. Leave it out."
                )
        self._results = self._samples = self._log_weights = self._is_compiled = None
        self._log_evidence_error = None

    def run(self, rng_key, *args, **kwargs):
        """Run until the rest of the evidence is negligible.

        Parameters
        ----------
        rng_key : key
            The same key gives the same run.
        *args, **kwargs
            Arguments of the model.

        Raises
        ------
        ModelError
            If a latent site has an improper prior, or no map from the unit cube.
        """
        key = as_key(rng_key)
        cube = on_unit_cube(self.model, args, kwargs, fold_in(key, Purpose.SITES))
        sampler = _dynesty().NestedSampler(
            cube.log_likelihood,
            _unchanged,
            cube.size,
            rstate=as_generator(fold_in(key, Purpose.STEPS)),
            **self.constructor_kwargs,
        )
        sampler.run_nested(**{"print_progress": False, **self.termination_kwargs})
        self._results, self._is_compiled = sampler.results, cube.is_compiled
        rng = as_generator(fold_in(key, Purpose.RESAMPLING))
        self._log_evidence_error = error_of_log_evidence(self._results, rng)
        self._log_weights = normalized(np.asarray(self._results.logwt, np.float64))
        self._samples = cube.sites_at(np.asarray(self._results.samples, np.float64))

    @property
    def results(self):
        """The `Results` of dynesty."""
        return self._require_run()

    @property
    def log_evidence(self):
        """Logarithm of the evidence: the probability (density) of the data under the model."""
        return float(self._require_run().logz[-1])

    @property
    def log_evidence_error(self):
        """Standard error of `log_evidence`, see `error_of_log_evidence`."""
        self._require_run()
        return self._log_evidence_error

    def get_samples(self, rng_key, num_samples, *, group_by_chain=False):
        """Return draws of equal weight: latent and deterministic sites.

        Parameters
        ----------
        rng_key : key
        num_samples : int
            Drawn with replacement from the weighted draws.
        group_by_chain : bool
            Whether to put an axis of one chain in front.

        Returns
        -------
        dict of str to (num_samples, ...) array
        """
        samples, log_weights = self.get_weighted_samples()
        num_samples = check_count(num_samples, "num_samples", least=1)
        probs = np.exp(log_weights)
        chosen = as_generator(rng_key).choice(len(probs), num_samples, p=probs / probs.sum())
        lead = (None,) if check_flag(group_by_chain, "group_by_chain") else ()
        return {name: x[chosen][lead] if lead else x[chosen] for name, x in samples.items()}

    def get_weighted_samples(self):
        """Return all draws, and their log weights.

        Returns
        -------
        samples : dict of str to (N, ...) array
        log_weights : (N,) float64
            Their exponentials sum to one.
        """
        self._require_run()
        return dict(self._samples), self._log_weights.copy()

    def print_summary(self):
        """Print the evidence and a table of the weighted draws."""
        found = self.diagnostics()
        print(
            f"\n{table_of(self._samples, self._log_weights)}\n\n"
            f"log evidence {found.log_evidence:.3f} +- {found.log_evidence_error:.3f}, "
            f"information {found.information:.2f} nats, {len(self._log_weights)} weighted draws "
            f"worth {found.effective_sample_size:.0f}, "
            f"{found.num_likelihood_evaluations} evaluations of the likelihood.\n"
        )

    def diagnostics(self):
        """Return how the run went.

        Returns
        -------
        NestedDiagnostics
            For pictures, give `results` to `dynesty.plotting`.
        """
        results = self._require_run()
        return NestedDiagnostics(
            self.log_evidence,
            self.log_evidence_error,
            float(results.information[-1]),
            int(results.nlive),
            int(results.niter),
            int(np.sum(results.ncall)),
            float(effective_number(self._log_weights)),
            self._is_compiled,
        )

    def _require_run(self):
        if self._results is None:
            raise LightPPLError("There are no draws yet: call run first.")
        return self._results


def error_of_log_evidence(results, rng):
    """Return the standard error of the log evidence of a run, by simulating what is random in it.

    Of the volumes inside of the shells only the distribution is known: each is the one before times
    the largest of as many uniform numbers as there were live points.  dynesty's own ``logzerr`` is
    a bound by the information, and counts the last live points as if they were shells of a run:
    with 400 live points it is up to twice as large.

    Parameters
    ----------
    results : dynesty.results.Results
    rng : numpy.random.Generator

    Returns
    -------
    float

    References
    ----------
    Skilling (2006), sec. 5; Higson et al. (2018), "Sampling errors in nested sampling parameter
    estimation", sec. 3.
    """
    log_l = np.asarray(results.logl, np.float64)
    # the last live points are taken away one by one, and not replaced
    num_last = len(log_l) - int(results.niter)
    num_live = np.concatenate(
        [np.full(int(results.niter), float(results.nlive)), np.arange(num_last, 0.0, -1.0)]
    )
    log_volume = np.cumsum(np.log(rng.random((NUM_SIMULATIONS, len(log_l)))) / num_live, axis=1)
    before = np.concatenate([np.zeros((NUM_SIMULATIONS, 1)), log_volume[:, :-1]], axis=1)
    log_shell = before + np.log(-np.expm1(log_volume - before))
    # the likelihood of a shell is the mean of those at its two surfaces
    outer = np.concatenate([[-np.inf], log_l[:-1]])
    log_terms = np.logaddexp(log_l, outer) - np.log(2.0) + log_shell
    return float(np.std(np.logaddexp.reduce(log_terms, axis=1), ddof=1))


def _unchanged(u):
    """The prior is uniform on the cube already: quantiles are part of the likelihood."""
    return u


def _options(given, name):
    return {} if given is None else check_by_name(given, name)


def _dynesty():
    try:
        # optional, and slow to load
        import dynesty
    except ModuleNotFoundError as error:
        if error.name != "dynesty":
            raise
        raise ModuleNotFoundError(
            "NestedSampler needs dynesty, which is not installed: pip install 'lightppl[nested]', "
            "or in a clone pip install -e '.[nested]'.",
            name="dynesty",
        ) from error
    return dynesty
