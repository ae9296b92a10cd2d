"""What cannot be traced is refused with the right error, the user's line and the remedy."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
import scipy.linalg
import scipy.special

from lightppl.autodiff.check import value_and_gradient
from lightppl.errors import ControlFlowError, ModelError, TracingError, UnsupportedOperationError
from tests.autodiff.recording import record

POINT = np.array([0.4, -1.3, 2.0])
HERE = re.escape(f"{Path(__file__).name}:")


def _assign(x):
    x[0] = 1.0


def _assign_into_plain(x):
    y = np.zeros(3)
    y[1] = x[1]
    return y


def _add_in_place_to_plain(x):
    y = np.zeros(3)
    y += x
    return y


REFUSED_ALWAYS = {
    "assignment": (_assign, TracingError, "set_at"),
    "in-place addition": (_add_in_place_to_plain, TracingError, r"y = y \+ x"),
    "np.asarray": (lambda x: np.asarray(x), TracingError, "leave np.asarray away"),
    "np.array of traced": (lambda x: np.array([x[:2], x[1:]]), TracingError, "np.stack"),
    "out of a ufunc": (lambda x: np.exp(x, out=np.zeros(3)), TracingError, "returned array"),
    "out of a function": (lambda x: np.sum(x, out=np.zeros(())), TracingError, "returned array"),
    "np.full": (lambda x: np.full(3, x[0]), TracingError, "np.broadcast_to"),
    "np.copyto": (lambda x: np.copyto(np.zeros(3), x), TracingError, "set_at"),
    "unknown function": (lambda x: np.linalg.tensorinv(x), UnsupportedOperationError,
        "register_primitive"),
    "unknown ufunc": (lambda x: np.nextafter(x, 1.0), UnsupportedOperationError,
        "register_primitive"),
    "unknown keyword of a ufunc": (
        lambda x: np.add(x, x, where=np.array([True, False, True])),
        UnsupportedOperationError, "where",
    ),
    "unknown keyword": (
        lambda x: np.quantile(x, 0.5, weights=np.ones(3)), UnsupportedOperationError, "weights",
    ),
    "unknown accumulation": (
        lambda x: np.arctan2.accumulate(x), UnsupportedOperationError, "accumulate",
    ),
    "scipy ufunc of complex numbers": (
        lambda x: scipy.special.wofz(x), UnsupportedOperationError, "register_primitive",
    ),
    "order in memory": (
        lambda x: np.outer(x, x).T.ravel("K"), UnsupportedOperationError, 'order="C"',
    ),
    "rounded mean": (lambda x: np.mean(x, dtype=int), UnsupportedOperationError, "int64"),
    "complex number": (lambda x: np.abs(np.exp(1j * x)), ModelError, "real and the imaginary"),
    "complex array": (lambda x: np.abs(x * np.array([1j])), ModelError, "Complex numbers"),
    "complex ufunc": (lambda x: np.power(x, 1j).real, ModelError, "Complex numbers"),
    "complex dtype": (lambda x: x.astype(complex).real, UnsupportedOperationError, "complex128"),
    "scipy function": (lambda x: scipy.linalg.expm(x[:, None] * x), TracingError,
        "lightppl.linalg"),
}

REFUSED_WHEN_RECORDED = {
    "sum of truths": (
        lambda x: np.sum(x > 0, dtype=bool) * x, UnsupportedOperationError, "np.any",
    ),
    "assignment of an element": (_assign_into_plain, TracingError, "set_at"),
    "boolean mask": (lambda x: x[x > 0], TracingError, "np.where"),
    "plain array by traced index": (
        lambda x: np.arange(3.0)[np.argsort(x)], TracingError, "special.take",
    ),
    "where without branches": (lambda x: np.where(x > 0), UnsupportedOperationError, "np.where"),
    "if": (lambda x: x if x[0] > 0 else -x, ControlFlowError, "np.where"),
    "and": (lambda x: x[0] > 0 and x[1], ControlFlowError, "&"),
    "while": (lambda x: [0 for _ in range(9) if x[0] > 9], ControlFlowError, "np.where"),
    "float": (lambda x: float(x[0]), ControlFlowError, "float"),
    "int": (lambda x: int(x[0]), ControlFlowError, "int"),
    "range": (lambda x: range(np.argmax(x)), ControlFlowError, "fixed length"),
    "item": (lambda x: x[0].item(), ControlFlowError, "item"),
    "tolist": (lambda x: x.tolist(), ControlFlowError, "tolist"),
    "math": (lambda x: math.exp(x[0]), ControlFlowError, "np.exp"),
    "np.array of scalars": (lambda x: np.array([x[0], x[1]]), TracingError, "np.stack"),
}


@pytest.mark.parametrize("name", REFUSED_ALWAYS)
@pytest.mark.parametrize("trace", [record, value_and_gradient], ids=["recorded", "differentiated"])
def test_refused_with_line_and_remedy(name, trace):
    fun, error, remedy = REFUSED_ALWAYS[name]
    with pytest.raises(error, match=remedy) as caught:
        trace(fun, POINT)
    assert re.search(HERE + r"\d+", str(caught.value)), str(caught.value)


@pytest.mark.parametrize("name", REFUSED_WHEN_RECORDED)
def test_refused_when_recorded(name):
    fun, error, remedy = REFUSED_WHEN_RECORDED[name]
    with pytest.raises(error, match=remedy) as caught:
        record(fun, POINT)
    assert re.search(HERE + r"\d+", str(caught.value)), str(caught.value)


@pytest.mark.parametrize("name", ["if", "float", "int", "item", "math"])
def test_control_flow_can_be_recovered_from(name):
    fun, _, _ = REFUSED_WHEN_RECORDED[name]
    with pytest.raises(ControlFlowError) as caught:
        record(fun, POINT)
    assert caught.value.is_recoverable


@pytest.mark.parametrize("name", ["np.asarray", "assignment"])
def test_lost_gradients_cannot_be_recovered_from(name):
    fun, error, _ = REFUSED_ALWAYS[name]
    with pytest.raises(error) as caught:
        record(fun, POINT)
    assert not caught.value.is_recoverable


def test_a_traced_array_prints_its_shape():
    shown = []
    record(lambda x: shown.append(f"{x} {x!r} {x[0]:.2f}") or x, POINT)
    assert "shape (3,)" in shown[0]


def test_shapes_and_types_are_known_while_tracing():
    def facts(x):
        assert np.shape(x) == x.shape == (3,)
        assert np.ndim(x) == x.ndim == 1
        assert np.size(x) == len(x) == 3
        assert x.dtype == np.float64 and (x > 0).dtype == bool
        assert isinstance(x, np.ndarray) or hasattr(x, "shape")
        assert not np.iscomplexobj(x) and np.isrealobj(x)
        assert np.result_type(x, 1) == np.float64
        return x

    record(facts, POINT)


def test_out_of_bounds_and_wrong_shapes_are_errors_as_in_numpy():
    for fun, error in [
        (lambda x: x[5], IndexError),
        (lambda x: x[np.array([0, 7])], IndexError),
        (lambda x: x[np.array([True, False])], IndexError),
        (lambda x: np.reshape(x, (2, 2)), ValueError),
        (lambda x: np.sum(x, axis=3), np.exceptions.AxisError),
        (lambda x: np.broadcast_to(x, (2, 2)), ValueError),
        (lambda x: np.squeeze(x, axis=0), ValueError),
        (lambda x: np.concatenate([x[0], x[1]]), ValueError),
        (lambda x: x + np.ones(4), ValueError),
        (lambda x: np.matmul(x, np.ones((2, 2))), ValueError),
    ]:
        with pytest.raises(error):
            record(fun, POINT)


class Column:
    """Stands for a column of a data frame: no array, but offers itself as one."""

    def __init__(self, values):
        self.values = np.asarray(values)

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values, dtype)


@pytest.mark.parametrize("values", [[2, 0, 0, 1], [True, False, True]])
def test_a_column_of_a_data_frame_is_an_index(values):
    found, _ = value_and_gradient(lambda x: np.sum(x[Column(values)] ** 2), POINT)
    assert found == np.sum(POINT[np.array(values)] ** 2)


def test_data_of_dtype_object_are_refused_with_the_remedy():
    data = np.array([1.0, 2.0, 3.0], dtype=object)
    with pytest.raises(TracingError, match=rf"dtype object.*{HERE}.*dtype=float"):
        record(lambda x: x * data, POINT)
