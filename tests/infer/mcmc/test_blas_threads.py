"""BLAS runs one thread while chains run, and its old number afterwards."""

import threading

import pytest

from lightppl.infer.mcmc import blas_threads
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


@pytest.fixture
def fake_library(monkeypatch):
    """A library with four threads."""
    counts = [4]

    def set_count(count):
        counts[0] = count

    functions = ((lambda: counts[0], set_count),)
    monkeypatch.setattr(blas_threads, "_thread_counts", lambda: functions)
    return counts


def test_overlapping_blocks_restore_what_the_first_one_found(fake_library):
    first, second = single_threaded_blas(), single_threaded_blas()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert fake_library == [1], "the second block still runs"
    second.__exit__(None, None, None)
    assert fake_library == [4]


def test_blocks_of_many_threads_restore_the_number(fake_library):
    def hold():
        for _ in range(50):
            with single_threaded_blas():
                seen.append(fake_library[0])

    seen = []
    threads = [threading.Thread(target=hold) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert fake_library == [4] and set(seen) == {1}


def test_a_library_that_comes_later_is_capped_too(fake_library, monkeypatch):
    later = [8]
    known = blas_threads._thread_counts()
    with single_threaded_blas():
        functions = (*known, (lambda: later[0], lambda count: later.__setitem__(0, count)))
        monkeypatch.setattr(blas_threads, "_thread_counts", lambda: functions)
        with single_threaded_blas():
            assert (fake_library, later) == ([1], [1])
    assert (fake_library, later) == ([4], [8])


def test_a_library_that_is_not_loaded_is_left_alone(monkeypatch, tmp_path):
    monkeypatch.setattr(blas_threads, "_paths", lambda: [str(tmp_path / "libopenblas.so")])
    monkeypatch.setattr(blas_threads, "_opened", {})
    assert blas_threads._thread_counts() == [] and blas_threads._opened == {}
