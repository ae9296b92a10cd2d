"""Operations on elements, one record each: all that the compiler knows of one stands in its row.

A new one is a row of `ELEMENTWISE`, and, if no function of the emitted language writes it, one in
`runtime`.  Its derivative belongs to the function that is traced, in `lightppl.autodiff`, which
records the derivative's own operations.  What is a formula of other operations is no row here but
one of `formulas`, which writes it out when it is recorded.
"""

import re

import numpy as np

from lightppl.autodiff import digamma_rise, incomplete, shape_derivatives, special
from lightppl.autodiff.special_functions import ROWS
from lightppl.compiler.graph.formulas import FORMULAS
from lightppl.records import record
from lightppl.scipy_functions import scipy_special


@record
class Elementwise:
    """An operation on elements, with broadcasting.

    Parameters
    ----------
    value : callable
        On arrays: the definition.
    source : str
        One element in emitted source; ``{0}``, ``{1}`` stand for the arguments.
    result : {"float64", "int64", "bool", "same"}
        Type of the result; "same" is the common type of the arguments.
    cost : int
        Rough cost of one element in multiplications; from 10 on it is not recomputed lightly.
    module : str or None
        Of `runtime`, where the function stands with which `source` begins, if it is one of its own.
    is_vectorized : bool
        Whether LLVM makes vector instructions of a loop of it; one that branches, or calls a
        library, stays out of loops that are.
    is_commutative : bool
    is_of_floats : bool
        Whether `source` knows float64 only, although integers keep their type in NumPy.
    other_names : tuple of str
        Names under which NumPy or SciPy has the same function.
    """

    value: object
    source: str
    result: str = "float64"
    cost: int = 1
    module: str | None = None
    is_vectorized: bool = True
    is_commutative: bool = False
    is_of_floats: bool = False
    other_names: tuple = ()

    @property
    def function(self):
        """Name of the function of `runtime` that emitted source calls, or None."""
        return re.match(r"\w+", self.source)[0] if self.module else None


def call_source(name, num_arguments):
    """Return the source of a call of a function of elements.

    Examples
    --------
    >>> call_source("pow", 2)
    'pow({0}, {1})'
    """
    return f"{name}({', '.join(f'{{{k}}}' for k in range(num_arguments))})"


def _own(module, name, value, num_arguments=1, cost=20, **facts):
    """A function of `runtime`."""
    return Elementwise(
        value, call_source(name, num_arguments), cost=cost, module=module, **facts
    )


def _elementary(name, value, num_arguments=1, cost=20, **facts):
    return _own("elementary", name, value, num_arguments, cost, **facts)


def _special(name, value, num_arguments=1, cost=60):
    return _own("special", name, value, num_arguments, cost, is_vectorized=False)


def _incomplete(operation, num_arguments, cost):
    return _own(
        "incomplete", operation.name, operation.value, num_arguments, cost, is_vectorized=False
    )


def _of_library(name, value, num_arguments=1, cost=40):
    """A function of the C library."""
    return Elementwise(value, call_source(name, num_arguments), cost=cost, is_vectorized=False)


def _truth(value, source, **facts):
    return Elementwise(value, source, "bool", **facts)


