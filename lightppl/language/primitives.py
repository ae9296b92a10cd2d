"""The statements of the modelling language: sample, param, deterministic, factor and a few more.

Outside of any handler each of them just computes its value, so a model is an ordinary (stochastic)
function.  Inside, each becomes a `Message` and goes through the stack.
"""

import inspect

import numpy as np

from lightppl.autodiff import is_traced
from lightppl.autodiff.operation import as_int64, is_masked_array, refuse_masked
from lightppl.distributions import Unit, constraints
from lightppl.errors import ConstraintError, ModelError, ShapeError
from lightppl.language.as_given import as_given
from lightppl.language.checks import expanded_shape
from lightppl.language.missing import HiddenPart, fill_gaps, interleave
from lightppl.language.params import get_param_store
from lightppl.language.stack import Message, apply_stack, current_stack
from lightppl.random import as_key
from lightppl.settings import is_validation_enabled


def sample(name, fn, obs=None, rng_key=None, sample_shape=(), infer=None, obs_mask=None):
    """Draw from a distribution, or score an observation under it.

    Parameters
    ----------
    name : str
        Name of the site; used once in a model.
    fn : Distribution
    obs : array, optional
        Observed value.  Masked entries of a `numpy.ma.MaskedArray` are missing, see `obs_mask`.
    rng_key : None, int, SeedSequence, Generator or Key
        None leaves it to the `seed` handler or, without one, to the default generator.
    sample_shape : tuple of int
    infer : dict, optional
        Hints for inference, for example ``{"enumerate": "parallel"}``.
    obs_mask : bool array, optional
        Broadcastable to the batch shape: True where `obs` counts.  The other events, in row-major
        order, become the latent site ``<name>_unobserved``, the observed ones the site
        ``<name>_observed``, and ``<name>`` a deterministic site of observed and imputed values.

    Returns
    -------
    array, ``sample_shape + batch_shape + event_shape``

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> np.shape(lp.sample("x", dist.Normal(0, 1), sample_shape=(3,)))
    (3,)
    >>> lp.sample("y", dist.Normal(0, 1), obs=0.5)
    0.5
    """
    _check_site(name, fn)
    if is_masked_array(obs):
        obs, obs_mask = _open_masked_array(name, fn, obs, obs_mask)
    if obs_mask is not None:
        return _sample_partly_observed(name, fn, obs, rng_key, sample_shape, infer, obs_mask)
    obs = as_observation(name, obs)
    sample_shape = tuple(sample_shape)
    if not current_stack():
        return fn.sample(rng_key, sample_shape) if obs is None else obs
    kept = as_given(obs)
    msg = Message(
        "sample",
        name,
        as_given(fn),
        kwargs={"rng_key": rng_key, "sample_shape": sample_shape},
        value=kept,
        is_observed=obs is not None,
        infer={} if infer is None else dict(infer),
    )
    return _for_the_model(apply_stack(msg).value, kept, obs)


def _for_the_model(value, kept, given):
    """The value of a statement, as the model may write into it: what it gave itself, or a copy."""
    if value is kept and value is not None:
        return given
    return value.copy() if type(value) is np.ndarray else value


def param(name, init_value=None, *, constraint=constraints.real, event_dim=None, **kwargs):
    """Declare a parameter to be optimised.

    A value given by the `substitute` handler or found in the parameter store wins over
    `init_value`. Outside of any handler the value is entered into the store.

    Parameters
    ----------
    name : str
    init_value : array or callable, optional
        A callable takes no argument or a random key.
    constraint : Constraint
        Set that the value must stay in.
    event_dim : int, optional
        Number of rightmost dimensions that are no plate dimensions; needed for subsampling.

    Returns
    -------
    array

    Examples
    --------
    >>> import lightppl as lp
    >>> lp.clear_param_store()
    >>> float(lp.param("scale", 2.0, constraint=lp.distributions.constraints.positive))
    2.0
    >>> lp.clear_param_store()
    """
    kwargs = {"constraint": constraint, "event_dim": event_dim, **kwargs}
    if not current_stack():
        value = _initial_param(init_value, name=name, **kwargs)
        get_param_store()[name] = value
        return value
    msg = Message("param", name, _initial_param, (init_value,), {"name": name, **kwargs})
    return apply_stack(msg).value


def deterministic(name, value):
    """Give a name to a computed value, so that it is recorded.

    Parameters
    ----------
    name : str
    value : array

    Returns
    -------
    array
        `value`.

    Examples
    --------
    >>> deterministic("y", 3.0)
    3.0
    """
    if not current_stack():
        return value
    kept = as_given(value)
    found = apply_stack(Message("deterministic", name, lambda: kept, value=kept)).value
    return _for_the_model(found, kept, value)


def factor(name, log_factor):
    """Add a term to the log density.

    Parameters
    ----------
    name : str
    log_factor : array
        Inside a plate a scalar counts once for each element.

    Examples
    --------
    >>> factor("penalty", -0.5)
    """
    unit = Unit(log_factor)
    sample(name, unit, obs=np.zeros(np.shape(log_factor) + (0,)))


def subsample(data, event_dim):
    """Select the rows of `data` that belong to the subsamples of the plates around this statement.

    Parameters
    ----------
    data : array
    event_dim : int
        Number of rightmost dimensions of `data` that are no plate dimensions.

    Returns
    -------
    array

    Examples
    --------
    >>> import lightppl as lp
    >>> data = np.arange(10.0)
    >>> with lp.plate("data", 10, subsample_size=3):
    ...     lp.subsample(data, event_dim=0).shape
    (3,)
    """
    if not current_stack():
        return data
    msg = Message("subsample", None, lambda: data, kwargs={"event_dim": event_dim}, value=data)
    return apply_stack(msg).value


