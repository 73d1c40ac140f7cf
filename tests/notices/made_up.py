"""A made-up case for the tests of notices: ordinary numbers, no picture, no real person."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from takeback.model.channel import PostRef
from takeback.model.digest import sha256_of
from takeback.model.finding import (
    Alignment,
    Alteration,
    CoarseBox,
    CoarseGrid,
    Conclusion,
    DepictionStatement,
    ErrorRate,
    Evidence,
    Examination,
    Finding,
    PersonRegion,
)
from takeback.model.notice import Answer, Confidence, Given, Item, Notice, Recipient, Regime
from takeback.model.original import PackLevel
from takeback.notices.letters import prepare
from takeback.notices.regimes import load_elements, load_regimes

MADE = datetime(2026, 11, 24, 10, 15, tzinfo=UTC)
TIME = "2026-11-24T10:00:00Z"
MEDIA = sha256_of(b"a made-up file")
RECIPIENT = Recipient(
    name="Telegram",
    channel="abuse_email",
    address="abuse@platform.example",
    seen="made up",
    confidence=Confidence.HIGH,
)
RATE = ErrorRate(
    value=0.0,
    n=12_000,
    low=0.0,
    high=0.00031,
    unit="unrelated pairs with a finding",
    population="freely licensed ordinary photographs with benign edits",
)
EXAMINATION = Examination(
    original="original-7",
    media=MEDIA,
    pack_level=PackLevel.FEATURES,
    alignment=Alignment(
        matrix=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
        reflected=False,
        inliers=143,
        score=52.3,
        points=((0.1, 0.2), (0.7, 0.3)),
    ),
    alteration=Alteration(
        share_altered=0.371,
        share_surviving=0.58,
        overlay_share=0.0,
        regions=(CoarseBox(left=0.2, top=0.2, right=0.8, bottom=0.9, share=0.37),),
        grid=CoarseGrid(columns=2, rows=2, cells="saas"),
        evidence=Evidence.PIXELS,
    ),
    conclusion=Conclusion.DERIVATIVE,
    reasons=("a region differs",),
    person_region=PersonRegion.ALTERED,
    direction="not tested",
    overlays=(),
    error_rate=RATE,
    versions=(("takeback", "0.1.0"),),
)
FINDING = Finding(
    id="finding-1",
    person="person-a",
    examination=EXAMINATION,
    hash_match=None,
    posts=(PostRef(channel="telegram:100", id=12),),
    comparisons=4_800,
    confirmed_by="caseworker 2",
)
STATEMENT = DepictionStatement(
    finding="finding-1",
    by="caseworker 2",
    key="ab" * 32,
    shows="The published picture appears to show the person of the photograph in an intimate state.",
    how_known="The person described it to the helpline.",
    time=TIME,
    signature="cd" * 64,
)
ITEM = Item(
    finding="finding-1",
    locator="https://t.me/made_up_channel/12",
    platform_id="telegram:100/12",
    posted=datetime(2026, 11, 20, 14, 3, tzinfo=UTC),
    observed=datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
    media_sha256=MEDIA,
)
VALUES = {
    "signature": "/Made-up Helpline, for the depicted person/",
    "submitter_name": "Made-up Helpline",
    "submitter_email": "notices@helpline.example",
    "submitter_contact": "notices@helpline.example, +00 000 000",
    "submitter_capacity": "authorised_representative",
    "national_provisions": "Made-up Code s. 1",
}


def answer(element: str, value: str) -> Answer:
    return Answer(element=element, value=value, by="caseworker 2", time=TIME)


def answers() -> dict[str, Answer]:
    """Everything that a person can say, said."""
    return {
        each.name: answer(each.name, "yes" if each.given is Given.CONFIRMED else VALUES[each.name])
        for each in load_elements()
        if not each.automatic
    }


def regime(name: str) -> Regime:
    return next(each for each in load_regimes() if each.id == name)


def finding(**examination: object) -> Finding:
    """The made-up finding with another examination."""
    return replace(FINDING, examination=replace(EXAMINATION, **examination))  # type: ignore[arg-type]  # test values


def notice(name: str = "us-tida-48h") -> Notice:
    return prepare(
        regime(name), RECIPIENT, (FINDING,), statements=(STATEMENT,), items=(ITEM,), answers=answers(), made=MADE
    )
