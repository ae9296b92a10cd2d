"""Draws as ArviZ's `InferenceData`, for its pictures, comparisons and files.

Reference: Kumar, Carroll, Hartikainen, Martin (2019), "ArviZ a unified library for exploratory
analysis of Bayesian models in Python", JOSS 4(33).
"""

import numpy as np

from lightppl.diagnostics.fits import draws_by_site, statistics_of


def to_arviz(samples, **groups):
    """Return draws, and what the sampler reported about them, as ArviZ's `InferenceData`.

    Parameters
    ----------
    samples : MCMC, or dict of str to (C, N, *shape) array
    **groups : dict of str to array
        Further groups: ``posterior_predictive`` and ``log_likelihood``, each (C, N, ...), or
        (C * N, ...) as `Predictive` and `log_likelihood` return them; ``prior``,
        ``observed_data``, ``constant_data``.

    Returns
    -------
    arviz.InferenceData

    Examples
    --------
    >>> data = to_arviz({"mu": np.zeros((4, 100))}, observed_data={"y": np.zeros(3)})
    >>> data.posterior["mu"].shape
    (4, 100)
    """
    arviz = _arviz()
    posterior = draws_by_site(samples)
    chains_and_draws = np.shape(next(iter(posterior.values())))[:2]
    found = {"posterior": posterior}
    statistics = statistics_of(samples)
    if statistics:
        found["sample_stats"] = {_NAMES.get(name, name): x for name, x in statistics.items()}
    for group, arrays in groups.items():
        is_of_draws = group in ("posterior_predictive", "log_likelihood")
        found[group] = {
            name: _by_chain(np.asarray(x), chains_and_draws) if is_of_draws else np.asarray(x)
            for name, x in arrays.items()
        }
    is_old = arviz.__version__.startswith("0.")
    return arviz.from_dict(**found) if is_old else arviz.from_dict(found)


def _arviz():
    try:
        import arviz
    except ModuleNotFoundError as error:
        if error.name != "arviz":
            raise
        raise ModuleNotFoundError(
            "to_arviz needs ArviZ, which is not installed: pip install 'lightppl[arviz]', or in a "
            "clone pip install -e '.[arviz]'.",
            name="arviz",
        ) from error
    return arviz


def _by_chain(x, chains_and_draws):
    if x.shape[:2] == chains_and_draws or x.shape[0] != np.prod(chains_and_draws):
        return x
    return x.reshape(chains_and_draws + x.shape[1:])


_NAMES = {"accept_prob": "acceptance_rate", "num_steps": "n_steps", "potential_energy": "potential"}
"""Names of statistics that ArviZ calls otherwise."""
