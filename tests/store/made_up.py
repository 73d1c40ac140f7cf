"""A made-up case for the tests of the store: ordinary words and numbers, no picture, no real person."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

from takeback.crypto.passphrase import CHEAP
from takeback.model.channel import Channel, ChannelKind, Post, PostKind, PostRef
from takeback.model.clearing import SealedItem, SealReason
from takeback.model.consent import (
    Consent,
    PhotographConsent,
    Purpose,
    Region,
    Role,
    Signature,
    SignedConsent,
    Under18,
    Wish,
)
from takeback.model.digest import Sha256, sha256_of
from takeback.model.evidence import Acquisition
from takeback.model.finding import Conclusion, ErrorRate, Examination, Finding, PersonRegion
from takeback.model.measure import Interval, Measure, Window
from takeback.model.media import Media, MediaKind, Place
from takeback.model.original import Original, PackLevel
from takeback.model.signal import Features, Signal
from takeback.store.case_store import CaseStore
from takeback.store.disk import Disk
from takeback.store.facts import CaseFacts
from takeback.store.material import SourceRecord

PASSPHRASE = "seven ordinary words in a made-up row"
CREATED = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOBODY = Acquisition(
    collected_by=None, collected_from=None, collected_to=None, application=None, settings=None, note=None
)
FACTS = CaseFacts(title="Title Bluebell", role="helpline", legal_basis="consent", jurisdiction="NL", created=CREATED)


def source(id: str = "s1") -> SourceRecord:
    return SourceRecord(id=id, kind="telegram", name=f"Export Larkspur {id}", digest="0" * 64, acquisition=NOBODY)


def new_case(path: Path, *, facts: CaseFacts = FACTS, disk: Disk | None = None) -> CaseStore:
    """An open case with one source."""
    case = CaseStore.create(path, facts, PASSPHRASE, cost=CHEAP, disk=disk)
    case.add_source(source())
    return case


@contextmanager
def case_in(path: Path) -> Iterator[CaseStore]:
    with new_case(path) as case:
        yield case


def media(content: str = "m", *, source: str = "s1", kind: MediaKind = MediaKind.PHOTO) -> Media:
    place = Place(source=source, path=f"photos/{content}.jpg")
    return Media(sha256=sha256_of(content.encode()), size=len(content), place=place, kind=kind)


def post(id: int, *shown: Media, channel: str = "telegram:1", text: str = "", flagged: bool = False) -> Post:
    return Post(
        channel=channel,
        id=id,
        kind=PostKind.MESSAGE,
        time=CREATED,
        text=text,
        author="Author Foxglove",
        media=shown,
        flagged_minor=flagged,
    )


def channel(id: str = "telegram:1", *, username: str | None = None) -> Channel:
    return Channel(id=id, name="Channel Snowdrop", kind=ChannelKind.PUBLIC_CHANNEL, username=username)


def sealed(item: Media) -> SealedItem:
    return SealedItem(sha256=item.sha256, place=item.place, reason=SealReason.AGE_WORDS)


def signed_consent(person: str, *photographs: Sha256) -> SignedConsent:
    consent = Consent(
        version=1,
        person=person,
        purposes=frozenset({Purpose.FIND, Purpose.NOTIFY}),
        obtained_how="in person",
        obtained_by="Caseworker Marigold",
        obtained_on=date(2026, 2, 1),
        expires_on=None,
        language="nl",
        contact=f"contact of {person}",
        wish=Wish.TELL,
        photographs=tuple(
            PhotographConsent(
                sha256=each,
                under_18=Under18.NO,
                taken_by="the person",
                taken_by_person=True,
                person_region=Region(left=0.1, top=0.1, right=0.9, bottom=0.9),
            )
            for each in photographs
        ),
    )
    signature = Signature(key="ab" * 32, role=Role.ENROLLER, time=CREATED, value="cd" * 64)
    return SignedConsent(consent=consent, text=f"signed text of {person}\n", signature=signature, countersignature=None)


def original(person: str, content: bytes, *, points: int = 5) -> Original:
    rng = np.random.default_rng(len(content))
    digest = sha256_of(content)
    return Original(
        id=f"{person}-{digest[:8]}",
        person=person,
        sha256=digest,
        width=640,
        height=480,
        level=PackLevel.SEALED,
        signals=(Signal(words=(2**64 - 1, 2, 3, 4), quality=90),),
        features=Features(
            frames=rng.random((points, 4), dtype=np.float32),
            descriptors=rng.integers(0, 256, (points, 128), dtype=np.uint8),
            width=640,
            height=480,
        ),
        sealed=content,
        person_region=None,
    )


def examination(original: str, of: Media, conclusion: Conclusion = Conclusion.COPY) -> Examination:
    rate = ErrorRate(value=0.0, n=10, low=0.0, high=0.3, unit="pairs", population="ordinary photographs")
    return Examination(
        original=original,
        media=of.sha256,
        pack_level=PackLevel.FEATURES,
        alignment=None,
        alteration=None,
        conclusion=conclusion,
        reasons=(),
        person_region=PersonRegion.NOT_MARKED,
        direction="not tested",
        overlays=(),
        error_rate=rate,
        versions=(("takeback", "0"),),
    )


def finding(id: str, person: str, original: str, of: Media) -> Finding:
    posts = (PostRef(channel="telegram:1", id=1),)
    return Finding(
        id=id,
        person=person,
        examination=examination(original, of),
        hash_match=None,
        posts=posts,
        comparisons=3,
    )


def measure(id: str) -> Measure:
    return Measure(
        id=id,
        name="posts",
        value=3,
        unit="posts",
        n=3,
        low=None,
        high=None,
        kind=Interval.EXACT,
        level=None,
        method="counted",
        window=Window(start=None, end=CREATED),
        rows=None,
        caveat="",
    )


def everything_in(folder: Path) -> bytes:
    """Every byte of every file under a folder, and every name."""
    parts = [each.name.encode() for each in folder.rglob("*")]
    parts += [each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file()]
    return b"\n".join(parts)


def random_bytes(count: int = 400) -> bytes:
    return secrets.token_bytes(count)
