"""A zip of an export or of a folder, read in memory and within bounds; nothing is unpacked to disk."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

from takeback.errors import SourceError
from takeback.sources.folder import FolderReader
from takeback.sources.telegram import TelegramReader, holds_export, open_export
from takeback.sources.telegram_html import TelegramHtmlReader, holds_pages
from takeback.sources.tree import Opened, Standing, leaves

_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_COMMENT = 65_535
_FULL_16 = 0xFFFF
_FULL_32 = 0xFFFF_FFFF
_ENCRYPTED = 0x1
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
WACZ = ".wacz"
"""A zip of web archives, which its own kind of source reads."""
_ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst")


class ArchiveFault(StrEnum):
    """Why a zip is not read."""

    DAMAGED = "damaged"
    TOO_MANY_ENTRIES = "too_many_entries"
    TOO_LARGE = "too_large"
    ENTRY_TOO_LARGE = "entry_too_large"
    RATIO = "ratio"
    OVERLAP = "overlap"
    PATH = "path"
    LINK = "link"
    DUPLICATE = "duplicate"
    PASSWORD = "password"  # noqa: S105  (a reason, not a secret)
    METHOD = "method"
    ONLY_ARCHIVES = "only_archives"


class ArchiveRefused(SourceError):
    """A zip is outside the bounds, or built to do harm; ``fault`` says which."""

    def __init__(self, message: str, *, fault: ArchiveFault) -> None:
        super().__init__(message)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a zip may hold. Sizes in bytes; ``ratio`` is unpacked over packed, asked of entries over ``ratio_from``."""

    entries: int = 99_999
    index: int = 64 << 20
    total: int = 64 << 30
    entry: int = 4 << 30
    ratio: int = 200
    ratio_from: int = 1 << 20


class Archive:
    """Reads a zip of a Telegram Desktop export, or of a folder of pictures."""

    name = "archive"

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()

    def recognises(self, path: Path) -> bool:
        """Whether a zip lies there that is no web archive."""
        return is_zip(path) and path.suffix.lower() != WACZ

    def open(self, path: Path) -> TelegramReader | TelegramHtmlReader | FolderReader:
        """The opened export or folder in the zip, or an `ArchiveRefused` or `SourceError` that says why not."""
        if not is_zip(path):
            message = f"not a zip: {path} (give a zip of an export or of a folder of pictures)"
            raise SourceError(message)
        tree = ZipTree(path, limits=self._limits)
        if holds_export(tree):
            return open_export(tree)
        if holds_pages(tree):
            return TelegramHtmlReader(tree)
        return FolderReader(tree, label=path.stem)


class ZipTree:
    """The members of a zip, checked before any is read."""

    def __init__(self, path: Path, *, limits: Limits | None = None) -> None:
        self._path = path
        limits = limits or Limits()
        _check_index(path, limits)
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise _refused(path, ArchiveFault.DAMAGED, f"cannot be opened: {error}", "make it again") from error
        try:
            self._members = _checked(path, self._zip.infolist(), limits)
        except ArchiveRefused:
            self._zip.close()
            raise

    @property
    def place(self) -> str:
        """Where the zip lies."""
        return str(self._path)

    def names(self) -> Iterator[str]:
        """Every member that is a file, sorted by path."""
        return iter(sorted(self._members))

    def folders(self) -> tuple[str, ...]:
        """The folders directly under the root, sorted."""
        return tuple(sorted({name.split("/", 1)[0] for name in self._members if "/" in name}))

    def left_out(self) -> tuple[str, ...]:
        """Nothing: a zip with a link in it is refused."""
        return ()

    def standing(self, path: str) -> Standing:
        """Whether a member of this name is in the zip."""
        if leaves(path):
            return Standing.OUTSIDE
        return Standing.INSIDE if path in self._members else Standing.MISSING

    def size(self, path: str) -> int:
        """The size that the zip's index gives for a member, in bytes; reading never yields more."""
        return self._members[path].file_size

    def open(self, path: str) -> Opened:
        """A member, unpacked in memory as it is read; an OSError where it is damaged."""
        return _Member(self._zip, self._members[path])

    def close(self) -> None:
        """Close the zip."""
        self._zip.close()


