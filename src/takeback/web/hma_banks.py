"""HMA's routes for banks and their content: `/c/banks`, `/c/bank/...`, in their shapes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

from takeback.errors import UsageError
from takeback.jobs.bank_store import BankStore
from takeback.model.bank import Bank, BankEntry, EntryState, HarmHash, Provenance
from takeback.web.hma_match import UPLOAD_BYTES, signal_type
from takeback.web.incoming import FormQuery, picture_of, question, uploaded
from takeback.web.multipart import read_form
from takeback.web.problem import Problem, Reason
from takeback.web.route import Call, Nothing, Raw, at, read_body
from takeback.web.tokens import Scope
from takeback.web.uploads import Hashes

NOTE = 255
_ENABLED, _DISABLED = 1, 0
_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_LONGEST = timedelta(days=365 * 5)

Note = Annotated[str, msgspec.Meta(max_length=NOTE)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class BankConfig(msgspec.Struct, frozen=True, kw_only=True):
    """A bank as HMA shows it."""

    name: str
    matching_enabled_ratio: float


class NewBank(msgspec.Struct, frozen=True, kw_only=True):
    """A bank to make."""

    name: str
    enabled_ratio: Share | None = None
    enabled: bool | None = None


class ChangedBank(msgspec.Struct, frozen=True, kw_only=True):
    """What changes of a bank."""

    name: str | None = None
    enabled_ratio: Share | None = None
    enabled: bool | None = None


class Metadata(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a client says of its content; ``collab`` is of exchanges, and only told."""

    content_id: str | None = None
    content_uri: str | None = None
    json: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    collab: dict[str, list[str]] | None = None


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as HMA shows it: ``disable_until_ts`` is 1 where it counts, 0 where not, or when it will again."""

    id: int
    disable_until_ts: int
    original_media_uri: str | None
    bank: BankConfig
    signals: dict[str, str] | msgspec.UnsetType = msgspec.UNSET
    metadata: Metadata | msgspec.UnsetType = msgspec.UNSET
    note: str | msgspec.UnsetType = msgspec.UNSET


class ContentQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of an entry beside its state."""

    include_signals: bool = False
    include_metadata: bool = True


class ContentBody(msgspec.Struct, frozen=True, kw_only=True):
    """What may be said beside a URL."""

    metadata: Metadata | None = None
    note: Note | None = None


class AddQuery(FormQuery, frozen=True, kw_only=True):
    """The URL of the picture, where none is uploaded."""

    url: str | None = None


class ChangedContent(msgspec.Struct, frozen=True, kw_only=True):
    """What changes of an entry."""

    disable_until_ts: Annotated[int, msgspec.Meta(ge=0)] | None = None
    note: str | msgspec.UnsetType | None = msgspec.UNSET


class AddedContent(msgspec.Struct, frozen=True, kw_only=True):
    """The entry, and the hashes that it holds."""

    id: int
    signals: dict[str, str]


class Deleted(msgspec.Struct, frozen=True, kw_only=True):
    """How many entries no longer match."""

    deleted: int


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """That something was done."""

    message: str


@at("GET", "/c/banks", scope=Scope.CURATE, query=Nothing, body=Nothing)
async def banks(call: Call, query: Nothing, body: Nothing) -> list[BankConfig]:
    """Every bank."""
    return [_config(bank) for bank in call.desk.banks.banks()]


@at("POST", "/c/banks", scope=Scope.CURATE, query=Nothing, body=NewBank, status=201)
async def new_bank(call: Call, query: Nothing, body: NewBank) -> BankConfig:
    """Make a harm bank."""
    name = _name(body.name)
    share = body.enabled_ratio if body.enabled is None or body.enabled_ratio is not None else float(body.enabled)
    if any(bank.name == name for bank in call.desk.banks.banks()):
        raise Problem(403, Reason.EXISTS, f"there is a bank {name!r} already")
    made = await call.desk.write(lambda store: store.new_bank(name, enabled_share=1.0 if share is None else share))
    return _config(made)


@at("GET", "/c/bank/{name}", scope=Scope.CURATE, query=Nothing, body=Nothing)
async def bank(call: Call, query: Nothing, body: Nothing) -> BankConfig:
    """One bank."""
    return _config(bank_of(call))


@at("PUT", "/c/bank/{name}", scope=Scope.CURATE, query=Nothing, body=ChangedBank)
async def change_bank(call: Call, query: Nothing, body: ChangedBank) -> BankConfig:
    """Rename a bank, or change the share of its entries that count."""
    before = bank_of(call)
    changed = before if body.name is None else replace(before, name=_name(body.name))
    if body.enabled is not None:
        changed = replace(changed, enabled_share=float(body.enabled))
    if body.enabled_ratio is not None:
        changed = replace(changed, enabled_share=body.enabled_ratio)
    if changed.name != before.name and any(each.name == changed.name for each in call.desk.banks.banks()):
        raise Problem(403, Reason.EXISTS, f"there is a bank {changed.name!r} already")
    return _config(await call.desk.write(lambda store: store.change_bank(before.name, changed)))


