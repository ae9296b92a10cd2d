"""Checks of arguments at the border: kind and range, one sentence that names the argument.

Each function returns the argument in its plain form, or raises `ArgumentError`: what the argument
is called, what was expected, what was found.  None, NaN, text and truth values never pass for
numbers.
"""

import math
import numbers
import operator

import numpy as np

from lightppl.errors import ArgumentError


def check_count(value, name, *, least=0, most=None, expected=""):
    """Return an integer, which is not a truth value, as an int.

    Parameters
    ----------
    value : object
    name : str
        Of the argument, for the message.
    least, most : int, optional
    expected : str
        More words on what is expected, beginning with a comma.

    Returns
    -------
    int

    Raises
    ------
    ArgumentError

    Examples
    --------
    >>> check_count(np.int64(3), "num_chains", least=1)
    3
    >>> check_count(2.5, "num_chains", least=1)
    Traceback (most recent call last):
    ...
    lightppl.errors.ArgumentError: num_chains must be an integer of at least 1, found 2.5.
    """
    try:
        count = None if _is_flag(value) else operator.index(value)
    except TypeError:
        count = None
    if count is None or count < least or (most is not None and count > most):
        bounds = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise ArgumentError(f"{name} must be an integer {bounds}{expected}, found {shown(value)}.")
    return count


def check_number(value, name, *, above=-math.inf, below=math.inf):
    """Return a finite real number between two bounds, which it must not reach, as a float.

    Parameters
    ----------
    value : object
    name : str
    above, below : float

    Returns
    -------
    float

    Examples
    --------
    >>> check_number(0.8, "target_accept_prob", above=0, below=1)
    0.8
    >>> check_number(float("nan"), "step_size", above=0)
    Traceback (most recent call last):
    ...
    lightppl.errors.ArgumentError: step_size must be a positive, finite number, found nan.
    """
    number = value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value
    is_real = isinstance(number, numbers.Real) and not _is_flag(number)
    # NaN is between no bounds
    if not (is_real and above < number < below and math.isfinite(number)):
        raise ArgumentError(f"{name} must be {_interval(above, below)}, found {shown(value)}.")
    return float(number)


def check_flag(value, name):
    """Return a truth value, which may be written 0 or 1, as a bool.

    Examples
    --------
    >>> check_flag(np.True_, "dense_mass")
    True
    """
    is_number = isinstance(value, (bool, np.bool_, int, np.integer))
    if not (is_number and value in (0, 1)):
        raise ArgumentError(f"{name} must be True or False, found {shown(value)}.")
    return bool(value)


def check_choice(value, name, choices):
    """Return a text that is one of some.

    Examples
    --------
    >>> check_choice("NUTS", "algo", ("HMC", "NUTS"))
    'NUTS'
    """
    if not isinstance(value, str) or value not in choices:
        raise ArgumentError(f"{name} must be one of {', '.join(choices)}, found {shown(value)}.")
    return value


def check_names(value, name):
    """Return names as a tuple; one name alone is a tuple of one.

    Examples
    --------
    >>> check_names("energy", "extra_fields"), check_names(["i", "r"], "extra_fields")
    (('energy',), ('i', 'r'))
    """
    names = (value,) if isinstance(value, str) else value
    if not isinstance(names, (tuple, list, set, frozenset, dict)) and not hasattr(names, "keys"):
        names = (None,)
    if not all(isinstance(x, str) for x in names):
        raise ArgumentError(
            f"{name} must be a sequence of names, such as ('mu', 'tau'), found {shown(value)}."
        )
    return tuple(names)


def check_callable(value, name, *, what="a function"):
    """Return a callable that is not a class of something else.

    Examples
    --------
    >>> check_callable(len, "model") is len
    True
    """
    if not callable(value):
        raise ArgumentError(f"{name} must be {what}, found {shown(value)}.")
    return value


def check_by_name(value, name):
    """Return a mapping whose keys are names, as a dict.

    Examples
    --------
    >>> check_by_name({"mu": 0.0}, "init_params")
    {'mu': 0.0}
    """
    if not (hasattr(value, "keys") and all(isinstance(x, str) for x in value.keys())):
        raise ArgumentError(f"{name} must be a dict by site name, found {shown(value)}.")
    return dict(value)


def shown(value):
    """Return a value in the words of a message, cut if it is long.

    Examples
    --------
    >>> shown(2.5), shown(np.ones(3)), shown("two")
    ('2.5', 'an array of shape (3,)', "'two'")
    """
    if isinstance(value, np.ndarray) and value.ndim > 0:
        return f"an array of shape {value.shape}"
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


_LONGEST = 60


def _is_flag(value):
    return isinstance(value, (bool, np.bool_)) or getattr(value, "dtype", None) == np.bool_


def _interval(above, below):
    if math.isfinite(above) and math.isfinite(below):
        return f"a number between {above} and {below}, both excluded"
    if above == 0:
        return "a positive, finite number"
    return "a finite number" if math.isinf(above) else f"a finite number above {above}"
