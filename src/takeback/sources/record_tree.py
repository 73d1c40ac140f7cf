"""Web archives as a tree of files: a server's answer lies at ``FILE#START.NUMBER`` and is read again from there."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from takeback.errors import SourceError
from takeback.sources.archive import WACZ, ZipTree, is_zip
from takeback.sources.folder import SIDE_FILES
from takeback.sources.tree import DirectoryTree, Opened, Standing, Tree
from takeback.sources.warc_http import answer_of
from takeback.sources.warc_records import BadRecord, Record, records

_SUFFIXES = (".warc", ".warc.gz")
_PLACE = re.compile(r"(?P<file>.+)#(?P<start>\d{1,18})(?:\.(?P<number>\d{1,9}))?")


def is_web_archive(path: Path) -> bool:
    """Whether a WARC file, a WACZ, or a folder of nothing but WARC files lies there; looks at names and first bytes."""
    if path.is_file():
        if path.suffix.lower() == WACZ:
            return is_zip(path)
        if path.name.lower().endswith(_SUFFIXES):
            return True
        with path.open("rb") as file:
            return file.read(7) in {b"WARC/1.", b"WARC/0."}
    if not path.is_dir():
        return False
    names = [each.name for each in path.iterdir() if each.name not in SIDE_FILES]
    return bool(names) and all(name.lower().endswith(_SUFFIXES) for name in names)


def records_at(path: Path) -> RecordTree:
    """The web archives at a path, or a `SourceError` that says what, where, and the way out."""
    if path.is_dir():
        return RecordTree(DirectoryTree(path))
    if is_zip(path):
        return RecordTree(ZipTree(path))
    if not path.is_file():
        message = f"no web archive: {path} (give a file that ends in .warc, .warc.gz or .wacz, or a folder of them)"
        raise SourceError(message)
    return RecordTree(DirectoryTree(path.parent), only=path.name)


def place_of(file: str, record: Record | BadRecord) -> str:
    """Where a record lies: its file, where it begins there, and which of the records that begin there it is."""
    number = f".{record.number}" if record.number else ""
    return f"{file}#{record.start}{number}"


class RecordTree:
    """The answers in the web archives of a folder or a WACZ, each as a file; read only."""

    def __init__(self, tree: Tree, *, only: str | None = None) -> None:
        self._tree = tree
        self._only = only

    @property
    def place(self) -> str:
        """Where the archives lie."""
        return self._tree.place if self._only is None else f"{self._tree.place}/{self._only}"

    def archives(self) -> tuple[str, ...]:
        """The WARC files, sorted by path."""
        if self._only is not None:
            return (self._only,)
        return tuple(name for name in self._tree.names() if name.lower().endswith(_SUFFIXES))

    def open_archive(self, name: str) -> Opened:
        """A WARC file as it is."""
        return self._tree.open(name)

    def names(self) -> Iterator[str]:
        """The WARC files; what they hold is named by who read them."""
        return iter(self.archives())

    def folders(self) -> tuple[str, ...]:
        """The folders directly under the root, sorted."""
        return self._tree.folders()

    def left_out(self) -> tuple[str, ...]:
        """What lies in the tree and is not read."""
        return self._tree.left_out()

    def standing(self, path: str) -> Standing:
        """Whether the WARC file that a path names is inside; whether the record is there, only opening it tells."""
        found = _PLACE.fullmatch(path)
        return Standing.MISSING if found is None else self._tree.standing(found["file"])

    def size(self, path: str) -> int:
        """The size of an answer in bytes."""
        return len(self._payload(path))

    def open(self, path: str) -> Opened:
        """An answer, without the packing in which it was sent; an OSError where there is none."""
        return io.BytesIO(self._payload(path))

    def close(self) -> None:
        """Let go of what is held open."""
        self._tree.close()

    def _payload(self, path: str) -> bytes:
        found = _PLACE.fullmatch(path)
        if found is None:
            raise FileNotFoundError(path)
        start, number = int(found["start"]), int(found["number"] or 0)
        with self._tree.open(found["file"]) as file:
            file.seek(start)
            record = next(islice(records(file, at=start), number, None), None)
        answer = answer_of(record) if isinstance(record, Record) and record.start == start else None
        if answer is None or answer.trouble:
            message = f"no answer of a server at {path}"
            raise OSError(message)
        return answer.payload
