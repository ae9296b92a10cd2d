"""BLAS runs one thread while chains run, and its old number afterwards."""

import pytest

from lightppl.infer.mcmc.blas_threads import _thread_counts, single_threaded_blas


def test_blas_is_capped_and_restored():
    functions = _thread_counts()
    if not functions:
        pytest.skip("no OpenBLAS beside NumPy and SciPy")
    before = [get_count() for get_count, _ in functions]
    with pytest.raises(KeyError), single_threaded_blas():
        assert [get_count() for get_count, _ in functions] == [1] * len(functions)
        raise KeyError
    assert [get_count() for get_count, _ in functions] == before
