"""NCMEC's hash sharing, version 2: read entries by the time of their change, vote on fingerprints.

Times go out in UTC. A client that writes local time with a ``Z`` behind it asks for other hours than it means.
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import msgspec

from takeback.errors import ExchangeError, UnusableInput
from takeback.exchanges.account import Account
from takeback.exchanges.connection import Connection
from takeback.exchanges.hash_records import RECORD_BYTES, HarmRecord, SetAside, too_large
from takeback.exchanges.ncmec_entries import EXCHANGE, NAMESPACE, entry_of_wire
from takeback.exchanges.safe_xml import Element, elements
from takeback.model.exchange import Intent, Kept, Message, Outgoing, Prepared
from takeback.protocols import Page

_VERSION = "/v2"
_ENTRIES = f"{_VERSION}/entries"
_ENTRY_DEPTH = 3
_KINDS = frozenset({"image", "deletedImage", "video", "deletedVideo"})
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)
_WINDOW_DAYS = 30
_MOST_DAYS = 366
_LATE_SECONDS = 5
"""Entries do not come in the order of time; the last seconds are left for the next time."""
_PAGE_SECONDS = 12 * 3600
"""NCMEC advises against keeping the address of a page for long; an older one is not used, and the window read anew."""
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_ADDRESS = re.compile(r"/v2/entries\?[\w%=&.:~+-]{1,4000}", re.ASCII)
_ID = re.compile(r"[\w.:-]{1,200}", re.ASCII)
_XML = "application/xml; charset=utf-8"


class _Place(msgspec.Struct, kw_only=True):
    """A checkpoint: up to when everything was read, and the page of an unfinished window with the time it was given."""

    since: int
    until: int = 0
    page: str | None = None
    given: int = 0


class Ncmec:
    """The account of one member at NCMEC's hash sharing."""

    name = EXCHANGE
    whole = False

    def __init__(
        self, account: Account, *, connection: Connection | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._account = account
        self._given = connection
        self._clock = clock
        self._window = timedelta(days=account.number("window_days", otherwise=_WINDOW_DAYS, most=_MOST_DAYS))

    def pull(self, checkpoint: str | None) -> Iterator[Page[HarmRecord | SetAside]]:
        """The entries that changed since, a window of days after the other; a window counts once it is read whole."""
        place = _place_of(checkpoint)
        end = int(self._clock()) - _LATE_SECONDS
        number = 0
        young = place.page is not None and self._clock() - place.given < _PAGE_SECONDS
        page = self._checked(place.page) if young and place.page is not None else None
        until = place.until if page is not None else 0
        while place.since < end:
            until = until or min(end, place.since + int(self._window.total_seconds()))
            seen: set[str] = set()
            while True:
                try:
                    items, following = self._read(place.since, until, page, number)
                except ExchangeError:
                    if page is None or page != place.page:
                        raise
                    page = None  # kept from the last time and refused by now: its window is read anew
                    items, following = self._read(place.since, until, page, number)
                number += len(items)
                if following is None:
                    break
                if following in seen or following == page:
                    raise ExchangeError(f"{self.name} points from a page to itself (pull again later)")
                seen.add(following)
                page = following
                kept = _Place(since=place.since, until=until, page=page, given=int(self._clock()))
                yield Page(items=items, checkpoint=msgspec.json.encode(kept).decode())
            place, page, until = _Place(since=until), None, 0
            yield Page(items=items, checkpoint=msgspec.json.encode(place).decode())

    def prepare(self, outgoing: Sequence[Outgoing]) -> Prepared:
        """A vote a message. New entries are not part of what this speaks, and stay."""
        messages: list[Message] = []
        kept: list[Kept] = []
        for each in outgoing:
            made = self._vote(each)
            if isinstance(made, Message):
                messages.append(made)
            else:
                kept.append(Kept(entry=each.entry, reason=made))
        return Prepared(messages=tuple(messages), kept=tuple(kept))

    def send(self, message: Message) -> None:
        """Put one vote."""
        self._connection.send(message.method, message.target, message.body, content_type=message.content_type)

    def reasons(self, fingerprint: str) -> dict[str, str]:
        """The reasons that a vote against a kind of fingerprint may have: id to name."""
        body = self._connection.get(f"{_VERSION}/feedback/{quote(fingerprint, safe='')}/reasons")
        found = self._elements(body, depth=2)
        return {each.attributes.get("guid", ""): each.attributes.get("name", "") for each in found if each is not None}

    @property
    def _connection(self) -> Connection:
        if self._given is None:
            login = (self._account.secret("user"), self._account.secret("password"))
            self._given = Connection(self._account.text("host"), login=login)
        return self._given

    def _read(
        self, since: int, until: int, page: str | None, number: int
    ) -> tuple[tuple[HarmRecord | SetAside, ...], str | None]:
        """The entries of one page, numbered on, and the address of the next one."""
        if page is not None:
            body = self._connection.get(page)
        else:
            body = self._connection.get(_ENTRIES, {"from": _written(since), "to": _written(until)})
        items: list[HarmRecord | SetAside] = []
        following: str | None = None
        for found in self._elements(body, depth=_ENTRY_DEPTH):
            if found is None:
                items.append(too_large(number + len(items) + 1))
            elif found.name in _KINDS:
                items.append(_item(number + len(items) + 1, found))
            elif found.name == "next" and found.text.strip():
                following = self._checked(found.text.strip())
        return tuple(items), following

    def _checked(self, address: str) -> str:
        """The address of the next page, which lies at the same host, or an ExchangeError."""
        if not _ADDRESS.fullmatch(address):
            raise ExchangeError(
                f"{self.name} points to a page that is none of its own: {address[:80]!r} (it is not read)"
            )
        return address

    def _elements(self, body: bytes, *, depth: int) -> list[Element | None]:
        try:
            return list(elements(io.BytesIO(body), depth=depth, limit=RECORD_BYTES))
        except UnusableInput as error:
            raise ExchangeError(f"{self.name} answers with what cannot be read: {error} (pull again later)") from error

    def _vote(self, each: Outgoing) -> Message | str:
        """The message of one vote, or why there is none."""
        if each.intent in {Intent.SUBMIT, Intent.RETRACT}:
            return "NCMEC's interface for new entries is not spoken here (upload them as NCMEC says)"
        member, _, entry = (each.record or "").partition("-")
        if not member.isdigit() or not _ID.fullmatch(entry):
            return "the record does not say whose it is at NCMEC (pull it from there first)"
        against = each.intent is Intent.DISPUTE
        reason = self._account.options.get("negative_reason")
        if against and not isinstance(reason, str):
            return "a vote against an entry needs a reason of NCMEC's list (write its id as `negative_reason`)"
        kind = "PDQ" if each.hash.signal is not None else "MD5"
        if each.hash.signal is None and each.hash.md5 is None:
            return "NCMEC's entries have no SHA-256"
        return Message(
            method="PUT",
            target=f"{_ENTRIES}/{member}/{quote(entry, safe='')}/{kind}/feedback",
            content_type=_XML,
            body=_vote_xml(str(reason) if against else None),
            entries=((each.entry, each.intent),),
        )


def _vote_xml(reason: str | None) -> bytes:
    from xml.sax.saxutils import escape

    guid = "" if reason is None else f"<reasonIds><guid>{escape(reason)}</guid></reasonIds>"
    vote = "<affirmative/>" if reason is None else f"<negative>{guid}</negative>"
    text = f'<feedbackSubmission xmlns="{NAMESPACE}">{vote}</feedbackSubmission>'
    return f'<?xml version="1.0" encoding="UTF-8"?>{text}'.encode()


def _item(number: int, found: Element) -> HarmRecord | SetAside:
    """An entry under the id of its member and its own: two members may give two entries the same id."""
    record = entry_of_wire(number, found)
    if isinstance(record, SetAside):
        return record
    member = found.first("member").attributes.get("id", "")
    return replace(record, record=f"{member}-{record.record}")


def _written(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).strftime(_TIME)


def _place_of(checkpoint: str | None) -> _Place:
    if checkpoint is None:
        return _Place(since=int(_FIRST.timestamp()))
    try:
        return msgspec.json.decode(checkpoint, type=_Place)
    except msgspec.DecodeError as error:
        raise ExchangeError(f"the checkpoint of {EXCHANGE} cannot be read: {error} (pull with --from-start)") from error
