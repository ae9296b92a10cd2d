"""Work shared by a few threads, for what NumPy does without the interpreter's lock."""

import queue
import threading
from contextlib import suppress
from contextvars import copy_context


def map_in_threads(function, items, num_threads):
    """Return the results of a function for each of some items, in order.

    Parameters
    ----------
    function : callable
        Of one item.
    items : iterable
    num_threads : int
        At most so many work, the calling one among them; with 1 nothing else happens than in a
        loop.  If the system starts no more threads, fewer work.

    Returns
    -------
    list

    Raises
    ------
    Exception
        Of the first item that has one.

    Examples
    --------
    >>> map_in_threads(abs, [1, -2, 3], 2)
    [1, 2, 3]
    """
    items = list(items)
    num_threads = min(num_threads, len(items))
    if num_threads <= 1:
        return [function(item) for item in items]
    results, errors, waiting = [None] * len(items), {}, queue.SimpleQueue()
    for k in range(len(items)):
        waiting.put(k)

    def work():
        with suppress(queue.Empty):
            while not errors:
                k = waiting.get_nowait()
                try:
                    results[k] = function(items[k])
                except BaseException as error:  # raised again in the calling thread
                    errors[k] = error

    others = []
    with suppress(RuntimeError):  # the system has no more threads
        for _ in range(num_threads - 1):
            other = threading.Thread(target=copy_context().run, args=(work,), daemon=True)
            other.start()
            others.append(other)
    work()
    for other in others:
        other.join()
    if errors:
        raise errors[min(errors)]
    return results
