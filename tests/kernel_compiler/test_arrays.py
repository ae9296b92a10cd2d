"""Arrays of kernels: indexed as NumPy's are, elements and contiguous parts alike."""

import numpy as np
import pytest

from lightppl.jit import kernel, python_function
from lightppl.settings import is_numba_disabled

compiled = pytest.mark.skipif(is_numba_disabled(), reason="nothing is compiled")


@kernel(entry=True)
def by_integers(x, matrix, cube, i, j, k):
    matrix[i, j] += x[i]
    cube[k, i, j] = 2.0 * cube[0, 1, j] + matrix[-1, i]
    cube[k][i][j] -= x[-1]
    return cube[k, i, j] + matrix[i][j] + x[np.uint64(1)]


@kernel(entry=True)
def sum_of_slice(x, start, stop, out):
    part = x[start:stop]
    out[0], out[1], out[2] = part.size, len(x[start:]), x[:stop].shape[0]
    total = 0.0
    for value in part:
        total = 0.5 * total + value
    return total


@kernel(entry=True)
def write_parts(matrix, cube, x, start, stop):
    matrix[0] = x
    matrix[1, start:stop] = -1.5
    matrix[2, start:stop] = x[start:stop]
    matrix[3:] = 4
    cube[1] = matrix
    cube[0, 2] = cube[1, 0]
    cube[2, 1:] = 7.0


@kernel(entry=True)
def move_by_one(x):
    x[1:] = x[:-1]


@kernel(entry=True)
def describe(vector, matrix, cube, out):
    out[0], out[1], out[2] = vector.size, matrix.size, cube.size
    out[3], out[4], out[5] = len(vector), len(matrix), len(cube[0])
    rows, columns = matrix.shape
    out[6], out[7] = rows, columns
    out[8] = cube[1].shape[1]


@kernel(entry=True)
def negate(flags, counts):
    total = 0
    for i in range(flags.size):
        flags[i] = not flags[i]
        counts[i] = counts[i] + flags[i]
    for count in counts:
        total += count
    return total


def arrays():
    rng = np.random.default_rng(0)
    return rng.normal(size=4), rng.normal(size=(5, 4)), rng.normal(size=(3, 5, 4))


def assert_as_in_python(function, make_args):
    """Run a kernel compiled and as Python on equal arguments; all arrays must end up equal."""
    ours, truth = make_args(), make_args()
    result, expected = function(*ours), python_function(function)(*truth)
    assert result == expected
    for x, y in zip(ours, truth):
        np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("i", [0, 2, -1, -4])
@pytest.mark.parametrize("j", [1, -3])
@pytest.mark.parametrize("k", [0, 2, -2])
def test_integers_choose_elements_and_rows(i, j, k):
    assert_as_in_python(by_integers, lambda: (*arrays(), i, j, k))


@pytest.mark.parametrize("start", [0, 1, 3, 4, 9, -1, -4, -9])
@pytest.mark.parametrize("stop", [0, 2, 4, 9, -1, -3, -9])
def test_slices_are_clipped(start, stop):
    assert_as_in_python(
        sum_of_slice, lambda: (np.arange(1.0, 5.0), start, stop, np.zeros(3, np.int64))
    )


@pytest.mark.parametrize("bounds", [(0, 4), (1, 3), (2, 2), (-3, -1), (3, 1)])
def test_parts_are_assigned_numbers_and_arrays(bounds):
    def make_args():
        x, matrix, cube = arrays()
        return matrix, cube, x, *bounds

    assert_as_in_python(write_parts, make_args)


def test_overlapping_parts_are_assigned_as_if_copied_first():
    assert_as_in_python(move_by_one, lambda: (np.arange(6.0),))


def test_sizes_and_shapes():
    assert_as_in_python(describe, lambda: (*arrays(), np.zeros(9, np.int64)))


def test_truth_values_and_integers():
    assert_as_in_python(negate, lambda: (np.array([True, False, True]), np.arange(3)))


def test_empty_arrays():
    nothing = np.zeros(0)
    assert_as_in_python(sum_of_slice, lambda: (nothing.copy(), 0, 3, np.zeros(3, np.int64)))
    assert_as_in_python(negate, lambda: (np.zeros(0, bool), np.zeros(0, np.int64)))


@kernel(entry=True)
def assign(matrix, x):
    matrix[0] = x


@compiled
def test_an_array_of_another_size_is_refused_before_anything_is_written():
    matrix = np.zeros((2, 3))
    with pytest.raises(RuntimeError, match="status"):
        assign(matrix, np.ones(4))
    assert not matrix.any()


@kernel(entry=True)
def column(matrix):
    return matrix[:, 0].size


@kernel(entry=True)
def every_second(x):
    return x[::2].size


@kernel(entry=True)
def too_many(x):
    return x[0, 0]


@compiled
@pytest.mark.parametrize("function", [column, every_second, too_many])
def test_parts_that_are_not_contiguous_are_refused(function):
    from numba.core.errors import TypingError

    with pytest.raises(TypingError, match="getitem"):
        function(np.zeros((2, 2)) if function is column else np.zeros(4))
