"""Where the columns of a segment lie: in anonymous memory, or in one file that is mapped."""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, TypeVar

import numpy as np
import numpy.typing as npt

PAGE = 4096
"""Columns begin at multiples of this; the first page of a file is its header."""

Kind = TypeVar("Kind", bound=np.generic)


def paged(size: int) -> int:
    """The bytes of whole pages that hold so many."""
    return -(-size // PAGE) * PAGE


class Columns(Protocol):
    """A place for columns, each begun when the size of the one before is settled."""

    def column(self, kind: type[Kind], size: int) -> npt.NDArray[Kind]:
        """Room for ``size`` zeros after the columns before."""

    def cut(self, size: int) -> None:
        """Say that the last column is only so many bytes long."""


class InMemory:
    """Columns in memory, each at the beginning of a page, so that a code of 32 bytes never lies on two lines."""

    def column(self, kind: type[Kind], size: int) -> npt.NDArray[Kind]:
        """Room for ``size`` zeros."""
        mapped = mmap.mmap(-1, paged(max(1, size * np.dtype(kind).itemsize)))
        return np.frombuffer(mapped, kind)[:size]

    def cut(self, size: int) -> None:
        """Nothing: pages that were never written take no memory."""


class InFile:
    """Columns in a new file, as a context manager: whole pages, reserved before they are written.

    A full disk is an OSError when room is asked for, never a fault while it is filled. Leaving it with an error removes
    the file; leaving it without puts all of it on the disk.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._end = PAGE
        self._begin = PAGE
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def __enter__(self) -> Self:
        return self

    def column(self, kind: type[Kind], size: int) -> npt.NDArray[Kind]:
        """Room for ``size`` zeros after the columns before."""
        self._begin = self._end
        return self._mapped(kind, size)

    def _mapped(self, kind: type[Kind], size: int) -> npt.NDArray[Kind]:
        length = paged(size * np.dtype(kind).itemsize)
        if not length:
            return np.empty(0, kind)
        os.posix_fallocate(self._file, self._begin, length)
        self._end = self._begin + length
        return np.frombuffer(mmap.mmap(self._file, length, offset=self._begin), kind)[:size]

    def cut(self, size: int) -> None:
        """The last column is only so many bytes long; what was reserved beyond is given back."""
        self._end = self._begin + paged(size)
        os.ftruncate(self._file, self._end)

    def finish(self, header: bytes) -> None:
        """Write the header page, and all of it to the disk."""
        os.pwrite(self._file, header.ljust(PAGE, b"\x00"), 0)
        os.fsync(self._file)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)
        if error is not None:
            self._path.unlink(missing_ok=True)
