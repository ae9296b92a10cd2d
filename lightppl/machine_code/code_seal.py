"""The seal on compiled code: only somebody who knows the user's secret can make it.

A digest alone shows that a file is whole, not who wrote it.  So each file carries an HMAC under a
secret that is made at the first use, lies in the folder of compiled code and can be read by its
owner only.  The seal covers the version of the compiler and the text that the code was made of: a
good file under another name, or from another version, has the wrong seal.

Reference: Krawczyk, Bellare and Canetti (1997), "HMAC: keyed-hashing for message authentication",
RFC 2104.
"""

import hashlib
import hmac
import os
from contextlib import suppress

from lightppl.errors import CacheError
from lightppl.machine_code.private_folder import OTHERS_USE, exists, read_file, write_file

SECRET = "secret"
SECRET_SIZE = 32
SEAL_SIZE = 32


def read_secret(folder):
    """Return the user's secret, or None if none has been made.

    Parameters
    ----------
    folder : PrivateFolder

    Returns
    -------
    bytes or None

    Raises
    ------
    CacheError
        If somebody else owns it or can use it, or it is damaged.
    """
    for _ in range(2):  # another process may make it between the first look and the second
        secret = read_file(folder, SECRET, forbidden=OTHERS_USE)
        if secret is not None and len(secret) == SECRET_SIZE:
            return secret
        if not exists(folder, SECRET):
            return None
    raise CacheError(
        f"The secret {folder.path / SECRET}, which seals compiled code, is damaged, or other users "
        f"own it, can read it or can write to it. Delete the folder {folder.path}; it will be made "
        "again."
    )


def make_secret(folder):
    """Return the user's secret, made now unless there is one.

    Parameters
    ----------
    folder : PrivateFolder

    Returns
    -------
    bytes
    """
    secret = read_secret(folder)
    while secret is None:
        with suppress(FileExistsError):  # another process was faster
            write_file(folder, SECRET, os.urandom(SECRET_SIZE), may_replace=False)
        secret = read_secret(folder)
    return secret


def seal_of(secret, version, text, content):
    """Return the seal of some content.

    Parameters
    ----------
    secret : bytes
    version : str
        Of what made the code: the name of its folder.
    text : str
        What the code was made of.
    content : bytes

    Returns
    -------
    bytes
        `SEAL_SIZE` of them.
    """
    # digests have one length, so that no part can pass for a piece of the next
    parts = [hashlib.sha256(x.encode()).digest() for x in (version, text)]
    return hmac.digest(secret, b"".join(parts) + content, "sha256")


def is_sealed(seal, secret, version, text, content):
    """Return whether a seal is that of some content."""
    return hmac.compare_digest(seal, seal_of(secret, version, text, content))
