"""The folder of an index of hashes: a manifest that is swapped whole, segments, logs, and the locks of writers."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import numpy as np

from takeback.errors import HashIndexError, IndexBusy, IndexUnreadable, StorageFull
from takeback.matching import hamming_log
from takeback.matching.hamming_file import Unusable
from takeback.matching.hamming_log import Ids

MANIFEST = "manifest.json"
VERSION = 1
_FORMAT = "takeback-hash-index"
_WAIT_SECONDS = 30.0
_POLL_SECONDS = 0.001
_PARTIAL = ".partial"
_DIGITS = 32
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR})


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """One segment by its file, the SHA-256 of its header, its hashes, and the file of ids withdrawn from it."""

    file: str
    sha256: str
    hashes: int
    withdrawn: str = ""


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """A part that was found to be unusable when what lies around it was merged."""

    file: str
    reason: str
    hashes: int | None = None


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What an index consists of: segments that hold everything up to ``sequence``, then logs in their order.

    ``bulk`` counts additions that went into a segment at once, past the logs.
    """

    format: str = _FORMAT
    version: int = VERSION
    name: str
    generation: int
    sequence: int
    bulk: int = 0
    segments: tuple[Stored, ...] = ()
    lost: tuple[Lost, ...] = ()
    logs: tuple[str, ...]

    @property
    def files(self) -> frozenset[str]:
        """Every file that it names."""
        withdrawn = (each.withdrawn for each in self.segments if each.withdrawn)
        return frozenset((*(each.file for each in self.segments), *withdrawn, *self.logs))


