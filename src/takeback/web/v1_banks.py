"""Our routes for banks and their entries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, TypeVar

import msgspec

from takeback.errors import HashRefused, UsageError
from takeback.model.bank import (
    BankEntry,
    BankHash,
    BankKind,
    EntryState,
    HarmHash,
    NegativeHash,
    Opinion,
    Provenance,
    Verdict,
)
from takeback.web.problem import Problem, Reason
from takeback.web.route import Call, Nothing, at
from takeback.web.rules import BATCH_ITEMS
from takeback.web.tokens import Scope
from takeback.web.v1_lookups import Fault, Item

MOST = 1000
Id = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]
Ids = Annotated[list[Id], msgspec.Meta(min_length=1, max_length=BATCH_ITEMS)]
Text = Annotated[str, msgspec.Meta(max_length=1000)]
Some = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
T = TypeVar("T")


class BankState(msgspec.Struct, frozen=True, kw_only=True):
    """A bank, and how many entries are in which state."""

    name: str
    kind: BankKind
    distance: int
    enabled_share: float
    entries: dict[EntryState, int]


class NewBank(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A bank to make."""

    name: str
    kind: BankKind = BankKind.HARM
    distance: Annotated[int, msgspec.Meta(ge=0, le=31)] | None = None
    enabled_share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0