@at("DELETE", "/c/bank/{name}", scope=Scope.CURATE, query=Nothing, body=Nothing)
async def delete_bank(call: Call, query: Nothing, body: Nothing) -> Message:
    """Remove a bank with everything in it; done, too, where there is none."""
    name = call.path["name"]
    if any(each.name == name for each in call.desk.banks.banks()):
        removed = await call.desk.write(lambda store: store.remove_bank(name))
        call.note = f"bank {name} with {removed} entries"
    return Message(message="Done")


@at("GET", "/c/bank/{name}/content/{id}", scope=Scope.CURATE, query=ContentQuery, body=Nothing)
async def content(call: Call, query: ContentQuery, body: Nothing) -> Content:
    """One entry of a bank."""
    found = bank_of(call)
    return _content(call, found, entry_in(call.desk.banks, found, call), query)


@at("POST", "/c/bank/{name}/content", scope=Scope.CURATE, query=AddQuery, body=Raw, max_bytes=UPLOAD_BYTES)
async def add_content(call: Call, query: AddQuery, body: Raw) -> AddedContent:
    """Add a confirmed picture by its URL or as an upload; its hashes are kept, in 8 orientations, and nothing else."""
    bank_of(call)
    if query.url is not None:
        said = read_body(call.body, ContentBody) if call.body else ContentBody()
        upload = await picture_of(call, query.url, query)
    else:
        said = _said_in_form(call)
        upload = question(call, query)
    hashes = await uploaded(call, upload)
    added = await _add(call, _hash_of(hashes), said)
    return AddedContent(id=added, signals=_signals(_hash_of(hashes)))


@at("PUT", "/c/bank/{name}/content/{id}", scope=Scope.CURATE, query=Nothing, body=ChangedContent)
async def change_content(call: Call, query: Nothing, body: ChangedContent) -> Content:
    """Disable an entry until a time, for good (0), or enable it (1)."""
    if body.note is not msgspec.UNSET:
        message = (
            "a note stays what it was when its entry was added (give an opinion with a reason: /v1/entries/opinion)"
        )
        raise Problem(400, Reason.NOT_SUPPORTED, message)
    found = bank_of(call)
    entry = entry_in(call.desk.banks, found, call)
    if body.disable_until_ts is not None:
        until = _until(body.disable_until_ts, call.desk.trail.now())
        by = call.by
        if until is _ENABLED:
            await call.desk.write(lambda store: store.enable([entry.id], by=by))
        else:
            end = until if isinstance(until, datetime) else None
            await call.desk.write(lambda store: store.disable([entry.id], until=end, by=by))
    call.hits = (entry.id,)
    return _content(call, found, call.desk.banks.entry(entry.id), ContentQuery())


@at("DELETE", "/c/bank/{name}/content/{id}", scope=Scope.CURATE, query=Nothing, body=Nothing)
async def delete_content(call: Call, query: Nothing, body: Nothing) -> Deleted:
    """Withdraw an entry: it matches nowhere from now on; what was done stays written down."""
    found = bank_of(call)
    try:
        entry = entry_in(call.desk.banks, found, call)
    except Problem:
        return Deleted(deleted=0)
    if entry.state is EntryState.WITHDRAWN:
        return Deleted(deleted=0)
    by = call.by
    await call.desk.write(lambda store: store.withdraw([entry.id], by=by, reason="deleted over the service"))
    call.hits = (entry.id,)
    return Deleted(deleted=1)


@at("POST", "/c/bank/{name}/signal", scope=Scope.CURATE, query=Nothing, body=dict[str, str])
async def add_signal(call: Call, query: Nothing, body: dict[str, str]) -> AddedContent:
    """Add an entry by its hashes, keyed by signal type, with a note if there is one."""
    bank_of(call)
    note = body.get("note") or None
    given = {name: text for name, text in body.items() if name != "note"}
    if note is not None and len(note) > NOTE:
        raise Problem(400, Reason.BAD_BODY, f"a note has at most {NOTE} characters")
    if not given:
        raise Problem(400, Reason.BAD_BODY, "no signals are given (pdq, sha256, md5)")
    typed = {signal_type(name): text.strip() for name, text in given.items()}
    hash = HarmHash.of(pdq=typed.get("pdq"), sha256=typed.get("sha256"), md5=typed.get("md5"))
    call.about(*_signals(hash).values())
    added = await _add(call, hash, ContentBody(note=note))
    return AddedContent(id=added, signals={name: _signals(hash)[signal_type(name)] for name in given})


def bank_of(call: Call) -> Bank:
    """The bank that the path names; a `Problem` where there is none."""
    try:
        return call.desk.banks.bank(call.path["name"])
    except UsageError as error:
        raise Problem(404, Reason.NOT_FOUND, f"bank {call.path['name'][:80]!r} not found") from error


def entry_in(store: BankStore, found: Bank, call: Call) -> BankEntry:
    """The entry of that bank that the path names; a `Problem` where there is none."""
    id = call.id
    missing = Problem(404, Reason.NOT_FOUND, f"content '{id}' not found in bank {found.name!r}")
    try:
        entry = store.entry(id)
    except UsageError as error:
        raise missing from error
    if entry.bank != found.name:
        raise missing
    return entry


