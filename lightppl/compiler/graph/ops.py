"""The closed set of operations of the compiler's graphs, in named groups.

Every operation has a NumPy meaning (used by the reference interpreter, so it is the definition)
and, in `emit` or `lowering`, a compiled form.  Elementwise operations also say how one element is
written in emitted source: ``{0}``, ``{1}`` stand for the arguments.
"""

import numpy as np

from lightppl.autodiff import (
    cond, decompositions, digamma_rise, incomplete, linalg, march, scan, shape_derivatives,
    special, structural,
)
from lightppl.autodiff.special_functions import ROWS
from lightppl.records import record
from lightppl.scipy_functions import scipy_special


@record
class Elementwise:
    """An operation on elements, with broadcasting.

    Parameters
    ----------
    value : callable
        On arrays.
    source : str
        One element as emitted source.
    result : {"float64", "bool", "same"}
        Type of the result; "same" is the common type of the arguments.
    cost : int
        Rough cost of one element in multiplications; from 10 on it is not recomputed lightly.
    """

    value: object
    source: str
    result: str = "float64"
    cost: int = 1


def _call(name, value, arity=1, cost=20):
    arguments = ", ".join(f"{{{k}}}" for k in range(arity))
    return Elementwise(value, f"{name}({arguments})", "float64", cost)


