"""Hash lists as tables: CSV with a header, and NDJSON, an object a line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, BinaryIO

import msgspec

from takeback.errors import UnusableInput
from takeback.exchanges.hash_records import (
    HarmRecord,
    SaidOf,
    SetAside,
    SetAsideReason,
    cells_of,
    lines_of,
    plain,
    read_or_set_aside,
    too_large,
)
from takeback.model.bank import HarmHash, Opinion

COLUMNS = ("pdq", "quality", "sha256", "md5", "record", "withdrawn", "note")
_HASHES = ("pdq", "sha256", "md5")
_TRUE = frozenset({"1", "true", "yes"})
_FALSE = frozenset({"", "0", "false", "no"})


class _Said(msgspec.Struct, forbid_unknown_fields=True):
    opinion: Opinion
    by: str
    reason: str = ""


class _Row(msgspec.Struct, omit_defaults=True):
    """One line of NDJSON."""

    pdq: str | None = None
    quality: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None
    sha256: str | None = None
    md5: str | None = None
    record: str | None = None
    withdrawn: bool = False
    note: str = ""
    metadata: dict[str, str] = {}
    opinions: tuple[_Said, ...] = ()


def read_csv(file: BinaryIO) -> Iterator[HarmRecord | SetAside]:
    """Each row of a table whose header names ``pdq``, ``sha256`` or ``md5``; columns of other names become metadata."""
    lines = lines_of(file)
    header = cells_of(next((line for _, line in lines if line is not None), b"")) or []
    names = [name.strip().lower() for name in header]
    if not set(names) & set(_HASHES):
        raise UnusableInput(f"the table has no column of hashes (its header names none of {', '.join(_HASHES)})")
    for number, line in lines:
        if line is None:
            yield too_large(number)
            continue
        cells = cells_of(line)
        if cells is None or len(cells) != len(names):
            found = "no cells that can be read" if cells is None else f"{len(cells)} cells"
            message = f"{found}, where the header has {len(names)}"
            yield SetAside(number=number, reason=SetAsideReason.UNREADABLE, message=message)
            continue
        row = dict(zip(names, (cell.strip() for cell in cells), strict=True))
        yield read_or_set_aside(number, lambda number=number, row=row: _of_cells(number, row))  # type: ignore[misc]  # bound at once


def write_csv(records: Iterable[HarmRecord], file: BinaryIO) -> int:
    """The records as a table with the columns of this format; metadata and opinions are not in it."""
    written = 0
    file.write((",".join(COLUMNS) + "\n").encode())
    for record in records:
        row = _row_of(record)
        quality = "" if row.quality is None else str(row.quality)
        withdrawn = "true" if row.withdrawn else ""
        cells = (row.pdq, quality, row.sha256, row.md5, plain(row.record or ""), withdrawn, plain(row.note))
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(cells)
        file.write(line.getvalue().encode())
        written += 1
    return written


def read_ndjson(file: BinaryIO) -> Iterator[HarmRecord | SetAside]:
    """Each line, an object with the names of this format; unknown names are passed over."""
    decoder = msgspec.json.Decoder(_Row)
    for number, line in lines_of(file):
        if line is None:
            yield too_large(number)
            continue
        yield read_or_set_aside(number, lambda number=number, line=line: _of_row(number, decoder.decode(line)))  # type: ignore[misc]  # bound at once


def write_ndjson(records: Iterable[HarmRecord], file: BinaryIO) -> int:
    """The records, an object a line."""
    written = 0
    for record in records:
        file.write(msgspec.json.encode(_row_of(record)) + b"\n")
        written += 1
    return written


def _of_cells(number: int, row: Mapping[str, str]) -> HarmRecord:
    withdrawn = row.get("withdrawn", "").lower()
    if withdrawn not in _TRUE | _FALSE:
        raise ValueError(f"withdrawn is true or false, not {withdrawn[:40]!r}")
    quality = row.get("quality", "")
    return HarmRecord(
        number=number,
        hash=HarmHash.of(
            pdq=row.get("pdq") or None,
            quality=int(quality) if quality else None,
            sha256=row.get("sha256") or None,
            md5=row.get("md5") or None,
        ),
        record=row.get("record") or None,
        withdrawn=withdrawn in _TRUE,
        note=row.get("note", ""),
        metadata=tuple((name, value) for name, value in row.items() if name and value and name not in COLUMNS),
    )


def _of_row(number: int, row: _Row) -> HarmRecord:
    bare = row.withdrawn and row.record and not (row.pdq or row.sha256 or row.md5)
    return HarmRecord(
        number=number,
        hash=None if bare else HarmHash.of(pdq=row.pdq, quality=row.quality, sha256=row.sha256, md5=row.md5),
        record=row.record,
        withdrawn=row.withdrawn,
        note=row.note,
        metadata=tuple(row.metadata.items()),
        opinions=tuple(SaidOf(opinion=each.opinion, by=each.by, reason=each.reason) for each in row.opinions),
    )


def _row_of(record: HarmRecord) -> _Row:
    hash = record.hash
    return _Row(
        pdq=None if hash is None or hash.signal is None else hash.signal.hex,
        quality=None if hash is None else hash.quality,
        sha256=None if hash is None else hash.sha256,
        md5=None if hash is None else hash.md5,
        record=record.record,
        withdrawn=record.withdrawn,
        note=record.note,
        metadata=dict(record.metadata),
        opinions=tuple(_Said(opinion=each.opinion, by=each.by, reason=each.reason) for each in record.opinions),
    )
