"""A plain loop that collects what it makes."""

import numpy as np


def fori_collect(
    lower,
    upper,
    body_fun,
    init_val,
    transform=lambda value: value,
    progbar=True,
    progress_rate=None,
    return_last_val=False,
    collection_size=None,
    thinning=1,
    **progbar_opts,
):
    """Run a loop and collect what it makes.

    Parameters
    ----------
    lower : int
        Collect from this iteration on.
    upper : int
        Number of iterations.
    body_fun : callable
        From one value to the next.
    init_val : object
    transform : callable
        From a value to what is collected: an array, or a tuple or dict of arrays.
    progbar, progress_rate, **progbar_opts
        Accepted for NumPyro's sake; nothing is drawn.
    return_last_val : bool
    collection_size : int, optional
        Default ``(upper - lower) // thinning``.
    thinning : int
        Collect every so many iterations.

    Returns
    -------
    collection
        Like ``transform(value)`` with a leading axis of length `collection_size`; with
        `return_last_val` a pair of it and the last value.

    Examples
    --------
    >>> fori_collect(0, 3, lambda x: x + 1.0, 0.0)
    array([1., 2., 3.])
    """
    size = (upper - lower) // thinning if collection_size is None else collection_size
    first = lower + (upper - lower) % thinning
    value, collected = init_val, []
    for i in range(upper):
        value = body_fun(value)
        if i >= first and (i - first + 1) % thinning == 0:
            collected.append(transform(value))
    collection = _stack(collected[-size:] if size else [])
    return (collection, value) if return_last_val else collection


def _stack(items):
    """Stack arrays, or the arrays in equal places of tuples or dicts."""
    if items and isinstance(items[0], dict):
        return {key: _stack([item[key] for item in items]) for key in items[0]}
    if items and isinstance(items[0], tuple):
        parts = [_stack(list(part)) for part in zip(*items)]
        make = type(items[0])
        return make(*parts) if hasattr(make, "_fields") else make(parts)
    return np.stack(items) if items else np.zeros(0)
