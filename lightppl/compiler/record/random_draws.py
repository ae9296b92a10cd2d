"""Random draws in graphs: a generator that records what it is asked for.

A model is recorded once with this in place of a `numpy.random.Generator`; each call of a method
becomes a node, which the batch interpreter replays with a real generator for all points at once.
"""

import numpy as np
from autograd.tracer import new_box

from lightppl.autodiff.frozen import held
from lightppl.autodiff.operation import is_traced, plain_value
from lightppl.compiler.record.record import RecordingNode, node_of
from lightppl.errors import UnsupportedOperationError

METHODS_WITH_SIZE = frozenset(
    "random standard_normal standard_exponential standard_gamma standard_t standard_cauchy normal "
    "uniform exponential gamma beta chisquare f poisson binomial negative_binomial geometric "
    "hypergeometric laplace logistic lognormal gumbel pareto power rayleigh triangular "
    "vonmises wald "
    "weibull zipf integers".split()
)
"""Methods that draw independently for each element and take ``size``."""


class RecordingGenerator:
    """Looks like a generator; returns traced draws.

    Parameters
    ----------
    builder : GraphBuilder
    trace_level : int
        autograd's number of the trace that is being recorded.
    """

    def __init__(self, builder, trace_level):
        self._builder = builder
        self._trace_level = trace_level
        self._plain = np.random.default_rng(0)
        self._count = 0

    def __getattr__(self, method):
        if method.startswith("__") or method not in METHODS_WITH_SIZE:
            raise UnsupportedOperationError(f"A recorded draw by Generator.{method}.")
        return lambda *args, **kwargs: self._record(method, args, kwargs)

    def _record(self, method, args, kwargs):
        size = kwargs.pop("size", None)
        values = [plain_value(a) for a in args]
        plain = getattr(self._plain, method)(*values, size=size, **kwargs)
        plain = np.asarray(plain) if np.ndim(plain) else np.float64(plain)
        if kwargs:
            raise UnsupportedOperationError(f"A recorded draw by Generator.{method}({kwargs}).")
        self._count += 1
        inputs = [node_of(self._builder, a) if is_traced(a) else self._constant(a) for a in args]
        kind = "int64" if plain.dtype.kind in "iu" else "float64"
        attrs = {"method": method, "takes_size": True, "count": self._count}
        node = self._builder.intern("random", tuple(inputs), attrs, np.shape(plain), kind)
        box_value = plain.astype(kind) if np.ndim(plain) else np.asarray(plain, kind)
        return new_box(box_value, self._trace_level, RecordingNode.new_root(self._builder, node))

    def _constant(self, value):
        return self._builder.constant(held(np.asarray(value)))
