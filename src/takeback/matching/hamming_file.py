"""A segment as one file: a header page that tells the columns and their checksums, then the columns by whole pages."""

from __future__ import annotations

import hashlib
import mmap
import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from takeback.matching.hamming_columns import PAGE, InFile, paged
from takeback.matching.hamming_log import Ids, Words
from takeback.matching.hamming_plan import directory_bytes
from takeback.matching.hamming_segment import Segment, build
from takeback.model.signal import HASH_WORDS

VERSION = 1
_MAGIC = b"tb-hash-segment\n"
_HEAD = struct.Struct("<16s32sI")
_CODE_BYTES = 8 * HASH_WORDS


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What the first page says: how many codes and further ids, how ids are kept, the bands, a checksum a column."""

    version: int = VERSION
    codes: int
    extra: int
    small: bool
    base: int
    widths: tuple[int, ...]
    sums: tuple[str, ...]

    @property
    def layout(self) -> tuple[tuple[str, int], ...]:
        """The kind and the length of each column, in the order of the file."""
        return (
            ("<u8", HASH_WORDS * self.codes),
            ("<u4" if self.small else "<i8", self.codes),
            ("<u4", self.extra),
            ("<i8", self.extra),
            ("<u4", directory_bytes(self.widths) // 4),
            ("<u4", (len(self.widths) - 1) * self.codes),
        )


class Unusable(Exception):  # it never leaves the index: it becomes a part that is missing
    """A file of an index is not what its manifest says; why, and whose hashes it held where that can still be read."""

    def __init__(self, reason: str, ids: Ids | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.ids = ids


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mapped:
    """A segment's file, mapped; nothing but its first page was read."""

    header: Header
    content: npt.NDArray[np.uint64]
    segment: Segment

    def verify(self) -> None:
        """Read it once; an Unusable says which column does not match its checksum."""
        names = ("codes", "ids", "further rows", "further ids", "offsets", "rows")
        sums = checksums(self.content, self.header)
        wrong = [name for name, one, other in zip(names, sums, self.header.sums, strict=True) if one != other]
        if wrong:
            whole = not {"ids", "further ids"} & set(wrong)
            raise Unusable(f"its {' and '.join(wrong)} do not match their checksum", self.ids() if whole else None)

    def ids(self) -> Ids:
        """Whose hashes it holds."""
        return np.unique(self.segment.all_ids())


def write(parts: Iterable[tuple[Words, Ids]], most: int, path: Path) -> tuple[str, int]:
    """Write a segment of these parts, whole or not at all; the digest of its header, and how many hashes it holds."""
    with InFile(path) as columns:
        segment = build(parts, most, columns)
        header = Header(
            codes=len(segment.codes),
            extra=len(segment.extra_ids),
            small=segment.ids.dtype == np.uint32,
            base=segment.base,
            widths=segment.widths,
            sums=(),
        )
        header = msgspec.structs.replace(header, sums=checksums(_mapped(path), header))
        body = msgspec.json.encode(header)
        digest = hashlib.sha256(body)
        columns.finish(_HEAD.pack(_MAGIC, digest.digest(), len(body)) + body)
    return digest.hexdigest(), segment.hashes


def open_mapped(path: Path, digest: str) -> Mapped:
    """The segment in this file; an Unusable says what is wrong. Its columns are to be verified before they are used."""
    content = _mapped(path)
    body = _body(content)
    if hashlib.sha256(body).hexdigest() != digest:
        raise Unusable("its header does not match its checksum")
    if msgspec.json.decode(body)["version"] != VERSION:
        raise Unusable(f"it is of another version than {VERSION}")
    header = msgspec.json.decode(body, type=Header)
    wanted = PAGE + sum(paged(np.dtype(kind).itemsize * size) for kind, size in header.layout)
    if 8 * len(content) != wanted:
        ids = _ids_left(content, header)
        raise Unusable(f"it is {8 * len(content)} bytes long, not {wanted}: cut short or too long", ids)
    return Mapped(header=header, content=content, segment=_segment(content, header))


def checksums(content: npt.NDArray[np.uint64], header: Header) -> tuple[str, ...]:
    """The checksum of each column, with the zeros that fill its last page."""
    from takeback.kernels.checksum import xxh64

    found, at = [], PAGE // 8
    for kind, size in header.layout:
        length = paged(np.dtype(kind).itemsize * size) // 8
        found.append(f"{int(xxh64(content[at : at + length])):016x}" if length else "")
        at += length
    return tuple(found)


def _mapped(path: Path) -> npt.NDArray[np.uint64]:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        size = os.fstat(descriptor).st_size
        if size < PAGE:
            raise Unusable(f"it is {size} bytes long: cut short")
        content = mmap.mmap(descriptor, size, access=mmap.ACCESS_READ)
    finally:
        os.close(descriptor)
    return np.frombuffer(content, np.uint64, count=size // 8)


def _body(content: npt.NDArray[np.uint64]) -> bytes:
    page = content[: PAGE // 8].tobytes()
    magic, _, length = _HEAD.unpack_from(page)
    if magic != _MAGIC or length > PAGE - _HEAD.size:
        raise Unusable("it is no segment of an index")
    return page[_HEAD.size : _HEAD.size + length]


def _segment(content: npt.NDArray[np.uint64], header: Header) -> Segment:
    found, at = [], PAGE
    read = content.view(np.uint8)
    for kind, size in header.layout:
        length = np.dtype(kind).itemsize * size
        found.append(read[at : at + length].view(kind))
        at += paged(length)
    codes, ids, extra_rows, extra_ids, offsets, rows = found
    return Segment(
        widths=header.widths,
        base=header.base,
        codes=codes.reshape(-1, HASH_WORDS),
        ids=ids,
        extra_rows=extra_rows,
        extra_ids=extra_ids,
        offsets=offsets,
        rows=rows,
    )


def _ids_left(content: npt.NDArray[np.uint64], header: Header) -> Ids | None:
    """The ids of a file that was cut, where the cut is behind them and they match their checksum."""
    layout = header.layout
    bounds = np.cumsum([PAGE, *(paged(np.dtype(kind).itemsize * size) for kind, size in layout)]) // 8
    if len(content) < bounds[4]:
        return None
    sums = checksums(content[: bounds[4]], msgspec.structs.replace(header, widths=()))
    if any(sums[each] != header.sums[each] for each in (1, 2, 3)):
        return None
    left = _segment(content, msgspec.structs.replace(header, widths=()))
    return np.unique(left.all_ids())
