"""A file that grows by whole frames: text and arrays, with a checksum for each frame.

A process may be killed at any moment, so the last frame may be torn: it counts as never written.
Appending costs what is appended, however long the file is.

A file is a first line, then frames: three numbers (bytes of the text, bytes of the arrays, checksum
of both), the text in JSON, and the bytes of the arrays one after the other.
"""

import json
import math
import os
import struct
import zlib
from contextlib import suppress

import numpy as np

from lightppl.errors import CheckpointError

try:
    import fcntl
except ImportError:  # not on Windows, where nobody is kept from writing at the same time
    fcntl = None

FIRST_LINE = b"lightppl checkpoint 1\n"
_HEAD = struct.Struct("<QQI")


class FrameFile:
    """An open file of frames, for one process at a time.

    Parameters
    ----------
    path : str
    first : tuple of object and list of array, optional
        The first frame of a new file; without it the file must exist.

    Attributes
    ----------
    size : int
        Bytes of whole frames.

    Raises
    ------
    CheckpointError
        If it is something else, or another process has it open.
    OSError
    """

    def __init__(self, path, first=None):
        self.path, self.size = path, 0
        self._file = None
        if first is not None:
            self.rewrite([first])
            return
        while self._file is None or not _is_same_file(self._file, path):  # it was just replaced
            self._file = open(path, "r+b")
            self._lock(self._file)

    def frames(self):
        """Yield text and arrays of each whole frame; afterwards appending goes on behind the last.
        """
        self._file.seek(0)
        if self._file.read(len(FIRST_LINE)) != FIRST_LINE:
            raise CheckpointError(
                f"The file {self.path} is no checkpoint of this version of lightppl; it stays as "
                "it is. Give another path, or delete it."
            )
        self.size = len(FIRST_LINE)
        length = os.fstat(self._file.fileno()).st_size
        while True:
            self._file.seek(self.size)
            frame = _read_frame(self._file, length - self.size)
            if frame is None:
                return
            self.size = self._file.tell()
            yield frame

    def append(self, tree, arrays):
        """Write a frame behind the last whole one.

        What interrupts this, Ctrl-C included, leaves a torn frame, which the next one overwrites.
        """
        self._file.seek(self.size)
        self._file.truncate()
        _write_frame(self._file, tree, arrays)
        self._file.flush()
        self.size = self._file.tell()

    def rewrite(self, frames):
        """Replace all frames at once: other processes, and this one if it is killed, see the old
        file or the new one.

        Parameters
        ----------
        frames : iterable of (object, list of array)
        """
        temporary = f"{self.path}.{os.urandom(8).hex()}"
        file = open(temporary, "x+b")
        try:
            self._lock(file)
            file.write(FIRST_LINE)
            for tree, arrays in frames:
                _write_frame(file, tree, arrays)
            file.flush()
            os.fsync(file.fileno())
            if self._file is not None and os.name == "nt":  # an open file cannot be replaced there
                self._file.close()
            os.replace(temporary, self.path)
        except BaseException:
            file.close()
            with suppress(OSError):
                os.unlink(temporary)
            raise
        self.close()
        self._file, self.size = file, file.tell()

    def close(self):
        """Close the file; what was appended survives a failure of the system from then on."""
        if self._file is not None and not self._file.closed:
            with suppress(OSError):
                os.fsync(self._file.fileno())
            self._file.close()

    def _lock(self, file):
        if fcntl is None:
            return
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise CheckpointError(
                f"Another run writes to the checkpoint {self.path} at this moment. Wait for its "
                "end, or give another path."
            ) from None
        except OSError:  # a file system without locks
            return


def _is_same_file(file, path):
    return os.path.samestat(os.fstat(file.fileno()), os.stat(path))


def _write_frame(file, tree, arrays):
    arrays = [np.asarray(x, order="C") for x in arrays]
    described = [[x.dtype.str, list(x.shape)] for x in arrays]
    text = json.dumps([tree, described]).encode()
    checksum = zlib.crc32(text)
    parts = [memoryview(x.reshape(-1).view(np.uint8)) for x in arrays if x.size]
    for part in parts:
        checksum = zlib.crc32(part, checksum)
    file.write(_HEAD.pack(len(text), sum(len(x) for x in parts), checksum))
    file.write(text)
    for part in parts:
        file.write(part)


def _read_frame(file, length):
    """Return text and arrays of the frame that begins here, or None if it is not whole."""
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    text_size, data_size, checksum = _HEAD.unpack(head)
    if text_size + data_size > length - _HEAD.size:
        return None
    text, data = file.read(text_size), bytearray(data_size)
    file.readinto(data)
    if zlib.crc32(data, zlib.crc32(text)) != checksum:
        return None
    tree, described = json.loads(text)
    arrays, start = [], 0
    for dtype, shape in described:
        dtype, count = np.dtype(dtype), math.prod(shape)
        # NumPy refuses what is outside of the data, and objects
        found = np.frombuffer(data, dtype, count, start) if count else np.zeros(0, dtype)
        arrays.append(found.reshape(shape))
        start += count * dtype.itemsize
    return tree, arrays
