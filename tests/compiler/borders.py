"""Functions at the borders of what they are defined for: every kind of number, no elements, one
element, one more than a block; inside and outside of a loop.

What becomes of such a case is said by `outcome`.  Nothing is made machine code: the emitted source
is lowered to LLVM's language, which finds what cannot be compiled, and is run as Python.  All cases
take minutes: ``python -m tests.compiler.borders``.
"""

import collections
import itertools
import math
import warnings

import llvmlite.binding as llvm
import numpy as np

from lightppl import linalg, special
from lightppl.compiler.build import definitions_of
from lightppl.compiler.lower.module import lower_program
from lightppl.compiler.rehearsal import Rehearsal
from lightppl.contrib.control_flow import scan
from lightppl.density import potential
from lightppl.density.eager import EagerPotential
from lightppl.errors import LightPPLError

GOOD = {"equal", "fails eagerly too", "runs eagerly", "refused at once"}


def _definite(x):
    return np.swapaxes(x, -1, -2) @ x + np.eye(np.shape(x)[-1])


def _of_axes(function):
    return [lambda x: function(x), lambda x: function(x, axis=0), lambda x: function(x, axis=-1)]


OF_ONE = [
    *(getattr(np, name) for name in (
        "negative absolute sign square sqrt exp log1p floor ceil trunc rint isnan isfinite sin "
        "tanh logical_not cbrt expm1 exp2 signbit conj real fabs deg2rad"
    ).split()),
    *(getattr(special, name) for name in "expit softplus gammaln ndtr erf log_expit".split()),
    *(form for name in (
        "sum prod max min mean any all argmax argmin std var ptp median cumsum cumprod sort "
        "argsort flip squeeze diff nansum nanmax count_nonzero"
    ).split() for form in _of_axes(getattr(np, name))),
    *(ufunc.reduce for ufunc in (np.add, np.multiply, np.maximum, np.logical_and, np.logical_or)),
    *(lambda x, ufunc=ufunc: ufunc.reduce(x, axis=None) for ufunc in (np.add, np.logical_or)),
    special.logsumexp, lambda x: special.softmax(x, axis=-1), lambda x: x.T, lambda x: x[-1],
    lambda x: x[::2], lambda x: x[::-1], lambda x: x[None], lambda x: np.where(x, 1.0, 2.0),
    lambda x: x.astype(float), lambda x: x.astype(int), lambda x: x.astype(bool), np.ravel,
    lambda x: np.tile(x, 2), lambda x: np.repeat(x, 2), lambda x: np.roll(x, 1),
    lambda x: np.pad(x, 1), np.tril, np.diag, np.trace, lambda x: np.stack([x, x]),
    lambda x: np.concatenate([x, x]), lambda x: special.set_at(x, 0, 1), np.size,
    lambda x: np.clip(x, 0, 1), lambda x: np.outer(x, x), lambda x: sum(list(x)),
    lambda x: np.linalg.norm(x), np.average, lambda x: np.quantile(x, 0.3), np.unwrap,
]
OF_MATRICES = [
    lambda x: np.swapaxes(x, -1, -2) @ x, lambda x: np.linalg.cholesky(_definite(x)),
    lambda x: np.linalg.solve(_definite(x), np.swapaxes(x, -1, -2)),
    lambda x: np.linalg.inv(_definite(x)), lambda x: np.linalg.slogdet(_definite(x))[1],
    lambda x: np.linalg.det(_definite(x)), lambda x: np.linalg.qr(x)[1],
    lambda x: np.linalg.svd(x, compute_uv=False),
    lambda x: linalg.solve_triangular(_definite(x), np.swapaxes(x, -1, -2), lower=True),
    lambda x: np.einsum("...ij,...kj->...ik", x, x), lambda x: np.kron(x, x),
    lambda x: x @ np.ones((np.shape(x)[-1], 2), dtype=int),
    lambda x: np.ones((2, np.shape(x)[-2]), dtype=bool) @ x,
]
OF_TWO = [
    *(getattr(np, name) for name in (
        "add multiply divide maximum minimum floor_divide remainder fmod greater less equal "
        "logical_and logical_or logical_xor hypot arctan2 logaddexp copysign fmax fmin"
    ).split()),
    special.xlogy, special.betaln, lambda x, y: np.where(x > 0, x, y),
    lambda x, y: np.where(x > 0, y, y), lambda x, y: np.where(y, x, y), lambda x, y: y / x,
    lambda x, y: np.where(y > 0, x, 0), lambda x, y: np.searchsorted(np.arange(5.0), x),
    lambda x, y: special.take(np.arange(7.0), x.astype(int) % 7),
    lambda x, y: np.stack([x, y]), np.dot, np.inner, np.outer, np.isclose, np.append,
    lambda x, y: np.select([y > 0, x > 1], [x, y], 0),
]
SHAPES = {
    0: [()], 1: [(0,), (1,), (16,), (17,), (33,)],
    2: [(0, 3), (3, 0), (1, 1), (16, 2), (17, 3), (2, 33), (1, 17)],
    3: [(2, 0, 3), (1, 1, 1), (17, 2, 2), (2, 3, 17)],
}
KINDS = {
    "float64": lambda x: x, "int64": lambda x: (x * 3).astype(int), "bool": lambda x: x > 0.2,
}
DTYPES = "bool int8 uint8 int16 int64 uint64 float32".split()


