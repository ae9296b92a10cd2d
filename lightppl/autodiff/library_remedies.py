"""What replaces functions of math, SciPy and NumPy that offer traced values no hook.

Tables of names only; `remedies` finds out which function was called.
"""

from importlib import import_module

import numpy as np

_OF_MATH = {
    "acos": "np.arccos", "acosh": "np.arccosh", "asin": "np.arcsin", "asinh": "np.arcsinh",
    "atan": "np.arctan", "atan2": "np.arctan2", "atanh": "np.arctanh", "ceil": "np.ceil",
    "comb": "scipy.special.binom", "dist": "np.linalg.norm", "erf": "lightppl.special.erf",
    "erfc": "lightppl.special.erfc", "factorial": "lightppl.special.gamma(1 + {})",
    "fsum": "np.sum", "gamma": "lightppl.special.gamma", "lgamma": "lightppl.special.gammaln",
    "perm": "scipy.special.poch", "pow": "np.power", "remainder": "np.remainder",
}
"""Functions of the math module -> what NumPy and SciPy call them, where that differs."""

_OF_STATS = {
    "bernoulli": "Bernoulli", "beta": "Beta", "betabinom": "BetaBinomial", "binom": "Binomial",
    "cauchy": "Cauchy", "chi2": "Chi2", "dirichlet": "Dirichlet", "expon": "Exponential",
    "gamma": "Gamma", "geom": "Geometric", "gumbel_r": "Gumbel", "halfcauchy": "HalfCauchy",
    "halfnorm": "HalfNormal", "invgamma": "InverseGamma", "laplace": "Laplace",
    "logistic": "Logistic", "lognorm": "LogNormal", "multinomial": "Multinomial",
    "multivariate_normal": "MultivariateNormal", "nbinom": "NegativeBinomialProbs",
    "norm": "Normal", "pareto": "Pareto", "poisson": "Poisson", "t": "StudentT",
    "truncnorm": "TruncatedNormal", "uniform": "Uniform", "vonmises": "VonMises",
    "weibull_min": "Weibull", "wishart": "Wishart",
}
"""Names in scipy.stats -> names in lightppl.distributions."""

_OF_METHODS = {
    "pdf": "np.exp of {}(...).log_prob(value)", "pmf": "np.exp of {}(...).log_prob(value)",
    "cdf": "{}(...).cdf(value)", "ppf": "{}(...).icdf(value)",
    "rvs": 'lightppl.sample("name", {}(...))', "mean": "{}(...).mean", "var": "{}(...).variance",
    "entropy": "{}(...).entropy()",
}
"""Methods in scipy.stats -> what is written with a distribution of ours; log_prob otherwise."""

_OF_SCIPY = {
    "scipy.integrate.odeint": "use lightppl.contrib.ode.odeint",
    "scipy.integrate.solve_ivp": "use lightppl.contrib.ode.odeint",
    "scipy.integrate.quad": "use np.trapezoid over a fixed grid, or the nodes and weights of "
    "np.polynomial.legendre.leggauss",
    "scipy.integrate.simpson": "use np.trapezoid over a finer grid",
    "scipy.integrate.trapezoid": "use np.trapezoid",
    "scipy.integrate.cumulative_trapezoid": "use np.cumsum of the areas between grid points",
    "scipy.interpolate": "use np.interp, or a matrix of basis functions made from data",
    "scipy.optimize": "write a fixed number of Newton steps, as in "
    "lightppl.contrib.control_flow.scan",
    "scipy.fft": "use the function of the same name in np.fft",
    "scipy.signal.convolve": "use np.convolve",
    "scipy.signal.lfilter": "use lightppl.contrib.control_flow.scan",
    "scipy.spatial": "use differences by broadcasting, x[:, None] - x[None, :]",
    "scipy.sparse": "use dense arrays: matrix.toarray()",
}
"""Functions, or whole packages, of SciPy -> the remedy."""

_CONVERSION = "leave the conversion away: the value takes part in arithmetic as it is"
_NO_SHAPE = "make the array as large as it may become, and use np.where with a mask"

NUMPY_WITHOUT_HOOK = {
    np.full: "use np.broadcast_to(value, shape)",
    np.ascontiguousarray: _CONVERSION,
    np.asfortranarray: _CONVERSION,
    np.require: _CONVERSION,
    np.asmatrix: _CONVERSION,
    np.matrix: _CONVERSION,
    np.float32: _CONVERSION,
    np.int64: "use x.astype(int)",
    int: "use np.floor(x), or x.astype(int) for an index",
    round: "use np.round(x)",
    complex: "use an array of real parts and one of imaginary parts",
    range: "use a range of fixed length, and np.where for the steps that count",
    slice: "use np.where with a mask",
    np.zeros: _NO_SHAPE,
    np.ones: _NO_SHAPE,
    np.empty: _NO_SHAPE,
    np.eye: _NO_SHAPE,
    np.arange: _NO_SHAPE,
    np.fromiter: "use np.stack of the list",
    np.vectorize: "write the function with NumPy, which works on whole arrays",
    np.array_equal: "use np.all(a == b)",
}
"""Functions that convert what they are given, without asking it first -> the remedy."""


_OF_DATA = "call it on data, outside of what depends on latent variables"
_MASK = "use np.where(mask, a, b), whose shape does not depend on the values"
_PRINT = "print outside of the model, or the f-string of the value, which shows its shape"

