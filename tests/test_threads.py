"""Work in threads is the loop that it stands for."""

import contextvars
import threading

import numpy as np
import pytest

from lightppl.threads import map_in_threads

COLOUR = contextvars.ContextVar("COLOUR", default="none")


@pytest.mark.parametrize("num_threads", [1, 2, 7, 100])
def test_results_come_in_the_order_of_items(num_threads):
    assert map_in_threads(lambda x: x * x, range(50), num_threads) == [x * x for x in range(50)]
    assert map_in_threads(abs, [], num_threads) == []


def test_threads_work_at_the_same_time_and_know_the_context():
    meeting, token = threading.Barrier(3, timeout=30), COLOUR.set("red")

    def meet(_):
        meeting.wait()
        return COLOUR.get(), threading.get_ident()

    try:
        found = map_in_threads(meet, range(3), 3)
    finally:
        COLOUR.reset(token)
    assert {colour for colour, _ in found} == {"red"}
    assert len({thread for _, thread in found}) == 3


@pytest.mark.parametrize("num_threads", [1, 2])
def test_an_error_is_raised_and_ends_the_work(num_threads):
    done = []

    def work(k):
        done.append(k)
        raise ValueError(f"item {k}")

    with pytest.raises(ValueError, match="item 0"):
        map_in_threads(work, range(1000), num_threads)
    assert len(done) <= num_threads


def test_a_system_without_threads_does_the_work(monkeypatch):
    def refuse(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    np.testing.assert_array_equal(map_in_threads(abs, [-1, 2, -3], 4), [1, 2, 3])
