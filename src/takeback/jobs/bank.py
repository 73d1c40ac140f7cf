"""The originals of a run as one blob: how the bank reaches the workers, only ever written sealed.

The photographs themselves are not in it: they are megabytes each and few are looked at, so each is a blob of its own.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from takeback.model.consent import Region
from takeback.model.digest import Sha256, sha256_of
from takeback.model.original import Original, PackLevel
from takeback.model.signal import Signal
from takeback.signals.features import pack, unpack


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    person: str
    sha256: Sha256
    width: int
    height: int
    level: PackLevel
    signals: tuple[Signal, ...]
    features: bytes | None
    person_region: Region | None


def pack_bank(originals: Iterable[Original]) -> bytes:
    """The originals as bytes, in the order of their ids; the same originals give the same bytes."""
    return msgspec.msgpack.encode([_row(each) for each in sorted(originals, key=lambda each: each.id)])


def unpack_bank(content: bytes) -> tuple[Original, ...]:
    """The originals again."""
    return tuple(_original(row) for row in msgspec.msgpack.decode(content, type=list[_Row]))


def photograph_name(original: str) -> str:
    """Under which name a run holds the photograph of an original."""
    return f"photograph/{original}"


def bank_digest(content: bytes) -> Sha256:
    """What results that rest on this bank are keyed by."""
    return sha256_of(content)


def _row(original: Original) -> _Row:
    return _Row(
        id=original.id,
        person=original.person,
        sha256=original.sha256,
        width=original.width,
        height=original.height,
        level=original.level,
        signals=original.signals,
        features=None if original.features is None else pack(original.features),
        person_region=original.person_region,
    )


def _original(row: _Row) -> Original:
    return Original(
        id=row.id,
        person=row.person,
        sha256=row.sha256,
        width=row.width,
        height=row.height,
        level=row.level,
        signals=row.signals,
        features=None if row.features is None else unpack(row.features),
        person_region=row.person_region,
    )