_REFUSED = {
    _MASK: "argwhere flatnonzero nonzero unique unique_all unique_counts unique_inverse "
    "unique_values intersect1d setdiff1d setxor1d union1d trim_zeros",
    _OF_DATA: "histogram histogram2d histogramdd histogram_bin_edges lexsort packbits unpackbits "
    "ravel_multi_index unravel_index save savetxt savez savez_compressed ix_ digitize",
    _PRINT: "array2string array_repr array_str",
    "write the function with NumPy, which works on whole arrays": "apply_along_axis "
    "apply_over_axes",
    "use lightppl.linalg.lstsq with a matrix of powers, np.vander(x, degree + 1)": "polyfit",
    "use arithmetic of the coefficients": "poly polyadd polyder polydiv polyint polymul polysub",
    "use np.linalg.eigh, if the matrix is symmetric": "linalg.eig linalg.eigvals roots",
    "use the ratio of np.linalg.svd's singular values": "linalg.cond",
    "use lightppl.special.set_at(x, idx, value)": "put_along_axis",
    "use np.tile or np.broadcast_to": "resize",
    "use np.all(a == b)": "array_equiv",
    "sort the values, np.sort, and index them": "nanmedian nanpercentile nanquantile",
    "put a number in place of NaN, np.where(np.isnan(x), 0.0, x)": "nanargmax nanargmin nancumprod "
    "nancumsum",
}
"""Remedy -> the functions of NumPy, by name, that traced values refuse."""

_REMEDY_OF_REFUSED = {
    f"np.{name}": remedy for remedy, names in _REFUSED.items() for name in names.split()
}

REGISTER = "write it with other NumPy functions, or register it with lightppl.register_primitive"


def remedy_of_numpy(name):
    """Return what replaces a function of NumPy that has no meaning on traced values.

    Parameters
    ----------
    name : str

    Examples
    --------
    >>> remedy_of_numpy("np.nonzero")
    'use np.where(mask, a, b), whose shape does not depend on the values'
    """
    return _REMEDY_OF_REFUSED.get(name, REGISTER)


METHODS_WITHOUT_MEANING = {
    "at": "use lightppl.special.set_at(x, idx, value)",
    "choose": "use np.where, or lightppl.special.take",
    "fill": "use np.broadcast_to(value, shape)",
    "flat": "use np.ravel(x)",
    "nonzero": _MASK,
    "partition": "use np.sort(x)",
    "put": "use lightppl.special.set_at(x, idx, value)",
    "resize": "use np.reshape or np.broadcast_to",
    "sort": "use np.sort(x), which returns a new array",
    "to_numpy": "leave it away: the value takes part in arithmetic as it is",
    "values": "leave it away: the value takes part in arithmetic as it is",
    "view": "use x.astype(dtype)",
}
"""Attributes of arrays, NumPy's or JAX's, that a traced value lacks -> the remedy."""


def scipy_name(function, module=None):
    """Return the public name of a function of SciPy, or None.

    Parameters
    ----------
    function : object
    module : str, optional
        Where it was found, if it does not say so itself.

    Examples
    --------
    >>> from scipy.special import logsumexp
    >>> scipy_name(logsumexp)
    'scipy.special.logsumexp'
    """
    owner = getattr(function, "__self__", None)
    if type(owner).__module__.startswith("scipy.stats"):
        family = getattr(owner, "dist", owner)
        name = getattr(family, "name", None) or type(family).__name__.removesuffix("_gen")
        return f"scipy.stats.{name}.{function.__name__}"
    module = module or getattr(function, "__module__", None) or ""
    name = getattr(function, "__name__", None)
    if not module.startswith("scipy.") or name is None:
        return None
    parts = module.split(".")
    public = [k for k, part in enumerate(parts) if part.startswith("_")] or [len(parts)]
    package = ".".join(parts[: public[0]])
    return f"{package}.{name}" if hasattr(import_module(package), name) else None


def remedy_of_math(name, arguments):
    """Return the call that replaces one of a function of the math module.

    Examples
    --------
    >>> remedy_of_math("lgamma", "x + 1")
    'lightppl.special.gammaln(x + 1)'
    """
    ours = _OF_MATH.get(name, f"np.{name}")
    return ours.format(arguments) if "{}" in ours else f"{ours}({arguments})"


def remedy_of_scipy(name):
    """Return what replaces a function of SciPy on traced values.

    Parameters
    ----------
    name : str
        As from `scipy_name`.

    Examples
    --------
    >>> remedy_of_scipy("scipy.special.logsumexp")
    'use lightppl.special.logsumexp'
    """
    package, _, short = name.rpartition(".")
    if package in ("scipy.special", "scipy.linalg"):
        ours = package.replace("scipy", "lightppl")
        # the modules that models use are made of this folder
        if hasattr(import_module(ours), short):
            return f"use {ours}.{short}"
        return REGISTER
    if name.startswith("scipy.stats"):
        return _remedy_of_stats(name)
    for known in (name, package, ".".join(name.split(".")[:2])):
        if known in _OF_SCIPY:
            return _OF_SCIPY[known]
    return REGISTER


def _remedy_of_stats(name):
    _, _, family, *method = name.split(".")
    if family not in _OF_STATS:
        return "use a distribution of lightppl.distributions and its log_prob, or NumPy functions"
    ours = f"lightppl.distributions.{_OF_STATS[family]}"
    form = _OF_METHODS.get(method[0] if method else "", "{}(...).log_prob(value)")
    return f"use {form.format(ours)}"
