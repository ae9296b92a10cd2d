"""Draws and states on disk while a run goes on, so that the same call goes on after a kill.

A checkpoint is a file of frames (`frames`).  The first tells the call (`same_call`): a file of
another call is refused, in a sentence that names what differs.  Each other frame holds the
`ChainSnapshot` of one chain: its state, and the draws made since its frame before.  Chains are
independent, so each goes on from its own last whole frame, and draws are those of a run that nobody
broke off, bit by bit.

Nothing in the file is code, and nothing of it is run (`plain`).
"""

import dataclasses
import os
import sys
import threading
import time
from contextlib import contextmanager

from lightppl.arguments import shown
from lightppl.errors import ArgumentError, CheckpointError
from lightppl.infer.mcmc.frames import FrameFile
from lightppl.infer.mcmc.plain import from_plain, to_plain
from lightppl.infer.mcmc.run import ChainSnapshot

SAVE_SECONDS = 2.0
"""Time between two frames of a chain, at least."""

MOST_OF_THE_TIME = 0.05
"""Share of the time of a chain that goes into its frames, at most."""

WASTE = 32 * 2**20
"""Bytes of states that newer ones replaced, beyond which a file is written anew, if it is also
more than half of the file."""


class Checkpoint:
    """The file of one call of `MCMC.run`.

    Parameters
    ----------
    path : str or os.PathLike
    call : dict of str to str
        From `digests_of_call`.
    keys : object
        Of the plan, for a call that names none.

    Attributes
    ----------
    trouble : str or None
        Why writing ended early.
    """

    def __init__(self, path, call, keys):
        self.path, self.call, self.keys = os.fspath(path), call, keys
        self.trouble = None
        self._lock, self._file = threading.Lock(), None

    def open(self, chains, after_rows=lambda index, num_rows: None):
        """Make the file, or put chains where it says that they were.

        Parameters
        ----------
        chains : list of Chain
        after_rows : callable
            Called with the index of a chain and how many rows it has, after each piece of them.

        Raises
        ------
        CheckpointError
            If the file is of another call, is no checkpoint, or cannot be made.
        """
        num_chains = len(chains)
        self._chains, self._num_rows = chains, [0] * num_chains
        self._saved, self._state_sizes, self._waste = [0] * num_chains, [0] * num_chains, 0
        self._due = [0.0] * num_chains  # at once: what cannot be saved is an error at the start
        try:
            with _usable(self.path):
                self._open(after_rows)
        except BaseException:
            if self._file is not None:
                self._file.close()
            raise

    def after_block(self, index):
        """Save a chain if its time has come; in the thread that runs it, between two blocks."""
        if time.monotonic() >= self._due[index]:
            self.save(index)

    def save(self, index):
        """Append the state of a chain and its new draws."""
        if self.trouble is not None:
            return
        began = time.monotonic()
        snapshot = self._chains[index].snapshot(self._num_rows[index])
        tree, arrays, rows_size = _frame_of(index, snapshot)
        with self._lock:
            try:
                before = self._file.size
                self._file.append(tree, arrays)
                self._waste += self._state_sizes[index]
                self._state_sizes[index] = self._file.size - before - rows_size
                if self._waste > max(WASTE, self._file.size // 2):
                    self._file.rewrite(frames_to_keep(self._file))
                    self._waste = 0
            except OSError as error:
                self.trouble = (
                    f"The checkpoint {self.path} could not be written: {error.strerror}. The run "
                    "went on without it."
                )
                return
        self._num_rows[index], self._saved[index] = snapshot.num_rows, snapshot.num_done
        ended = time.monotonic()
        self._due[index] = ended + max(SAVE_SECONDS, (ended - began) / MOST_OF_THE_TIME)

    def num_rows(self, index):
        """Return how many rows of a chain are in the file, or need not be."""
        return sys.maxsize if self.trouble is not None else self._num_rows[index]

    def close(self, num_done):
        """Save what is not saved of all chains that are between two blocks, and close the file.

        Parameters
        ----------
        num_done : list of int
            Iterations of each chain; a chain that says otherwise was broken off inside of one.
        """
        if self._file is None:
            return
        try:
            for index, chain in enumerate(self._chains):
                if chain.num_done == num_done[index] != self._saved[index]:
                    self.save(index)
        finally:
            self._file.close()

    def _open(self, after_rows):
        if _holds_something(self.path):
            self._file = FrameFile(self.path)
            self._resume(after_rows)
        else:
            first = {"call": self.call, "keys": to_plain(self.keys)[0]}
            self._file = FrameFile(self.path, (first, []))

    def _resume(self, after_rows):
        with _readable(self.path):
            last = {}
            self._require_same_call(_first_frame(self._file)[0]["call"])
            for number, (tree, arrays) in enumerate(self._file.frames()):
                if number > 0 and tree["state"] is not None:
                    last[tree["chain"]] = _snapshot_of(tree, arrays)
            for number, (tree, arrays) in enumerate(self._file.frames()):
                if number > 0:
                    snapshot = _with_rows(last[tree["chain"]], tree, arrays)
                    self._chains[tree["chain"]].restore(snapshot)
                    after_rows(tree["chain"], snapshot.num_rows)
        for index, snapshot in last.items():
            self._num_rows[index], self._saved[index] = snapshot.num_rows, snapshot.num_done

    def _require_same_call(self, found):
        names = dict.fromkeys((*self.call, *found))
        differing = [name for name in names if self.call.get(name) != found.get(name)]
        if differing:
            raise CheckpointError(
                f"The checkpoint {self.path} is of another call: it had other values of "
                f"{', '.join(differing)}. Make the same call to go on from it; for a new run give "
                "another path, or delete the file."
            )


def check_path(path):
    """Return the path of a checkpoint as text.

    Of a link it is the path of the file that the link points at, since a link would be replaced.

    Raises
    ------
    ArgumentError
        If it is something else.
    CheckpointError
        If there is something that is no file, such as a folder or a device.
    """
    if not (isinstance(path, (str, os.PathLike)) and os.fspath(path)):
        raise ArgumentError(
            f"checkpoint must be the path of a file, found {shown(path)}. An argument of the model "
            "of this name is passed by position."
        )
    found = os.path.realpath(path)
    if os.path.exists(found) and not os.path.isfile(found):
        raise CheckpointError(
            f"The checkpoint {os.fspath(path)} is no file, but a folder or a device. Give the path "
            "of a file."
        )
    return found


def keys_in(path):
    """Return the keys of the call that a checkpoint is of, or None if there is no such file.

    Parameters
    ----------
    path : str or os.PathLike

    Raises
    ------
    CheckpointError
        If the file is something else.
    """
    path = os.fspath(path)
    if not _holds_something(path):
        return None
    with _usable(path):
        file = FrameFile(path)
        try:
            with _readable(path):
                tree, arrays = _first_frame(file)
                return from_plain(tree["keys"], arrays)
        finally:
            file.close()


def frames_to_keep(file):
    """Yield the frames of a file, without the states that later frames replace."""
    last = {tree["chain"]: number for number, (tree, _) in enumerate(file.frames()) if number}
    for number, (tree, arrays) in enumerate(file.frames()):
        if number == 0 or last[tree["chain"]] == number:
            yield tree, arrays
        elif tree["num_rows"] > tree["first_row"]:
            rows, row_arrays = to_plain(from_plain(tree["rows"], arrays))
            yield {**tree, "state": None, "rng": None, "rows": rows}, row_arrays


def _first_frame(file):
    """Return the frame that tells the call.

    Raises
    ------
    ValueError
        If it is not whole: what is behind it may be of any call.
    """
    for frame in file.frames():
        return frame
    raise ValueError("its beginning is not whole")


def _frame_of(index, snapshot):
    """Return text, arrays and the bytes of the rows of a snapshot."""
    rows, arrays = to_plain(snapshot.rows)
    rows_size = sum(x.nbytes for x in arrays)
    state, arrays = to_plain(snapshot.state, arrays)
    rng, arrays = to_plain(snapshot.rng, arrays)
    numbers = {name: getattr(snapshot, name) for name in ("num_done", "first_row", "num_rows")}
    return {"chain": index, **numbers, "state": state, "rng": rng, "rows": rows}, arrays, rows_size


def _snapshot_of(tree, arrays):
    """Return the snapshot of a frame, without its rows."""
    return ChainSnapshot(
        num_done=tree["num_done"],
        state=from_plain(tree["state"], arrays),
        rng=from_plain(tree["rng"], arrays),
        first_row=tree["first_row"],
        num_rows=tree["num_rows"],
    )


def _with_rows(last, tree, arrays):
    """Return the last snapshot of a chain with the rows of one frame."""
    return dataclasses.replace(
        last,
        first_row=tree["first_row"],
        num_rows=tree["num_rows"],
        rows=from_plain(tree["rows"], arrays),
    )


def _holds_something(path):
    return os.path.exists(path) and os.path.getsize(path) > 0


@contextmanager
def _usable(path):
    """Say in a sentence that the system does not let us use a file."""
    try:
        yield
    except OSError as error:
        raise CheckpointError(
            f"The checkpoint {path} cannot be made or read: {error.strerror}. Give the path of a "
            "file in a folder that exists and that you can write to."
        ) from error


@contextmanager
def _readable(path):
    """Say in a sentence that what a file says makes no sense."""
    try:
        yield
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise CheckpointError(
            f"The checkpoint {path} is damaged ({type(error).__name__}: {error}). Delete it; the "
            "run begins anew."
        ) from error
