"""Records of hash lists and exchanges: what one says of a confirmed abusive image, or why it cannot be used."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import BinaryIO

from takeback.errors import HashRefused
from takeback.model.bank import BankEntry, EntryState, HarmHash, Opinion

RECORD_BYTES = 1 << 20
"""No record of any format is larger."""
_SAID = 200
_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 has no way to write, and the other controls."""


class SetAsideReason(StrEnum):
    """Why a record was set aside; the import goes on."""

    WRONG_LENGTH = "wrong_length"
    WRONG_ALPHABET = "wrong_alphabet"
    WRONG_QUALITY = "wrong_quality"
    NO_HASH = "no_hash"
    OTHER_SIGNAL = "other_signal"
    """A signal that banks of images do not hold: of a video, a text, an address."""
    UNREADABLE = "unreadable"
    """Not written as its format says."""
    TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidOf:
    """What somebody else thinks of a record: a member of the exchange, another collaboration."""

    opinion: Opinion
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmRecord:
    """One image in a list. ``number`` counts records from 1, or is the line where the format has lines.

    ``hash`` is None only where ``withdrawn`` names a record by its id alone. The type says what may leave for an
    exchange: `HarmHash` takes no signal of an enrolled photograph.
    """

    number: int
    hash: HarmHash | None
    record: str | None = None
    withdrawn: bool = False
    note: str = ""
    metadata: tuple[tuple[str, str], ...] = ()
    opinions: tuple[SaidOf, ...] = ()
    changed: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A record that cannot be used: which, why, and what is wrong with it."""

    number: int
    reason: SetAsideReason
    message: str


Reader = Callable[[BinaryIO], Iterator[HarmRecord | SetAside]]
Writer = Callable[[Iterable[HarmRecord], BinaryIO], int]


def read_or_set_aside(number: int, make: Callable[[], HarmRecord]) -> HarmRecord | SetAside:
    """The record, or what is wrong with it."""
    try:
        return make()
    except HashRefused as error:
        return SetAside(number=number, reason=SetAsideReason(error.reason), message=str(error))
    except (ValueError, OverflowError, OSError, RecursionError) as error:
        return SetAside(number=number, reason=SetAsideReason.UNREADABLE, message=said(error))


def said(error: Exception) -> str:
    """What an error says, on one line and not too long."""
    return " ".join(str(error).split())[:_SAID]


def record_of(entry: BankEntry, hash: HarmHash | None, *, notes: bool) -> HarmRecord:
    """An entry as it leaves, with the hash that may leave; an entry of a negative bank has none that may.

    Only with ``notes`` do note, metadata and opinions go along: they hold names of people and numbers of cases.
    """
    if not isinstance(entry.hash, HarmHash):
        raise HashRefused("a negative bank goes to no exchange and into no list", reason="wrong_bank")
    return HarmRecord(
        number=entry.id,
        hash=hash,
        record=entry.provenance.exchange_record,
        withdrawn=entry.state is EntryState.WITHDRAWN,
        note=entry.provenance.note if notes else "",
        metadata=entry.provenance.metadata if notes else (),
        opinions=tuple(SaidOf(opinion=each.opinion, by=each.by, reason=each.reason) for each in entry.opinions)
        if notes
        else (),
        changed=entry.changed,
    )


def plain(text: str) -> str:
    """The text on one line; a character that no list can carry (a control, half of a pair) is replaced."""
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", " ".join(text.split()))


def lines_of(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Each line that is not blank with its number from 1; None in the place of one that is too large."""
    number = 0
    while line := file.readline(RECORD_BYTES + 1):
        number += 1
        if len(line) > RECORD_BYTES and not line.endswith(b"\n"):
            while (rest := file.readline(RECORD_BYTES)) and not rest.endswith(b"\n"):
                pass
            yield number, None
        elif line.strip():
            yield number, line


def cells_of(line: bytes) -> list[str] | None:
    """The cells of a line of CSV, or None: a cell never spans two lines, so that a stray quote costs one record."""
    try:
        return next(csv.reader([line.decode("utf-8-sig").rstrip("\r\n")], strict=True), [])
    except (csv.Error, UnicodeDecodeError):
        return None


def too_large(number: int) -> SetAside:
    """A record over the limit."""
    message = f"larger than {RECORD_BYTES} bytes"
    return SetAside(number=number, reason=SetAsideReason.TOO_LARGE, message=message)