class NewEntries(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hashes of confirmed pictures for one bank; each is taken or refused by itself."""

    bank: str
    items: Annotated[list[Item], msgspec.Meta(min_length=1, max_length=BATCH_ITEMS)]
    note: Text = ""
    metadata: dict[str, str] = {}


class Addition(StrEnum):
    """What became of one hash."""

    ADDED = "added"
    KNOWN = "known"
    REFUSED = "refused"


class AddedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """The entry that holds a hash and its state: what was withdrawn stays so until a review."""

    outcome: Addition
    entry: int | None = None
    state: EntryState | None = None
    fault: Fault | None = None


class AddedEntries(msgspec.Struct, frozen=True, kw_only=True):
    """What became of each hash, in order, and the version of the index that holds them."""

    index_version: str
    added: int
    known: int
    refused: int
    answers: list[AddedEntry]


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Entries to withdraw, and why."""

    ids: Ids
    reason: Some


class Disabling(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Entries to disable until a time, or until somebody enables them."""

    ids: Ids
    until: datetime | None = None
    reason: Text = ""


class Enabling(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Entries to enable."""

    ids: Ids
    reason: Text = ""


class OpinionGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody thinks of an entry; it is kept under the name of the token."""

    entry: Id
    opinion: Opinion
    reason: Text = ""


class Review(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a review ends, and why."""

    entry: Id
    verdict: Verdict
    reason: Some


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """How many entries were changed, and the version of the index from which on that counts."""

    changed: int
    index_version: str


class SaidOpinion(msgspec.Struct, frozen=True, kw_only=True):
    """An opinion, whose it is, and when it was given."""

    opinion: Opinion
    by: str
    given: datetime
    reason: str


class EntryShown(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is kept of an entry."""

    id: int
    bank: str
    state: EntryState
    pdq: str | None
    quality: int | None
    sha256: str | None
    md5: str | None
    source: str
    added_by: str
    exchange: str | None
    exchange_record: str | None
    note: str
    metadata: dict[str, str]
    created: datetime
    changed: datetime
    disabled_until: datetime | None
    opinions: list[SaidOpinion]


class EntriesQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries: of a bank, with ids beyond ``after``."""

    bank: str
    after: Id = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST)] = 100


@at("GET", "/v1/banks", scope=Scope.LOOKUP, query=Nothing, body=Nothing)
async def banks(call: Call, query: Nothing, body: Nothing) -> list[BankState]:
    """Every bank, with its counts."""
    counts = await call.desk.counts()
    return [
        BankState(
            name=each.name,
            kind=each.kind,
            distance=each.distance,
            enabled_share=each.enabled_share,
            entries=counts.get(each.name, {}),
        )
        for each in call.desk.banks.banks()
    ]


@at("POST", "/v1/banks", scope=Scope.CURATE, query=Nothing, body=NewBank, status=201)
async def new_bank(call: Call, query: Nothing, body: NewBank) -> BankState:
    """Make a bank."""
    made = await call.desk.write(
        lambda store: store.new_bank(
            body.name, kind=body.kind, distance=body.distance, enabled_share=body.enabled_share
        )
    )
    return BankState(
        name=made.name, kind=made.kind, distance=made.distance, enabled_share=made.enabled_share, entries={}
    )


@at("POST", "/v1/entries", scope=Scope.CURATE, query=Nothing, body=NewEntries)
async def add_entries(call: Call, query: Nothing, body: NewEntries) -> AddedEntries:
    """Add hashes to a bank; a bad one is refused by itself."""
    call.owe(len(body.items) - 1)
    kind = _found(lambda: call.desk.banks.bank(body.bank)).kind
    hash_type: type[BankHash] = HarmHash if kind is BankKind.HARM else NegativeHash
    taken: list[BankHash | Fault] = [_hash(hash_type, item) for item in body.items]
    provenance = Provenance(
        added_by=call.by, source="upload", note=body.note, metadata=tuple(sorted(body.metadata.items()))
    )
    records = [(each, provenance) for each in taken if not isinstance(each, Fault)]
    added = iter(await call.desk.write(lambda store: store.add_records(body.bank, records)))
    answers: list[AddedEntry] = []
    for each in taken:
        if isinstance(each, Fault):
            answers.append(AddedEntry(outcome=Addition.REFUSED, fault=each))
            continue
        entry = next(added)
        outcome = Addition.ADDED if entry.new else Addition.KNOWN
        state = EntryState.ACTIVE if entry.new else call.desk.banks.entry(entry.id).state_at(call.desk.trail.now())
        answers.append(AddedEntry(outcome=outcome, entry=entry.id, state=state))
    call.hits = tuple(each.entry for each in answers if each.entry is not None)
    counts = {outcome: sum(each.outcome is outcome for each in answers) for outcome in Addition}
    return AddedEntries(
        index_version=call.desk.banks.index_version,
        added=counts[Addition.ADDED],
        known=counts[Addition.KNOWN],
        refused=counts[Addition.REFUSED],
        answers=answers,
    )


@at("GET", "/v1/entries", scope=Scope.CURATE, query=EntriesQuery, body=Nothing)
async def entries(call: Call, query: EntriesQuery, body: Nothing) -> list[EntryShown]:
    """Entries of a bank, by id."""
    found = _found(lambda: call.desk.banks.entries(query.bank, after=query.after, limit=query.limit))
    return [shown(entry, call) for entry in found]


@at("GET", "/v1/entries/{id}", scope=Scope.CURATE, query=Nothing, body=Nothing)
async def entry(call: Call, query: Nothing, body: Nothing) -> EntryShown:
    """One entry."""
    id = call.id
    return shown(_found(lambda: call.desk.banks.entry(id)), call)


@at("POST", "/v1/entries/withdraw", scope=Scope.CURATE, query=Nothing, body=Withdrawal)
async def withdraw(call: Call, query: Nothing, body: Withdrawal) -> Changed:
    """Withdraw entries: they match nowhere from now on."""
    by = call.by
    await call.desk.write(lambda store: store.withdraw(body.ids, by=by, reason=body.reason))
    return _changed(call, body.ids)


@at("POST", "/v1/entries/disable", scope=Scope.CURATE, query=Nothing, body=Disabling)
async def disable(call: Call, query: Nothing, body: Disabling) -> Changed:
    """Disable entries, until a time if one is given."""
    if body.until is not None:
        _check_until(body.until)
    by = call.by
    await call.desk.write(lambda store: store.disable(body.ids, until=body.until, by=by, reason=body.reason))
    return _changed(call, body.ids)


@at("POST", "/v1/entries/enable", scope=Scope.CURATE, query=Nothing, body=Enabling)
async def enable(call: Call, query: Nothing, body: Enabling) -> Changed:
    """Enable entries that were disabled."""
    by = call.by
    await call.desk.write(lambda store: store.enable(body.ids, by=by, reason=body.reason))
    return _changed(call, body.ids)


@at("POST", "/v1/entries/opinion", scope=Scope.CURATE, query=Nothing, body=OpinionGiven)
async def opinion(call: Call, query: Nothing, body: OpinionGiven) -> Changed:
    """Confirm or dispute an entry."""
    by = call.by
    await call.desk.write(lambda store: store.give_opinion(body.entry, body.opinion, by=by, reason=body.reason))
    return _changed(call, [body.entry])


@at("POST", "/v1/entries/review", scope=Scope.CURATE, query=Nothing, body=Review)
async def review(call: Call, query: Nothing, body: Review) -> Changed:
    """End the review of an entry: it is kept, or withdrawn."""
    by = call.by
    await call.desk.write(lambda store: store.review(body.entry, body.verdict, by=by, reason=body.reason))
    return _changed(call, [body.entry])


@at("GET", "/v1/review", scope=Scope.CURATE, query=Nothing, body=Nothing)
async def to_review(call: Call, query: Nothing, body: Nothing) -> list[EntryShown]:
    """The entries that wait for a person: in quarantine, or disputed."""
    return [shown(each, call) for each in call.desk.banks.to_review()[:MOST]]


def shown(found: BankEntry, call: Call) -> EntryShown:
    """An entry as it is shown to whoever curates."""
    hash, provenance = found.hash, found.provenance
    return EntryShown(
        id=found.id,
        bank=found.bank,
        state=found.state_at(call.desk.trail.now()),
        pdq=None if hash.signal is None else hash.signal.hex,
        quality=hash.quality,
        sha256=hash.sha256,
        md5=hash.md5,
        source=provenance.source,
        added_by=provenance.added_by,
        exchange=provenance.exchange,
        exchange_record=provenance.exchange_record,
        note=provenance.note,
        metadata=dict(provenance.metadata),
        created=found.created,
        changed=found.changed,
        disabled_until=found.disabled_until,
        opinions=[
            SaidOpinion(opinion=each.opinion, by=each.by, given=each.given, reason=each.reason)
            for each in found.opinions
        ],
    )


def _check_until(until: datetime) -> None:
    """A `Problem` where an instant is none that can be kept and read again."""
    if until.tzinfo is None:
        raise Problem(400, Reason.BAD_BODY, "until needs a time zone, for example 2027-01-31T12:00:00Z")
    try:
        until.astimezone(UTC)
    except OverflowError as error:
        raise Problem(400, Reason.BAD_BODY, "until lies beyond the calendar") from error


def _hash(hash_type: type[BankHash], item: Item) -> BankHash | Fault:
    """The hashes of an item as a bank of this kind takes them, or why it does not."""
    try:
        return hash_type.of(pdq=item.pdq, quality=item.quality, sha256=item.sha256, md5=item.md5)
    except HashRefused as error:
        return Fault(reason=error.reason, message=str(error))


def _found(question: Callable[[], T]) -> T:
    """What was asked for by name or id; a `Problem` where there is none."""
    try:
        return question()
    except UsageError as error:
        raise Problem(404, Reason.NOT_FOUND, str(error)) from error


def _changed(call: Call, ids: list[int]) -> Changed:
    call.hits = tuple(ids)
    return Changed(changed=len(set(ids)), index_version=call.desk.banks.index_version)
