"""From rows of an index to hits: which entries count, what vetoes them, what holds them back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from takeback.errors import UsageError
from takeback.matching.hamming_log import Words
from takeback.matching.hamming_view import Hits
from takeback.model.bank import (
    DISTANCE,
    Bank,
    BankEntry,
    BankHit,
    BankKind,
    EntryState,
    HeldBack,
    enabled_by_share,
)
from takeback.model.signal import LOW_QUALITY
from takeback.store.banks import BankTables


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    """What is asked: in which banks, how close, at which instant.

    ``close`` holds the distance of each bank that takes part, negative ones included.
    """

    banks: Mapping[str, Bank]
    close: Mapping[str, int]
    low_quality: bool
    now: datetime

    @classmethod
    def among(
        cls,
        banks: Mapping[str, Bank],
        names: frozenset[str] | None,
        *,
        distance: int | None,
        low_quality: bool,
        now: datetime,
    ) -> Self:
        """The question about some of the banks; a UsageError where the distance is none that can be asked for."""
        if distance is not None and not 0 <= distance <= DISTANCE:
            raise UsageError(f"a distance is from 0 to {DISTANCE}, not {distance}")
        close = {
            bank.name: bank.distance if distance is None or bank.kind is BankKind.NEGATIVE else distance
            for bank in banks.values()
            if bank.kind is BankKind.NEGATIVE or names is None or bank.name in names
        }
        return cls(banks=banks, close=close, low_quality=low_quality, now=now)

    @property
    def radius(self) -> int:
        """How far the index must look."""
        return max(self.close.values(), default=0)

    def counts(self, entry: BankEntry, distance: int) -> bool:
        """Whether an entry takes part at all."""
        bank = self.banks.get(entry.bank)
        return (
            bank is not None
            and distance <= self.close.get(entry.bank, -1)
            and entry.state in {EntryState.ACTIVE, EntryState.QUARANTINED}
            and enabled_by_share(entry.id, bank.enabled_share)
        )

    def vetoes(self, entry: BankEntry) -> bool:
        """Whether a hit on this entry vetoes others; one in quarantine does not."""
        negative = self.banks[entry.bank].kind is BankKind.NEGATIVE
        return negative and entry.state is EntryState.ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Near:
    """An entry, how close, and in which orientation."""

    entry: BankEntry
    distance: int
    orientation: int


def by_words(
    tables: BankTables, look_up: LookUp, hits: Hits, words: Words, quality: Sequence[int | None] | None
) -> tuple[tuple[BankHit, ...], ...]:
    """For each query (Q, 4) the hits on harm banks, nearest first.

    A hit of the index is a candidate: distance, entry and state are those of the tables.
    """
    if not len(hits):
        return ((),) * len(words)
    forms = tables.forms(hits.id.tolist())
    asked = [int.from_bytes(row.astype(">u8").tobytes(), "big") for row in words]
    nearest: dict[tuple[int, int], tuple[int, int]] = {}
    for query, id in zip(hits.query.tolist(), hits.id.tolist(), strict=True):
        if id in forms:
            entry, orientation, held = forms[id]
            distance = (asked[query] ^ int.from_bytes(held, "big")).bit_count()
            key = (query, entry)
            nearest[key] = min(nearest.get(key, (distance, orientation)), (distance, orientation))
    entries = tables.entries(entry for _, entry in nearest)
    near: dict[int, list[_Near]] = defaultdict(list)
    for (query, entry), (distance, orientation) in nearest.items():
        if entry in entries:
            near[query].append(_Near(entry=entries[entry].at(look_up.now), distance=distance, orientation=orientation))
    return tuple(
        _answer(look_up, near.get(query, []), low=_low(None if quality is None else quality[query]))
        for query in range(len(words))
    )


def by_digest(
    tables: BankTables, look_up: LookUp, column: str, digests: Sequence[str]
) -> tuple[tuple[BankHit, ...], ...]:
    """For each cryptographic hash the hits on harm banks, by id."""
    known = tables.entries_known_by(column, digests)
    entries = tables.entries(id for ids in known.values() for id in ids)
    return tuple(
        _answer(
            look_up,
            [
                _Near(entry=entries[id].at(look_up.now), distance=0, orientation=0)
                for id in known.get(digest, ())
                if id in entries
            ],
            low=False,
        )
        for digest in digests
    )


def _answer(look_up: LookUp, near: Iterable[_Near], *, low: bool) -> tuple[BankHit, ...]:
    counted = [each for each in near if look_up.counts(each.entry, each.distance)]
    vetoes = tuple(sorted(each.entry.id for each in counted if look_up.vetoes(each.entry)))
    found = [each for each in counted if look_up.banks[each.entry.bank].kind is BankKind.HARM]
    found.sort(key=lambda each: (each.distance, each.entry.id))
    return tuple(
        BankHit(
            entry=each.entry,
            bank=each.entry.bank,
            distance=each.distance,
            orientation=each.orientation,
            vetoed_by=vetoes,
            held_back=tuple(_held_back(look_up, each.entry, vetoes, low=low)),
        )
        for each in found
    )


def _held_back(look_up: LookUp, entry: BankEntry, vetoes: tuple[int, ...], *, low: bool) -> Iterable[HeldBack]:
    if vetoes:
        yield HeldBack.VETOED
    if entry.state is EntryState.QUARANTINED:
        yield HeldBack.QUARANTINED
    if (low or entry.hash.low_quality) and not look_up.low_quality:
        yield HeldBack.LOW_QUALITY


def _low(quality: int | None) -> bool:
    return quality is not None and quality < LOW_QUALITY