class _Member:
    """A member being read; damage in it is an OSError, as it would be on a disk."""

    def __init__(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
        try:
            self._file = archive.open(member)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError) as error:
            raise _damaged(member, error) from error
        self._member = member

    def read(self, size: int, /) -> bytes:
        """At most so many of the next bytes."""
        try:
            return self._file.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise _damaged(self._member, error) from error

    def readinto(self, room: memoryview, /) -> int:
        """Put the next bytes there; how many they were."""
        content = self.read(len(room))
        room[: len(content)] = content
        return len(content)

    def seek(self, offset: int, /) -> int:
        """Stand at an offset from the beginning; what lies before it is unpacked on the way."""
        try:
            return self._file.seek(offset)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise _damaged(self._member, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self._file.close()


def is_zip(path: Path) -> bool:
    """Whether a file begins as a zip does."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) in _SIGNATURES


def _damaged(member: zipfile.ZipInfo, error: Exception) -> OSError:
    return OSError(f"damaged in the zip: {member.filename}: {error}")


def _refused(path: Path, fault: ArchiveFault, what: str, remedy: str) -> ArchiveRefused:
    return ArchiveRefused(f"zip {what}: {path} ({remedy})", fault=fault)


def _check_index(path: Path, limits: Limits) -> None:
    """Look at the end of a zip before its index is read: what it claims must be within bounds."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = max(0, size - _END.size - _COMMENT - _LOCATOR_64.size)
        file.seek(start)
        tail = file.read()
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or len(tail) - at < _END.size:
            raise _refused(path, ArchiveFault.DAMAGED, "has no index (it is cut off)", "make or copy it again")
        _, _, _, _, entries, index, _, _ = _END.unpack_from(tail, at)
        if (entries == _FULL_16 or index == _FULL_32) and at >= _LOCATOR_64.size:
            mark, _, where, _ = _LOCATOR_64.unpack_from(tail, at - _LOCATOR_64.size)
            if mark == b"PK\x06\x07" and where < size:
                file.seek(where)
                end = file.read(_END_64.size)
                if len(end) == _END_64.size:
                    _, _, _, _, _, _, _, entries, index, _ = _END_64.unpack(end)
    if entries > limits.entries:
        what = f"holds {entries:,} entries, more than {limits.entries:,}"
        raise _refused(path, ArchiveFault.TOO_MANY_ENTRIES, what, "unpack it and give the folder")
    if index > min(limits.index, size):
        what = f"claims an index of {index:,} bytes"
        raise _refused(path, ArchiveFault.TOO_MANY_ENTRIES, what, "unpack it and give the folder")


def _checked(path: Path, members: list[zipfile.ZipInfo], limits: Limits) -> dict[str, zipfile.ZipInfo]:
    if len(members) > limits.entries:
        what = f"holds {len(members):,} entries, more than {limits.entries:,}"
        raise _refused(path, ArchiveFault.TOO_MANY_ENTRIES, what, "unpack it and give the folder")
    files: dict[str, zipfile.ZipInfo] = {}
    total = 0
    for member in members:
        _check_member(path, member, limits)
        if member.is_dir():
            continue
        if member.filename in files:
            what = f"holds two files of one name: {member.filename!r}"
            raise _refused(path, ArchiveFault.DUPLICATE, what, "make it again from the folder")
        files[member.filename] = member
        total += member.file_size
    if total > limits.total:
        what = f"unpacks to {total:,} bytes, more than {limits.total:,}"
        raise _refused(path, ArchiveFault.TOO_LARGE, what, "unpack it and give the folder")
    _check_overlap(path, members)
    if files and all(name.lower().endswith(_ARCHIVES) for name in files):
        raise _refused(path, ArchiveFault.ONLY_ARCHIVES, "holds only archives", "unpack the outer one")
    return files


def _check_member(path: Path, member: zipfile.ZipInfo, limits: Limits) -> None:
    name = member.filename
    again = "make it again from the folder"
    mode = member.external_attr >> 16
    if leaves(member.orig_filename.rstrip("/") or "/"):
        raise _refused(path, ArchiveFault.PATH, f"names a path outside itself: {name[:120]!r}", again)
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise _refused(path, ArchiveFault.LINK, f"holds a link or a device: {name[:120]!r}", again)
    if member.flag_bits & _ENCRYPTED:
        raise _refused(path, ArchiveFault.PASSWORD, f"is locked with a password: {name[:120]!r}", "unpack it yourself")
    if member.compress_type not in _METHODS:
        raise _refused(path, ArchiveFault.METHOD, f"is packed by another method than deflate: {name[:120]!r}", again)
    if member.file_size > limits.entry:
        what = f"holds a file of {member.file_size:,} bytes: {name[:120]!r}"
        raise _refused(path, ArchiveFault.ENTRY_TOO_LARGE, what, "unpack it and give the folder")
    if member.file_size > limits.ratio_from and member.file_size > limits.ratio * max(1, member.compress_size):
        what = f"unpacks {name[:120]!r} to more than {limits.ratio} times its size"
        raise _refused(path, ArchiveFault.RATIO, what, "look at who made it; unpack it yourself if you trust them")


def _check_overlap(path: Path, members: list[zipfile.ZipInfo]) -> None:
    """Entries that share bytes are how a small zip becomes a large one."""
    end = 0
    for member in sorted(members, key=lambda member: member.header_offset):
        if member.header_offset < end:
            what = f"holds entries that share bytes: {member.filename[:120]!r}"
            raise _refused(path, ArchiveFault.OVERLAP, what, "look at who made it; make it again from the folder")
        end = member.header_offset + member.compress_size
