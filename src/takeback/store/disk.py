"""Files written whole or not at all: temporary file, fsync, rename, fsync of the folder."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from takeback.errors import CaseError, StorageFull

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR})
TEMPORARY = ".partial-"


@contextmanager
def disk_errors_are_said(where: Path) -> Iterator[None]:
    """Turns what a disk refuses into a StorageFull or a CaseError that says where, and the way out."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull(full_message(where)) from error
        if error.errno in _FORBIDDEN:
            message = f"cannot write to {where}: {error.strerror} (make the folder writable, or choose another)"
            raise CaseError(message) from error
        raise


def full_message(where: Path) -> str:
    """What to say when the disk ran out."""
    return f"no space left on the disk of {where}: nothing is half-written (free some space and run the same again)"


class Disk:
    """The one way to the disk; tests put a full disk in its place."""

    def write(self, path: Path, content: bytes, *, durable: bool = True) -> None:
        """Replaces the file at ``path`` by this content at once; ``durable`` outlives a power cut, not only a crash."""
        temporary = path.with_name(f"{TEMPORARY}{secrets.token_hex(8)}")
        with disk_errors_are_said(path):
            try:
                with temporary.open("xb") as file:
                    self.put(file.fileno(), content)
                    if durable:
                        os.fsync(file.fileno())
                temporary.replace(path)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
            if durable:
                self.flush_folder(path.parent)

    def append(self, path: Path, content: bytes, *, at: int) -> None:
        """Puts the content at the byte offset ``at``, where the file then ends; on the disk when it returns."""
        with disk_errors_are_said(path):
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.ftruncate(descriptor, at)
                os.lseek(descriptor, at, os.SEEK_SET)
                self.put(descriptor, content)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def append_line(self, path: Path, line: bytes) -> None:
        """Adds a line at the end, after the last whole one; two processes at once lose no line between them."""
        with disk_errors_are_said(path):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                content = os.pread(descriptor, os.lseek(descriptor, 0, os.SEEK_END), 0)
                os.ftruncate(descriptor, content.rfind(b"\n") + 1)
                os.lseek(descriptor, 0, os.SEEK_END)
                self.put(descriptor, line + b"\n")
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def put(self, descriptor: int, content: bytes) -> None:
        """Writes every byte to an open file."""
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]

    def folder(self, path: Path) -> None:
        """Makes a folder, and makes it last."""
        with disk_errors_are_said(path):
            if not path.is_dir():
                path.mkdir(mode=0o700, parents=True, exist_ok=True)
                self.flush_folder(path.parent)

    def flush_folder(self, path: Path) -> None:
        """Makes the names in a folder outlive a power cut."""
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