async def _add(call: Call, hash: HarmHash, said: ContentBody) -> int:
    """The id of the entry that holds these hashes; a `Problem` where it is there and was withdrawn."""
    name = call.path["name"]
    provenance = Provenance(
        added_by=call.by, source="upload", note=said.note or "", metadata=_metadata_pairs(said.metadata)
    )
    (id,) = await call.desk.write(lambda store: store.add(name, [hash], provenance))
    call.hits = (id,)
    if call.desk.banks.entry(id).state is EntryState.WITHDRAWN:
        message = f"entry {id} holds this hash and was withdrawn: only a review brings it back (/v1/entries/review)"
        raise Problem(403, Reason.EXISTS, message)
    return id


def _hash_of(hashes: Hashes) -> HarmHash:
    """What a bank keeps of a picture that came in from outside."""
    return HarmHash.of(
        pdq=hashes.pdq,
        quality=hashes.quality,
        sha256=hashes.sha256,
        md5=hashes.md5,
        forms=tuple(each.hex for each in (hashes.forms if hashes.held is None else hashes.held.forms)),
    )


def _signals(hash: HarmHash) -> dict[str, str]:
    found = {"pdq": None if hash.signal is None else hash.signal.hex, "sha256": hash.sha256, "md5": hash.md5}
    return {name: text for name, text in found.items() if text is not None}


def _content(call: Call, found: Bank, entry: BankEntry, query: ContentQuery) -> Content:
    signals: Mapping[str, str | None] = {
        "pdq": None if entry.hash.signal is None else entry.hash.signal.hex,
        "sha256": entry.hash.sha256,
        "md5": entry.hash.md5,
    }
    metadata = _metadata_of(entry.provenance) if query.include_metadata else None
    return Content(
        id=entry.id,
        disable_until_ts=_timestamp(entry, call.desk.trail.now()),
        original_media_uri=None,
        bank=_config(found),
        signals={name: text for name, text in signals.items() if text} if query.include_signals else msgspec.UNSET,
        metadata=msgspec.UNSET if metadata is None else metadata,
        note=entry.provenance.note or msgspec.UNSET,
    )


def _timestamp(entry: BankEntry, now: datetime) -> int:
    state = entry.state_at(now)
    if state is EntryState.ACTIVE:
        return _ENABLED
    if state is EntryState.DISABLED and entry.disabled_until is not None:
        return int(entry.disabled_until.timestamp())
    return _DISABLED


def _until(seconds: int, now: datetime) -> datetime | int:
    """Until when to disable; 0 for good, 1 not at all."""
    if seconds == _DISABLED:
        return _DISABLED
    if seconds > (now + _LONGEST).timestamp():
        raise Problem(400, Reason.BAD_BODY, "disable_until_ts must be less than 5 years in the future")
    return _ENABLED if seconds <= now.timestamp() else datetime.fromtimestamp(seconds, tz=UTC)


def _said_in_form(call: Call) -> ContentBody:
    """The note and the metadata that came beside an upload."""
    if not call.content_type.lower().startswith("multipart/"):
        return ContentBody()
    values = read_form(call.content_type, call.body).values
    metadata = read_body(values["metadata"].encode(), Metadata) if "metadata" in values else None
    note = values.get("note") or None
    if note is not None and len(note) > NOTE:
        raise Problem(400, Reason.BAD_BODY, f"a note has at most {NOTE} characters")
    return ContentBody(metadata=metadata, note=note)


def _metadata_pairs(metadata: Metadata | None) -> tuple[tuple[str, str], ...]:
    if metadata is None:
        return ()
    json = None if isinstance(metadata.json, msgspec.UnsetType) else bytes(metadata.json).decode()
    if json is not None and not json.lstrip().startswith("{"):
        raise Problem(400, Reason.BAD_BODY, "metadata.json is an object")
    pairs = (("content_id", metadata.content_id), ("content_uri", metadata.content_uri), ("json", json))
    return tuple((name, text) for name, text in pairs if text is not None)


def _metadata_of(provenance: Provenance) -> Metadata | None:
    kept = dict(provenance.metadata)
    collab = None
    if provenance.exchange is not None:
        collab = {provenance.exchange: [] if provenance.exchange_record is None else [provenance.exchange_record]}
    if not kept and collab is None:
        return None
    json = kept.get("json", "")
    return Metadata(
        content_id=kept.get("content_id"),
        content_uri=kept.get("content_uri"),
        json=msgspec.Raw(json.encode()) if _is_object(json) else msgspec.UNSET,
        collab=collab,
    )


def _is_object(text: str) -> bool:
    """Whether this can be told as it is: an import may have brought something else under the same name."""
    try:
        msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        return False
    return True


def _config(found: Bank) -> BankConfig:
    return BankConfig(name=found.name, matching_enabled_ratio=found.enabled_share)


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise Problem(400, Reason.BAD_BODY, "Bank names must be UPPER_WITH_UNDERSCORE")
    return name
