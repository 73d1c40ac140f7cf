"""The records of a WARC file, one by one and within bounds: what is cut, wrong or hostile costs its own record."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from takeback.sources.tree import Opened

GZIP = b"\x1f\x8b"
_MAGIC = b"\x1f\x8b\x08"
_BEGIN = re.compile(rb"\r?\n(?=WARC/[01]\.\d\r?\n)")
_VERSION = re.compile(rb"WARC/[01]\.\d{1,3}\r?\n")
_CHUNK = 1 << 16
_MOST_HEADERS = 200
_MOST_BLANK = 64
_DEEPEST = 2
_PROBE = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class WarcLimits:
    """What is kept of a record, and what a packed one may unpack to. Sizes in bytes."""

    block: int = 64 << 20
    header: int = 64 << 10
    total: int = 256 << 30
    ratio: int = 200
    ratio_from: int = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record. ``start`` is where it, or the packed member that holds it, begins in the file; ``number`` counts the
    records that begin there. ``length`` is that of the block; ``block`` holds less where it is larger than is kept, or
    where the file ends first: then it is not ``whole``.
    """

    start: int
    number: int
    kind: str
    uri: str
    time: datetime | None
    content_type: str
    refers_to: str
    length: int
    block: bytes
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRecord:
    """Where something stands that is no record, or no whole one, and why."""

    start: int
    number: int
    reason: str


class _CutError(Exception):
    """The file ends within a record."""


class _BombError(Exception):
    """More is unpacked than a web page gives."""


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...

    def give_back(self, content: bytes, /) -> None: ...


class _Raw:
    """A file that is read forward, takes bytes back, and knows where it is."""

    def __init__(self, file: Opened, at: int) -> None:
        self._file = file
        self._back = b""
        self.offset = at

    def read(self, size: int, /) -> bytes:
        if self._back:
            found, self._back = self._back[:size], self._back[size:]
        else:
            found = self._file.read(size)
        self.offset += len(found)
        return found

    def give_back(self, content: bytes, /) -> None:
        self._back = content + self._back
        self.offset -= len(content)


class _Member:
    """One gzip member, unpacked as it is read; at its end, what follows is given back to the file."""

    def __init__(self, source: _Readable, limits: WarcLimits) -> None:
        self._source = source
        self._limits = limits
        self._inflater = zlib.decompressobj(wbits=31)
        self._back = b""
        self._packed = self._unpacked = 0
        self._ended = False
        self._broken: Exception | None = None
        self.last = b""

    def read(self, size: int, /) -> bytes:
        if not self._back:
            self._back = self._more()
        found, self._back = self._back[:size], self._back[size:]
        return found

    def give_back(self, content: bytes, /) -> None:
        self._back = content + self._back

    def _more(self) -> bytes:
        if self._broken is not None:
            raise self._broken
        try:
            return self._inflated()
        except (_CutError, _BombError, zlib.error) as error:
            self._broken = error
            raise

    def _inflated(self) -> bytes:
        while not self._ended:
            chunk = self._inflater.unconsumed_tail
            if not chunk:
                chunk = self.last = self._source.read(_CHUNK)
                self._packed += len(chunk)
            if not chunk:
                raise _CutError
            found = self._inflater.decompress(chunk, 4 * _CHUNK)
            self._ended = self._inflater.eof
            if self._ended:
                self._source.give_back(self._inflater.unused_data)
                self.last = b""
            self._unpacked += len(found)
            if self._unpacked > max(self._limits.ratio_from, self._limits.ratio * self._packed):
                raise _BombError
            if found:
                return found
        return b""


def records(file: Opened, *, at: int = 0, limits: WarcLimits | None = None) -> Iterator[Record | BadRecord]:
    """Every record of a WARC file, packed record by record, as a whole, twice or not at all.

    Args:
        file: read forward; ``at`` is where in the whole file it stands.
        at: only what numbers a record's ``start``.
        limits: the bounds.
    """
    bounds = limits or WarcLimits()
    raw = _Raw(file, at)
    while True:
        _skip_blank(raw)
        start = raw.offset
        if start - at > bounds.total:
            yield BadRecord(start=start, number=0, reason=f"more than {bounds.total:,} bytes in one file")
            return
        if _peek(raw, len(GZIP)) == GZIP:
            yield from _packed(raw, start, bounds)
            continue
        found = _record(raw, start, 0, bounds)
        if found is None:
            return
        yield found
        if isinstance(found, BadRecord):
            _find_any(raw)


def _packed(raw: _Raw, start: int, limits: WarcLimits) -> Iterator[Record | BadRecord]:
    """The records in the packed member that begins here; after a broken one, the file stands at what comes next."""
    member = _Member(raw, limits)
    number = 0
    told = False
    try:
        for found in _unpacked(member, start, limits, depth=1):
            yield found
            number += 1
            told = isinstance(found, Record) and not found.whole
        _drain(member)
    except (_CutError, _BombError, zlib.error) as error:
        if not told:
            yield BadRecord(start=start, number=number, reason=_why(error))
        raw.give_back(member.last)
        if raw.offset <= start:
            raw.read(start + 1 - raw.offset)
        _find_any(raw)


def _unpacked(source: _Readable, start: int, limits: WarcLimits, *, depth: int) -> Iterator[Record | BadRecord]:
    """The records in one packed member, which may be packed once more."""
    number = 0
    while True:
        _skip_blank(source)
        if _peek(source, len(GZIP)) == GZIP:
            if depth == _DEEPEST:
                yield BadRecord(start=start, number=number, reason="it is compressed more than twice")
                return
            inner = _Member(source, limits)
            for each in _unpacked(inner, start, limits, depth=depth + 1):
                yield _numbered(each, number)
                number += 1
            _drain(inner)
            continue
        found = _record(source, start, number, limits)
        if found is None:
            return
        yield found
        number += 1
        if isinstance(found, BadRecord) and not _find_record(source):
            return


