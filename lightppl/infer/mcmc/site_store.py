"""Draws of large runs, turned into site values piece by piece while chains run.

A record holds the unconstrained draws of a chain, as many numbers as the site values have.  To hold
both would double the memory of a run, and to hold all sites where some are asked for may be most
of it.  So from time to time the rows that are complete are turned into values of the sites that are
kept, and the memory of those rows is given back to the system; they are never read again.

Pieces begin and end at fixed rows: values of deterministic sites may depend, in their last bits, on
how many draws are handled at once, and must not depend on timing.

Legend: ``C`` chains; ``N`` draws of a chain; ``D`` dimension.
"""

import ctypes
import mmap
import sys
import threading

import numpy as np

from lightppl.infer.mcmc.samples import with_sites, without_sites
from lightppl.language.structure import leaves_of, map_leaves

PIECE_BYTES = 2 * 2**20
"""Of unconstrained draws, in a piece."""

LARGE_BYTES = 64 * 2**20
"""Of all unconstrained draws of a run, from which on this is worth while."""


class SiteStore:
    """The values of the sites that are kept, of all chains of a run.

    Parameters
    ----------
    run : Run
        With ``draws_at(chain, rows)``, ``points_of(chain)`` and ``stored_by_chain(values)``.
    plan : RunPlan
    what : WhatIsRead

    Raises
    ------
    SiteNameError
        If what is to be kept, or to be left out, does not exist.
    """

    def __init__(self, run, plan, what):
        self.run, self.plan, self.chains = run, plan, list(run.chains)
        self.keep = what.save_sites
        self.dropped = plan.dropped_sites(what.sample_field)
        size = run.points_of(self.chains[0]).shape[1]
        self.piece = max(1, PIECE_BYTES // (8 * max(size, 1)))
        self._num_stored = [0] * len(self.chains)
        self._locks = [threading.Lock() for _ in self.chains]
        shape = len(self.chains), plan.num_rows
        one = self._kept(run.draws_at_start())
        self.values = map_leaves(lambda x: np.empty(shape + x.shape[1:], x.dtype), one)

    def put_away(self, index, num_rows):
        """Turn the complete pieces among the first rows of a chain into site values.

        Any thread may do so while the chain advances: its first rows change no more.

        Parameters
        ----------
        index : int
            Of the chain.
        num_rows : int
            Of which nobody needs the unconstrained draws.
        """
        with self._locks[index]:
            first = self._num_stored[index]
            while first + self.piece <= num_rows:
                self._write(index, first, first + self.piece)
                # first: whatever comes between the two, rows that are lost are never read
                self._num_stored[index] = first + self.piece
                release_rows(self.run.points_of(self.chains[index]), first, first + self.piece)
                first += self.piece

    def is_full(self, index, num_rows):
        """Return whether a chain has so many complete rows that a piece can be put away."""
        return num_rows - self._num_stored[index] >= self.piece

    def samples(self, chains, num_rows):
        """Return the values of the first draws of some chains, a structure of (C, N, ...) arrays.

        Parameters
        ----------
        chains : list of Chain
            Of the run.
        num_rows : int
        """
        indices = [self.chains.index(chain) for chain in chains]
        for index in indices:
            with self._locks[index]:
                first = self._num_stored[index]
                while first < num_rows:  # in the pieces in which they would be put away
                    stop = min(first + self.piece, num_rows)
                    self._write(index, first, stop)
                    first = stop
        if indices == list(range(len(self.chains))):
            return self.run.stored_by_chain(map_leaves(lambda x: x[:, :num_rows], self.values))
        found = map_leaves(lambda x: x[indices, :num_rows], self.values)
        return self.run.stored_by_chain(found)

    def _write(self, index, first, stop):
        found = self._kept(self.run.draws_at(self.chains[index], slice(first, stop)))
        for whole, piece in zip(leaves_of(self.values), leaves_of(found)):
            whole[index, first:stop] = piece

    def _kept(self, draws):
        draws = without_sites(draws, self.dropped)
        return draws if self.keep is None else with_sites(draws, self.keep)


def store_for(run, plan, what):
    """Return the `SiteStore` of a run, or None where draws are better read at the end.

    Parameters
    ----------
    run : Run
    plan : RunPlan
    what : WhatIsRead
    """
    heads = {name.split(".")[0] for name in plan.collected_fields}
    needs_points = what.postprocess_fn is not None or what.sample_field in heads
    needs_points = needs_points or getattr(run, "reads_points", False)
    if needs_points or not hasattr(run, "draws_at") or plan.num_rows == 0:
        return None
    num_bytes = 8 * plan.num_rows * sum(run.points_of(x).shape[1] for x in run.chains)
    return SiteStore(run, plan, what) if num_bytes >= LARGE_BYTES or what.save_sites else None


def release_rows(array, first, stop):
    """Give the memory of some rows of an array back to the system; their content is lost.

    Parameters
    ----------
    array : (N, D) float64, C-contiguous
    first, stop : int

    Notes
    -----
    Whole pages only, and only on Linux, where such pages read as zeros afterwards; elsewhere
    nothing happens.
    """
    if _madvise is None:
        return
    row = array.strides[0]
    begin = array.ctypes.data + first * row
    end = begin + (stop - first) * row
    # a page that is shared with the row before was left by the piece before
    begin = -(-begin // mmap.PAGESIZE) * mmap.PAGESIZE if first == 0 else (
        begin // mmap.PAGESIZE * mmap.PAGESIZE
    )
    begin = max(begin, -(-array.ctypes.data // mmap.PAGESIZE) * mmap.PAGESIZE)
    end = end // mmap.PAGESIZE * mmap.PAGESIZE
    if end > begin:
        _madvise(begin, end - begin, mmap.MADV_DONTNEED)


def release_freed():
    """Give memory that was freed back to the system.

    Notes
    -----
    Without this, glibc keeps it for each thread, and threads that take turns with large arrays keep
    more than they ever used at once.  Elsewhere nothing happens.
    """
    if _malloc_trim is not None:
        _malloc_trim(0)


def _find_in_c(name, *types):
    if not sys.platform.startswith("linux"):
        return None
    try:
        found = getattr(ctypes.CDLL(None), name)
    except (OSError, AttributeError):
        return None
    found.argtypes = types
    return found


_madvise = _find_in_c("madvise", ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
_malloc_trim = _find_in_c("malloc_trim", ctypes.c_size_t)
