"""Source text of numbers, also as those of another type: code and NumPy convert by different rules.

Arrays that the compiled function keeps are float64, whatever they hold; so are sums and extremes
held in variables.  Elements are converted where they are read and where they are written.
"""

from lightppl.compiler.graph.ops import ELEMENTWISE, REDUCTIONS


def converted(text, given, wanted):
    """Return source text of a number of dtype `given` as one of dtype `wanted`.

    Parameters
    ----------
    text : str
    given, wanted : {"float64", "int64", "bool"}

    Examples
    --------
    >>> converted("x", "bool", "float64")
    'select(x, 1.0, 0.0)'
    """
    if given == wanted:
        return text
    if wanted == "bool":
        return f"({text} != 0)"
    if given == "bool":
        return f"select({text}, 1.0, 0.0)" if wanted == "float64" else f"select({text}, 1, 0)"
    return f"float({text})" if wanted == "float64" else f"int({text})"


def kept_dtype(node, is_in_variable):
    """Return the dtype in which the value of a node is kept."""
    return node.dtype if is_in_variable and node.op not in REDUCTIONS else "float64"


def elementwise_text(node, source, texts):
    """Return source text of an elementwise operation.

    Parameters
    ----------
    node : Node
    source : str
        With ``{0}``, ``{1}`` for the arguments.
    texts : list of str
        The arguments, each of the dtype of its node.
    """
    is_float_only = ELEMENTWISE[node.op].is_of_floats and node.dtype != "float64"
    wanted = "float64" if is_float_only else node.dtype
    arguments = [
        converted(text, x.dtype, _wanted(node, k, x, wanted))
        for k, (x, text) in enumerate(zip(node.inputs, texts))
    ]
    text = source.format(*arguments)
    return converted(text, "float64", node.dtype) if is_float_only else text


def _wanted(node, k, x, wanted):
    if node.op == "where" and k == 0:
        return "bool"
    if node.op in ("to_float", "to_int"):
        return "int64" if x.dtype == "bool" else x.dtype
    return x.dtype if node.dtype == "bool" else wanted


def literal_text(value):
    """Return source text of a structural number."""
    if isinstance(value, (bool, int)):
        return str(value) if value >= 0 else f"({value})"
    if value != value:
        return "np.nan"
    if value in (float("inf"), float("-inf")):
        return "np.inf" if value > 0 else "(-np.inf)"
    return repr(value) if value >= 0 else f"({value!r})"
