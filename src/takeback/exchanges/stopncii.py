"""StopNCII's hash exchange, version 1: fetch hashes, submit hashes, give feedback.

Each of its three functions has a key of its own. ``signalType`` goes out as the value of the protocol, ``ImagePDQ``. A
client that writes its own enumeration's member sends ``StopNCIISignalType.ImagePDQ``, which the protocol does not know.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

import msgspec

from takeback.errors import ExchangeError
from takeback.exchanges.account import Account
from takeback.exchanges.connection import Connection
from takeback.exchanges.hash_records import HarmRecord, SetAside, SetAsideReason
from takeback.exchanges.stopncii_records import EXCHANGE, IMAGE, record_of_wire
from takeback.model.exchange import Intent, Kept, Message, Outgoing, Prepared
from takeback.protocols import Page

_START = 10
"""The protocol's first instant, in seconds: everything changed after it."""
_PAGE_SIZE = 800
_MOST_A_PAGE = 5000
_AT_ONCE = 500
_TOKEN_SECONDS = 3600
"""The protocol does not say how long a page token holds; an older one is not used, and the set read anew."""
_FETCH, _SUBMIT, _FEEDBACK = "/FetchHashes", "/SubmitHashes", "/SubmitFeedback"
_KEYS = {_FETCH: "fetch_key", _SUBMIT: "submit_key", _FEEDBACK: "feedback_key"}
_VALUES = {
    Intent.SUBMIT: "Blocked",
    Intent.CONFIRM: "Blocked",
    Intent.DISPUTE: "NotBlocked",
    Intent.RETRACT: "Withdrawn",
}
_JSON = "application/json"


class _Place(msgspec.Struct, kw_only=True):
    """A checkpoint: since when to ask.

    Of an unfinished set also its next page, when that was given, and the ``earliest`` next instant of the pages before.
    """

    since: int = _START
    token: str | None = None
    given: int = 0
    earliest: int | None = None


class _Answer(msgspec.Struct, kw_only=True):
    """A page on the wire; its records are read one by one."""

    hashes: list[msgspec.Raw] = msgspec.field(name="hashRecords", default_factory=list)
    count: int | None = None
    token: str | None = msgspec.field(name="nextPageToken", default=None)
    next: int = msgspec.field(name="nextSetTimestamp", default=0)
    more: bool = msgspec.field(name="hasMoreRecords", default=False)


