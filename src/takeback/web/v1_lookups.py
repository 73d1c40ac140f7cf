"""Our look-ups: many hashes at once, everything that is known of a hit in one answer, a typed reason for every item."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import msgspec
import numpy as np

from takeback.errors import HashRefused
from takeback.model.bank import BankHash, BankHit, EntryState, HeldBack
from takeback.web.hma_match import UPLOAD_BYTES, hits_in_order
from takeback.web.incoming import FormQuery, question, uploaded
from takeback.web.route import Call, Nothing, Raw, at
from takeback.web.rules import BATCH_ITEMS
from takeback.web.tokens import Scope

_AT_ONCE = 16
"""Hashes that are looked up before other requests get their turn."""
_HASH = Annotated[str, msgspec.Meta(max_length=200)]


class Item(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one picture is known by: any of its hashes in hexadecimal digits, and the quality of its PDQ."""

    pdq: _HASH | None = None
    quality: int | None = None
    sha256: _HASH | None = None
    md5: _HASH | None = None


class Lookups(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Many look-ups: in which banks (all that are enabled, if none is named).

    ``distance`` in place of each bank's own needs the scope `distance`: whoever may vary it learns how far a hit is.
    ``low_quality`` lets hits stand whose PDQ has a quality under 50.
    """

    items: Annotated[list[Item], msgspec.Meta(min_length=1, max_length=BATCH_ITEMS)]
    banks: Annotated[list[str], msgspec.Meta(min_length=1)] | None = None
    distance: Annotated[int, msgspec.Meta(ge=0, le=31)] | None = None
    low_quality: bool = False


class Outcome(StrEnum):
    """What became of one item."""

    MATCH = "match"
    HELD_BACK = "held_back"
    NO_MATCH = "no_match"
    REFUSED = "refused"


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that is close enough.

    ``distance`` in bits and ``hash``, the entry's own PDQ, are null without the scope `distance`. ``orientation`` is 0
    to 7, of the entry's picture. A hit that does not stand says in ``held_back`` why; ``vetoed_by`` are entries of
    negative banks.
    """

    entry: int
    bank: str
    by: str
    stands: bool
    state: EntryState
    source: str
    exchange: str | None
    exchange_record: str | None
    quality: int | None
    orientation: int
    distance: int | None
    hash: str | None
    held_back: tuple[HeldBack, ...]
    vetoed_by: tuple[int, ...]


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Why one item is refused."""

    reason: str
    message: str


class ItemAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to one item, in the order in which they were asked.

    ``caution`` is ``low_quality`` where the quality of the item's PDQ is under 50: many unrelated pictures share such.
    """

    outcome: Outcome
    hits: list[Hit] = []
    caution: str | None = None
    fault: Fault | None = None


class LookupsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answers, and the version of the index that they are at least as new as."""

    index_version: str
    answers: list[ItemAnswer]


class PictureHashes(msgspec.Struct, frozen=True, kw_only=True):
    """What a picture is known by.

    Bytes that a bank holds are not decoded: ``pdq`` and ``quality`` are the bank's then, and null where it has none.
    """

    sha256: str
    md5: str
    pdq: str | None
    quality: int | None


@at("POST", "/v1/lookups", scope=Scope.LOOKUP, query=Nothing, body=Lookups)
async def lookups(call: Call, query: Nothing, body: Lookups) -> LookupsAnswer:
    """Look up many hashes; a bad one is refused by itself."""
    if body.distance is not None:
        call.need(Scope.DISTANCE)
    call.owe(len(body.items) - 1)
    version = call.desk.banks.index_version
    answers: list[ItemAnswer] = []
    for start in range(0, len(body.items), _AT_ONCE):
        answers += _answered(call, body.items[start : start + _AT_ONCE], body)
        await asyncio.sleep(0)
    chosen = body.distance is not None  # then no hit tells something too
    call.distances = call.may(Scope.DISTANCE) and (chosen or any(answer.hits for answer in answers))
    return LookupsAnswer(index_version=version, answers=answers)


@at("POST", "/v1/hash", scope=Scope.HASH, query=FormQuery, body=Raw, max_bytes=UPLOAD_BYTES)
async def hash_picture(call: Call, query: FormQuery, body: Raw) -> PictureHashes:
    """Hash a picture: a form with a file, or the picture as the body."""
    found = await uploaded(call, question(call, query))
    return PictureHashes(sha256=found.sha256, md5=found.md5, pdq=found.pdq, quality=found.quality)


def _answered(call: Call, items: Sequence[Item], asked: Lookups) -> list[ItemAnswer]:
    """The answers to some items, looked up together."""
    taken = [_taken(item) for item in items]
    hashes = [each if isinstance(each, BankHash) else None for each in taken]
    for hash in hashes:
        if hash is not None:
            call.about(*_texts(hash))
    found = _found(call, hashes, asked)
    return [
        ItemAnswer(outcome=Outcome.REFUSED, fault=each)
        if isinstance(each, Fault)
        else _answer(call, each, found[place])
        for place, each in enumerate(taken)
    ]


def _taken(item: Item) -> BankHash | Fault:
    """The hashes of an item, or why they are none."""
    try:
        return BankHash.of(pdq=item.pdq, quality=item.quality, sha256=item.sha256, md5=item.md5)
    except HashRefused as error:
        return Fault(reason=error.reason, message=str(error))


def _found(call: Call, hashes: Sequence[BankHash | None], asked: Lookups) -> list[list[tuple[str, BankHit]]]:
    """For each item the hits of each of its hashes."""
    store = call.desk.banks
    found: list[list[tuple[str, BankHit]]] = [[] for _ in hashes]
    with_pdq = [
        (at, each, each.signal) for at, each in enumerate(hashes) if each is not None and each.signal is not None
    ]
    if with_pdq:
        words = np.array([signal.words for _, _, signal in with_pdq], dtype=np.uint64)
        answers = store.lookup(
            words,
            quality=[each.quality for _, each, _ in with_pdq],
            banks=asked.banks,
            distance=asked.distance,
            low_quality=asked.low_quality,
            counted=False,
        )
        for (place, _, _), hits in zip(with_pdq, answers, strict=True):
            found[place] += (("pdq", hit) for hit in hits_in_order(call, hits))
    with_sha256 = [(at, each.sha256) for at, each in enumerate(hashes) if each is not None and each.sha256 is not None]
    if with_sha256:
        exact = store.lookup_sha256([digest for _, digest in with_sha256], banks=asked.banks, counted=False)
        for (place, _), hits in zip(with_sha256, exact, strict=True):
            found[place] += (("sha256", hit) for hit in hits)
    with_md5 = [(at, each.md5) for at, each in enumerate(hashes) if each is not None and each.md5 is not None]
    if with_md5:
        exact = store.lookup_md5([digest for _, digest in with_md5], banks=asked.banks, counted=False)
        for (place, _), hits in zip(with_md5, exact, strict=True):
            found[place] += (("md5", hit) for hit in hits)
    store.count([hit for _, hit in hits] for hits in found)  # an item is one event, whichever of its hashes is hit
    return found


def _answer(call: Call, hash: BankHash, found: Sequence[tuple[str, BankHit]]) -> ItemAnswer:
    told = call.may(Scope.DISTANCE)
    hits = [_hit(by, hit, call, told=told) for by, hit in found]
    call.hits += tuple(hit.entry for hit in hits)
    outcome = Outcome.NO_MATCH
    if hits:
        outcome = Outcome.MATCH if any(hit.stands for hit in hits) else Outcome.HELD_BACK
    return ItemAnswer(outcome=outcome, hits=hits, caution=HeldBack.LOW_QUALITY.value if hash.low_quality else None)


def _hit(by: str, hit: BankHit, call: Call, *, told: bool) -> Hit:
    entry = hit.entry
    return Hit(
        entry=entry.id,
        bank=hit.bank,
        by=by,
        stands=hit.stands,
        state=entry.state_at(call.desk.trail.now()),
        source=entry.provenance.source,
        exchange=entry.provenance.exchange,
        exchange_record=entry.provenance.exchange_record,
        quality=entry.quality,
        orientation=hit.orientation,
        distance=hit.distance if told else None,
        hash=entry.hash.signal.hex if told and entry.hash.signal is not None else None,
        held_back=hit.held_back,
        vetoed_by=hit.vetoed_by,
    )


def _texts(hash: BankHash) -> tuple[str, ...]:
    pdq = None if hash.signal is None else hash.signal.hex
    return tuple(each for each in (pdq, hash.sha256, hash.md5) if each is not None)
