"""Functions of `scipy.special` that are no ufuncs, written so that they take traced values.

References: DLMF 10.6.7 and 10.29.5 (derivatives of Bessel functions), 10.47 (spherical ones);
Corless et al. (1996), "On the Lambert W function", eq. (3.2).
"""

import math

import numpy as np

from lightppl.autodiff.operation import Operation, is_traced
from lightppl.autodiff.structural import sum_to_shape
from lightppl.errors import UnsupportedOperationError
from lightppl.scipy_functions import scipy_special as scipy


def comb(N, k, *, exact=False, repetition=False):
    """Return how many ways there are to choose k of N things: 0 where k or N is negative, or k > N.

    Parameters
    ----------
    N, k : array_like
    exact : bool
        Of Python integers, a Python integer.
    repetition : bool
        Whether a thing may be chosen again.

    Examples
    --------
    >>> float(comb(5, 2))
    10.0
    """
    if not (is_traced(N) or is_traced(k)):
        return scipy.comb(N, k, exact=exact, repetition=repetition)
    _require_floats("comb", exact)
    if repetition:
        return comb(N + k - 1, k)
    is_none = _is_none(N, k)
    return np.where(is_none, 0.0, scipy.binom(np.where(is_none, 1.0, N), np.where(is_none, 0.0, k)))


def perm(N, k, exact=False):
    """Return in how many orders k of N things can stand: 0 where k or N is negative, or k > N.

    Parameters
    ----------
    N, k : array_like
    exact : bool
        Of Python integers, a Python integer.

    Examples
    --------
    >>> float(perm(5, 2))
    20.0
    """
    if not (is_traced(N) or is_traced(k)):
        return scipy.perm(N, k, exact=exact)
    _require_floats("perm", exact)
    is_none = _is_none(N, k)
    few = np.where(is_none, 0.0, k)
    return np.where(is_none, 0.0, scipy.poch(np.where(is_none, 1.0, N) - few + 1.0, few))


def factorial(n, exact=False, extend="zero"):
    """Return ``n!``: 0 for negative n, and the gamma function between integers.

    Parameters
    ----------
    n : array_like
    exact : bool
        Of Python integers, a Python integer.
    extend : {"zero"}

    Examples
    --------
    >>> float(factorial(4))
    24.0
    """
    if not is_traced(n):
        return scipy.factorial(n, exact=exact)
    _require_floats("factorial", exact)
    is_negative = np.less(n, 0)
    return np.where(is_negative, 0.0, scipy.gamma(np.where(is_negative, 1.0, n + 1.0)))


def _is_none(N, k):
    return np.greater(k, N) | np.less(N, 0) | np.less(k, 0)


def _require_floats(name, exact):
    if exact:
        raise UnsupportedOperationError(f"{name} of a traced value with exact=True.")


def diric(x, n):
    """Return the periodic sinc function ``sin(n x / 2) / (n sin(x / 2))``.

    Parameters
    ----------
    x : array_like
    n : int

    Examples
    --------
    >>> float(diric(0.0, 3))
    1.0
    """
    if not is_traced(x):
        return scipy.diric(x, n)
    below = np.sin(0.5 * x)
    is_pole = np.abs(below) < 1e-9
    safe = np.where(is_pole, 1.0, x)
    is_even = np.equal(np.remainder(np.rint(x / (2.0 * math.pi)) * (n - 1), 2), 0)
    at_pole = np.where(is_even, 1.0, -1.0)
    return np.where(is_pole, at_pole, np.sin(0.5 * n * safe) / (n * np.sin(0.5 * safe)))


def sinc(x):
    """Return ``sin(pi x) / (pi x)``, 1 at 0."""
    return np.sinc(x)


def zeta(x, q=None):
    """Return Riemann's zeta function of x, or Hurwitz's of x and q.

    Parameters
    ----------
    x : array_like
        A derivative by x is not known.
    q : array_like, optional
    """
    return scipy.zeta(x, 1.0 if q is None else q)


# --- derivatives of Bessel functions of any order
def _bessel_slope(function, sign):
    def slope(v, z, n=1):
        terms = (sign**k * math.comb(n, k) * function(v - n + 2 * k, z) for k in range(n + 1))
        return sum(terms) / 2.0**n

    slope.__doc__ = f"Return the n-th derivative of `{function.__name__}` in z; n is an int."
    return slope


jvp = _bessel_slope(scipy.jv, -1)
yvp = _bessel_slope(scipy.yv, -1)
ivp = _bessel_slope(scipy.iv, 1)


def kvp(v, z, n=1):
    """Return the n-th derivative of `kv` in z; n is an int."""
    return (-1) ** n * _bessel_slope(scipy.kv, 1)(v, z, n)


# --- spherical Bessel functions
def _spherical(name, second):
    """The function of an integer order and z, and its first derivative.

    `second` gives the second one from order, z, value and slope, by the differential equation.
    """
    function = getattr(scipy, name)
    slope = Operation(
        f"{name}_slope",
        lambda n, z: function(n, z, derivative=True),
        (None, lambda ans, n, z: lambda g: sum_to_shape(
            g * second(n, z, value(n, z), ans), np.shape(z)
        )),
    )
    value = Operation(
        name,
        lambda n, z: function(n, z),
        (None, lambda ans, n, z: lambda g: sum_to_shape(g * slope(n, z), np.shape(z))),
    )

    def spherical(n, z, derivative=False):
        return slope(n, z) if derivative else value(n, z)

    spherical.__doc__ = f"As `scipy.special.{name}`, for real z; also on traced z."
    return spherical


def _oscillating(n, z, value, slope):
    return -2.0 * slope / z - (1.0 - n * (n + 1) / z**2) * value


def _growing(n, z, value, slope):
    return -2.0 * slope / z + (1.0 + n * (n + 1) / z**2) * value


spherical_jn = _spherical("spherical_jn", _oscillating)
spherical_yn = _spherical("spherical_yn", _oscillating)
spherical_in = _spherical("spherical_in", _growing)
spherical_kn = _spherical("spherical_kn", _growing)


# --- the inverse of w exp(w)
_lambertw = Operation(
    "lambertw",
    lambda z, *, k: np.where(
        np.imag(found := np.asarray(scipy.lambertw(z, k))) == 0, np.real(found), np.nan
    ),
    # at 0 the slope of the main branch is 1
    (lambda ans, z, *, k: lambda g: g / (z + np.exp(ans)),),
)


def lambertw(z, k=0):
    """Return the solution w of ``w exp(w) = z``.

    Parameters
    ----------
    z : array_like
        Traced values are real: from ``-1 / e`` on, and NaN comes of others.
    k : int
        The branch; traced values know the real ones, 0 and -1.

    Examples
    --------
    >>> round(float(lambertw(np.e).real), 6)
    1.0
    """
    return _lambertw(z, k=k) if is_traced(z) else scipy.lambertw(z, k)
