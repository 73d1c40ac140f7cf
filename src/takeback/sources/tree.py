"""Where the files of a source lie: a folder or a zip, read the same way and never written."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from takeback.errors import SourceError
from takeback.model.digest import Sha256

_CHUNK = 1 << 20
_HEAD = 32
_DRIVE = re.compile(r"[A-Za-z]:")
_UNSOUND = re.compile("[\\0\ud800-\udfff]")
"""A null byte, or half a character: names that no path of ours can carry."""


class Standing(StrEnum):
    """How a path stands to a tree."""

    INSIDE = "inside"
    MISSING = "missing"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen of a file in one pass: its digest, its size in bytes, its first 32 bytes."""

    sha256: Sha256
    size: int
    head: bytes


class Opened(Protocol):
    """A file being read; every failure to read it is an OSError."""

    def read(self, size: int, /) -> bytes:
        """At most so many of the next bytes; none at the end."""
        ...

    def readinto(self, room: memoryview, /) -> int | None:
        """Put the next bytes there, at most as many as it has room for; how many they were, 0 at the end."""
        ...

    def seek(self, offset: int, /) -> int:
        """Stand at an offset from the beginning."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> bool | None: ...


class Tree(Protocol):
    """A tree of files by POSIX paths relative to its root; read only."""

    @property
    def place(self) -> str:
        """Where the tree lies, for messages."""
        ...

    def names(self) -> Iterator[str]:
        """Every regular file inside, sorted by path."""
        ...

    def folders(self) -> tuple[str, ...]:
        """The folders directly under the root, sorted."""
        ...

    def left_out(self) -> tuple[str, ...]:
        """What lies in the tree and is not read: links that leave it, and things that are no regular files."""
        ...

    def standing(self, path: str) -> Standing:
        """Whether a file lies there, inside the tree."""
        ...

    def size(self, path: str) -> int:
        """The size of a file in bytes."""
        ...

    def open(self, path: str) -> Opened:
        """A file, to be read and closed by the caller."""
        ...

    def close(self) -> None:
        """Let go of what is held open."""
        ...


def leaves(path: str) -> bool:
    """Whether a path, as written, climbs out of its root or cannot be a path inside it."""
    parts = re.split(r"[/\\]", path)
    unsound = not path or _UNSOUND.search(path) or _DRIVE.match(path)
    return bool(unsound) or parts[0] == "" or ".." in parts


def see(tree: Tree, path: str) -> Seen:
    """Read a file once, in pieces, and know it by its SHA-256; an OSError where it cannot be read."""
    digest = hashlib.sha256()
    size = 0
    head = b""
    with tree.open(path) as file:
        while chunk := file.read(_CHUNK):
            if not size:
                head = chunk[:_HEAD]
            size += len(chunk)
            digest.update(chunk)
    return Seen(sha256=Sha256(digest.hexdigest()), size=size, head=head)


def read_bounded(tree: Tree, path: str, *, limit: int) -> bytes:
    """The whole of a file, or a `SourceError` where it is larger than ``limit`` bytes."""
    with tree.open(path) as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        message = f"file is larger than {limit:,} bytes: {path} in {tree.place} (split the source into smaller ones)"
        raise SourceError(message)
    return content


class DirectoryTree:
    """A folder on disk; links that leave it do not count as inside."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._real = root.resolve()

    @property
    def place(self) -> str:
        """Where the folder lies."""
        return str(self._root)

    def names(self) -> Iterator[str]:
        """Every regular file inside, sorted by path; linked folders are not entered."""
        return (path for path in self._walk() if self.standing(path) is Standing.INSIDE)

    def folders(self) -> tuple[str, ...]:
        """The folders directly under the root, sorted; links are none."""
        with os.scandir(self._root) as entries:
            return tuple(sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False)))

    def left_out(self) -> tuple[str, ...]:
        """Links that leave the folder or lead nowhere, linked folders, pipes and sockets."""
        return tuple(path for path in self._walk() if self.standing(path) is not Standing.INSIDE)

    def standing(self, path: str) -> Standing:
        """Whether a regular file lies there, inside the folder after every link is followed."""
        if leaves(path):
            return Standing.OUTSIDE
        try:
            real = (self._root / path).resolve(strict=True)
            mode = real.stat().st_mode
        except (OSError, RuntimeError):  # RuntimeError: a loop of links, before Python 3.13
            return Standing.MISSING
        if not real.is_relative_to(self._real):
            return Standing.OUTSIDE
        return Standing.INSIDE if stat.S_ISREG(mode) else Standing.MISSING

    def size(self, path: str) -> int:
        """The size of a file in bytes."""
        return (self._root / path).stat().st_size

    def open(self, path: str) -> Opened:
        """A file inside the folder, to be read; an OSError where it is none."""
        if self.standing(path) is not Standing.INSIDE:
            raise FileNotFoundError(path)
        return (self._root / path).open("rb")

    def close(self) -> None:
        """Nothing is held open."""

    def _walk(self) -> list[str]:
        found: list[str] = []
        for folder, names, files in os.walk(self._root, followlinks=False):
            linked = (name for name in names if (Path(folder) / name).is_symlink())
            here = Path(folder).relative_to(self._root)
            found.extend((here / name).as_posix() for name in (*files, *linked))
        return sorted(found)