ELEMENTWISE = {
    # arithmetic
    "add": Elementwise(np.add, "({0} + {1})", "same"),
    "subtract": Elementwise(np.subtract, "({0} - {1})", "same"),
    "multiply": Elementwise(np.multiply, "({0} * {1})", "same"),
    "divide": Elementwise(np.divide, "({0} / {1})", cost=4),
    "negative": Elementwise(np.negative, "(-{0})", "same"),
    "square": Elementwise(np.square, "square({0})", "same"),
    "reciprocal": Elementwise(np.reciprocal, "(1.0 / {0})", cost=4),
    "absolute": Elementwise(np.absolute, "abs({0})", "same"),
    "sign": Elementwise(np.sign, "sign({0})", "same"),
    "maximum": Elementwise(np.maximum, "max_keep_nan({0}, {1})", "same"),
    "minimum": Elementwise(np.minimum, "min_keep_nan({0}, {1})", "same"),
    "floor": Elementwise(np.floor, "math.floor({0}) * 1.0"),
    "ceil": Elementwise(np.ceil, "math.ceil({0}) * 1.0"),
    "trunc": Elementwise(np.trunc, "math.trunc({0}) * 1.0"),
    "rint": Elementwise(np.rint, "np.rint({0})"),
    "floor_divide": Elementwise(np.floor_divide, "({0} // {1})", "same", 6),
    "remainder": Elementwise(np.remainder, "({0} % {1})", "same", 6),
    "fmod": Elementwise(np.fmod, "np.fmod({0}, {1})", cost=20),
    # comparison and logic
    "greater": Elementwise(np.greater, "({0} > {1})", "bool"),
    "greater_equal": Elementwise(np.greater_equal, "({0} >= {1})", "bool"),
    "less": Elementwise(np.less, "({0} < {1})", "bool"),
    "less_equal": Elementwise(np.less_equal, "({0} <= {1})", "bool"),
    "equal": Elementwise(np.equal, "({0} == {1})", "bool"),
    "not_equal": Elementwise(np.not_equal, "({0} != {1})", "bool"),
    "logical_and": Elementwise(np.logical_and, "(({0} != 0) & ({1} != 0))", "bool"),
    "logical_or": Elementwise(np.logical_or, "(({0} != 0) | ({1} != 0))", "bool"),
    "logical_xor": Elementwise(np.logical_xor, "(({0} != 0) ^ ({1} != 0))", "bool"),
    "logical_not": Elementwise(np.logical_not, "({0} == 0)", "bool"),
    "bitwise_and": Elementwise(np.bitwise_and, "({0} & {1})", "same"),
    "bitwise_or": Elementwise(np.bitwise_or, "({0} | {1})", "same"),
    "bitwise_xor": Elementwise(np.bitwise_xor, "({0} ^ {1})", "same"),
    "invert": Elementwise(np.logical_not, "(not {0})", "bool"),
    "isnan": Elementwise(np.isnan, "({0} != {0})", "bool"),
    "isinf": Elementwise(np.isinf, "(abs({0}) == np.inf)", "bool"),
    "isfinite": Elementwise(np.isfinite, "(abs({0}) < np.inf)", "bool"),
    "where": Elementwise(np.where, "select({0}, {1}, {2})", "same"),
    # elementary functions
    "sqrt": Elementwise(np.sqrt, "math.sqrt({0})", cost=5),
    "exp": _call("exp", np.exp),
    "expm1": _call("expm1", np.expm1),
    "exp2": Elementwise(np.exp2, "pow(2.0, {0})", cost=40),
    "log": _call("log", np.log),
    "log1p": _call("log1p", np.log1p),
    # For numbers within [0, 1]. A function of its own: np.log1p is recorded as the one above.
    "log1p_unit": _call("log1p_unit", lambda e: np.log1p(e)),
    "log2": Elementwise(np.log2, "(log({0}) * 1.4426950408889634)", cost=20),
    "log10": Elementwise(np.log10, "(log({0}) * 0.4342944819032518)", cost=20),
    "power": _call("pow", np.power, 2, 40),
    "sin": _call("sin", np.sin),
    "cos": _call("cos", np.cos),
    "tan": _call("math.tan", np.tan, cost=40),
    "arcsin": _call("math.asin", np.arcsin, cost=40),
    "arccos": _call("math.acos", np.arccos, cost=40),
    "arctan": _call("math.atan", np.arctan, cost=40),
    "arctan2": _call("math.atan2", np.arctan2, 2, 40),
    "hypot": _call("math.hypot", np.hypot, 2, 40),
    "sinh": _call("math.sinh", np.sinh, cost=40),
    "cosh": _call("math.cosh", np.cosh, cost=40),
    "tanh": _call("tanh", np.tanh),
    "arcsinh": _call("math.asinh", np.arcsinh, cost=40),
    "arccosh": _call("math.acosh", np.arccosh, cost=40),
    "arctanh": _call("math.atanh", np.arctanh, cost=40),
    "cbrt": _call("np.cbrt", np.cbrt, cost=40),
    "logaddexp": _call("logaddexp", np.logaddexp, 2, 40),
    "softplus": _call("softplus", special.softplus.value, cost=40),
    "log1mexp": _call("log1mexp", special.log1mexp.value, cost=40),
    "expit": _call("expit", special.expit.value),
    "logit": Elementwise(special.logit, "log({0} / (1.0 - {0}))", cost=20),
    "log_expit": Elementwise(special.log_expit, "(-softplus(-{0}))", cost=40),
    "xlogy": Elementwise(
        special.xlogy, "select(({0} == 0) & ({1} == {1}), 0.0, {0} * log({1}))", cost=20
    ),
    "xlog1py": Elementwise(
        special.xlog1py, "select(({0} == 0) & ({1} == {1}), 0.0, {0} * log1p({1}))", cost=20
    ),
    # special functions
    "gammaln": _call("lgamma", special.gammaln, cost=60),
    "digamma": _call("digamma", special.digamma, cost=60),
    "trigamma": _call("trigamma", special.trigamma.value, cost=60),
    "digamma_rise": _call("digamma_rise", digamma_rise.digamma_rise.value, 2, 100),
    "erf": _call("erf", special.erf, cost=40),
    "erfc": _call("erfc", special.erfc, cost=40),
    "ndtr": _call("ndtr", special.ndtr, cost=40),
    "log_ndtr": _call("log_ndtr", special.log_ndtr, cost=40),
    "inverse_mills_ratio": _call(
        "inverse_mills_ratio", special.inverse_mills_ratio.value, cost=40
    ),
    "gamma": _call("gamma", special.gamma, cost=60),
    "betaln": _call("betaln", special.betaln.value, 2, 100),
    "polygamma": _call("polygamma", special._polygamma_operation.value, 2, 200),
    "ndtri": _call("ndtri", special.ndtri, cost=60),
    "erfinv": _call("erfinv", special.erfinv, cost=60),
    "erfcinv": _call("erfcinv", special.erfcinv, cost=60),
    "erfcx": _call("erfcx", special.erfcx, cost=60),
    "i0": _call("i0", special.i0, cost=60),
    "i1": _call("i1", special.i1, cost=60),
    "i0e": _call("i0e", special.i0e, cost=60),
    "i1e": _call("i1e", special.i1e, cost=60),
    "log_bessel_i0": Elementwise(
        special.log_bessel_i0.value, "(log(i0e({0})) + abs({0}))", cost=80
    ),
    "ive": _call("ive", special.ive, 2, 200),
    "kve": _call("kve", special.kve, 2, 200),
    "gammainc": _call("gammainc", special.gammainc, 2, 200),
    "gammaincc": _call("gammaincc", special.gammaincc, 2, 200),
    "betainc": _call("betainc", special.betainc, 3, 200),
    "gammainc_da": _call("gammainc_da", shape_derivatives.gammainc_da.value, 2, 2000),
    "betainc_da": _call("betainc_da", shape_derivatives.betainc_da.value, 3, 2000),
    "betainc_db": _call("betainc_db", shape_derivatives.betainc_db.value, 3, 2000),
    "log_gammainc": _call("log_gammainc", incomplete.log_gammainc.value, 2, 400),
    "log_gammaincc": _call("log_gammaincc", incomplete.log_gammaincc.value, 2, 400),
    "log_betainc": _call("log_betainc", incomplete.log_betainc.value, 4, 400),
    "log_gammainc_da": _call("log_gammainc_da", incomplete.log_gammainc_da.value, 2, 4000),
    "log_gammaincc_da": _call("log_gammaincc_da", incomplete.log_gammaincc_da.value, 2, 4000),
    "log_betainc_da": _call("log_betainc_da", incomplete.log_betainc_da.value, 4, 4000),
    "log_betainc_db": _call("log_betainc_db", incomplete.log_betainc_db.value, 4, 4000),
    "ive_dv": _call("ive_dv", shape_derivatives.ive_dv.value, 2, 2000),
    "kve_dv": _call("kve_dv", shape_derivatives.kve_dv.value, 2, 2000),
    # conversion
    "to_float": Elementwise(lambda x: np.asarray(x, np.float64), "float({0})", "float64"),
    "to_int": Elementwise(lambda x: np.asarray(x).astype(np.int64), "int({0})", "int64"),
    "to_bool": Elementwise(lambda x: np.asarray(x) != 0, "({0} != 0)", "bool"),
}

