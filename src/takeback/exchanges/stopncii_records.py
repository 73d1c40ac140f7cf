"""The records of StopNCII's exchange, version 1, as a JSON document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import BinaryIO

import msgspec

from takeback.errors import UnusableInput
from takeback.exchanges.hash_records import (
    RECORD_BYTES,
    HarmRecord,
    SaidOf,
    SetAside,
    SetAsideReason,
    read_or_set_aside,
    said,
    too_large,
)
from takeback.model.bank import HarmHash, Opinion

EXCHANGE = "stopncii"
IMAGE = "ImagePDQ"
"""The value of ``signalType`` on the wire. (A client that sends the name of its enumeration's member sends another
text, which the service does not know.)"""
_CHUNK = 1 << 17
_ELEMENTS = 2
"""How deep the elements of a list in the outermost object lie."""
_DEPTH = 16
_WITHDRAWN = frozenset({"Withdrawn", "Deleted"})
_OPINIONS = {"Blocked": Opinion.CONFIRM, "NotBlocked": Opinion.DISPUTE}
_FEEDBACK = {opinion: value for value, opinion in _OPINIONS.items()}


class Feedback(msgspec.Struct, kw_only=True, rename={"value": "feedbackValue"}):
    """What a service provider says of a hash; values that are not known here say nothing."""

    value: str = "None"
    tags: tuple[str, ...] = ()
    source: str = ""


class StopNciiRecord(
    msgspec.Struct,
    kw_only=True,
    rename={
        "changed": "lastModtimestamp",
        "kind": "signalType",
        "value": "hashValue",
        "status": "hashStatus",
        "cases": "caseNumbers",
        "feedback": "CSPFeedbacks",
    },
):
    """One record on the wire. An empty ``caseNumbers`` comes as an empty list at times."""

    kind: str
    value: str
    changed: int = 0
    status: str = "Active"
    cases: dict[str, str] | list[str] = {}
    feedback: tuple[Feedback, ...] = ()


def read_stopncii(file: BinaryIO) -> Iterator[HarmRecord | SetAside]:
    """Each element of ``hashRecords`` of a document of any size."""
    import ijson

    number = 0
    capped = _Capped(file)
    try:
        for found in _elements(ijson.basic_parse(capped, use_float=True)):
            number += 1
            capped.since = 0
            yield record_of_wire(number, found)
    except _TooMuch:
        yield too_large(number + 1)
    except (ijson.JSONError, UnicodeDecodeError) as error:
        if not number:
            message = f"not a document of StopNCII records: {said(error)} (it has a list hashRecords)"
            raise UnusableInput(message) from error
        message = f"the document breaks off or is damaged after record {number}: {said(error)}"
        yield SetAside(number=number + 1, reason=SetAsideReason.UNREADABLE, message=message)


def _elements(events: Iterable[tuple[str, object]]) -> Iterator[object]:
    """Each element of the list ``hashRecords`` of the outermost object, as it is complete."""
    from ijson.common import ObjectBuilder

    depth, inside, key = 0, False, None
    builder = ObjectBuilder()
    for event, value in events:
        if event.startswith("end"):
            depth -= 1
        if inside and depth >= _ELEMENTS:
            builder.event(event, value)
            if depth == _ELEMENTS and not event.startswith("start"):
                yield builder.value
                builder = ObjectBuilder()
        elif event == "end_array" and depth == _ELEMENTS - 1:
            inside = False
        elif event == "map_key" and depth == 1:
            key = value
        elif event == "start_array" and depth == 1:
            inside = key == "hashRecords"
        if event.startswith("start"):
            depth += 1
            if depth > _DEPTH:
                raise _TooMuch


class _TooMuch(Exception):  # between the function above and the class below
    """A record over the limit: the document cannot be read on, because its end is not known."""


class _Capped:
    """A file of which not too much may be read before there is a record."""

    def __init__(self, file: BinaryIO) -> None:
        self.since = 0
        self._file = file

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(size)
        self.since += len(content)
        if self.since > RECORD_BYTES + _CHUNK:
            raise _TooMuch
        return content


def record_of_wire(number: int, found: object) -> HarmRecord | SetAside:
    """One record from the wire, or why it cannot be used."""
    try:
        wire = msgspec.convert(found, StopNciiRecord)
    except (msgspec.ValidationError, RecursionError) as error:
        return SetAside(number=number, reason=SetAsideReason.UNREADABLE, message=said(error))
    if wire.kind != IMAGE:
        message = f"a signal of the type {wire.kind[:40]!r}; banks of images take {IMAGE!r}"
        return SetAside(number=number, reason=SetAsideReason.OTHER_SIGNAL, message=message)
    return read_or_set_aside(number, lambda: _record(number, wire))


def write_stopncii(records: Iterable[HarmRecord], file: BinaryIO) -> int:
    """The perceptual hashes as one document; a cryptographic hash has no place in this format."""
    written = 0
    file.write(b'{"hashRecords": [')
    for record in records:
        if record.hash is not None and record.hash.signal is not None:
            file.write((b",\n" if written else b"\n") + msgspec.json.encode(wire_of(record)))
            written += 1
    file.write(f'\n], "count": {written}, "hasMoreRecords": false, "nextPageToken": null}}\n'.encode())
    return written


def wire_of(record: HarmRecord) -> StopNciiRecord:
    """A record as it goes over the wire."""
    if record.hash is None or record.hash.signal is None:
        raise ValueError("a StopNCII record is a perceptual hash")
    return StopNciiRecord(
        kind=IMAGE,
        value=record.hash.signal.hex,
        changed=int(record.changed.timestamp()) if record.changed is not None else 0,
        status="Withdrawn" if record.withdrawn else "Active",
        cases=dict.fromkeys(_cases_of(record), "Withdrawn" if record.withdrawn else "Active"),
        feedback=tuple(
            Feedback(value=_FEEDBACK[each.opinion], tags=tuple(each.reason.split()), source=each.by)
            for each in record.opinions
        ),
    )


def _record(number: int, wire: StopNciiRecord) -> HarmRecord:
    return HarmRecord(
        number=number,
        hash=HarmHash.of(pdq=wire.value),
        record=wire.value.lower(),
        withdrawn=wire.status in _WITHDRAWN,
        metadata=(("cases", " ".join(sorted(wire.cases))),) if wire.cases else (),
        opinions=tuple(
            SaidOf(opinion=_OPINIONS[each.value], by=each.source or "a provider", reason=" ".join(each.tags))
            for each in wire.feedback
            if each.value in _OPINIONS
        ),
        changed=datetime.fromtimestamp(wire.changed, tz=UTC) if wire.changed else None,
    )


def _cases_of(record: HarmRecord) -> list[str]:
    return dict(record.metadata).get("cases", "").split()
