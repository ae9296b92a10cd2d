"""What a run of `MCMC` gives: draws, fields, statistics and the last state, read once from it."""

from lightppl.infer.mcmc.samples import map_draws, with_sites, without_sites
from lightppl.records import record


@record
class RunResults:
    """Draws and reports of one run, chains apart.

    Attributes
    ----------
    last_state : object
        Of the sampler; with several chains its arrays have a leading axis.
    limits : dict of str to object
        Largest values that statistics can take, as keyword arguments of `summarize`.
    samples : structure of (C, N, ...) arrays, or None
        None if there are no draws, as after `MCMC.warmup`.
    fields : dict of str to structure of (C, N, ...) arrays
    statistics : dict of str to (C, N) array
    latent_names : frozenset of str, or None
        The latent sites, where draws have names.
    """

    last_state: object
    limits: dict
    samples: object = None
    fields: object = None
    statistics: object = None
    latent_names: object = None

    def described(self, exclude_deterministic):
        """Return the draws that summaries and diagnoses are about."""
        samples, latent = self.samples, self.latent_names
        if exclude_deterministic and isinstance(samples, dict) and latent is not None:
            return {name: x for name, x in samples.items() if name in latent} or samples
        return samples


@record
class WhatIsRead:
    """What is read from the chains of a run.

    Attributes
    ----------
    sample_field : str
        Under which the state of the sampler holds its draw.
    postprocess_fn : callable or None
        Of the user, from one unconstrained draw.
    save_sites : tuple of str or None
        The sites whose draws are kept; None keeps all.
    """

    sample_field: str
    postprocess_fn: object = None
    save_sites: object = None


def read_results(run, plan, what, num_rows, store=None):
    """Return the `RunResults` of a run.

    Parameters
    ----------
    run : Run
    plan : RunPlan
    what : WhatIsRead
    num_rows : int
        Draws of each chain; 0 if there are none.
    store : SiteStore, optional
        That has the draws.
    """
    state = run.last_state()
    latent = getattr(state, what.sample_field, None)
    if num_rows == 0:
        return RunResults(state, run.limits)
    names = dict.fromkeys((*run.default_field_names(), *plan.collected_fields))
    return RunResults(
        last_state=state,
        limits=run.limits,
        fields=run.fields(names, num_rows),
        statistics=run.statistics(num_rows),
        samples=read_samples(run, plan, what, num_rows, store),
        latent_names=frozenset(latent) if isinstance(latent, dict) else None,
    )


def read_samples(run, plan, what, num_rows, store=None):
    """Return the draws that users see, a structure of (C, N, ...) arrays."""
    if store is not None:
        return store.samples(run.chains, num_rows)
    if what.postprocess_fn is None:
        samples = run.samples(num_rows)
    else:
        samples = map_draws(what.postprocess_fn, run.unconstrained(num_rows))
    samples = without_sites(samples, plan.dropped_sites(what.sample_field))
    return samples if what.save_sites is None else with_sites(samples, what.save_sites)
