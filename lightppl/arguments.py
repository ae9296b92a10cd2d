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


def check_number(value, name, *, above=None, least=None, below=None, most=None):
    """Return a finite real number within bounds as a float.

    Parameters
    ----------
    value : object
    name : str
    above, below : float, optional
        Bounds that it must not reach.
    least, most : float, optional
        Bounds that it may reach.

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
    lightppl.errors.ArgumentError: step_size must be a finite number above 0, found nan.
    """
    number = value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value
    is_real = isinstance(number, numbers.Real) and not _is_flag(number)
    bounds = (
        (operator.gt, "above", above), (operator.ge, "of at least", least),
        (operator.lt, "below", below), (operator.le, "of at most", most),
    )  # fmt: skip
    given = [(compare, word, bound) for compare, word, bound in bounds if bound is not None]
    # NaN is within no bounds
    is_good = is_real and math.isfinite(number) and all(f(number, bound) for f, _, bound in given)
    if not is_good:
        words = " and ".join(f"{word} {bound}" for _, word, bound in given)
        expected = f"a finite number {words}".rstrip()
        raise ArgumentError(f"{name} must be {expected}, found {shown(value)}.")
    return float(number)


def check_numbers(value, name, *, finite=True):
    """Return an array of real numbers, or of truth values.

    Parameters
    ----------
    value : array_like
    name : str
    finite : bool
        Whether NaN and infinity are refused.

    Returns
    -------
    array
        Without a copy where `value` is an array.

    Examples
    --------
    >>> check_numbers([1, 2], "inverse_mass_matrix")
    array([1, 2])
    >>> check_numbers(["a"], "x")
    Traceback (most recent call last):
    ...
    lightppl.errors.ArgumentError: x must be an array of numbers, found ['a'].
    """
    try:
        array = np.asarray(value)
    except ValueError:  # rows of several lengths
        array = np.asarray(None)
    if array.dtype.kind not in "biuf":
        raise ArgumentError(f"{name} must be an array of numbers, found {shown(value)}.")
    if finite and not np.all(np.isfinite(array)):
        raise ArgumentError(f"{name} must be finite in all its elements.", found=array)
    return array


def check_axis(value, name, num_axes):
    """Return the number of an axis, counted from the left.

    Examples
    --------
    >>> check_axis(-1, "axis", 3)
    2
    """
    axis = check_count(value, name, least=-num_axes, most=num_axes - 1)
    return axis + num_axes if axis < 0 else axis


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
    text = repr(value.item() if isinstance(value, (np.ndarray, np.generic)) else value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


_LONGEST = 60


def _is_flag(value):
    return isinstance(value, (bool, np.bool_)) or getattr(value, "dtype", None) == np.bool_
