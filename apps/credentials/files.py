"""Every file beneath some paths, for a scan: no link is followed out of them, and nothing is passed over in silence."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

Unread = Callable[[str, str], None]
"""Told of what cannot be read: its path, and why."""

_NOT_A_FILE: Final = "not a regular file"


class NotAFile(OSError):
    """A device, a pipe or a socket that was come across: nobody asked to read it."""


def files_beneath(paths: Iterable[str], cannot_read: Unread) -> Iterator[tuple[str, bool]]:
    """Each path that is a file, and each file beneath each that is a directory, in order of their names.

    Links that stand in a directory are not followed: what they point to is either beneath it too, or none of it.
    A link that is itself one of `paths` is, because somebody asked for it.

    Args:
        paths: files and directories.
        cannot_read: called for each directory that cannot be listed and each path that is not there.

    Yields:
        The path, and whether somebody named it.
    """
    for path in paths:
        if not os.path.isdir(path):
            yield path, True
            continue
        for directory, subdirectories, names in os.walk(
            path, onerror=lambda error: cannot_read(error.filename, error.strerror or str(error))
        ):
            subdirectories.sort()
            for name in sorted(names):
                found = os.path.join(directory, name)
                if not os.path.islink(found):
                    yield found, False


@contextmanager
def opened(path: str, *, is_named: bool) -> Iterator[BinaryIO]:
    """The file, open for reading.

    Args:
        path: of the file.
        is_named: whether somebody named it; then it may also be a pipe or a link.

    Raises:
        NotAFile: for a device, a pipe or a socket that nobody named.
        OSError: when it cannot be opened.
    """
    # A file may have become a link or a pipe since its directory was listed; a pipe would wait for its writer.
    flags = os.O_RDONLY if is_named else os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    descriptor = os.open(path, flags)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        if not is_named and not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise NotAFile(0, _NOT_A_FILE, path)
        yield file