class Folder:
    """The files of one index. Readers take no lock: what they opened stays as it was, even after it was removed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def manifest_bytes(self) -> bytes:
        """The manifest as it lies there; a HashIndexError where there is none, or an IndexUnreadable."""
        try:
            return (self.path / MANIFEST).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            message = f"no index of hashes here: {self.path} (HammingIndex.create makes one)"
            raise HashIndexError(message) from error
        except OSError as error:
            raise IndexUnreadable(f"an index that cannot be read: {self.path} ({error.strerror})") from error

    def decoded(self, content: bytes) -> Manifest:
        """What a manifest says; a HashIndexError where it is damaged, foreign or of another version."""
        place = self.path / MANIFEST
        stated, _, body = content.partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != stated:
            raise HashIndexError(f"the index's manifest is damaged: {place} (restore it, or build the index again)")
        try:
            kind = msgspec.json.decode(body, type=_Kind)
            if (kind.format, kind.version) != (_FORMAT, VERSION):
                message = f"an index of another version: {place} is {kind.format} {kind.version}, this reads {VERSION}"
                raise HashIndexError(f"{message} (use the takeback that wrote it, or build the index again)")
            return msgspec.json.decode(body, type=Manifest)
        except msgspec.DecodeError as error:
            raise HashIndexError(f"the index's manifest says something else: {place} ({error})") from error

    def swap(self, manifest: Manifest) -> bytes:
        """Put a manifest in place of the old one, whole or not at all, then remove what it no longer names."""
        body = msgspec.json.encode(manifest)
        content = hashlib.sha256(body).hexdigest().encode() + b"\n" + body
        partial = self.path / (MANIFEST + _PARTIAL)
        with self.disk_errors_are_said(partial):
            with partial.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self.path / MANIFEST)
            self.flush()
        self._remove_others(manifest)
        return content

    def _remove_others(self, manifest: Manifest) -> None:
        named = manifest.files
        for path in self.path.iterdir():
            if re.match(r"(segment|withdrawn|tail)-", path.name) and path.name not in named:
                if path.suffix == _PARTIAL:  # a merge is writing it; the next merge removes what a killed one left
                    continue
                path.unlink(missing_ok=True)

    def remove_partial(self) -> None:
        """Remove what a killed merge left half-written; only whoever may merge calls this."""
        for path in self.path.glob(f"*-*{_PARTIAL}"):
            path.unlink(missing_ok=True)

    def write_withdrawn(self, ids: Ids) -> str:
        """Keep these ids, sorted, in a file that is named for its content."""
        content = ids.astype("<i8").tobytes()
        name = f"withdrawn-{hashlib.sha256(content).hexdigest()[:_DIGITS]}.ids"
        with self.disk_errors_are_said(self.path / name), (self.path / name).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return name

    def withdrawn_ids(self, name: str) -> Ids:
        """The ids in such a file; an Unusable where it is not what its name says."""
        content = (self.path / name).read_bytes()
        if name != f"withdrawn-{hashlib.sha256(content).hexdigest()[:_DIGITS]}.ids":
            raise Unusable(f"{name}, the ids withdrawn from it, does not match its checksum")
        return np.frombuffer(content, "<i8").astype(np.int64)

    def new_log(self, generation: int) -> str:
        """An empty log of this name, on the disk."""
        name = f"tail-{generation:012d}.log"
        with self.disk_errors_are_said(self.path / name):
            with (self.path / name).open("wb") as file:
                file.write(hamming_log.MAGIC)
                file.flush()
                os.fsync(file.fileno())
            self.flush()
        return name

    def log_bytes(self, name: str, *, at: int) -> bytes:
        """What a log holds from an offset on; a FileNotFoundError where it was merged away meanwhile."""
        with (self.path / name).open("rb") as file:
            file.seek(at)
            return file.read()

    def append(self, name: str, content: bytes, *, at: int) -> None:
        """Put a record at the offset ``at`` of a log: on the disk when it returns, not there at all where it fails."""
        with self.disk_errors_are_said(self.path / name):
            descriptor = os.open(self.path / name, os.O_WRONLY | os.O_CLOEXEC)
            try:
                os.ftruncate(descriptor, at)
                os.lseek(descriptor, at, os.SEEK_SET)
                self._put(descriptor, content, at)
            finally:
                os.close(descriptor)

    def _put(self, descriptor: int, content: bytes, at: int) -> None:
        view = memoryview(content)
        try:
            while view:
                view = view[os.write(descriptor, view) :]
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, at)
            raise

    def flush(self) -> None:
        """Make the folder's names outlive a power cut."""
        descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    @contextmanager
    def locked(self, what: str, *, wait: float = _WAIT_SECONDS) -> Iterator[None]:
        """Hold the lock of that name; an IndexBusy where somebody else still has it after ``wait`` seconds.

        Whoever waits holds the turn: one that gives the lock back and wants it again comes after those that waited.
        """
        deadline = time.monotonic() + wait
        turn = self._taken(f"{what}.turn", what, deadline)
        try:
            lock = self._taken(f"{what}.lock", what, deadline)
        finally:
            os.close(turn)
        try:
            yield
        finally:
            os.close(lock)

    def _taken(self, name: str, what: str, deadline: float) -> int:
        """The open file of a lock that is now ours; closing it gives it back, and so does the end of the process."""
        place = self.path / name
        with self.disk_errors_are_said(place):
            descriptor = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        while not _locked_now(descriptor):
            if time.monotonic() >= deadline:
                os.close(descriptor)
                raise IndexBusy(f"another {what} of the index goes on: {self.path} (wait for it, then try again)")
            time.sleep(_POLL_SECONDS)
        return descriptor

    @contextmanager
    def disk_errors_are_said(self, where: Path) -> Iterator[None]:
        """Turns what a disk refuses into an error of ours that says where, and the way out."""
        try:
            yield
        except OSError as error:
            if error.errno in _FULL:
                message = (
                    f"no space left for the index: {where} ({error.strerror}; the index is as it was; free some space)"
                )
                raise StorageFull(message) from error
            if error.errno in _FORBIDDEN:
                message = f"cannot write to the index: {where} ({error.strerror}; make the folder writable)"
                raise HashIndexError(message) from error
            raise


class _Kind(msgspec.Struct, frozen=True):
    format: str
    version: int


def _locked_now(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