def _numbered(found: Record | BadRecord, number: int) -> Record | BadRecord:
    return found if found.number == number else replace(found, number=number)


def _record(source: _Readable, start: int, number: int, limits: WarcLimits) -> Record | BadRecord | None:
    """The next record; None at the end. After a bad one, the source stands where the search for the next begins."""
    line = _line(source, limits.header)
    if not line:
        return None
    if not _VERSION.fullmatch(line):
        source.give_back(line[1:])
        return BadRecord(start=start, number=number, reason="no record begins where one should")
    headers = _headers(source, limits)
    length = headers.get("content-length", "")
    if not (length.isascii() and length.isdigit() and len(length) < 16):  # noqa: PLR2004  # no file has 10^15 bytes
        return BadRecord(start=start, number=number, reason="its length is not a number")
    block, whole = _block(source, int(length), limits)
    if moved := _moved(source, block, whole=whole):
        return BadRecord(start=start, number=number, reason=moved)
    return Record(
        start=start,
        number=number,
        kind=headers.get("warc-type", "").lower(),
        uri=headers.get("warc-target-uri", "").strip("<>"),
        time=_time(headers.get("warc-date", "")),
        content_type=headers.get("content-type", "").lower(),
        refers_to=headers.get("warc-refers-to-target-uri", "").strip("<>"),
        length=int(length),
        block=block,
        whole=whole,
    )


def _headers(source: _Readable, limits: WarcLimits) -> dict[str, str]:
    found: dict[str, str] = {}
    left = limits.header
    for _ in range(_MOST_HEADERS):
        line = _line(source, left)
        left -= len(line)
        if not line.strip() or left <= 0:
            break
        name, _, value = line.decode("utf-8", "replace").partition(":")
        found.setdefault(name.strip().lower(), value.strip())
    return found


def _block(source: _Readable, length: int, limits: WarcLimits) -> tuple[bytes, bool]:
    """What is kept of a block, and whether the source held all of it; a source that breaks off is read up to there."""
    kept = bytearray()
    left = length
    while left:
        try:
            chunk = source.read(min(left, _CHUNK))
        except (_CutError, zlib.error):
            chunk = b""
        if not chunk:
            return bytes(kept), False
        left -= len(chunk)
        kept += chunk[: max(0, limits.block - len(kept))]
    return bytes(kept), True


def _moved(source: _Readable, block: bytes, *, whole: bool) -> str:
    """What is wrong where a block does not end as it says; the source then stands before the next record, if known."""
    if whole:
        try:
            after = _peek(source, 16).lstrip(b"\r\n")
        except (_CutError, zlib.error):
            return ""
        if not after or b"WARC/".startswith(after[:5]):
            return ""
    if found := _BEGIN.search(block):
        source.give_back(block[found.start() :])
        return "its length is wrong: it reaches into the next record"
    return "its length is wrong: it goes on behind its end" if whole else ""


def _find_record(source: _Readable) -> bool:
    """Read on to where the next record begins, if one does."""
    kept = b"\n"
    while chunk := source.read(_CHUNK):
        kept += chunk
        if found := _BEGIN.search(kept):
            source.give_back(kept[found.end() :])
            return True
        kept = kept[-32:]
    return False


def _find_any(raw: _Raw) -> None:
    """Read on to where the next record begins, packed or not, or to the end."""
    kept = b"\n"
    while chunk := raw.read(_CHUNK):
        kept += chunk
        plain = _BEGIN.search(kept)
        ends = [plain.end()] if plain else []
        at = kept.find(_MAGIC)
        while at >= 0 and not _holds_record(kept[at : at + _PROBE]):
            at = kept.find(_MAGIC, at + 1)
        if found := [*ends, *([at] if at >= 0 else [])]:
            raw.give_back(kept[min(found) :])
            return
        kept = kept[-_PROBE:]


def _holds_record(packed: bytes) -> bool:
    try:
        return zlib.decompressobj(wbits=31).decompress(packed, 8).startswith((b"WARC/", GZIP))
    except zlib.error:
        return False


def _line(source: _Readable, most: int) -> bytes:
    """The next line with its end, at most so long."""
    line = b""
    while len(line) < most:
        chunk = source.read(min(1024, most - len(line)))
        end = chunk.find(b"\n")
        if end >= 0:
            source.give_back(chunk[end + 1 :])
            return line + chunk[: end + 1]
        if not chunk:
            break
        line += chunk
    return line


def _skip_blank(source: _Readable) -> None:
    for _ in range(_MOST_BLANK):
        chunk = source.read(64)
        if rest := chunk.lstrip(b"\r\n"):
            source.give_back(rest)
            return
        if not chunk:
            return


def _drain(member: _Member) -> None:
    while member.read(_CHUNK):
        pass


def _peek(source: _Readable, size: int) -> bytes:
    found = _read(source, size)
    source.give_back(found)
    return found


def _read(source: _Readable, size: int) -> bytes:
    found = b""
    while len(found) < size and (chunk := source.read(size - len(found))):
        found += chunk
    return found


def _time(written: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(written)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _why(error: Exception) -> str:
    if isinstance(error, _CutError):
        return "the file is cut off within it"
    if isinstance(error, _BombError):
        return "it unpacks to far more than a web page does"
    return "its packed bytes are damaged"