def cases(ranks=(0, 1, 2, 3)):
    """Return all cases: function, shape, kind, whether in a loop, data or None."""
    shapes = [shape for rank in ranks for shape in SHAPES[rank]]
    places = list(itertools.product(KINDS, (False, True)))
    found = [(f, shape, *p, None) for f in OF_ONE for shape in shapes for p in places]
    found += [
        (f, shape, *p, None) for f in OF_MATRICES for shape in shapes if len(shape) > 1
        for p in places if p[0] != "bool"
    ]
    found += [
        (f, shape, *p, _data(shape, dtype)) for f in OF_TWO for shape in shapes
        if len(shape) < 2 for p in places for dtype in DTYPES
    ]
    return found


def _data(shape, dtype):
    first = 0 if np.dtype(dtype).kind in "ub" else -2
    return (np.arange(math.prod(shape)) * 7 % 5 + first).astype(dtype).reshape(shape)


def objective_of(function, shape, kind, is_in_loop, data):
    """Return the objective of a case, and where it is recorded."""
    size = math.prod(shape)

    def result_at(x):
        x = KINDS[kind](x)
        return function(x) if data is None else function(x, data)

    def objective(q):
        x = np.reshape(q[:size], shape)
        rest = 0.5 * np.sum(q * q)
        if not is_in_loop:
            return rest + np.sum(np.multiply(result_at(x), 0.7))

        def step(carry, t):
            value = np.sum(np.multiply(result_at(x + 0.01 * t * x), 0.3))
            return 0.5 * carry + value, carry

        last, rows = scan(step, 0.3, np.arange(3.0))
        return rest + last + np.sum(rows)

    count = max(size, 1) + 1
    return objective, np.linspace(-0.93, 1.37, count) * np.cos(np.arange(count) * 1.7) + 0.11


def outcome(monkeypatch, function, shape, kind, is_in_loop, data):
    """Return what becomes of a case: one of `GOOD`, or a sentence about what went wrong."""
    objective, q = objective_of(function, shape, kind, is_in_loop, data)
    expected = _eager(objective, q)
    try:
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            compiled = compiled_as_text(monkeypatch, objective, q)
    except Exception as error:
        if expected is None:
            return "fails eagerly too"
        is_honest = isinstance(error, LightPPLError)
        return "refused at once" if is_honest else f"{type(error).__name__}: {error}"
    if any("fault of lightppl" in str(x.message) for x in found):
        return str(found[-1].message)
    value, gradient = compiled(q)
    if isinstance(compiled, EagerPotential):
        return "runs eagerly"
    # NumPy works with few digits, where it is given numbers of few bits
    is_coarse = kind == "bool" or data is not None and data.itemsize < 8
    tolerance = 3e-3 if is_coarse else 1e-9
    if expected is None or _are_close(expected, (value, gradient), tolerance):
        return "equal"
    return f"{value} with {gradient}, not {expected[0]} with {expected[1]}"


def compiled_as_text(monkeypatch, objective, q):
    """Return a compiled objective that runs as Python, after it was lowered to LLVM's language."""
    stages = {}
    with monkeypatch.context() as patch:
        patch.setattr(potential, "build_function", _lowered)
        patch.setattr(potential, "Potential", lambda *args: None)
        patch.setattr(potential, "require_agreement", lambda found, *args: found)
        found = potential.compile_objective(objective, q, stages=stages)
    return Rehearsal(stages["program"], len(q)) if found is None else found


def _lowered(source):
    # imports stand before the source, as in `build`
    llvm_text, _ = lower_program(source, definitions_of(source))
    llvm.parse_assembly(llvm_text).verify()


def _eager(objective, q):
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return EagerPotential(objective, len(q))(q)
    except Exception:
        return None


def _are_close(one, other, tolerance):
    if not np.allclose(one[0], other[0], rtol=tolerance, atol=tolerance, equal_nan=True):
        return False
    is_finite = np.isfinite(one[1]) & np.isfinite(other[1])
    return np.allclose(one[1][is_finite], other[1][is_finite], rtol=1e-7, atol=1e-8)


def name_of(case):
    """Return a line of text for a case."""
    function, shape, kind, is_in_loop, data = case
    where = "in a loop" if is_in_loop else "outside"
    dtype = "" if data is None else f" with {data.dtype}"
    name = getattr(function, "__name__", str(function))
    line = getattr(getattr(function, "__code__", None), "co_firstlineno", "")
    return f"{name} {line} of {kind}{list(shape)}{dtype}, {where}"


def main():
    """Print how many cases come to what, and those that should not."""
    import pytest

    counts = collections.Counter()
    for case in cases():
        found = outcome(pytest.MonkeyPatch(), *case)
        counts[found if found in GOOD else "wrong"] += 1
        if found not in GOOD:
            print(f"{name_of(case)}: {found[:200]}")
    print(dict(counts))


if __name__ == "__main__":
    main()