class StopNcii:
    """The account of one provider at StopNCII."""

    name = EXCHANGE
    whole = False

    def __init__(
        self,
        account: Account,
        *,
        connection: Connection | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._account = account
        self._given = connection
        self._clock = clock
        self._page_size = account.number("page_size", otherwise=_PAGE_SIZE, most=_MOST_A_PAGE)

    def pull(self, checkpoint: str | None) -> Iterator[Page[HarmRecord | SetAside]]:
        """What changed since the checkpoint. Records are snapshots: a later one of a hash replaces an earlier one."""
        place = _place_of(checkpoint)
        fresh = place.token is not None and self._clock() - place.given < _TOKEN_SECONDS
        token, earliest, number = (place.token, place.earliest, 0) if fresh else (None, None, 0)
        seen: set[str | None] = {token}
        while True:
            try:
                answer = self._fetch(place.since, token)
            except ExchangeError:
                if token is None or token != place.token:
                    raise
                token, earliest, seen = (
                    None,
                    None,
                    {None},
                )  # kept from the last time and refused by now: the set is read anew
                answer = self._fetch(place.since, token)
            items = tuple(_items(answer, number))
            number += len(items)
            earliest = answer.next if earliest is None else min(earliest, answer.next)
            token = answer.token
            if not answer.more:
                now = int(self._clock())  # a checkpoint in the future would skip all that comes until then, unsaid
                kept = _Place(since=max(place.since, min(earliest, now)))
                yield Page(items=items, checkpoint=msgspec.json.encode(kept).decode())
                return
            if not token or token in seen:
                raise ExchangeError(f"{self.name} says that there is more, and not where (pull again later)")
            seen.add(token)
            kept = _Place(since=place.since, token=token, given=int(self._clock()), earliest=earliest)
            yield Page(items=items, checkpoint=msgspec.json.encode(kept).decode())

    def prepare(self, outgoing: Sequence[Outgoing]) -> Prepared:
        """Submissions and feedback in messages of at most 500 hashes."""
        able = [each for each in outgoing if each.hash.signal is not None]
        kept = tuple(
            Kept(entry=each.entry, reason="StopNCII takes perceptual hashes of images, and this entry has none to send")
            for each in outgoing
            if each.hash.signal is None
        )
        submitted = [each for each in able if each.intent is Intent.SUBMIT]
        judged = [each for each in able if each.intent is not Intent.SUBMIT]
        messages = [
            *(self._submission(some) for some in _batches(submitted)),
            *(_feedback(some) for some in _batches(judged)),
        ]
        return Prepared(messages=tuple(messages), kept=kept)

    def send(self, message: Message) -> None:
        """Post one message."""
        self._connection.send(
            message.method,
            message.target,
            message.body,
            content_type=message.content_type,
            headers={"x-functions-key": self._account.secret(_KEYS[message.target])},
        )

    def _fetch(self, since: int, token: str | None) -> _Answer:
        query = {"startTimestamp": str(since), "pageSize": str(self._page_size)}
        query |= {"nextPageToken": token} if token else {}
        headers = {"x-functions-key": self._account.secret(_KEYS[_FETCH])}
        body = self._connection.get(_FETCH, query, headers=headers)
        try:
            return msgspec.json.decode(body, type=_Answer)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            message = f"{self.name} answers with what is no page of records: {error}"
            raise ExchangeError(f"{message} (is `host` right? it ends in the version)") from error

    @property
    def _connection(self) -> Connection:
        if self._given is None:
            key = self._account.secret("subscription_key")
            self._given = Connection(self._account.text("host"), headers={"Ocp-Apim-Subscription-Key": key})
        return self._given

    def _submission(self, some: Sequence[Outgoing]) -> Message:
        now = int(self._clock())
        records = [
            {
                "lastModtimestamp": now,
                "signalType": IMAGE,
                "hashValue": _hex(each),
                "CSPFeedbacks": [{"feedbackValue": _VALUES[each.intent], "tags": list(each.tags)}],
            }
            for each in some
        ]
        return _message(_SUBMIT, {"count": len(some), "hashRecords": records}, some)


def _feedback(some: Sequence[Outgoing]) -> Message:
    said = [{"hashValue": _hex(each), "feedbackValue": _VALUES[each.intent], "tags": list(each.tags)} for each in some]
    return _message(_FEEDBACK, {"count": len(some), "hashFeedbacks": said}, some)


def _message(target: str, content: object, some: Sequence[Outgoing]) -> Message:
    return Message(
        method="POST",
        target=target,
        content_type=_JSON,
        body=msgspec.json.encode(content),
        entries=tuple((each.entry, each.intent) for each in some),
    )


def _hex(outgoing: Outgoing) -> str:
    assert outgoing.hash.signal is not None  # `prepare` has kept those without
    return outgoing.hash.signal.hex


def _batches(outgoing: Sequence[Outgoing]) -> Iterator[Sequence[Outgoing]]:
    for start in range(0, len(outgoing), _AT_ONCE):
        yield outgoing[start : start + _AT_ONCE]


def _items(answer: _Answer, number: int) -> Iterator[HarmRecord | SetAside]:
    """The records of a page, numbered on; one more where the page says that it holds others than it does."""
    for raw in answer.hashes:
        number += 1
        try:
            found = msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            yield SetAside(number=number, reason=SetAsideReason.UNREADABLE, message=str(error))
            continue
        yield record_of_wire(number, found)
    if answer.count is not None and answer.count != len(answer.hashes):
        message = f"a page that says it holds {answer.count} records, and holds {len(answer.hashes)}"
        yield SetAside(number=number + 1, reason=SetAsideReason.UNREADABLE, message=message)


def _place_of(checkpoint: str | None) -> _Place:
    if checkpoint is None:
        return _Place()
    try:
        return msgspec.json.decode(checkpoint, type=_Place)
    except msgspec.DecodeError as error:
        raise ExchangeError(f"the checkpoint of {EXCHANGE} cannot be read: {error} (pull with --from-start)") from error
