"""HMA's routes for matching and hashing: `/m/...` and `/h/...`, in their shapes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import msgspec

from takeback.model.bank import DISTANCE, BankHash, BankHit, HarmSignal
from takeback.web.gathered import look_up
from takeback.web.incoming import FormQuery, picture_of, question, uploaded
from takeback.web.problem import Problem, Reason
from takeback.web.route import Call, Nothing, Raw, at
from takeback.web.tokens import Scope
from takeback.web.uploads import Hashes

PDQ, SHA256, MD5 = "pdq", "sha256", "md5"
SIGNAL_TYPES = (PDQ, SHA256, MD5)
ALIASES = {"video_md5": MD5, "video_sha256": SHA256, "photo_md5": MD5}
"""Names that HMA's clients use for the same hashes."""
UPLOAD_BYTES = 17 << 20


class RawLookup(msgspec.Struct, frozen=True, kw_only=True):
    """`/m/raw_lookup`: a hash, of which type, in which banks (commas between), with or without distances."""

    signal: str
    signal_type: str
    banks: str | None = None
    include_distance: bool = False


class Match(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entry and its distance, which is text here as it is in HMA; absent without the scope `distance`."""

    bank_content_id: int
    distance: str | None = None


class RawMatches(msgspec.Struct, frozen=True, kw_only=True):
    """Ids of entries, or entries with their distances where these were asked for."""

    matches: list[int | Match]


class LookupQuery(FormQuery, frozen=True, kw_only=True):
    """`/m/lookup`: a hash and its type, or the URL of a picture."""

    url: str | None = None
    signal: str | None = None
    signal_type: str | None = None
    banks: str | None = None
    seed: str | None = None
    bypass_coinflip: bool = False


class HashQuery(FormQuery, frozen=True, kw_only=True):
    """`GET /h/hash`: the URL of a picture."""

    url: str


class IndexQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which type of signal; all where none is named."""

    signal_type: str | None = None


class IndexState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether there is an index; ``built_to`` is now, since nothing waits for a build; ``size`` counts entries."""

    present: bool
    built_to: int
    size: int


Matches = dict[str, list[Match]]
Pair = Annotated[list[str], msgspec.Meta(min_length=2, max_length=2)]


@at("GET", "/m/raw_lookup", scope=Scope.LOOKUP, query=RawLookup, body=Nothing, waits=False)
async def raw_lookup(call: Call, query: RawLookup, body: Nothing) -> RawMatches:
    """Ids of the entries that match a hash."""
    if query.include_distance:
        call.need(Scope.DISTANCE)
    hits = await hits_of(call, query.signal, query.signal_type, query.banks)
    if query.include_distance:
        call.distances = True
        return RawMatches(matches=[Match(bank_content_id=hit.entry.id, distance=str(hit.distance)) for hit in hits])
    return RawMatches(matches=[hit.entry.id for hit in hits])


@at("GET", "/m/lookup", scope=Scope.LOOKUP, query=LookupQuery, body=Nothing)
async def lookup(call: Call, query: LookupQuery, body: Nothing) -> dict[str, list[Match] | Matches]:
    """Matches of a hash, or of a picture behind a URL, by bank."""
    _no_bypass(bypass=query.bypass_coinflip)
    if query.url is not None:
        call.need(Scope.HASH)
        hashes = await uploaded(call, await picture_of(call, query.url, query))
        by_type = _of_picture(call, hashes, query.banks)
        if query.signal_type is None:
            return {**by_type}
        kind = signal_type(query.signal_type)
        if kind not in by_type:
            message = f"a bank holds these very bytes, which are not opened, so that there is no {kind} to look up"
            raise Problem(422, Reason.NOT_DECODED, f"{message} (ask without `signal_type`)")
        return {**by_type[kind]}
    if query.signal is None or query.signal_type is None:
        raise Problem(400, Reason.BAD_QUERY, "give signal and signal_type, or url")
    return {**_by_bank(call, await hits_of(call, query.signal, query.signal_type, query.banks))}


@at("POST", "/m/lookup", scope=Scope.LOOKUP, query=LookupQuery, body=Raw, max_bytes=UPLOAD_BYTES)
async def lookup_upload(call: Call, query: LookupQuery, body: Raw) -> dict[str, Matches]:
    """Matches of an uploaded picture, by signal type and bank."""
    call.need(Scope.HASH)
    _no_bypass(bypass=query.bypass_coinflip)
    return _of_picture(call, await uploaded(call, question(call, query)), query.banks)


@at("POST", "/m/compare", scope=Scope.LOOKUP, query=Nothing, body=dict[str, Pair])
async def compare(call: Call, query: Nothing, body: dict[str, Pair]) -> dict[str, tuple[bool, dict[str, int]]]:
    """Whether two hashes of the client's own match, and their distance; no bank is looked into."""
    answer: dict[str, tuple[bool, dict[str, int]]] = {}
    for kind, (left, right) in body.items():
        if signal_type(kind) != PDQ:
            raise Problem(400, Reason.NOT_SUPPORTED, f"only {PDQ} has distances, not {kind!r}")
        first, second = HarmSignal.from_hex(left), HarmSignal.from_hex(right)
        bits = sum((mine ^ theirs).bit_count() for mine, theirs in zip(first.words, second.words, strict=True))
        answer[kind] = (bits <= DISTANCE, {"distance": bits})
    return answer


@at("GET", "/m/index/status", scope=Scope.LOOKUP, query=IndexQuery, body=Nothing)
async def index_status(call: Call, query: IndexQuery, body: Nothing) -> dict[str, IndexState]:
    """Whether each index is there; it is always up to date."""
    wanted = SIGNAL_TYPES if query.signal_type is None else (signal_type(query.signal_type),)
    size = sum(sum(states.values()) for states in (await call.desk.counts()).values())
    now = int(call.desk.trail.now().timestamp())
    return {name: IndexState(present=True, built_to=now, size=size) for name in wanted}


@at("GET", "/h/hash", scope=Scope.HASH, query=HashQuery, body=Nothing)
async def hash_url(call: Call, query: HashQuery, body: Nothing) -> dict[str, str]:
    """Hashes of a picture behind a URL, by signal type."""
    return _signals(await uploaded(call, await picture_of(call, query.url, query)))


@at("POST", "/h/hash", scope=Scope.HASH, query=FormQuery, body=Raw, max_bytes=UPLOAD_BYTES)
async def hash_upload(call: Call, query: FormQuery, body: Raw) -> dict[str, str]:
    """Hashes of an uploaded picture, by signal type."""
    return _signals(await uploaded(call, question(call, query)))


def signal_type(name: str) -> str:
    """The signal type of that name, or of HMA's name for it."""
    found = ALIASES.get(name, name)
    if found not in SIGNAL_TYPES:
        raise Problem(
            400, Reason.NOT_SUPPORTED, f"no such signal type: {name[:80]!r} (there are: {', '.join(SIGNAL_TYPES)})"
        )
    return found


async def hits_of(call: Call, signal: str, kind: str, banks: str | None) -> list[BankHit]:
    """The hits of one hash that stand; what is held back needs `/v1/lookups` to be seen."""
    asked = _asked(call, signal.strip(), signal_type(kind))
    return _standing(call, await call.desk.gathered.hits(asked, banks=names_of(banks)))


def _asked(call: Call, signal: str, kind: str) -> BankHash:
    """The hash that these digits are; the trail is told of it."""
    hash = BankHash.of(
        pdq=signal if kind == PDQ else None,
        sha256=signal if kind == SHA256 else None,
        md5=signal if kind == MD5 else None,
    )
    call.about(signal)
    return hash


def _hits_of_picture(call: Call, signal: str, kind: str, banks: list[str] | None) -> tuple[BankHit, ...]:
    """Every hit of one hash of a picture, uncounted; the trail is told of it."""
    return look_up(call.desk.banks, [_asked(call, signal, kind)], banks=banks, counted=False)[0]


def names_of(banks: str | None) -> list[str] | None:
    """The names of banks with commas between; an empty list of them is a `Problem`, and never an empty answer."""
    if not banks:
        return None
    names = [name for name in banks.split(",") if name]
    if not names:
        raise Problem(400, Reason.BAD_QUERY, "banks names none (leave it out to look in all that are enabled)")
    return names


def _standing(call: Call, hits: tuple[BankHit, ...]) -> list[BankHit]:
    standing = [hit for hit in hits_in_order(call, hits) if hit.stands]
    call.hits += tuple(hit.entry.id for hit in standing)
    return standing


def hits_in_order(call: Call, hits: Iterable[BankHit]) -> list[BankHit]:
    """Nearest first for whoever may see distances, else by entry: the order alone would say which is nearer."""
    return list(hits) if call.may(Scope.DISTANCE) else sorted(hits, key=lambda hit: hit.entry.id)


def _by_bank(call: Call, hits: list[BankHit]) -> Matches:
    told = call.may(Scope.DISTANCE)
    call.distances |= told and bool(hits)
    found: Matches = {}
    for hit in hits:
        match = Match(bank_content_id=hit.entry.id, distance=str(hit.distance) if told else None)
        found.setdefault(hit.bank, []).append(match)
    return found


def _of_picture(call: Call, hashes: Hashes, banks: str | None) -> dict[str, Matches]:
    """The matches of every hash of a picture, by signal type."""
    found = {kind: _hits_of_picture(call, text, kind, names_of(banks)) for kind, text in _signals(hashes).items()}
    call.desk.banks.count([[hit for hits in found.values() for hit in hits]])  # one picture is one event
    matches = {kind: _by_bank(call, _standing(call, hits)) for kind, hits in found.items()}
    if PDQ not in matches and banks and not any(matches.values()):
        message = "another bank holds these very bytes, which are not opened, and has no PDQ of them to look up"
        raise Problem(422, Reason.NOT_DECODED, f"{message} (ask without `banks`)")
    return matches


def _signals(hashes: Hashes) -> dict[str, str]:
    """The hashes by signal type; a `Problem` where the perceptual one says too little to be used alone."""
    found = {SHA256: str(hashes.sha256), MD5: hashes.md5}
    if hashes.pdq is None or (hashes.low_quality and hashes.held is not None):
        return found  # the bytes themselves are a match
    if hashes.low_quality:
        message = f"the picture has too little in it to be matched (quality {hashes.quality} of 100)"
        raise Problem(422, Reason.LOW_QUALITY, f"{message}: `/v1/hash` gives its hashes all the same")
    return {PDQ: hashes.pdq, **found}


def _no_bypass(*, bypass: bool) -> None:
    if bypass:
        message = "entries are enabled by their id and not by chance, so there is nothing to bypass"
        raise Problem(400, Reason.NOT_SUPPORTED, f"{message} (change the share of the bank)")
