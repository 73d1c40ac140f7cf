"""The entries of NCMEC's hash sharing, version 2, as an XML document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import BinaryIO
from xml.sax.saxutils import escape, quoteattr

from takeback.errors import UnusableInput
from takeback.exchanges.hash_records import (
    RECORD_BYTES,
    HarmRecord,
    SaidOf,
    SetAside,
    SetAsideReason,
    plain,
    read_or_set_aside,
    too_large,
)
from takeback.exchanges.safe_xml import Element, elements
from takeback.model.bank import HarmHash, Opinion

EXCHANGE = "ncmec"
NAMESPACE = "https://hashsharing.ncmec.org/hashsharing/v2"
_ENTRY_DEPTH = 3
_ENTRIES = {"image": False, "deletedImage": True}
_OTHER = frozenset({"video", "deletedVideo"})
_TIME = "%Y-%m-%dT%H:%M:%SZ"


def read_ncmec(file: BinaryIO) -> Iterator[HarmRecord | SetAside]:
    """Each image of a ``queryResult``; a deleted one is a withdrawal by its id."""
    number = 0
    try:
        for found in elements(file, depth=_ENTRY_DEPTH, limit=RECORD_BYTES):
            if found is None:
                number += 1
                yield too_large(number)
            elif found.name in _ENTRIES or found.name in _OTHER:
                number += 1
                yield entry_of_wire(number, found)
    except UnusableInput as error:
        if not number:
            raise
        yield SetAside(number=number + 1, reason=SetAsideReason.UNREADABLE, message=f"after record {number}: {error}")


def entry_of_wire(number: int, found: Element) -> HarmRecord | SetAside:
    """One entry from the wire, or why it cannot be used."""
    if found.name not in _ENTRIES:
        message = f"an entry of the kind {found.name!r}; banks of images take images"
        return SetAside(number=number, reason=SetAsideReason.OTHER_SIGNAL, message=message)
    return read_or_set_aside(number, lambda: _record(number, found))


def write_ncmec(records: Iterable[HarmRecord], file: BinaryIO) -> int:
    """The records as one document; a SHA-256 has no place in this format."""
    written = 0
    file.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<queryResult xmlns="{NAMESPACE}">\n<images>\n'.encode())
    for record in records:
        text = _text_of(record)
        if text:
            file.write(text.encode())
            written += 1
    file.write(b"</images>\n</queryResult>\n")
    return written


def _record(number: int, found: Element) -> HarmRecord:
    id = found.first("id").text.strip()
    if not id:
        raise ValueError("an entry without an id")
    if _ENTRIES[found.name]:
        return HarmRecord(number=number, hash=None, record=id, withdrawn=True)
    prints = found.first("fingerprints")
    pdq, md5, sha1 = (prints.first(name).text.strip() for name in ("pdq", "md5", "sha1"))
    kept = {
        "member": found.first("member").text.strip(),
        "classification": found.first("classification").text.strip(),
        "sha1": sha1,
    }
    time = found.first("timestamp").text.strip()
    return HarmRecord(
        number=number,
        hash=HarmHash.of(pdq=pdq or None, md5=md5 or None),
        record=id,
        metadata=tuple((name, value) for name, value in kept.items() if value),
        opinions=tuple(_opinions(found.first("feedback"))),
        changed=datetime.strptime(time, _TIME).replace(tzinfo=UTC) if time else None,
    )


def _opinions(feedback: Element) -> Iterator[SaidOf]:
    """One opinion a member; a negative one outweighs a positive one of the same member about another fingerprint."""
    said: dict[str, SaidOf] = {}
    for given in feedback.all("affirmativeFeedback"):
        for member in given.first("members").all("member"):
            said[member.text] = SaidOf(opinion=Opinion.CONFIRM, by=member.text)
    for given in feedback.all("negativeFeedback"):
        reasons = given.first("reasons")
        names = " ".join(each.attributes.get("name", "") for each in reasons.all("reason"))
        for members in reasons.all("members"):
            for member in members.all("member"):
                said[member.text] = SaidOf(opinion=Opinion.DISPUTE, by=member.text, reason=names)
    yield from said.values()


def _text_of(record: HarmRecord) -> str:
    id = f"<id>{escape(plain(record.record or '') or f'takeback-{record.number}')}</id>"
    time = "" if record.changed is None else f"<timestamp>{record.changed.strftime(_TIME)}</timestamp>"
    if record.withdrawn:
        return f"<deletedImage>{_member(record)}{time}{id}</deletedImage>\n"
    if record.hash is None or (record.hash.signal is None and record.hash.md5 is None):
        return ""
    md5 = "" if record.hash.md5 is None else f"<md5>{record.hash.md5}</md5>"
    pdq = "" if record.hash.signal is None else f"<pdq>{record.hash.signal.hex}</pdq>"
    kind = dict(record.metadata).get("classification", "")
    classification = f"<classification>{escape(plain(kind))}</classification>" if kind else ""
    prints = f"<fingerprints>{md5}{pdq}</fingerprints>"
    return f"<image>{_member(record)}{time}{id}{classification}{prints}</image>\n"


def _member(record: HarmRecord) -> str:
    name = dict(record.metadata).get("member", "takeback")
    return f"<member id={quoteattr('0')}>{escape(plain(name))}</member>"
