"""Files that people name in settings and commands, read with a bound.

Promises that no file, whatever it is, takes more memory than its bound or has the reader wait. Must not know what is in
a file.
"""

import os
import stat
from pathlib import Path


class OverlongError(OSError):
    """The error where a file is longer than its reader takes, or is no plain file."""


def read_bytes(path: Path, most: int) -> bytes:
    """Return the file's content. Raises OSError, with a `strerror` that people can read.

    A pipe is refused: opening one waits until another program writes.
    """
    opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(opened, "rb") as file:
        kind = os.fstat(opened).st_mode
        if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
            raise OverlongError(0, "it is no plain file", str(path))
        content = file.read(most + 1)
    if len(content) > most:
        raise OverlongError(0, f"it has more than {most:,} bytes", str(path))
    return content
