"""One immutable segment of the index: up to 65,536 photographs, their postings sorted by word."""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from takeback.errors import UnusableInput
from takeback.matching.postings import Postings

MOST_PHOTOGRAPHS = 65_536
VERSION = 1
_MAGIC = b"tb-segment\n\x00\x00\x00\x00\x00"
_COUNTS = struct.Struct("<HIQII")
_DIGEST_BYTES = 32
_HEADER_BYTES = 128
_ALIGNED = 64
_CHUNK = 1 << 22
_KEY_BYTES = 8

Kind = TypeVar("Kind", bound=np.generic)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """What a segment knows of one photograph: its id, its size in pixels, its postings."""

    id: str
    width: int
    height: int
    postings: Postings


def id_key(id: str) -> int:
    """The first 64 bits of an id's SHA-256: how a segment looks ids up."""
    return int.from_bytes(hashlib.sha256(id.encode()).digest()[:_KEY_BYTES], "little")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Segment:
    """Photographs and their postings in columns, in memory or memory-mapped; 24 bytes a posting.

    ``offsets`` (W + 1,) uint32: where each word's postings begin; ``low``, ``high`` (N,) uint64: signatures;
    ``frames`` (N,) uint32; ``holders``, ``features`` (N,) uint16: the photograph's number here, and the feature's
    number in it. ``keys`` (P,) uint64 and ``ends`` (P,) uint32: the hash of each photograph's id and where it ends in
    ``names``; ``sizes`` (P, 2) uint32: width and height in pixels.
    """

    offsets: npt.NDArray[np.uint32]
    low: npt.NDArray[np.uint64]
    high: npt.NDArray[np.uint64]
    frames: npt.NDArray[np.uint32]
    holders: npt.NDArray[np.uint16]
    features: npt.NDArray[np.uint16]
    keys: npt.NDArray[np.uint64]
    ends: npt.NDArray[np.uint32]
    sizes: npt.NDArray[np.uint32]
    names: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def arrays(self) -> tuple[npt.NDArray[np.generic], ...]:
        """The columns, in the order of the file."""
        return (
            self.offsets,
            self.low,
            self.high,
            self.frames,
            self.holders,
            self.features,
            self.keys,
            self.ends,
            self.sizes,
            self.names,
        )

    @property
    def nbytes(self) -> int:
        """What it takes, in memory or in its file."""
        return _HEADER_BYTES + sum(_padded(each.nbytes) for each in self.arrays)

    def id(self, number: int) -> str:
        """The id of a photograph by its number here."""
        start = int(self.ends[number - 1]) if number else 0
        return self.names[start : int(self.ends[number])].tobytes().decode()

    def ids(self) -> Iterator[str]:
        """Every id, in order."""
        return (self.id(number) for number in range(len(self)))

    def numbers(self, keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.intp]:
        """Which photographs have an id of these keys, ascending."""
        return np.flatnonzero(np.isin(self.keys, keys))


