"""What users hand in, arrays of draws or the sampler that made them, as draws by site.

A sampler is known by its methods ``get_samples(group_by_chain=True)`` and, if it reports anything
about its draws, ``get_statistics(group_by_chain=True)``; `lightppl.infer.MCMC` has both.
"""

import numpy as np

from lightppl.arguments import check_by_name, check_flag, check_numbers


def draws_by_site(samples, group_by_chain=True):
    """Return draws by site, with an axis of chains in front.

    Parameters
    ----------
    samples : MCMC, dict of str to array, or array
        Arrays of shape (C, N, *shape), or (N, *shape) without `group_by_chain`; a bare array is
        the site ``Param:0``.
    group_by_chain : bool
        Does not matter for an `MCMC`.

    Returns
    -------
    dict of str to (C, N, *shape) array

    Examples
    --------
    >>> draws_by_site({"x": np.zeros(100)}, group_by_chain=False)["x"].shape
    (1, 100)
    """
    if hasattr(samples, "get_samples"):
        samples, group_by_chain = samples.get_samples(group_by_chain=True), True
    if not hasattr(samples, "items"):
        samples = {"Param:0": samples}
    arrays = {
        name: check_numbers(x, f"site {name!r}", finite=False)
        for name, x in check_by_name(samples, "samples").items()
    }
    if check_flag(group_by_chain, "group_by_chain"):
        return arrays
    return {name: x[None] for name, x in arrays.items()}


def statistics_of(samples):
    """Return what a sampler reports about each draw, or an empty dict for arrays.

    Parameters
    ----------
    samples : MCMC, dict of str to array, or array

    Returns
    -------
    dict of str to (C, N) array
        Such as ``energy`` and ``diverging``.

    Examples
    --------
    >>> statistics_of({"x": np.zeros((4, 100))})
    {}
    """
    if hasattr(samples, "get_statistics"):
        return samples.get_statistics(group_by_chain=True)
    return {}
