"""The reasons for which an operating system refuses to open a file or a connection, in words for people.

Promises words of our own for every reason: the system's differ between machines, and some are numbers. Must not know
what was to be opened.
"""

import errno
import socket

_WORDS = {
    errno.ENOENT: "there is no such file or folder",
    errno.EACCES: "this user may not open it",
    errno.EPERM: "this user may not open it",
    errno.EISDIR: "it is a folder",
    errno.ENOTDIR: "a part of its path is no folder",
    errno.EEXIST: "it is there already",
    errno.ENAMETOOLONG: "its name is too long",
    errno.ELOOP: "its links lead in a circle",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk is full for this user",
    errno.EROFS: "its disk can only be read",
    errno.EMFILE: "this process has too many files open",
    errno.ENFILE: "this machine has too many files open",
    errno.EADDRINUSE: "another program has this port",
    errno.EADDRNOTAVAIL: "this machine has no such address",
    errno.ECONNREFUSED: "nothing answers there",
    errno.ECONNRESET: "the other side ended the connection",
    errno.EPIPE: "the other side ended the connection",
    errno.ETIMEDOUT: "it does not answer in time",
    errno.EHOSTUNREACH: "there is no way to that machine",
    errno.ENETUNREACH: "there is no way to that network",
}
NO_SUCH_MACHINE = "no machine of this name is known"


def why_not_opened(error: OSError) -> str:
    """Return the reason, to stand behind a colon or in brackets."""
    if isinstance(error, socket.gaierror):
        return NO_SUCH_MACHINE
    if isinstance(error, TimeoutError):
        return _WORDS[errno.ETIMEDOUT]
    if error.errno in _WORDS:
        return _WORDS[error.errno]
    if error.errno:
        return f"the operating system refuses it ({errno.errorcode.get(error.errno, error.errno)})"
    return error.strerror or "the operating system refuses it"
