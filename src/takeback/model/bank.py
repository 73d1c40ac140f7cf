"""Hash banks: hashes of images that were confirmed abusive, who added them, and whether they count."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType, Self

from takeback.errors import HarmRule, HashRefused, UsageError
from takeback.model.digest import Sha256
from takeback.model.signal import DIHEDRAL_FORMS, HEX_DIGITS, LOW_QUALITY

Md5 = NewType("Md5", str)
"""32 lower-case hexadecimal digits."""

DISTANCE = 31
"""How many bits may differ, unless a bank says less; beyond it nothing is exact and quick."""
FLOOD_LEAST = 100
FLOOD_TIMES = 10
_MD5_DIGITS = 32
_ALPHABET = re.compile(r"[0-9a-f]*")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)
_MASK = (1 << 64) - 1


class HashFault(StrEnum):
    """Why something is no hash that a bank takes."""

    WRONG_LENGTH = "wrong_length"
    WRONG_ALPHABET = "wrong_alphabet"
    WRONG_QUALITY = "wrong_quality"
    NO_HASH = "no_hash"
    WRONG_BANK = "wrong_bank"


class BankKind(StrEnum):
    """What a hit in the bank means."""

    HARM = "harm"
    NEGATIVE = "negative"
    """Not abusive, and known to collide: a hit here vetoes the hits of harm banks."""


class EntryState(StrEnum):
    """Whether an entry counts."""

    ACTIVE = "active"
    DISABLED = "disabled"
    WITHDRAWN = "withdrawn"
    QUARANTINED = "quarantined"
    """Matched far more than its history: its hits are shown and do not stand until a person has reviewed it."""


class Opinion(StrEnum):
    """What somebody who looked thinks of an entry."""

    CONFIRM = "confirm"
    DISPUTE = "dispute"


class Verdict(StrEnum):
    """How a review ends."""

    KEEP = "keep"
    """The entry counts, and counts again where it was withdrawn, disabled or in quarantine."""
    WITHDRAW = "withdraw"


class HeldBack(StrEnum):
    """Why a hit does not stand by itself."""

    VETOED = "vetoed"
    QUARANTINED = "quarantined"
    LOW_QUALITY = "low_quality"
    """One of the two hashes has a quality under 50: many unrelated pictures look like that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmSignal:
    """A PDQ hash in a bank: four 64-bit words, most significant first.

    A type of its own. The signals of an enrolled photograph are of the type `Signal`, and no function turns one into
    the other: a bank's signals are read from hexadecimal digits that came in from outside.
    """

    words: tuple[int, int, int, int]

    @classmethod
    def from_hex(cls, digits: str) -> Self:
        """The hash written in 64 hexadecimal digits; a `HashRefused` says what is wrong with them."""
        number = int(_digits(digits, HEX_DIGITS, "a PDQ hash"), 16)
        return cls(words=(number >> 192, (number >> 128) & _MASK, (number >> 64) & _MASK, number & _MASK))

    @property
    def hex(self) -> str:
        """Always 64 hexadecimal digits."""
        return "".join(f"{word:016x}" for word in self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankHash:
    """What one image is known by: a perceptual hash, cryptographic hashes, or several of them.

    ``forms`` is empty or holds the perceptual hashes of the 8 orientations, ``signal`` first. They can only be made
    from pixels: of a hash that came in alone, one orientation is found.
    """

    signal: HarmSignal | None = None
    quality: int | None = None
    sha256: Sha256 | None = None
    md5: Md5 | None = None
    forms: tuple[HarmSignal, ...] = ()

    def __post_init__(self) -> None:
        """A hash of an enrolled photograph is not taken, whatever the type checker was told."""
        for each in (*self.forms, *(() if self.signal is None else (self.signal,))):
            if not isinstance(each, HarmSignal):
                raise HarmRule("a bank takes no signal of an enrolled photograph (only hashes that came in as such)")
        if self.signal is None and self.sha256 is None and self.md5 is None:
            raise HashRefused("a record without any hash (give a PDQ, a SHA-256 or an MD5)", reason=HashFault.NO_HASH)
        if self.quality is not None and not 0 <= self.quality <= 100:  # noqa: PLR2004  # as PDQ defines it
            raise HashRefused(f"a quality is from 0 to 100, not {self.quality}", reason=HashFault.WRONG_QUALITY)
        if self.forms and (len(self.forms) != DIHEDRAL_FORMS or self.forms[0] != self.signal):
            raise ValueError(f"forms are none, or {DIHEDRAL_FORMS} with the signal first")

    @classmethod
    def of(
        cls,
        *,
        pdq: str | None = None,
        quality: int | None = None,
        sha256: str | None = None,
        md5: str | None = None,
        forms: tuple[str, ...] = (),
    ) -> Self:
        """The hash written in hexadecimal digits; a `HashRefused` says what is wrong with them.

        Examples:
            >>> HarmHash.of(md5="D41D8CD98F00B204E9800998ECF8427E").md5
            'd41d8cd98f00b204e9800998ecf8427e'
        """
        return cls(
            signal=None if pdq is None else HarmSignal.from_hex(pdq),
            quality=quality,
            sha256=None if sha256 is None else Sha256(_digits(sha256, HEX_DIGITS, "a SHA-256")),
            md5=None if md5 is None else Md5(_digits(md5, _MD5_DIGITS, "an MD5")),
            forms=tuple(HarmSignal.from_hex(each) for each in forms),
        )

    @property
    def low_quality(self) -> bool:
        """Whether the perceptual hash is known to say little; it is kept, and never matched on its own."""
        return self.quality is not None and self.quality < LOW_QUALITY


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmHash(BankHash):
    """The hash of an image that was confirmed abusive: the only hash that an exchange or a service is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NegativeHash(BankHash):
    """The hash of an image that is not abusive and known to collide; it vetoes, and goes to no exchange."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Who brought an entry, and from where.

    ``source`` is ``upload``, ``import`` or the name of an exchange; ``exchange_record`` is its id in that exchange.
    """

    added_by: str
    source: str = "upload"
    exchange: str | None = None
    exchange_record: str | None = None
    note: str = ""
    metadata: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenOpinion:
    """What one person thinks of an entry; a later opinion of theirs takes its place."""

    opinion: Opinion
    by: str
    given: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryAct:
    """Something that was done to an entry: by whom, when and why."""

    action: str
    by: str
    time: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """A bank and how its entries are matched.

    ``enabled_share``: the share of its entries that count, chosen by their ids and stable.
    ``flood_least``, ``flood_times``: an entry goes into quarantine when it is hit at least this often in a day, and
    more than so many times the busiest day of its history.
    """

    name: str
    kind: BankKind = BankKind.HARM
    distance: int = DISTANCE
    enabled_share: float = 1.0
    flood_least: int = FLOOD_LEAST
    flood_times: int = FLOOD_TIMES

    def __post_init__(self) -> None:
        """A UsageError says what a bank cannot be."""
        if not _NAME.fullmatch(self.name):
            raise UsageError(f"not the name of a bank: {self.name[:80]!r} (letters, digits, '.', '_', '-'; at most 64)")
        if not 0 <= self.distance <= DISTANCE:
            raise UsageError(f"the distance of a bank is from 0 to {DISTANCE}, not {self.distance}")
        if not 0 <= self.enabled_share <= 1:
            raise UsageError(f"the enabled share of a bank is from 0 to 1, not {self.enabled_share}")
        if self.flood_least < 1 or self.flood_times < 1:
            raise UsageError("flood limits are 1 or more")

    def takes(self, hash: BankHash) -> bool:
        """Whether a hash is of this bank's type."""
        return isinstance(hash, HarmHash if self.kind is BankKind.HARM else NegativeHash)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankEntry:
    """One image in a bank."""

    id: int
    bank: str
    hash: HarmHash | NegativeHash
    provenance: Provenance
    state: EntryState
    created: datetime
    changed: datetime
    disabled_until: datetime | None = None
    opinions: tuple[GivenOpinion, ...] = ()

    @property
    def quality(self) -> int | None:
        """The quality of its perceptual hash, from 0 to 100; None where it did not come with one."""
        return self.hash.quality

    def state_at(self, now: datetime) -> EntryState:
        """The state at an instant."""
        return self.at(now).state

    def at(self, now: datetime) -> BankEntry:
        """The entry as it is at an instant: what is disabled until a date is active again from that date on."""
        if self.state is EntryState.DISABLED and self.disabled_until is not None and now >= self.disabled_until:
            return replace(self, state=EntryState.ACTIVE, disabled_until=None)
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class BankHit:
    """An entry that is as close as asked.

    ``distance`` in bits, 0 for equal cryptographic hashes; ``orientation`` 0 to 7, in the order of
    `PdqHasher.dihedral`; ``vetoed_by``: the entries of negative banks that are as close. Act on a hit only where it
    stands.
    """

    entry: BankEntry
    bank: str
    distance: int
    orientation: int = 0
    vetoed_by: tuple[int, ...] = ()
    held_back: tuple[HeldBack, ...] = ()

    @property
    def stands(self) -> bool:
        """Whether nothing holds this hit back."""
        return not self.held_back


def enabled_by_share(entry: int, share: float) -> bool:
    """Whether an entry is among the enabled share of its bank: the same answer everywhere and always.

    Raising the share only adds entries.

    Examples:
        >>> enabled_by_share(1, 1.0), enabled_by_share(1, 0.0)
        (True, False)
    """
    mixed = (entry + 0x9E3779B97F4A7C15) & _MASK
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = ((mixed ^ (mixed >> shift)) * factor) & _MASK
    return (mixed ^ (mixed >> 31)) < share * (1 << 64)


def _digits(text: str, length: int, what: str) -> str:
    lower = text.lower()
    if len(lower) != length:
        message = f"{what} has {length} hexadecimal digits, not {len(text)}: {text[:80]!r}"
        raise HashRefused(message, reason=HashFault.WRONG_LENGTH)
    if not _ALPHABET.fullmatch(lower):
        raise HashRefused(f"{what} has hexadecimal digits only: {text[:80]!r}", reason=HashFault.WRONG_ALPHABET)
    return lower