def prng_key():
    """Return a random key: from the `seed` handler or, without one, from the default generator.

    Examples
    --------
    >>> from lightppl.handlers import seed
    >>> with seed(rng_seed=0):
    ...     key = prng_key()
    """
    if not current_stack():
        return as_key(None)
    return apply_stack(Message("prng_key", None, _given_key, kwargs={"rng_key": None})).value


def get_mask():
    """Return the mask that the `mask` handlers around this statement give to a sample site.

    Returns
    -------
    bool, array or None
        None when there is no such handler; False means that no log density is needed here.
    """
    return apply_stack(Message("inspect", None, lambda: None, value=False)).mask


def as_observation(name, obs):
    """Return data for a site as a number, a float64, int64 or bool array, or a traced array.

    Raises
    ------
    ModelError
        If `obs` does not consist of numbers.
    """
    if obs is None or is_traced(obs) or isinstance(obs, (float, int)):
        return obs
    refuse_masked(obs)
    array = np.asarray(obs)
    if array.dtype.kind == "f":
        return array.astype(np.float64, copy=False)
    if array.dtype.kind in "iu":
        return as_int64(array)
    if array.dtype.kind == "b":
        return array
    raise ModelError(
        f"Site {name!r} got an observation of dtype {array.dtype}, expected numbers. Convert it "
        "first; mark missing entries as NaN or with a numpy masked array.",
        found=obs,
    )


def _check_site(name, fn):
    if not isinstance(name, str):
        raise ModelError(
            f"sample needs the name of its site first, a string; found {name!r}. Write "
            "sample(name, distribution)."
        )
    if isinstance(fn, type):
        raise ModelError(
            f"Site {name!r} got the class {fn.__name__} where a distribution was expected. Call "
            f"the class with its parameters, as in sample({name!r}, {fn.__name__}(...))."
        )
    if not (hasattr(fn, "log_prob") and hasattr(fn, "sample")):
        raise ModelError(
            f"Site {name!r} needs a distribution of lightppl.distributions, found "
            f"{type(fn).__name__}."
        )


def _sample_partly_observed(name, fn, obs, rng_key, sample_shape, infer, obs_mask):
    """Split a site into an observed part, a hidden part, and both put together."""
    around = apply_stack(Message("inspect", None, lambda: None, value=False))
    batch_shape = tuple(sample_shape) + tuple(fn.batch_shape)
    for frame in around.cond_indep_stack:
        batch_shape = expanded_shape(name, fn, batch_shape, frame, around.cond_indep_stack)
    fn = fn.expand(batch_shape)
    known, is_known = fill_gaps(name, fn, obs, obs_mask)
    observed = _send_part(f"{name}_observed", fn, rng_key, infer, known, is_known)
    if is_known.all():
        return deterministic(name, observed).copy()
    # A weight for each element, or a subsample of another size each time, needs the whole shape.
    is_weighted = np.ndim(around.mask) > 0 or np.ndim(around.scale) > 0
    if is_weighted or around.get("is_subsampled", False):
        hidden = _send_part(f"{name}_unobserved", fn, rng_key, infer)
        by_event = is_known.reshape(is_known.shape + (1,) * len(fn.event_shape))
        return deterministic(name, np.where(by_event, observed, hidden))
    part = HiddenPart(fn, known, is_known)
    hidden = _send_part(f"{name}_unobserved", part, rng_key, infer, is_outside_plates=True)
    return deterministic(name, interleave(observed, hidden, is_known))


def _send_part(name, fn, rng_key, infer, value=None, mask=None, is_outside_plates=False):
    msg = Message(
        "sample",
        name,
        as_given(fn),
        kwargs={"rng_key": rng_key, "sample_shape": ()},
        value=as_given(value),
        is_observed=value is not None,
        mask=mask,
        infer={} if infer is None else dict(infer),
    )
    msg["is_outside_plates"] = is_outside_plates
    return apply_stack(msg).value


def _open_masked_array(name, fn, obs, obs_mask):
    """Return (data, mask of what is observed) of a numpy masked array."""
    if obs_mask is not None:
        raise ModelError(f"Site {name!r} got both a masked array and obs_mask; give one of them.")
    is_missing = np.ma.getmaskarray(obs)
    if not is_missing.any():
        return obs.data, None
    event_dim = len(fn.event_shape)
    if event_dim:
        is_missing = is_missing.any(axis=tuple(range(-event_dim, 0)))
    return obs.data, ~is_missing


def _given_key(rng_key):
    return as_key(None) if rng_key is None else rng_key


def _initial_param(init_value, *, name, constraint, event_dim, **kwargs):
    """Return the value of a parameter nobody substituted: from the store, else the initial one."""
    store = get_param_store()
    if name in store:
        return store[name]
    if init_value is None:
        raise ModelError(
            f"Parameter {name!r} has no initial value and is not in the parameter store. Give "
            "init_value, or substitute it.",
            stored=sorted(store),
        )
    if callable(init_value):
        init_value = init_value(prng_key()) if _takes_key(init_value) else init_value()
    value = init_value if is_traced(init_value) else np.asarray(init_value, dtype=np.float64)
    if is_validation_enabled() and not is_traced(value):
        _check_initial_param(name, value, constraint, event_dim)
    return value


def _takes_key(function):
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return any(p.kind in positional and p.default is p.empty for p in parameters)


def _check_initial_param(name, value, constraint, event_dim):
    if not np.all(constraint(value)):
        raise ConstraintError(
            f"Parameter {name!r} has an initial value outside of its constraint {constraint}.",
            value=value,
        )
    if event_dim is not None and event_dim > np.ndim(value):
        raise ShapeError(
            f"Parameter {name!r} has event_dim {event_dim}, more than the dimensions of its shape "
            f"{np.shape(value)}."
        )