def _padded(size: int) -> int:
    return -(-size // _ALIGNED) * _ALIGNED


def build(photographs: Sequence[Enrolled], words: int) -> Segment:
    """A segment of these photographs over a vocabulary of so many words."""
    if len(photographs) > MOST_PHOTOGRAPHS:
        raise ValueError(f"a segment holds {MOST_PHOTOGRAPHS} photographs, not {len(photographs)}")
    every = [each.postings for each in photographs]
    names = [each.id.encode() for each in photographs]
    held = np.repeat(np.arange(len(every), dtype=np.uint16), [len(each) for each in every])
    word = _joined([each.words for each in every], np.int32)
    order = np.argsort(word, kind="stable")
    signatures = _joined([each.signatures for each in every], np.uint64, 2)[order]
    return Segment(
        offsets=_offsets(word, words),
        low=np.ascontiguousarray(signatures[:, 0]),
        high=np.ascontiguousarray(signatures[:, 1]),
        frames=_joined([each.frames for each in every], np.uint32)[order],
        holders=held[order],
        features=_joined([each.features for each in every], np.uint16)[order],
        keys=np.array([id_key(each.id) for each in photographs], np.uint64),
        ends=np.cumsum([len(each) for each in names], dtype=np.uint32),
        sizes=np.array([(each.width, each.height) for each in photographs], np.uint32).reshape(-1, 2),
        names=np.frombuffer(b"".join(names), np.uint8),
    )


def _joined(parts: Sequence[npt.NDArray[Kind]], kind: type[Kind], width: int = 0) -> npt.NDArray[Kind]:
    """The parts one after the other; rows of ``width`` where that is given."""
    return np.concatenate((np.empty((0, width) if width else 0, kind), *parts))


def _offsets(word: npt.NDArray[np.int32], words: int) -> npt.NDArray[np.uint32]:
    counts = np.bincount(word, minlength=words)
    return np.concatenate(([0], np.cumsum(counts))).astype(np.uint32)


def joined(segments: Sequence[Segment], alive: Sequence[npt.NDArray[np.bool_]]) -> Segment:
    """One segment of the photographs that are alive in several; what was withdrawn is gone from it."""
    kept = [np.flatnonzero(each) for each in alive]
    starts = np.concatenate(([0], np.cumsum([len(each) for each in kept])))
    words, rows = [], []
    for segment, numbers, living, start in zip(segments, kept, alive, starts, strict=False):
        renamed = np.zeros(len(segment), np.int64)
        renamed[numbers] = np.arange(len(numbers)) + start
        stays = np.flatnonzero(living[segment.holders])
        words.append(_words_of(segment)[stays])
        rows.append((segment, stays, renamed[segment.holders[stays]].astype(np.uint16)))
    word = _joined(words, np.int32)
    order = np.argsort(word, kind="stable")

    def column(of: Callable[[Segment], npt.NDArray[Kind]], kind: type[Kind]) -> npt.NDArray[Kind]:
        return _joined([of(segment)[stays] for segment, stays, _ in rows], kind)[order]

    names = [
        segment.id(int(number)).encode() for segment, numbers in zip(segments, kept, strict=True) for number in numbers
    ]
    pairs = list(zip(segments, kept, strict=True))
    return Segment(
        offsets=_offsets(word, len(segments[0].offsets) - 1),
        low=column(lambda each: each.low, np.uint64),
        high=column(lambda each: each.high, np.uint64),
        frames=column(lambda each: each.frames, np.uint32),
        holders=_joined([holders for _, _, holders in rows], np.uint16)[order],
        features=column(lambda each: each.features, np.uint16),
        keys=_joined([segment.keys[numbers] for segment, numbers in pairs], np.uint64),
        ends=np.cumsum([len(each) for each in names], dtype=np.uint32),
        sizes=_joined([segment.sizes[numbers] for segment, numbers in pairs], np.uint32, 2),
        names=np.frombuffer(b"".join(names), np.uint8),
    )


def _words_of(segment: Segment) -> npt.NDArray[np.int32]:
    counts = np.asarray(np.diff(segment.offsets.astype(np.int64)), np.int64)
    return np.repeat(np.arange(len(counts), dtype=np.int32), counts)


def write(segment: Segment, path: Path, vocabulary: str) -> str:
    """Write the segment as one file, whole or not at all, and return the SHA-256 of what follows its header."""
    digest = hashlib.sha256()
    counts = _COUNTS.pack(
        VERSION, len(segment), len(segment.low), len(segment.offsets), len(segment.names)
    ) + bytes.fromhex(vocabulary)
    digest.update(counts)
    for each in segment.arrays:
        digest.update(_bytes(each))
    header = _MAGIC + counts + digest.digest()
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        file.write(header.ljust(_HEADER_BYTES, b"\x00"))
        for each in segment.arrays:
            file.write(_bytes(each))
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    return digest.hexdigest()


def _bytes(array: npt.NDArray[np.generic]) -> bytes:
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return little.tobytes().ljust(_padded(array.nbytes), b"\x00")


def open_segment(path: Path, vocabulary: str, expected: str) -> Segment:
    """The segment in this file, memory-mapped; an UnusableInput says what is wrong with it."""
    try:
        content = np.memmap(path, np.uint8, mode="r")
    except (OSError, ValueError) as error:
        raise UnusableInput(
            f"a segment of the index cannot be read: {path} ({error}; enrol its packs again)"
        ) from error
    start = len(_MAGIC)
    spare = content[start + _COUNTS.size + 2 * _DIGEST_BYTES : _HEADER_BYTES]
    if len(content) < _HEADER_BYTES or content[:start].tobytes() != _MAGIC or spare.any():
        raise UnusableInput(f"not a segment of the index: {path} (enrol its packs again)")
    counts = content[start : start + _COUNTS.size].tobytes()
    version, photographs, postings, offsets, names = _COUNTS.unpack(counts)
    start += _COUNTS.size
    made_with = content[start : start + _DIGEST_BYTES].tobytes()
    stated = content[start + _DIGEST_BYTES : start + 2 * _DIGEST_BYTES].tobytes()
    if version != VERSION or made_with.hex() != vocabulary:
        raise UnusableInput(f"a segment of another version or vocabulary: {path} (enrol its packs again)")
    layout = _layout(photographs, postings, offsets, names)
    if len(content) != _HEADER_BYTES + sum(_padded(int(np.dtype(kind).itemsize) * size) for kind, size in layout):
        raise UnusableInput(f"a segment of the index is cut short or too long: {path} (enrol its packs again)")
    digest = hashlib.sha256(counts + made_with)
    for at in range(_HEADER_BYTES, len(content), _CHUNK):
        digest.update(content[at : at + _CHUNK].data)
    if digest.digest() != stated or stated.hex() != expected:
        raise UnusableInput(
            f"a segment of the index is damaged: {path} does not match its checksum (enrol its packs again)"
        )
    return _mapped(content, layout)


def _layout(photographs: int, postings: int, offsets: int, names: int) -> tuple[tuple[str, int], ...]:
    return (
        ("<u4", offsets),
        ("<u8", postings),
        ("<u8", postings),
        ("<u4", postings),
        ("<u2", postings),
        ("<u2", postings),
        ("<u8", photographs),
        ("<u4", photographs),
        ("<u4", 2 * photographs),
        ("u1", names),
    )


def _mapped(content: npt.NDArray[np.uint8], layout: tuple[tuple[str, int], ...]) -> Segment:
    at = _HEADER_BYTES
    found = []
    for kind, size in layout:
        length = np.dtype(kind).itemsize * size
        found.append(np.asarray(content[at : at + length]).view(kind))
        at += _padded(length)
    offsets, low, high, frames, holders, features, keys, ends, sizes, names = found
    return Segment(
        offsets=offsets,
        low=low,
        high=high,
        frames=frames,
        holders=holders,
        features=features,
        keys=keys,
        ends=ends,
        sizes=sizes.reshape(-1, 2),
        names=names,
    )