ELEMENTWISE = {
    # arithmetic
    "add": Elementwise(np.add, "({0} + {1})", "same", is_commutative=True),
    "subtract": Elementwise(np.subtract, "({0} - {1})", "same"),
    "multiply": Elementwise(np.multiply, "({0} * {1})", "same", is_commutative=True),
    "divide": Elementwise(np.divide, "({0} / {1})", cost=4),
    "negative": Elementwise(np.negative, "(-{0})", "same"),
    "square": Elementwise(np.square, "square({0})", "same", module="arithmetic"),
    "absolute": Elementwise(np.absolute, "abs({0})", "same", other_names=("fabs",)),
    "sign": Elementwise(np.sign, "sign({0})", "same", module="arithmetic", is_of_floats=True),
    "maximum": Elementwise(
        np.maximum, "max_keep_nan({0}, {1})", "same",
        module="reduction", is_commutative=True, is_of_floats=True,
    ),
    "minimum": Elementwise(
        np.minimum, "min_keep_nan({0}, {1})", "same",
        module="reduction", is_commutative=True, is_of_floats=True,
    ),
    "floor": Elementwise(np.floor, "math.floor({0}) * 1.0"),
    "ceil": Elementwise(np.ceil, "math.ceil({0}) * 1.0"),
    "trunc": Elementwise(np.trunc, "math.trunc({0}) * 1.0"),
    "rint": Elementwise(np.rint, "np.rint({0})"),
    "floor_divide": Elementwise(np.floor_divide, "({0} // {1})", "same", 6),
    "remainder": Elementwise(np.remainder, "({0} % {1})", "same", 6),
    "fmod": _of_library("np.fmod", np.fmod, 2, cost=20),
    # comparison and logic
    "greater": _truth(np.greater, "({0} > {1})"),
    "greater_equal": _truth(np.greater_equal, "({0} >= {1})"),
    "less": _truth(np.less, "({0} < {1})"),
    "less_equal": _truth(np.less_equal, "({0} <= {1})"),
    "equal": _truth(np.equal, "({0} == {1})", is_commutative=True),
    "not_equal": _truth(np.not_equal, "({0} != {1})"),
    "logical_and": _truth(np.logical_and, "(({0} != 0) & ({1} != 0))", is_commutative=True),
    "logical_or": _truth(np.logical_or, "(({0} != 0) | ({1} != 0))", is_commutative=True),
    "logical_xor": _truth(np.logical_xor, "(({0} != 0) ^ ({1} != 0))"),
    "logical_not": _truth(np.logical_not, "({0} == 0)"),
    "bitwise_and": Elementwise(np.bitwise_and, "({0} & {1})", "same"),
    "bitwise_or": Elementwise(np.bitwise_or, "({0} | {1})", "same"),
    "bitwise_xor": Elementwise(np.bitwise_xor, "({0} ^ {1})", "same"),
    "isinf": _truth(np.isinf, "(abs({0}) == np.inf)"),
    "isfinite": _truth(np.isfinite, "(abs({0}) < np.inf)"),
    "where": Elementwise(np.where, "select({0}, {1}, {2})", "same", module="floating_point"),
    # elementary functions
    "sqrt": Elementwise(np.sqrt, "math.sqrt({0})", cost=5),
    "exp": _elementary("exp", np.exp),
    "expm1": _elementary("expm1", np.expm1),
    "exprel": _own("exponential", "exprel", scipy_special.exprel),
    "log": _elementary("log", np.log),
    "log1p": _elementary("log1p", np.log1p),
    # For numbers within [0, 1]. A function of its own: np.log1p is recorded as the one above.
    "log1p_unit": _elementary("log1p_unit", lambda e: np.log1p(e)),
    "power": _elementary("pow", np.power, 2, 40),
    "sin": _elementary("sin", np.sin),
    "cos": _elementary("cos", np.cos),
    "tan": _of_library("math.tan", np.tan),
    "arcsin": _of_library("math.asin", np.arcsin),
    "arccos": _of_library("math.acos", np.arccos),
    "arctan": _of_library("math.atan", np.arctan),
    "arctan2": _of_library("math.atan2", np.arctan2, 2),
    # sqrt(x * x + y * y) would overflow
    "hypot": _of_library("math.hypot", np.hypot, 2),
    "sinh": _of_library("math.sinh", np.sinh),
    "cosh": _of_library("math.cosh", np.cosh),
    "tanh": _elementary("tanh", np.tanh),
    "arcsinh": _of_library("math.asinh", np.arcsinh),
    "arccosh": _of_library("math.acosh", np.arccosh),
    "arctanh": _of_library("math.atanh", np.arctanh),
    "cbrt": _of_library("np.cbrt", np.cbrt),
    # these three lose digits, or overflow, when they are put together of exp and log
    "logaddexp": _elementary("logaddexp", np.logaddexp, 2, 40),
    "softplus": _elementary("softplus", special.softplus.value, cost=40),
    "log1mexp": _elementary("log1mexp", special.log1mexp.value, cost=40),
    "expit": _elementary("expit", special.expit.value),
    # special functions
    "gammaln": _elementary("lgamma", special.gammaln, cost=60),
    "digamma": _elementary("digamma", special.digamma, cost=60, other_names=("psi",)),
    "trigamma": _elementary("trigamma", special.trigamma.value, cost=60),
    "erf": _elementary("erf", special.erf, cost=40),
    "erfc": _elementary("erfc", special.erfc, cost=40),
    "ndtr": _elementary("ndtr", special.ndtr, cost=40),
    "log_ndtr": _elementary("log_ndtr", special.log_ndtr, cost=40),
    "inverse_mills_ratio": _elementary(
        "inverse_mills_ratio", special.inverse_mills_ratio.value, cost=40
    ),
    # differences of gammaln, or of digamma, lose the digits that these two keep
    "betaln": _own(
        "beta_function", "betaln", special.betaln.value, 2, 100, is_vectorized=False
    ),
    "digamma_rise": _own(
        "beta_function", "digamma_rise", digamma_rise.digamma_rise.value, 2, 100,
        is_vectorized=False,
    ),
    "gamma": _special("gamma", special.gamma),
    "polygamma": _special("polygamma", special._polygamma_operation.value, 2, 200),
    "ndtri": _special("ndtri", special.ndtri),
    "erfinv": _special("erfinv", special.erfinv),
    "erfcinv": _special("erfcinv", special.erfcinv),
    "erfcx": _special("erfcx", special.erfcx),
    "i0": _special("i0", special.i0),
    "i1": _special("i1", special.i1),
    "i0e": _special("i0e", special.i0e),
    "i1e": _special("i1e", special.i1e),
    "ive": _special("ive", special.ive, 2, 200),
    "kve": _special("kve", special.kve, 2, 200),
    "gammainc": _special("gammainc", special.gammainc, 2, 200),
    "gammaincc": _special("gammaincc", special.gammaincc, 2, 200),
    "betainc": _special("betainc", special.betainc, 3, 200),
    "gammainc_da": _special("gammainc_da", shape_derivatives.gammainc_da.value, 2, 2000),
    "betainc_da": _special("betainc_da", shape_derivatives.betainc_da.value, 3, 2000),
    "betainc_db": _special("betainc_db", shape_derivatives.betainc_db.value, 3, 2000),
    "ive_dv": _special("ive_dv", shape_derivatives.ive_dv.value, 2, 2000),
    "kve_dv": _special("kve_dv", shape_derivatives.kve_dv.value, 2, 2000),
    "log_gammainc": _incomplete(incomplete.log_gammainc, 2, 400),
    "log_gammaincc": _incomplete(incomplete.log_gammaincc, 2, 400),
    "log_betainc": _incomplete(incomplete.log_betainc, 4, 400),
    "log_gammainc_da": _incomplete(incomplete.log_gammainc_da, 2, 4000),
    "log_gammaincc_da": _incomplete(incomplete.log_gammaincc_da, 2, 4000),
    "log_betainc_da": _incomplete(incomplete.log_betainc_da, 4, 4000),
    "log_betainc_db": _incomplete(incomplete.log_betainc_db, 4, 4000),
    # conversion
    "to_float": Elementwise(lambda x: np.asarray(x, np.float64), "float({0})", "float64"),
    "to_int": Elementwise(lambda x: np.asarray(x).astype(np.int64), "int({0})", "int64"),
    "to_bool": Elementwise(lambda x: np.asarray(x) != 0, "({0} != 0)", "bool"),
}


def _of_scipy(row):
    """A function that SciPy has in C: functions without a compiled form of our own call it."""
    count, value = len(row.partials), getattr(scipy_special, row.name)
    return _own(
        "scipy_symbols", f"scipy_of_{count}.{row.name}", value, count, 200, is_vectorized=False
    )


for _row in ROWS.values():
    if _row.is_compiled and _row.name not in FORMULAS:
        ELEMENTWISE.setdefault(_row.name, _of_scipy(_row))