for _row in ROWS.values():
    # functions without a compiled form of our own call SciPy's
    if _row.is_compiled:
        _count = len(_row.partials)
        ELEMENTWISE.setdefault(_row.name, _call(
            f"scipy_of_{_count}.{_row.name}", getattr(scipy_special, _row.name), _count, 200
        ))

LEAVES = ("input", "data", "literal")
"""The flat vector, an array of the data pool, a structural number."""

VIEWS = ("reshape", "transpose", "broadcast_to", "slice", "take")
"""Another way to look at the elements of an array."""

REDUCTIONS = ("sum", "max", "min", "prod", "all", "any")

ACCUMULATIONS = ("place", "scatter_add", "concatenate")
"""Blocks written, or added, into a new array."""

CALLS = (
    "matmul", "cholesky", "cholesky_inverse", "cholesky_pullback", "solve_triangular", "inv",
    "solve", "log_abs_det", "sign_det", "eigh", "svd", "qr", "cumsum", "cumprod",
    "linear_recurrence", "argsort", "argmax", "scan", "cond", "march",
)
"""Operations on whole arrays in memory."""

CONTROL_FLOW = ("scan", "cond", "march")
"""Those of them that have a body."""

MOVEMENTS = {
    "reshape": structural.reshape.value,
    "transpose": structural.transpose.value,
    "broadcast_to": structural.broadcast_to.value,
    "slice": structural.slice_.value,
    "take": structural.take.value,
    "sum": structural.sum_.value,
    "max": structural.max_.value,
    "min": structural.min_.value,
    "prod": structural.prod.value,
    "all": structural.all_.value,
    "any": structural.any_.value,
    "place": structural.place.value,
    "scatter_add": structural.scatter_add.value,
    "concatenate": structural.concatenate.value,
    "matmul": structural.matmul.value,
    "cholesky": linalg.cholesky.value,
    "cholesky_inverse": linalg.cholesky_inverse.value,
    "cholesky_pullback": linalg.cholesky_pullback.value,
    "solve_triangular": linalg._solve_triangular_operation.value,
    "inv": linalg.inv.value,
    "solve": linalg._solve_operation.value,
    "log_abs_det": linalg.log_abs_det.value,
    "sign_det": linalg.sign_det.value,
    "eigh": decompositions.eigh_operation.value,
    "svd": decompositions.svd_operation.value,
    "qr": decompositions.qr_operation.value,
    "cumsum": structural.cumsum.value,
    "linear_recurrence": structural.linear_recurrence.value,
    "cumprod": structural.cumprod.value,
    "argsort": structural.argsort.value,
    "argmax": structural.argmax.value,
    "scan": scan.scan.value,
    "cond": cond.choose,
    "march": march.march.value,
}
"""NumPy meaning of every operation that is neither a leaf nor elementwise."""

COMMUTATIVE = {"add", "multiply", "maximum", "minimum", "logical_and", "logical_or", "equal"}

STRUCTURAL_NUMBERS = (0.0, 1.0, 2.0, 3.0, 4.0, 0.5, 0.25, -0.5, -1.0, -2.0)
"""Numbers that code may depend on; all others are data."""

UFUNC_NAMES = {
    elementwise.value: name
    for name, elementwise in ELEMENTWISE.items()
    if isinstance(elementwise.value, np.ufunc)
}
UFUNC_NAMES[np.fabs] = "absolute"
UFUNC_NAMES[np.float_power] = "power"
UFUNC_NAMES[np.invert] = "invert"


def is_supported(op):
    """Return whether the compiler knows an operation."""
    return op in ELEMENTWISE or op in MOVEMENTS or op in LEAVES
