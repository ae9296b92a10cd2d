"""What is slower than it could be, noted while a model is traced, for whoever asks to see it."""

from contextlib import contextmanager
from contextvars import ContextVar

_remarks = ContextVar("lightppl_remarks", default=None)


def remark(sentence):
    """Note a sentence, once, if somebody collects them."""
    found = _remarks.get()
    if found is not None and sentence not in found:
        found.append(sentence)


@contextmanager
def collect_remarks():
    """Collect what is noted while the block runs.

    Yields
    ------
    list of str

    Examples
    --------
    >>> with collect_remarks() as found:
    ...     remark("A loop is unrolled.")
    >>> found
    ['A loop is unrolled.']
    """
    found = []
    token = _remarks.set(found)
    try:
        yield found
    finally:
        _remarks.reset(token)
