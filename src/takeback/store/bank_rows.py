"""Rows of the banks' database to nouns and back."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from takeback.errors import BankError
from takeback.model.bank import (
    Bank,
    BankEntry,
    BankHash,
    BankKind,
    EntryState,
    GivenOpinion,
    HarmHash,
    HarmSignal,
    Md5,
    NegativeHash,
    Provenance,
)
from takeback.model.digest import Sha256
from takeback.store.database import Row, Value

ENTRY_COLUMNS = (
    "entry.id, bank.name, bank.kind, form.words, entry.quality, entry.sha256, entry.md5, entry.provenance, "
    "entry.state, entry.disabled_until, entry.created, entry.changed"
)
ENTRY_TABLES = (
    "entry JOIN bank ON bank.number = entry.bank LEFT JOIN form ON form.entry = entry.id AND form.orientation = 0"
)
T = TypeVar("T")


def words_blob(signal: HarmSignal) -> bytes:
    """A perceptual hash as 32 bytes, most significant first."""
    return bytes.fromhex(signal.hex)


def identity(hash: BankHash) -> bytes:
    """What one image in a bank is told from another by; quality and orientations are not part of it."""
    parts = (None if hash.signal is None else hash.signal.hex, hash.sha256, hash.md5)
    return hashlib.blake2b(msgspec.json.encode(parts), digest_size=16).digest()


def seconds(time: datetime) -> int:
    """An instant as whole seconds."""
    return int(time.timestamp())


def instant(value: Value) -> datetime:
    """The instant again."""
    return datetime.fromtimestamp(_of(value, int), tz=UTC)


def provenance_blob(provenance: Provenance) -> bytes:
    """A provenance as JSON."""
    return msgspec.json.encode(provenance, order="deterministic")


def bank_of(row: Row) -> Bank:
    """A bank from name, kind, distance, enabled share and flood limits."""
    name, kind, distance, share, least, times = row
    return Bank(
        name=_of(name, str),
        kind=BankKind(_of(kind, str)),
        distance=_of(distance, int),
        enabled_share=float(share or 0),
        flood_least=_of(least, int),
        flood_times=_of(times, int),
    )


def entry_of(row: Row, opinions: tuple[GivenOpinion, ...]) -> BankEntry:
    """An entry from the `ENTRY_COLUMNS`."""
    id, bank, kind, words, quality, sha256, md5, provenance, state, until, created, changed = row
    hash = _hash_of(BankKind(_of(kind, str)), words, quality, sha256, md5)
    return BankEntry(
        id=_of(id, int),
        bank=_of(bank, str),
        hash=hash,
        provenance=_provenance_of(_of(provenance, bytes)),
        state=EntryState(_of(state, str)),
        disabled_until=None if until is None else instant(until),
        opinions=opinions,
        created=instant(created),
        changed=instant(changed),
    )


def _hash_of(kind: BankKind, words: Value, quality: Value, sha256: Value, md5: Value) -> HarmHash | NegativeHash:
    type_of_bank = HarmHash if kind is BankKind.HARM else NegativeHash
    return type_of_bank(
        signal=None if words is None else HarmSignal.from_hex(_of(words, bytes).hex()),
        quality=None if quality is None else _of(quality, int),
        sha256=None if sha256 is None else Sha256(_of(sha256, bytes).hex()),
        md5=None if md5 is None else Md5(_of(md5, bytes).hex()),
    )


def _provenance_of(content: bytes) -> Provenance:
    try:
        return msgspec.json.decode(content, type=Provenance)
    except (ValueError, msgspec.MsgspecError) as error:
        raise BankError(f"hash banks: a provenance cannot be read: {error} (restore the folder from a copy)") from error


def _of(value: Value, kind: type[T]) -> T:
    if isinstance(value, kind):
        return value
    raise BankError(f"hash banks: a row holds no {kind.__name__} where one belongs (restore the folder from a copy)")
